//! What holds of every action, and each of them at work.

mod agreement;
mod asking;
mod github;
mod sending;
mod table;
mod working;

pub(super) use working::NoHttp;

//! What holds of every action, and each of them at work.

mod agreement;
mod asking;
mod sending;
mod table;
mod working;

pub(super) use working::NoHttp;

//! Expressions and templates: the language of minijinja, strict about what is not known, bounded
//! in time and memory, and with every value quoted for the place it goes to.
//!
//! minijinja reads the source (`syntax`). The evaluation is here, because that library bounds
//! its steps and not its memory: a few bytes of source ask it for gigabytes. Every step and every
//! copied byte is paid from a `Fuel`. Whatever `{{ … }}` gives is encoded by `quote` for
//! its [`Sink`]; no filter switches that off, and no value is ever read as a template again.

mod check;
mod condition;
mod error;
mod eval;
mod expression;
mod filters;
mod fuel;
mod never;
mod node;
mod number;
mod quote;
mod secret;
mod sink;
mod syntax;
mod template;
#[cfg(test)]
mod tests;
mod text;

pub use condition::{Condition, Operator};
pub use error::ExprError;
pub use expression::Expr;
pub use never::never_holds;
pub use node::Reference;
/// The programs that a shell script begins with; none if that cannot be told.
pub fn begins_with(script: &str) -> Option<Vec<String>> {
    quote::begins_with(script)
}

pub use secret::{fill_secrets, secret_mark, show_secrets};
pub use sink::Sink;
pub use template::Template;

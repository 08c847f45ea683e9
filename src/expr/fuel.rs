//! What an evaluation may cost. A unit is one step, one value or [`BYTES`] bytes that are copied,
//! so that what is left of the fuel bounds both the time and the memory that may still be used.

use std::cell::Cell;

use serde_json::Value;

use super::ExprError;

const BYTES: usize = 32;
/// Of one expression: about 6 MB of copies.
const EXPRESSION: u64 = 200_000;
/// Of one template: about 64 MB of copies.
const TEMPLATE: u64 = 2_000_000;

#[derive(Debug)]
pub(super) struct Fuel(Cell<u64>);

impl Fuel {
    pub(super) fn of_expression() -> Self {
        Self(Cell::new(EXPRESSION))
    }

    pub(super) fn of_template() -> Self {
        Self(Cell::new(TEMPLATE))
    }

    pub(super) fn spend(&self, units: usize) -> Result<(), ExprError> {
        let left = self.0.get().checked_sub(units as u64);
        self.0.set(left.unwrap_or(0));
        match left {
            Some(_) => Ok(()),
            None => Err(ExprError::new("it takes too long or makes too much text")
                .help("work on less at a time, or do it in a step with `run:`")),
        }
    }

    /// Pays for bytes that are about to be copied or searched.
    pub(super) fn bytes(&self, bytes: usize) -> Result<(), ExprError> {
        self.spend(bytes / BYTES + 1)
    }

    /// Pays for a copy of the value, or a walk through it.
    pub(super) fn copy(&self, value: &Value) -> Result<(), ExprError> {
        match value {
            Value::String(text) => self.bytes(text.len()),
            Value::Array(items) => {
                self.spend(1 + items.len())?;
                items.iter().try_for_each(|item| self.copy(item))
            }
            Value::Object(map) => {
                self.spend(1 + 2 * map.len())?;
                map.iter().try_for_each(|(key, item)| {
                    self.bytes(key.len())?;
                    self.copy(item)
                })
            }
            _ => self.spend(1),
        }
    }
}

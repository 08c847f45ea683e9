//! Actions of the state: all that they do is to say what is asked for, so that an action is no more
//! than the type of its arguments.

use std::marker::PhantomData;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::fields::{Templated, get, read};
use super::words::{Form, Formed};
use super::{Action, ActionKind, ArgsError, Failure};
use crate::model::{Ask, Name};

/// The arguments of an action of the state.
pub(super) trait Asks: DeserializeOwned + JsonSchema {
    const NAME: &'static str;
    const ABOUT: &'static str;
    const EXAMPLE: &'static str;
    const OUTPUTS: &'static [(&'static str, &'static str)] = &[];

    fn ask(&self) -> Result<Ask, Failure>;
}

/// The action of some arguments.
pub(super) struct StateAction<A>(PhantomData<fn() -> A>);

impl<A> StateAction<A> {
    pub(super) const NEW: Self = Self(PhantomData);
}

impl<A: Asks> Action for StateAction<A> {
    fn name(&self) -> &'static str {
        A::NAME
    }

    fn about(&self) -> &'static str {
        A::ABOUT
    }

    fn example(&self) -> &'static str {
        A::EXAMPLE
    }

    fn kind(&self) -> ActionKind {
        ActionKind::State
    }

    fn schema(&self, generator: &mut SchemaGenerator) -> Schema {
        A::json_schema(generator)
    }

    fn outputs(&self) -> &'static [(&'static str, &'static str)] {
        A::OUTPUTS
    }

    fn check(&self, args: &Value) -> Result<(), ArgsError> {
        read::<A>(args).map(drop)
    }

    fn ask(&self, args: &Value) -> Result<Vec<Ask>, String> {
        let args: A = read(args).map_err(|error| Failure::from(error).message)?;
        args.ask().map(|ask| vec![ask]).map_err(|failure| failure.message)
    }
}

/// A name that is final.
pub(super) fn name<F: Form>(field: &Templated<Formed<F>>) -> Result<Name, Failure> {
    field.get().map(|name| name.0.clone())
}

/// The same of one that may be left out.
pub(super) fn optional_name<F: Form>(field: Option<&Templated<Formed<F>>>) -> Result<Option<Name>, Failure> {
    Ok(get(field)?.map(|name| name.0.clone()))
}

/// Names that are final, in their order.
pub(super) fn all<T: Clone>(fields: &[Templated<T>]) -> Result<Vec<T>, Failure> {
    fields.iter().map(|field| field.get().cloned()).collect()
}

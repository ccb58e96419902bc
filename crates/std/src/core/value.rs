//! `std:core:Value`.

use stack::resource::*;

/// A value kept in the state. It touches nothing, and is made, changed and deleted like any other resource.
#[derive(Debug, Clone, PartialEq, Resource)]
#[resource("std:core:Value", kept)]
pub struct Value {
    /// The value: anything that JSON can say.
    #[input]
    pub value: stack::Value,
}

#[cfg(feature = "provider")]
mod handler {
    use stack_provider::{Kept, Result};

    use super::{Value, ValueInputs};

    impl Kept for Value {
        fn create(inputs: &ValueInputs) -> Result<(String, Self)> {
            let value = inputs.value.clone();
            Ok((crate::token::fresh(), Self { value }))
        }

        fn update(_: Self, after: &ValueInputs) -> Result<Self> {
            let value = after.value.clone();
            Ok(Self { value })
        }
    }
}

#[cfg(all(test, feature = "provider"))]
mod tests {
    use stack_provider::Kept;

    use super::*;

    #[test]
    fn it_keeps_what_it_is_given() {
        let inputs = |value: i64| ValueInputs {
            value: stack::Value::Int(value).secret(),
        };
        let (first, made) = Value::create(&inputs(1)).unwrap();
        let (second, _) = Value::create(&inputs(1)).unwrap();
        assert_ne!(first, second);
        assert_eq!(made.value, inputs(1).value);
        assert_eq!(
            Value::update(made, &inputs(2)).unwrap().value,
            inputs(2).value
        );
    }
}

//! Where references lead when their values are known.

use std::collections::BTreeMap;

use stack_model::expr::StackOutput;
use stack_model::{Expr, Map, Path, Reference};

use crate::partial::{EvaluateError, Partial, Scope, evaluate};
use crate::state::{Object, State};

/// A reference that leads to nothing.
pub fn nothing_at(reference: &Reference) -> EvaluateError {
    EvaluateError::Missing(format!(
        "{} has nothing at {}",
        reference.urn, reference.path
    ))
}

/// A place in a lookup's answer. A field that the answer does not have is null.
pub fn at_path(answer: &Map, reference: &Reference) -> Result<Partial, EvaluateError> {
    let Some(field) = reference
        .path
        .first_key()
        .and_then(|field| answer.get(field))
    else {
        return Ok(Partial::NULL);
    };
    let found = field
        .at(&reference.path.0[1..])
        .ok_or_else(|| nothing_at(reference))?;
    Ok(Partial::Known(found.into_owned()))
}

/// A place in an object. A field that the object does not have is null.
pub fn of_object(object: &Object, reference: &Reference) -> Result<Partial, EvaluateError> {
    match object.at(&reference.path) {
        Some(value) => Ok(Partial::Known(value)),
        None if reference.path.0.len() == 1 => Ok(Partial::NULL),
        None => Err(nothing_at(reference)),
    }
}

/// The output of another stack.
pub fn stack(
    stacks: &BTreeMap<StackOutput, Partial>,
    wanted: &StackOutput,
) -> Result<Partial, EvaluateError> {
    stacks.get(wanted).cloned().ok_or_else(|| {
        let StackOutput {
            stack,
            environment,
            output,
        } = wanted;
        EvaluateError::Missing(format!(
            "the stack {stack} has no output {output} in {environment}"
        ))
    })
}

/// A configuration value that stayed out of the program. It is secret, or it would have gone in.
pub fn config(config: &Map, path: &Path) -> Result<Partial, EvaluateError> {
    let field = path.first_key().and_then(|field| config.get(field));
    let found = field
        .and_then(|value| value.at(&path.0[1..]))
        .map(|value| value.into_owned().secret());
    found
        .map(Partial::Known)
        .ok_or_else(|| EvaluateError::Missing(format!("the configuration has no {path}")))
}

/// The values as they are now, while applying.
pub struct Actual<'a> {
    /// What is recorded.
    pub state: &'a State,
    /// Configuration values that stayed out of the program.
    pub config: &'a Map,
    /// Outputs of other stacks. In a preview of several, one may not be known yet.
    pub stacks: &'a BTreeMap<StackOutput, Partial>,
}

impl Scope for Actual<'_> {
    fn leaf(&self, leaf: &Expr) -> Result<Partial, EvaluateError> {
        match leaf {
            Expr::Ref(reference) => match self.state.object(&reference.urn) {
                Some(object) => of_object(object, reference),
                None => Err(EvaluateError::Missing(format!(
                    "{} does not exist",
                    reference.urn
                ))),
            },
            Expr::Lookup(reference) => match self.state.lookups.get(&reference.urn) {
                Some(lookup) => at_path(&lookup.answer, reference),
                None => Err(EvaluateError::Missing(format!(
                    "the lookup {} has no answer",
                    reference.urn
                ))),
            },
            Expr::Stack(output) => stack(self.stacks, output),
            Expr::Config(path) => config(self.config, path),
            literal => evaluate(literal, self),
        }
    }
}

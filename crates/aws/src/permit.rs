//! What AWS wants besides the calls, by its Service Authorization Reference and each service's own guide.
//!
//! <https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html>

use stack_provider::{Implied, Verb};

/// To pass this role, where it is given, to a service.
pub(crate) fn passing(input: &'static str, service: &'static str) -> Implied {
    Implied::by(Verb::Create, "iam:PassRole")
        .given(input)
        .of(service)
}

/// To make the role that a service works as, when an account uses the service for the first time.
pub(crate) fn first_use_of(service: &'static str) -> Implied {
    Implied::by(Verb::Create, "iam:CreateServiceLinkedRole").of(service)
}

/// To let a service use a key of KMS, where one is given.
pub(crate) fn granting(input: &'static str) -> [Implied; 2] {
    ["kms:CreateGrant", "kms:DescribeKey"]
        .map(|action| Implied::by(Verb::Create, action).given(input))
}

/// To have something encrypted with a key of KMS, where one is given.
pub(crate) fn encrypting(input: &'static str) -> [Implied; 2] {
    ["kms:Decrypt", "kms:GenerateDataKey"]
        .map(|action| Implied::by(Verb::Create, action).given(input))
}

/// What a service looks up, or makes, as whoever asks for a change.
pub(crate) fn as_caller<const N: usize>(actions: [&'static str; N]) -> [Implied; N] {
    actions.map(|action| Implied::by(Verb::Create, action))
}

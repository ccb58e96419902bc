//! What is there of certificates.

use super::*;
use crate::prelude::*;
use crate::strays::{List, Listed};

/// The lists of these types.
pub(crate) fn lists(aws: &Aws) -> Vec<List<'_>> {
    vec![List::of::<Certificate>(certificates(aws))]
}

async fn certificates(aws: &Aws) -> Result<Vec<Listed>> {
    let request = aws
        .acm()
        .list_certificates()
        .includes(certificate::of_any_key());
    let certificates = pages!(request, "acm:ListCertificates")?.into_iter();
    Ok(certificates
        .filter_map(|one| {
            let created = one.created_at.or(one.imported_at);
            let kept = one.managed_by.is_some();
            let listed = Listed::new(one.certificate_arn?).kept(kept);
            Some(listed.created(created.as_ref()))
        })
        .collect())
}

//! What ACM tells of a certificate, as both types of this service need it.

use aws_sdk_acm::types::{CertificateDetail, CertificateStatus, FailureReason};

use crate::prelude::*;

pub(super) async fn describe(aws: &Aws, arn: &str) -> Result<Option<CertificateDetail>> {
    let request = aws.acm().describe_certificate().certificate_arn(arn);
    let answer = request
        .send()
        .await
        .named("acm:DescribeCertificate")
        .found()?;
    Ok(answer.and_then(|answer| answer.certificate))
}

/// Why a certificate will never be issued, or is no longer good. Nothing while it may still be, or is.
pub(super) fn failure(detail: &CertificateDetail) -> Option<Error> {
    let status = detail.status()?;
    let what = match status {
        CertificateStatus::PendingValidation | CertificateStatus::Issued => return None,
        CertificateStatus::Failed => "ACM did not issue it".to_owned(),
        CertificateStatus::ValidationTimedOut => {
            "nobody proved within 72 hours that its names are theirs".to_owned()
        }
        CertificateStatus::Expired => "it has expired".to_owned(),
        CertificateStatus::Inactive => "it is inactive".to_owned(),
        CertificateStatus::Revoked => match detail.revocation_reason() {
            Some(reason) => format!("it was revoked: {}", reason.as_str()),
            None => "it was revoked".to_owned(),
        },
        other => format!("its status is {}", other.as_str()),
    };
    let domain = detail.domain_name().unwrap_or_default();
    let reason = detail.failure_reason();
    let reason_text = reason.map_or(String::new(), |reason| format!(": {}", reason.as_str()));
    let message = format!("the certificate for {domain} is of no use: {what}{reason_text}");
    let mut error = Error::new(ErrorKind::Failed, message).operation("acm:DescribeCertificate");
    error.code = reason.map(|reason| reason.as_str().to_owned());
    Some(error.hint(reason.map_or(REQUEST_ANEW, remedy)))
}

const REQUEST_ANEW: &str = "ACM never tries again with the same certificate: replace it";

/// What ACM's guide has for each reason ("Troubleshoot certificate requests").
fn remedy(reason: &FailureReason) -> &'static str {
    match reason {
        FailureReason::CaaError => {
            "allow amazon.com, or take away, the CAA records of its names, then replace the certificate"
        }
        FailureReason::NoAvailableContacts => {
            "validate by DNS, or set up a mailbox that ACM writes to, then replace the certificate"
        }
        FailureReason::InvalidPublicDomain => {
            "correct its names, which have to end in a public top-level domain"
        }
        FailureReason::AdditionalVerificationRequired => {
            "ask AWS Support, which has to look at one of its names, then replace the certificate"
        }
        FailureReason::DomainNotAllowed => {
            "ask AWS Support about the name, which Safe Browsing lists as unsafe, then replace the certificate"
        }
        _ => REQUEST_ANEW,
    }
}

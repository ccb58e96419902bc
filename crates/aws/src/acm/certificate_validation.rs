//! `aws:acm:CertificateValidation`: the wait until a certificate is issued.

use stack::resource::*;

/// Waits until a certificate is issued. What needs an issued certificate, such as a listener, takes `certificate_arn`
/// from here.
///
/// Nothing is made. It waits when it is first declared and whenever one of its fields changes.
#[derive(Debug, Clone, PartialEq, Resource)]
#[resource(
    "aws:acm:CertificateValidation",
    effect,
    create = "75m",
    update = "75m"
)]
pub struct CertificateValidation {
    /// The ARN of the certificate.
    #[input]
    pub certificate_arn: String,
    /// The names of the records that validate it. With references to the records it waits for them too, and it says at
    /// once when one is missing. Leave it out when others make the records.
    #[input(set)]
    pub validation_record_fqdns: Vec<String>,
    /// Anything; it waits again when it changes.
    #[input]
    pub triggers: BTreeMap<String, String>,
    /// When the certificate was issued, RFC 3339.
    #[output(volatile)]
    pub issued_at: Option<String>,
}

#[cfg(feature = "provider")]
mod handler {
    use aws_sdk_acm::types::{CertificateDetail, CertificateStatus, DomainStatus};
    use aws_smithy_types::date_time::Format;
    use stack_provider::Effect;

    use super::*;
    use crate::acm::detail::{describe, failure};
    use crate::prelude::*;

    impl Effect for CertificateValidation {
        type Client = Aws;

        fn actions() -> Actions {
            Actions::none().to_set(["acm:DescribeCertificate"])
        }

        async fn run(
            aws: &Aws,
            inputs: &CertificateValidationInputs,
            context: &Context,
        ) -> Result<(String, Self)> {
            let arn = &inputs.certificate_arn;
            let records = &inputs.validation_record_fqdns;
            let detail = context
                .wait_for("the certificate to be issued", || async {
                    let Some(detail) = describe(aws, arn).await? else {
                        let message = format!("there is no certificate {arn}");
                        let error = Error::new(ErrorKind::Invalid, message);
                        return Err(error.operation("acm:DescribeCertificate"));
                    };
                    if detail.status() == Some(&CertificateStatus::Issued) {
                        return Ok(Progress::Done(detail));
                    }
                    match failure(&detail).or_else(|| missing(&detail, records)) {
                        Some(error) => Err(error),
                        None => Ok(Progress::Pending(pending(&detail))),
                    }
                })
                .await?;
            let validation = CertificateValidation {
                certificate_arn: arn.clone(),
                validation_record_fqdns: records.clone(),
                triggers: inputs.triggers.clone(),
                issued_at: detail
                    .issued_at()
                    .and_then(|time| time.fmt(Format::DateTime).ok()),
            };
            Ok((arn.clone(), validation))
        }
    }

    /// A record that ACM looks for and the program does not make would be waited for in vain.
    fn missing(detail: &CertificateDetail, records: &[String]) -> Option<Error> {
        if records.is_empty() {
            return None;
        }
        let plain = |name: &str| name.trim_end_matches('.').to_ascii_lowercase();
        let (domain, record) = detail
            .domain_validation_options()
            .iter()
            .filter_map(|option| Some((option.domain_name(), option.resource_record()?.name())))
            .find(|(_, name)| records.iter().all(|record| plain(record) != plain(name)))?;
        let message = format!("{domain} needs a record named {record}, which is not given");
        Some(
            Error::new(ErrorKind::Invalid, message)
                .hint("make a record of each of the certificate's validation_records"),
        )
    }

    /// Which names ACM has not seen the proof of.
    fn pending(detail: &CertificateDetail) -> String {
        let names: Vec<&str> = detail
            .domain_validation_options()
            .iter()
            .filter(|option| option.validation_status() != Some(&DomainStatus::Success))
            .map(|option| option.domain_name())
            .collect();
        match names.as_slice() {
            [] => "validated, not issued yet".to_owned(),
            names => format!("no proof seen yet for {}", names.join(", ")),
        }
    }
}

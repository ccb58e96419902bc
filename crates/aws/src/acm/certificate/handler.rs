//! How a certificate is requested and kept.

use aws_sdk_acm::types as sdk;
use aws_smithy_types::date_time::Format;

use super::*;
use crate::acm::detail::{describe, failure};
use crate::prelude::*;

impl Handler for Certificate {
    type Client = Aws;

    fn actions() -> Actions {
        Actions::none()
            .to_read([
                "acm:DescribeCertificate",
                "acm:ListCertificates",
                "acm:ListTagsForCertificate",
            ])
            .to_create(["acm:RequestCertificate"])
            .to_tag("acm:AddTagsToCertificate", "acm:RemoveTagsFromCertificate")
            .to_delete(["acm:DeleteCertificate"])
    }

    async fn read(aws: &Aws, id: &str) -> Result<Option<Self>> {
        let Some(detail) = describe(aws, id).await? else {
            return Ok(None);
        };
        let tags = all_tags(aws, id).await?;
        let domain = detail.domain_name().unwrap_or_default();
        let names = detail.subject_alternative_names().iter();
        let options = detail.domain_validation_options();
        Ok(Some(Certificate {
            domain_name: domain.to_owned(),
            subject_alternative_names: names.filter(|name| *name != domain).cloned().collect(),
            validation_method: options
                .iter()
                .find_map(|option| option.validation_method()?.as_str().parse().ok()),
            validation_domains: options.iter().filter_map(mail_domain).collect(),
            // ACM takes `RSA_2048` and gives `RSA-2048`.
            key_algorithm: detail
                .key_algorithm()
                .and_then(|algorithm| algorithm.as_str().replace('-', "_").parse().ok()),
            exportable: detail
                .options()
                .and_then(|options| options.export())
                .map(|export| *export == sdk::CertificateExport::Enabled),
            certificate_authority_arn: detail.certificate_authority_arn().map(str::to_owned),
            tags: Owner::without_ours(tags),
            arn: id.to_owned(),
            validation_records: validation_records(&detail),
            status: detail
                .status()
                .map_or(String::new(), |status| status.as_str().to_owned()),
            not_after: detail
                .not_after()
                .and_then(|time| time.fmt(Format::DateTime).ok()),
        }))
    }

    /// ACM cannot be asked by tag: the certificates of the name are looked through.
    async fn find(aws: &Aws, whose: Whose<'_>, inputs: &CertificateInputs) -> Result<Vec<String>> {
        let request = aws.acm().list_certificates().includes(of_any_key());
        let listed = pages!(request, "acm:ListCertificates")?;
        let mut found = Vec::new();
        for certificate in listed {
            let name = certificate.domain_name().unwrap_or_default();
            let Some(arn) = certificate
                .certificate_arn
                .as_ref()
                .filter(|_| name.eq_ignore_ascii_case(&inputs.domain_name))
            else {
                continue;
            };
            if whose.owns(&all_tags(aws, arn).await.found()?.unwrap_or_default()) {
                found.push(arn.clone());
            }
        }
        Ok(found)
    }

    async fn create(aws: &Aws, inputs: &CertificateInputs, context: &Context) -> Result<String> {
        check(inputs)?;
        let names = &inputs.subject_alternative_names;
        let method = inputs.validation_method.unwrap_or(ValidationMethod::Dns);
        let is_public = inputs.certificate_authority_arn.is_none();
        let validation = inputs.validation_domains.iter().map(|(name, domain)| {
            let option = sdk::DomainValidationOption::builder()
                .domain_name(name)
                .validation_domain(domain);
            built(option.build())
        });
        let validation = validation.collect::<Result<Vec<_>>>()?;
        let request = aws
            .acm()
            .request_certificate()
            .domain_name(&inputs.domain_name)
            .set_subject_alternative_names((!names.is_empty()).then(|| names.clone()))
            .set_validation_method(is_public.then(|| method.as_str().into()))
            .set_domain_validation_options((!validation.is_empty()).then_some(validation))
            .set_key_algorithm(
                inputs
                    .key_algorithm
                    .map(|algorithm| algorithm.as_str().into()),
            )
            .set_options(inputs.exportable.map(export))
            .set_certificate_authority_arn(inputs.certificate_authority_arn.clone())
            .idempotency_token(idempotency_token(&context.owner.token))
            .set_tags(Some(sdk_tags(&context.owner.tags(&inputs.tags))?));
        let answer = request.send().await.named("acm:RequestCertificate")?;
        expected(
            answer.certificate_arn,
            "acm:RequestCertificate",
            "CertificateArn",
        )
    }

    /// Waits for the records, which ACM makes up some seconds after the request. Never for the certificate to be
    /// issued: that needs the records to be in place.
    async fn settle(
        aws: &Aws,
        id: &str,
        inputs: &CertificateInputs,
        context: &Context,
    ) -> Result<()> {
        let by_dns = inputs.certificate_authority_arn.is_none()
            && inputs.validation_method != Some(ValidationMethod::Email);
        let names = 1 + inputs.subject_alternative_names.len();
        context
            .wait_for("the records that validate the certificate", || async {
                let Some(detail) = describe(aws, id).await? else {
                    return Ok(Progress::Pending("not visible yet".to_owned()));
                };
                if let Some(error) = failure(&detail) {
                    return Err(error);
                }
                let options = detail.domain_validation_options().iter();
                let known = options
                    .filter(|option| option.resource_record().is_some())
                    .count();
                Ok(if !by_dns || known >= names {
                    Progress::Done(())
                } else {
                    Progress::Pending(format!("{known} of {names} known"))
                })
            })
            .await
    }

    async fn update(
        aws: &Aws,
        id: &str,
        change: Change<'_, CertificateInputs>,
        _: &Context,
    ) -> Result<()> {
        let Some(TagChange { set, remove }) =
            TagChange::of(&change, |certificate| &certificate.tags)
        else {
            return Ok(());
        };
        if !remove.is_empty() {
            let keys = remove
                .into_iter()
                .map(|key| built(sdk::Tag::builder().key(key).build()));
            let request = aws
                .acm()
                .remove_tags_from_certificate()
                .certificate_arn(id)
                .set_tags(Some(keys.collect::<Result<_>>()?));
            request
                .send()
                .await
                .named("acm:RemoveTagsFromCertificate")?;
        }
        if !set.is_empty() {
            let request = aws.acm().add_tags_to_certificate().certificate_arn(id);
            let request = request.set_tags(Some(sdk_tags(&set)?));
            request.send().await.named("acm:AddTagsToCertificate")?;
        }
        Ok(())
    }

    /// What uses a certificate lets go of it some time after it is deleted itself; until then ACM says that the
    /// certificate is in use, which is tried again.
    async fn delete(aws: &Aws, id: &str, _: &CertificateInputs, _: &Context) -> Result<()> {
        let request = aws.acm().delete_certificate().certificate_arn(id);
        request
            .send()
            .await
            .named("acm:DeleteCertificate")
            .map(drop)
    }
}

/// Only RSA keys of up to 2,048 bits are listed unless others are asked for.
pub(in crate::acm) fn of_any_key() -> sdk::Filters {
    let key_types = sdk::KeyAlgorithm::values().iter().copied();
    sdk::Filters::builder()
        .set_key_types(Some(key_types.map(Into::into).collect()))
        .build()
}

/// Refuses what ACM would take and give back in another form, which would look like another certificate for ever.
fn check(inputs: &CertificateInputs) -> Result<()> {
    let names = &inputs.subject_alternative_names;
    let invalid = |message: String| Err(Error::new(ErrorKind::Invalid, message));
    for (index, name) in names.iter().enumerate() {
        if name.bytes().any(|byte| byte.is_ascii_uppercase()) {
            return invalid(format!("{name} has to be in lower case"));
        }
        if name.eq_ignore_ascii_case(&inputs.domain_name) {
            return invalid(format!(
                "{name} is domain_name already: leave it out of subject_alternative_names"
            ));
        }
        if names[..index].contains(name) {
            return invalid(format!("subject_alternative_names has {name} twice"));
        }
    }
    match inputs
        .validation_domains
        .iter()
        .find(|(name, domain)| name == domain)
    {
        Some((name, _)) => invalid(format!(
            "ACM writes to {name} by itself: leave it out of validation_domains"
        )),
        None => Ok(()),
    }
}

fn mail_domain(option: &sdk::DomainValidation) -> Option<(String, String)> {
    if option.validation_method() != Some(&sdk::ValidationMethod::Email) {
        return None;
    }
    let domain = option.validation_domain()?;
    let name = option.domain_name();
    (domain != name).then(|| (name.to_owned(), domain.to_owned()))
}

fn validation_records(detail: &sdk::CertificateDetail) -> Vec<ValidationRecord> {
    let first = detail.domain_name().unwrap_or_default();
    let mut options: Vec<_> = detail.domain_validation_options().iter().collect();
    // ACM promises no order. The name goes before its wildcard.
    options.sort_by_key(|option| {
        let name = option.domain_name();
        let bare = name.strip_prefix("*.").unwrap_or(name);
        (name != first, bare, name.len())
    });
    let mut records: Vec<ValidationRecord> = Vec::new();
    for option in options {
        let Some(record) = option.resource_record() else {
            continue;
        };
        let name = record.name().trim_end_matches('.');
        if records.iter().all(|before| before.name != name) {
            records.push(ValidationRecord {
                domain_name: option.domain_name().to_owned(),
                name: name.to_owned(),
                r#type: record.r#type().as_str().to_owned(),
                value: record.value().to_owned(),
            });
        }
    }
    records
}

/// ACM takes up to 32 letters, digits and underscores.
fn idempotency_token(token: &str) -> String {
    let allowed = |character: &char| character.is_ascii_alphanumeric() || *character == '_';
    token.chars().filter(allowed).take(32).collect()
}

fn export(on: bool) -> sdk::CertificateOptions {
    let export = if on {
        sdk::CertificateExport::Enabled
    } else {
        sdk::CertificateExport::Disabled
    };
    sdk::CertificateOptions::builder().export(export).build()
}

async fn all_tags(aws: &Aws, id: &str) -> Result<BTreeMap<String, String>> {
    let request = aws.acm().list_tags_for_certificate().certificate_arn(id);
    let answer = request.send().await.named("acm:ListTagsForCertificate")?;
    let tags = answer.tags.unwrap_or_default().into_iter();
    Ok(tags
        .map(|tag| (tag.key, tag.value.unwrap_or_default()))
        .collect())
}

fn sdk_tags(tags: &BTreeMap<String, String>) -> Result<Vec<sdk::Tag>> {
    tags.iter()
        .map(|(key, value)| built(sdk::Tag::builder().key(key).value(value).build()))
        .collect()
}

/// A request part that the SDK refuses to build for want of a field.
fn built<T>(part: std::result::Result<T, aws_sdk_acm::error::BuildError>) -> Result<T> {
    part.map_err(|error| Error::new(ErrorKind::Invalid, error.to_string()))
}

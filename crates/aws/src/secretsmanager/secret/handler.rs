//! How a secret is made and kept.

use aws_sdk_secretsmanager::operation::describe_secret::DescribeSecretOutput;
use aws_sdk_secretsmanager::types::Tag;
use futures::try_join;

use super::*;
use crate::permit::encrypting;
use crate::prelude::*;

mod replicas;

/// The tag that says that the program sets the value. A read has only an id to go by, and must not ask for values
/// that are none of the program's business.
const VALUE_TAG: (&str, &str) = ("stack:value", "managed");

impl Handler for Secret {
    type Client = Aws;

    fn actions() -> Actions {
        Actions::none()
            .to_read([
                "secretsmanager:DescribeSecret",
                "secretsmanager:GetResourcePolicy",
                "secretsmanager:GetSecretValue",
            ])
            .to_create(["secretsmanager:CreateSecret"])
            .to_set([
                "secretsmanager:DeleteResourcePolicy",
                "secretsmanager:PutResourcePolicy",
                "secretsmanager:PutSecretValue",
                "secretsmanager:RemoveRegionsFromReplication",
                "secretsmanager:ReplicateSecretToRegions",
            ])
            .to_update(["secretsmanager:UpdateSecret"])
            .to_tag("secretsmanager:TagResource", "secretsmanager:UntagResource")
            .to_delete(["secretsmanager:DeleteSecret"])
            .implying(encrypting("kms_key_id"))
            // The value is read to be compared.
            .implying([Implied::by(Verb::Read, "kms:Decrypt").given("kms_key_id")])
    }

    async fn read(aws: &Aws, id: &str) -> Result<Option<Self>> {
        let Some(secret) = describe(aws, id).await? else {
            return Ok(None);
        };
        let tags = tags(&secret);
        let managed = tags.get(VALUE_TAG.0).is_some_and(|tag| tag == VALUE_TAG.1);
        let (value, policy) = try_join!(
            async {
                match managed {
                    true => value(aws, id).await,
                    false => Ok(None),
                }
            },
            policy(aws, id),
        )?;
        let region = aws.region();
        Ok(Some(Secret {
            name: secret.name.clone(),
            description: Some(secret.description.clone().unwrap_or_default()),
            // Absent means the account's own key for Secrets Manager.
            kms_key_id: secret.kms_key_id.clone(),
            value,
            policy,
            block_public_policy: None,
            replicas: secret
                .replication_status()
                .iter()
                .filter(|replica| replica.region().is_some_and(|other| other != region))
                .map(|replica| Replica {
                    region: replica.region.clone().unwrap_or_default(),
                    kms_key_id: replica.kms_key_id.clone(),
                })
                .collect(),
            force_overwrite_replica_secret: None,
            recovery_window_in_days: None,
            force_delete_without_recovery: None,
            tags: Owner::without_ours(tags),
            arn: expected(secret.arn(), "secretsmanager:DescribeSecret", "ARN")?.to_owned(),
            version_id: current_version(&secret),
        }))
    }

    async fn find(aws: &Aws, whose: Whose<'_>, inputs: &SecretInputs) -> Result<Vec<String>> {
        let name = inputs.name.as_deref().unwrap_or_default();
        let secret = describe(aws, name).await?;
        let ours = secret.filter(|secret| whose.owns(&tags(secret)));
        Ok(ours.and_then(|secret| secret.arn).into_iter().collect())
    }

    async fn create(aws: &Aws, inputs: &SecretInputs, context: &Context) -> Result<String> {
        let name = inputs.name.as_deref().unwrap_or_default();
        let value = set_value(inputs.value.as_ref());
        let mut tags = context.owner.tags(&inputs.tags);
        if value.is_some() {
            tags.insert(VALUE_TAG.0.to_owned(), VALUE_TAG.1.to_owned());
        }
        let sent = aws
            .secretsmanager()
            .create_secret()
            .name(name)
            .client_request_token(token(&context.owner))
            .set_description(filled(inputs.description.as_ref()))
            .set_kms_key_id(filled(inputs.kms_key_id.as_ref()))
            .set_secret_string(value)
            .set_add_replica_regions(replicas::to_sdk(&inputs.replicas))
            .set_force_overwrite_replica_secret(inputs.force_overwrite_replica_secret)
            .set_tags(Some(sdk_tags(&tags)))
            .send()
            .await
            .named("secretsmanager:CreateSecret");
        match sent {
            Ok(answer) => expected(answer.arn, "secretsmanager:CreateSecret", "ARN"),
            Err(error) => Err(explain_taken_name(aws, name, error).await),
        }
    }

    async fn settle(aws: &Aws, id: &str, inputs: &SecretInputs, context: &Context) -> Result<()> {
        replicas::in_sync(aws, id, context).await?;
        match filled(inputs.policy.as_ref()) {
            Some(policy) => put_policy(aws, id, &policy, inputs.block_public_policy).await,
            None => Ok(()),
        }
    }

    async fn update(
        aws: &Aws,
        id: &str,
        change: Change<'_, SecretInputs>,
        context: &Context,
    ) -> Result<()> {
        let description = change.some(|secret| &secret.description);
        let key = change.some(|secret| &secret.kms_key_id);
        if description.is_some() || key.is_some() {
            // An empty key is the account's own for Secrets Manager.
            let request = aws.secretsmanager().update_secret().secret_id(id);
            let request = request.set_description(description.cloned());
            let request = request.set_kms_key_id(key.cloned());
            request.send().await.named("secretsmanager:UpdateSecret")?;
        }
        if let Some(policy) = change.some(|secret| &secret.policy) {
            let block = change.after.block_public_policy;
            put_policy(aws, id, policy, block).await?;
        }
        if change.of(|secret| &secret.replicas).is_some() {
            replicas::change(aws, id, change).await?;
            replicas::in_sync(aws, id, context).await?;
        }
        let mut tags = TagChange::of(&change, |secret| &secret.tags).unwrap_or(TagChange {
            set: BTreeMap::new(),
            remove: Vec::new(),
        });
        match change.some(|secret| &secret.value) {
            Some(value) if value.reveal().is_empty() => tags.remove.push(VALUE_TAG.0.to_owned()),
            Some(value) => {
                put_value(aws, id, value.reveal()).await?;
                tags.set
                    .insert(VALUE_TAG.0.to_owned(), VALUE_TAG.1.to_owned());
            }
            None => {}
        }
        update_tags(aws, id, tags).await
    }

    async fn delete(aws: &Aws, id: &str, recorded: &SecretInputs, context: &Context) -> Result<()> {
        let Some(secret) = describe(aws, id).await? else {
            return Ok(());
        };
        // A secret with replicas is not deleted before they are.
        let others = secret.replication_status().iter();
        let others = others.filter_map(|one| one.region.clone()).collect();
        replicas::remove(aws, id, others).await?;
        let at_once = recorded.force_delete_without_recovery == Some(true);
        let request = aws.secretsmanager().delete_secret().secret_id(id);
        let request = match at_once {
            true => request.force_delete_without_recovery(true),
            false => request
                .recovery_window_in_days(recorded.recovery_window_in_days.unwrap_or(30).into()),
        };
        request.send().await.named("secretsmanager:DeleteSecret")?;
        context
            .wait_for("the secret to be gone", || async {
                Ok(match describe(aws, id).await? {
                    None => Progress::Done(()),
                    Some(_) => Progress::Pending("still there".to_owned()),
                })
            })
            .await
    }
}

/// Nothing for a secret that is scheduled for deletion: nobody can read it, and only a restore brings it back.
async fn describe(aws: &Aws, id: &str) -> Result<Option<DescribeSecretOutput>> {
    let secret = describe_any(aws, id).await?;
    Ok(secret.filter(|secret| secret.deleted_date().is_none()))
}

async fn describe_any(aws: &Aws, id: &str) -> Result<Option<DescribeSecretOutput>> {
    aws.secretsmanager()
        .describe_secret()
        .secret_id(id)
        .send()
        .await
        .named("secretsmanager:DescribeSecret")
        .found()
}

fn tags(secret: &DescribeSecretOutput) -> BTreeMap<String, String> {
    let pairs = secret.tags().iter().filter_map(|tag| {
        Some((
            tag.key()?.to_owned(),
            tag.value().unwrap_or_default().to_owned(),
        ))
    });
    pairs.collect()
}

fn sdk_tags(tags: &BTreeMap<String, String>) -> Vec<Tag> {
    tags.iter()
        .map(|(key, value)| Tag::builder().key(key).value(value).build())
        .collect()
}

fn current_version(secret: &DescribeSecretOutput) -> Option<String> {
    let versions = secret.version_ids_to_stages()?;
    let current = versions
        .iter()
        .find(|(_, stages)| stages.iter().any(|stage| stage == "AWSCURRENT"));
    current.map(|(version, _)| version.clone())
}

/// The current value; none where there is none yet, or none that is text.
async fn value(aws: &Aws, id: &str) -> Result<Option<stack::resource::Secret<String>>> {
    let answer = aws
        .secretsmanager()
        .get_secret_value()
        .secret_id(id)
        .send()
        .await
        .named("secretsmanager:GetSecretValue")
        .found()?;
    let text = answer.and_then(|answer| answer.secret_string);
    Ok(text.map(stack::resource::Secret::new))
}

async fn policy(aws: &Aws, id: &str) -> Result<Option<String>> {
    let answer = aws
        .secretsmanager()
        .get_resource_policy()
        .secret_id(id)
        .send()
        .await
        .named("secretsmanager:GetResourcePolicy")
        .found()?;
    Ok(answer.and_then(|answer| answer.resource_policy))
}

/// An empty policy is no policy.
async fn put_policy(aws: &Aws, id: &str, policy: &str, block: Option<bool>) -> Result<()> {
    if policy.is_empty() {
        let request = aws.secretsmanager().delete_resource_policy().secret_id(id);
        let sent = request.send().await;
        return sent.named("secretsmanager:DeleteResourcePolicy").map(drop);
    }
    let request = aws.secretsmanager().put_resource_policy().secret_id(id);
    request
        .resource_policy(policy)
        .set_block_public_policy(block)
        .send()
        .await
        .named("secretsmanager:PutResourcePolicy")
        .map(drop)
}

/// A new version, unless the current one is it already: a call that is repeated makes no second one.
async fn put_value(aws: &Aws, id: &str, wanted: &str) -> Result<()> {
    let current = value(aws, id).await?;
    if current.is_some_and(|current| current.reveal() == wanted) {
        return Ok(());
    }
    aws.secretsmanager()
        .put_secret_value()
        .secret_id(id)
        .secret_string(wanted)
        .send()
        .await
        .named("secretsmanager:PutSecretValue")
        .map(drop)
}

/// The API wants 32 characters at least.
fn token(owner: &Owner) -> String {
    format!("{:0<32}", owner.token)
}

fn set_value(value: Option<&stack::resource::Secret<String>>) -> Option<String> {
    value
        .map(|value| value.reveal().clone())
        .filter(|value| !value.is_empty())
}

fn filled(text: Option<&String>) -> Option<String> {
    text.filter(|text| !text.is_empty()).cloned()
}

/// A name stays taken for as long as a deleted secret can be recovered.
async fn explain_taken_name(aws: &Aws, name: &str, error: Error) -> Error {
    let may_be_taken = matches!(
        error.code.as_deref(),
        Some("InvalidRequestException" | "ResourceExistsException")
    );
    if !may_be_taken {
        return error;
    }
    match describe_any(aws, name).await {
        Ok(Some(secret)) if secret.deleted_date().is_some() => Error {
            message: format!(
                "the name {name} belongs to a deleted secret that can still be recovered"
            ),
            kind: ErrorKind::AlreadyExists,
            ..error.hint(
                "recover it (aws secretsmanager restore-secret) and import it, delete it for good \
                 (delete-secret --force-delete-without-recovery), or leave the name to the engine",
            )
        },
        Ok(_) | Err(_) => error,
    }
}

async fn update_tags(aws: &Aws, id: &str, TagChange { set, remove }: TagChange) -> Result<()> {
    if !remove.is_empty() {
        let request = aws.secretsmanager().untag_resource().secret_id(id);
        let request = request.set_tag_keys(Some(remove));
        request.send().await.named("secretsmanager:UntagResource")?;
    }
    if !set.is_empty() {
        let request = aws.secretsmanager().tag_resource().secret_id(id);
        let request = request.set_tags(Some(sdk_tags(&set)));
        request.send().await.named("secretsmanager:TagResource")?;
    }
    Ok(())
}

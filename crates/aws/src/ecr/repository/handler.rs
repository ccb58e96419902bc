//! How a repository is made and kept: ECR has a call of its own for each part.

use aws_sdk_ecr::types as sdk;
use futures::try_join;

use super::*;
use crate::permit::granting;
use crate::prelude::*;

impl Handler for Repository {
    type Client = Aws;

    fn actions() -> Actions {
        Actions::none()
            .to_read([
                "ecr:DescribeRepositories",
                "ecr:GetLifecyclePolicy",
                "ecr:GetRepositoryPolicy",
                "ecr:ListTagsForResource",
            ])
            .to_create(["ecr:CreateRepository"])
            .to_set([
                "ecr:DeleteLifecyclePolicy",
                "ecr:DeleteRepositoryPolicy",
                "ecr:PutImageScanningConfiguration",
                "ecr:PutImageTagMutability",
                "ecr:PutLifecyclePolicy",
                "ecr:SetRepositoryPolicy",
            ])
            .to_tag("ecr:TagResource", "ecr:UntagResource")
            .to_delete(["ecr:DeleteRepository"])
            .implying(granting("encryption.kms_key_id"))
            // To take the grants back, with the repository.
            .implying([Implied::by(Verb::Create, "kms:RetireGrant").given("encryption.kms_key_id")])
    }

    async fn read(aws: &Aws, id: &str) -> Result<Option<Self>> {
        let Some(repository) = describe(aws, id).await? else {
            return Ok(None);
        };
        let arn = expected(
            repository.repository_arn(),
            "ecr:DescribeRepositories",
            "repositoryArn",
        )?;
        let (lifecycle_policy, policy, tags) = try_join!(
            lifecycle_policy(aws, id),
            policy(aws, id),
            all_tags(aws, arn),
        )?;
        let encryption = repository.encryption_configuration();
        Ok(Some(Repository {
            name: repository.repository_name().map(str::to_owned),
            image_tag_mutability: repository
                .image_tag_mutability()
                .and_then(|mutability| mutability.as_str().parse().ok()),
            image_tag_mutability_exclusions: repository
                .image_tag_mutability_exclusion_filters()
                .iter()
                .map(|exclusion| exclusion.filter().to_owned())
                .collect(),
            scan_on_push: repository
                .image_scanning_configuration()
                .map(|scanning| scanning.scan_on_push()),
            encryption: encryption.map(|encryption| Encryption {
                algorithm: encryption.encryption_type().as_str().parse().ok(),
                kms_key_id: encryption.kms_key().map(str::to_owned),
            }),
            lifecycle_policy,
            policy,
            force_delete: None,
            tags: Owner::without_ours(tags),
            arn: arn.to_owned(),
            repository_url: repository.repository_uri().unwrap_or_default().to_owned(),
            registry_id: repository.registry_id().unwrap_or_default().to_owned(),
        }))
    }

    async fn find(aws: &Aws, whose: Whose<'_>, inputs: &RepositoryInputs) -> Result<Vec<String>> {
        let Some(name) = &inputs.name else {
            return Ok(Vec::new());
        };
        let found = describe(aws, name).await?;
        let Some(arn) = found.as_ref().and_then(|found| found.repository_arn()) else {
            return Ok(Vec::new());
        };
        let ours = whose.owns(&all_tags(aws, arn).await?);
        Ok(ours.then(|| name.clone()).into_iter().collect())
    }

    async fn create(aws: &Aws, inputs: &RepositoryInputs, context: &Context) -> Result<String> {
        let mutability = inputs.image_tag_mutability;
        let request = aws
            .ecr()
            .create_repository()
            .repository_name(inputs.name.clone().unwrap_or_default())
            .set_image_tag_mutability(mutability.map(|mutability| mutability.as_str().into()))
            .set_image_tag_mutability_exclusion_filters(exclusions(inputs)?)
            .set_image_scanning_configuration(inputs.scan_on_push.map(scanning))
            .set_encryption_configuration(inputs.encryption.as_ref().map(encryption).transpose()?)
            .set_tags(Some(sdk_tags(&context.owner.tags(&inputs.tags))?));
        let answer = request.send().await.named("ecr:CreateRepository")?;
        let name = answer
            .repository
            .and_then(|repository| repository.repository_name);
        expected(name, "ecr:CreateRepository", "repositoryName")
    }

    async fn settle(aws: &Aws, id: &str, inputs: &RepositoryInputs, _: &Context) -> Result<()> {
        put_policies(aws, id, Change::all(inputs)).await
    }

    async fn update(
        aws: &Aws,
        id: &str,
        change: Change<'_, RepositoryInputs>,
        _: &Context,
    ) -> Result<()> {
        let after = change.after;
        let of_tags = change.of(|repository| &repository.image_tag_mutability);
        let exceptions = change.of(|repository| &repository.image_tag_mutability_exclusions);
        if of_tags.is_some() || exceptions.is_some() {
            let mutability = after
                .image_tag_mutability
                .unwrap_or(ImageTagMutability::Mutable);
            let request = aws
                .ecr()
                .put_image_tag_mutability()
                .repository_name(id)
                .image_tag_mutability(mutability.as_str().into())
                .set_image_tag_mutability_exclusion_filters(exclusions(after)?);
            request.send().await.named("ecr:PutImageTagMutability")?;
        }
        if let Some(on) = change.some(|repository| &repository.scan_on_push) {
            let request = aws.ecr().put_image_scanning_configuration();
            let request = request
                .repository_name(id)
                .image_scanning_configuration(scanning(*on));
            request
                .send()
                .await
                .named("ecr:PutImageScanningConfiguration")?;
        }
        put_policies(aws, id, change).await?;
        put_tags(
            aws,
            id,
            TagChange::of(&change, |repository| &repository.tags),
        )
        .await
    }

    async fn delete(aws: &Aws, id: &str, recorded: &RepositoryInputs, _: &Context) -> Result<()> {
        let request = aws
            .ecr()
            .delete_repository()
            .repository_name(id)
            .force(recorded.force_delete == Some(true));
        match request.send().await.named("ecr:DeleteRepository") {
            Err(error) if error.code.as_deref() == Some("RepositoryNotEmptyException") => {
                Err(error.hint("set force_delete and apply, or delete its images"))
            }
            result => result.map(drop),
        }
    }
}

async fn describe(aws: &Aws, id: &str) -> Result<Option<sdk::Repository>> {
    let request = aws.ecr().describe_repositories().repository_names(id);
    let answer = request
        .send()
        .await
        .named("ecr:DescribeRepositories")
        .found()?;
    Ok(answer.and_then(|answer| answer.repositories?.pop()))
}

async fn lifecycle_policy(aws: &Aws, id: &str) -> Result<Option<String>> {
    let request = aws.ecr().get_lifecycle_policy().repository_name(id);
    let answer = request
        .send()
        .await
        .named("ecr:GetLifecyclePolicy")
        .found()?;
    Ok(answer.and_then(|answer| answer.lifecycle_policy_text))
}

async fn policy(aws: &Aws, id: &str) -> Result<Option<String>> {
    let request = aws.ecr().get_repository_policy().repository_name(id);
    let answer = request
        .send()
        .await
        .named("ecr:GetRepositoryPolicy")
        .found()?;
    Ok(answer.and_then(|answer| answer.policy_text))
}

/// Brings about the two policies, as far as they differ. An empty policy is no policy; taking away what is not there
/// is a success.
async fn put_policies(aws: &Aws, id: &str, change: Change<'_, RepositoryInputs>) -> Result<()> {
    match change
        .some(|repository| &repository.lifecycle_policy)
        .map(String::as_str)
    {
        None => {}
        Some("") => {
            let request = aws.ecr().delete_lifecycle_policy().repository_name(id);
            request
                .send()
                .await
                .named("ecr:DeleteLifecyclePolicy")
                .found()?;
        }
        Some(text) => {
            let request = aws.ecr().put_lifecycle_policy().repository_name(id);
            let request = request.lifecycle_policy_text(text);
            request.send().await.named("ecr:PutLifecyclePolicy")?;
        }
    }
    match change
        .some(|repository| &repository.policy)
        .map(String::as_str)
    {
        None => {}
        Some("") => {
            let request = aws.ecr().delete_repository_policy().repository_name(id);
            request
                .send()
                .await
                .named("ecr:DeleteRepositoryPolicy")
                .found()?;
        }
        Some(text) => {
            let request = aws.ecr().set_repository_policy().repository_name(id);
            let request = request.policy_text(text);
            request.send().await.named("ecr:SetRepositoryPolicy")?;
        }
    }
    Ok(())
}

async fn all_tags(aws: &Aws, arn: &str) -> Result<BTreeMap<String, String>> {
    let request = aws.ecr().list_tags_for_resource().resource_arn(arn);
    let answer = request.send().await.named("ecr:ListTagsForResource")?;
    let tags = answer.tags.unwrap_or_default();
    Ok(tags.into_iter().map(|tag| (tag.key, tag.value)).collect())
}

async fn put_tags(aws: &Aws, id: &str, change: Option<TagChange>) -> Result<()> {
    let Some(TagChange { set, remove }) = change else {
        return Ok(());
    };
    let repository = describe(aws, id).await?;
    let arn = repository.and_then(|repository| repository.repository_arn);
    let arn = expected(arn, "ecr:DescribeRepositories", "repositoryArn")?;
    if !remove.is_empty() {
        let request = aws.ecr().untag_resource().resource_arn(&arn);
        let request = request.set_tag_keys(Some(remove));
        request.send().await.named("ecr:UntagResource")?;
    }
    if !set.is_empty() {
        let request = aws.ecr().tag_resource().resource_arn(&arn);
        let request = request.set_tags(Some(sdk_tags(&set)?));
        request.send().await.named("ecr:TagResource")?;
    }
    Ok(())
}

fn scanning(on: bool) -> sdk::ImageScanningConfiguration {
    sdk::ImageScanningConfiguration::builder()
        .scan_on_push(on)
        .build()
}

fn encryption(encryption: &Encryption) -> Result<sdk::EncryptionConfiguration> {
    let algorithm = encryption.algorithm.unwrap_or(EncryptionAlgorithm::Aes256);
    let configuration = sdk::EncryptionConfiguration::builder()
        .encryption_type(algorithm.as_str().into())
        .set_kms_key(encryption.kms_key_id.clone());
    built(configuration.build())
}

/// The API refuses an empty list.
fn exclusions(
    inputs: &RepositoryInputs,
) -> Result<Option<Vec<sdk::ImageTagMutabilityExclusionFilter>>> {
    let patterns = &inputs.image_tag_mutability_exclusions;
    if patterns.is_empty() {
        return Ok(None);
    }
    let filters = patterns.iter().map(|pattern| {
        let filter = sdk::ImageTagMutabilityExclusionFilter::builder()
            .filter_type(sdk::ImageTagMutabilityExclusionFilterType::Wildcard)
            .filter(pattern);
        built(filter.build())
    });
    filters.collect::<Result<_>>().map(Some)
}

fn sdk_tags(tags: &BTreeMap<String, String>) -> Result<Vec<sdk::Tag>> {
    tags.iter()
        .map(|(key, value)| built(sdk::Tag::builder().key(key).value(value).build()))
        .collect()
}

/// A request part that the SDK refuses to build for want of a field.
fn built<T>(part: std::result::Result<T, aws_sdk_ecr::error::BuildError>) -> Result<T> {
    part.map_err(|error| Error::new(ErrorKind::Invalid, error.to_string()))
}

//! How a parameter group is made and kept.

use aws_sdk_rds::types as sdk;

use super::*;
use crate::prelude::*;
use crate::rds::tags;

/// How many parameters one call takes.
const AT_ONCE: usize = 20;

impl Handler for ParameterGroup {
    type Client = Aws;

    fn actions() -> Actions {
        Actions::none()
            .to_read([
                "rds:DescribeDBParameterGroups",
                "rds:DescribeDBParameters",
                "rds:ListTagsForResource",
            ])
            .to_create(["rds:CreateDBParameterGroup"])
            .to_set(["rds:ModifyDBParameterGroup"])
            .to_update(["rds:ResetDBParameterGroup"])
            .to_tag("rds:AddTagsToResource", "rds:RemoveTagsFromResource")
            .to_delete(["rds:DeleteDBParameterGroup"])
    }

    async fn read(aws: &Aws, id: &str) -> Result<Option<Self>> {
        let Some(group) = describe(aws, id).await? else {
            return Ok(None);
        };
        let arn = arn(&group)?;
        let parameters = parameters(aws, id, Source::User).await.found()?;
        let Some(parameters) = parameters else {
            return Ok(None);
        };
        Ok(Some(ParameterGroup {
            name: group.db_parameter_group_name().map(str::to_owned),
            family: expected(
                group.db_parameter_group_family(),
                "rds:DescribeDBParameterGroups",
                "DBParameterGroupFamily",
            )?
            .to_owned(),
            description: group.description().map(str::to_owned),
            parameters: parameters
                .into_iter()
                .filter_map(|parameter| {
                    Some(Parameter {
                        name: parameter.parameter_name?,
                        value: parameter.parameter_value?,
                        apply_method: parameter
                            .apply_method
                            .and_then(|method| method.as_str().parse().ok()),
                    })
                })
                .collect(),
            tags: Owner::without_ours(tags::of(aws, arn).await?),
            arn: arn.to_owned(),
        }))
    }

    async fn find(
        aws: &Aws,
        whose: Whose<'_>,
        inputs: &ParameterGroupInputs,
    ) -> Result<Vec<String>> {
        let name = inputs.name.as_deref().unwrap_or_default();
        let Some(group) = describe(aws, name).await? else {
            return Ok(Vec::new());
        };
        let ours = whose.owns(&tags::of(aws, arn(&group)?).await?);
        Ok(ours.then(|| name.to_owned()).into_iter().collect())
    }

    async fn create(aws: &Aws, inputs: &ParameterGroupInputs, context: &Context) -> Result<String> {
        let name = inputs.name.as_deref().unwrap_or_default();
        aws.rds()
            .create_db_parameter_group()
            .db_parameter_group_name(name)
            .db_parameter_group_family(&inputs.family)
            // The API asks for one.
            .description(inputs.description.as_deref().unwrap_or(name))
            .set_tags(Some(tags::sdk(&context.owner.tags(&inputs.tags))))
            .send()
            .await
            .named("rds:CreateDBParameterGroup")?;
        Ok(name.to_owned())
    }

    async fn settle(aws: &Aws, id: &str, inputs: &ParameterGroupInputs, _: &Context) -> Result<()> {
        set(aws, id, &inputs.parameters.iter().collect::<Vec<_>>()).await
    }

    async fn update(
        aws: &Aws,
        id: &str,
        change: Change<'_, ParameterGroupInputs>,
        _: &Context,
    ) -> Result<()> {
        if let Some(after) = change.of(|group| &group.parameters) {
            let before = change.before().map_or(&[][..], |group| &group.parameters);
            let gone = before
                .iter()
                .filter(|old| after.iter().all(|new| new.name != old.name));
            reset(aws, id, &gone.collect::<Vec<_>>()).await?;
            let changed = after.iter().filter(|new| {
                !before.iter().any(|old| {
                    old.name == new.name
                        && old.value == new.value
                        && new
                            .apply_method
                            .is_none_or(|method| old.apply_method == Some(method))
                })
            });
            set(aws, id, &changed.collect::<Vec<_>>()).await?;
        }
        let Some(tag_change) = TagChange::of(&change, |group| &group.tags) else {
            return Ok(());
        };
        let group = describe(aws, id).await?;
        let group = expected(group, "rds:DescribeDBParameterGroups", "DBParameterGroups")?;
        tags::update(aws, arn(&group)?, Some(tag_change)).await
    }

    async fn delete(aws: &Aws, id: &str, _: &ParameterGroupInputs, _: &Context) -> Result<()> {
        aws.rds()
            .delete_db_parameter_group()
            .db_parameter_group_name(id)
            .send()
            .await
            .named("rds:DeleteDBParameterGroup")
            .map(drop)
    }
}

async fn describe(aws: &Aws, name: &str) -> Result<Option<sdk::DbParameterGroup>> {
    let request = aws
        .rds()
        .describe_db_parameter_groups()
        .db_parameter_group_name(name);
    let answer = request
        .send()
        .await
        .named("rds:DescribeDBParameterGroups")
        .found()?;
    Ok(answer.and_then(|answer| answer.db_parameter_groups?.pop()))
}

fn arn(group: &sdk::DbParameterGroup) -> Result<&str> {
    expected(
        group.db_parameter_group_arn(),
        "rds:DescribeDBParameterGroups",
        "DBParameterGroupArn",
    )
}

/// Who set a parameter.
#[derive(Clone, Copy)]
enum Source {
    /// A person or program.
    User,
    /// Anybody, the engine included.
    Any,
}

async fn parameters(aws: &Aws, name: &str, source: Source) -> Result<Vec<sdk::Parameter>> {
    let request = aws
        .rds()
        .describe_db_parameters()
        .db_parameter_group_name(name);
    let request = match source {
        Source::User => request.source("user"),
        Source::Any => request,
    };
    pages!(request, "rds:DescribeDBParameters")
}

/// Sets parameters. Where the program does not say when databases take one up, dynamic ones apply at once; what RDS
/// does not list as dynamic waits for a restart, which every parameter takes.
async fn set(aws: &Aws, id: &str, wanted: &[&Parameter]) -> Result<()> {
    if wanted.is_empty() {
        return Ok(());
    }
    let known = match wanted.iter().any(|one| one.apply_method.is_none()) {
        true => parameters(aws, id, Source::Any).await?,
        false => Vec::new(),
    };
    let is_dynamic = |name: &str| {
        known
            .iter()
            .find(|one| one.parameter_name() == Some(name))
            .is_some_and(|one| one.apply_type() == Some("dynamic"))
    };
    for some in wanted.chunks(AT_ONCE) {
        let parameters = some.iter().map(|one| {
            let method = one.apply_method.unwrap_or(match is_dynamic(&one.name) {
                true => ApplyMethod::Immediate,
                false => ApplyMethod::PendingReboot,
            });
            sdk::Parameter::builder()
                .parameter_name(&one.name)
                .parameter_value(&one.value)
                .apply_method(method.as_str().into())
                .build()
        });
        let request = aws
            .rds()
            .modify_db_parameter_group()
            .db_parameter_group_name(id);
        request
            .set_parameters(Some(parameters.collect()))
            .send()
            .await
            .named("rds:ModifyDBParameterGroup")?;
    }
    Ok(())
}

/// Gives parameters the engine's own values back. They are taken up as they were set: what applied at once goes back
/// at once.
async fn reset(aws: &Aws, id: &str, gone: &[&Parameter]) -> Result<()> {
    for some in gone.chunks(AT_ONCE) {
        let parameters = some.iter().map(|one| {
            let method = one.apply_method.unwrap_or(ApplyMethod::PendingReboot);
            sdk::Parameter::builder()
                .parameter_name(&one.name)
                .apply_method(method.as_str().into())
                .build()
        });
        let request = aws
            .rds()
            .reset_db_parameter_group()
            .db_parameter_group_name(id);
        request
            .set_parameters(Some(parameters.collect()))
            .send()
            .await
            .named("rds:ResetDBParameterGroup")?;
    }
    Ok(())
}

//! How an alarm is made and kept.

use aws_sdk_cloudwatch::types as sdk;

use super::*;
use crate::listed;
use crate::prelude::*;

impl Handler for Alarm {
    type Client = Aws;

    fn actions() -> Actions {
        Actions::none()
            .to_read([
                "cloudwatch:DescribeAlarms",
                "cloudwatch:ListTagsForResource",
            ])
            .to_set(["cloudwatch:PutMetricAlarm"])
            .to_tag("cloudwatch:TagResource", "cloudwatch:UntagResource")
            .to_delete(["cloudwatch:DeleteAlarms"])
    }

    async fn read(aws: &Aws, id: &str) -> Result<Option<Self>> {
        match look(aws, id).await? {
            Some(alarm) => observed(aws, &alarm).await,
            None => Ok(None),
        }
    }

    const BATCH: usize = 100;

    async fn read_many(aws: &Aws, ids: &[&str]) -> Result<Vec<(String, Self)>> {
        let alarms = listed::each(described(aws, ids).await?, |alarm| async move {
            let observed = observed(aws, &alarm).await?;
            Ok(alarm.alarm_name.zip(observed))
        });
        Ok(alarms.await.into_iter().flatten().collect())
    }

    async fn find(aws: &Aws, whose: Whose<'_>, inputs: &AlarmInputs) -> Result<Vec<String>> {
        let Some(name) = &inputs.name else {
            return Ok(Vec::new());
        };
        let alarm = look(aws, name).await?;
        let Some(arn) = alarm.and_then(|alarm| alarm.alarm_arn) else {
            return Ok(Vec::new());
        };
        let tags = tags(aws, &arn).await.found()?;
        let ours = tags.is_some_and(|tags| whose.owns(&tags));
        Ok(ours.then(|| name.clone()).into_iter().collect())
    }

    async fn create(aws: &Aws, inputs: &AlarmInputs, context: &Context) -> Result<String> {
        let name = inputs.name.clone().unwrap_or_default();
        // A put would overwrite what is there.
        if look(aws, &name).await?.is_some() {
            let message = format!("an alarm named {name} is there already");
            return Err(Error::new(ErrorKind::AlreadyExists, message)
                .operation("cloudwatch:PutMetricAlarm"));
        }
        let tags = sdk_tags(&context.owner.tags(&inputs.tags));
        put(aws, &name, inputs)?
            .set_tags(Some(tags))
            .send()
            .await
            .named("cloudwatch:PutMetricAlarm")?;
        Ok(name)
    }

    /// A put says all of it, so all of it is sent. It takes no notice of tags when the alarm is there already.
    async fn update(
        aws: &Aws,
        id: &str,
        change: Change<'_, AlarmInputs>,
        _: &Context,
    ) -> Result<()> {
        put(aws, id, change.after)?
            .send()
            .await
            .named("cloudwatch:PutMetricAlarm")?;
        let Some(TagChange { set, remove }) = TagChange::of(&change, |alarm| &alarm.tags) else {
            return Ok(());
        };
        let arn = look(aws, id).await?.and_then(|alarm| alarm.alarm_arn);
        let arn = expected(arn, "cloudwatch:DescribeAlarms", "AlarmArn")?;
        if !remove.is_empty() {
            let request = aws.cloudwatch().untag_resource().resource_arn(&arn);
            let request = request.set_tag_keys(Some(remove));
            request.send().await.named("cloudwatch:UntagResource")?;
        }
        if !set.is_empty() {
            let request = aws.cloudwatch().tag_resource().resource_arn(&arn);
            let request = request.set_tags(Some(sdk_tags(&set)));
            request.send().await.named("cloudwatch:TagResource")?;
        }
        Ok(())
    }

    async fn delete(aws: &Aws, id: &str, _: &AlarmInputs, _: &Context) -> Result<()> {
        aws.cloudwatch()
            .delete_alarms()
            .alarm_names(id)
            .send()
            .await
            .named("cloudwatch:DeleteAlarms")
            .map(drop)
    }
}

async fn look(aws: &Aws, name: &str) -> Result<Option<sdk::MetricAlarm>> {
    Ok(described(aws, &[name]).await?.pop())
}

async fn described(aws: &Aws, names: &[&str]) -> Result<Vec<sdk::MetricAlarm>> {
    let answer = aws
        .cloudwatch()
        .describe_alarms()
        .set_alarm_names(listed::sdk(names))
        .alarm_types(sdk::AlarmType::MetricAlarm)
        .max_records(100)
        .send()
        .await
        .named("cloudwatch:DescribeAlarms")?;
    Ok(answer.metric_alarms.unwrap_or_default())
}

async fn observed(aws: &Aws, alarm: &sdk::MetricAlarm) -> Result<Option<Alarm>> {
    let arn = expected(alarm.alarm_arn(), "cloudwatch:DescribeAlarms", "AlarmArn")?;
    let Some(tags) = tags(aws, arn).await.found()? else {
        return Ok(None);
    };
    let operator = alarm
        .comparison_operator()
        .and_then(|operator| operator.as_str().parse().ok());
    Ok(Some(Alarm {
        name: alarm.alarm_name().map(str::to_owned),
        description: alarm.alarm_description().map(str::to_owned),
        comparison_operator: expected(operator, "cloudwatch:DescribeAlarms", "ComparisonOperator")?,
        evaluation_periods: alarm.evaluation_periods().unwrap_or(1),
        datapoints_to_alarm: alarm.datapoints_to_alarm(),
        threshold: alarm.threshold(),
        threshold_metric_id: alarm.threshold_metric_id().map(str::to_owned),
        namespace: alarm.namespace().map(str::to_owned),
        metric_name: alarm.metric_name().map(str::to_owned),
        dimensions: of_dimensions(alarm.dimensions()),
        statistic: alarm
            .statistic()
            .and_then(|statistic| statistic.as_str().parse().ok()),
        extended_statistic: alarm.extended_statistic().map(str::to_owned),
        period: alarm.period(),
        unit: alarm.unit().map(|unit| unit.as_str().to_owned()),
        metrics: alarm.metrics().iter().map(MetricQuery::of_sdk).collect(),
        treat_missing_data: alarm
            .treat_missing_data()
            .and_then(|data| data.parse().ok())
            .or(Some(TreatMissingData::Missing)),
        evaluate_low_sample_count_percentile: alarm
            .evaluate_low_sample_count_percentile()
            .and_then(|count| count.parse().ok())
            .or(Some(LowSampleCount::Evaluate)),
        actions_enabled: Some(alarm.actions_enabled().unwrap_or(true)),
        alarm_actions: alarm.alarm_actions().to_vec(),
        ok_actions: alarm.ok_actions().to_vec(),
        insufficient_data_actions: alarm.insufficient_data_actions().to_vec(),
        tags: Owner::without_ours(tags),
        arn: arn.to_owned(),
    }))
}

async fn tags(aws: &Aws, arn: &str) -> Result<BTreeMap<String, String>> {
    let request = aws.cloudwatch().list_tags_for_resource().resource_arn(arn);
    let answer = request
        .send()
        .await
        .named("cloudwatch:ListTagsForResource")?;
    let tags = answer.tags().iter().filter_map(|tag| {
        Some((
            tag.key()?.to_owned(),
            tag.value().unwrap_or_default().to_owned(),
        ))
    });
    Ok(tags.collect())
}

fn sdk_tags(tags: &BTreeMap<String, String>) -> Vec<sdk::Tag> {
    tags.iter()
        .map(|(key, value)| sdk::Tag::builder().key(key).value(value).build())
        .collect()
}

fn put(
    aws: &Aws,
    name: &str,
    inputs: &AlarmInputs,
) -> Result<aws_sdk_cloudwatch::operation::put_metric_alarm::builders::PutMetricAlarmFluentBuilder>
{
    let text = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
    let metrics: Vec<_> = inputs.metrics.iter().map(MetricQuery::to_sdk).collect();
    let list = |list: &Vec<String>| (!list.is_empty()).then(|| list.clone());
    let operator = inputs.comparison_operator.as_str();
    Ok(aws
        .cloudwatch()
        .put_metric_alarm()
        .alarm_name(name)
        .set_alarm_description(text(&inputs.description))
        .comparison_operator(operator.into())
        .evaluation_periods(inputs.evaluation_periods)
        .set_datapoints_to_alarm(inputs.datapoints_to_alarm.filter(|count| *count > 0))
        .set_threshold(inputs.threshold)
        .set_threshold_metric_id(inputs.threshold_metric_id.clone())
        .set_namespace(inputs.namespace.clone())
        .set_metric_name(inputs.metric_name.clone())
        .set_dimensions(sdk_dimensions(&inputs.dimensions))
        .set_statistic(inputs.statistic.map(|statistic| statistic.as_str().into()))
        .set_extended_statistic(inputs.extended_statistic.clone())
        .set_period(inputs.period)
        .set_unit(text(&inputs.unit).map(|unit| unit.as_str().into()))
        .set_metrics((!metrics.is_empty()).then_some(metrics))
        .set_treat_missing_data(
            inputs
                .treat_missing_data
                .map(|data| data.as_str().to_owned()),
        )
        .set_evaluate_low_sample_count_percentile(low_sample_count(inputs))
        .set_actions_enabled(inputs.actions_enabled)
        .set_alarm_actions(list(&inputs.alarm_actions))
        .set_ok_actions(list(&inputs.ok_actions))
        .set_insufficient_data_actions(list(&inputs.insufficient_data_actions)))
}

/// The API takes it for percentiles alone.
fn low_sample_count(inputs: &AlarmInputs) -> Option<String> {
    let has_percentile = inputs.extended_statistic.is_some();
    let count = inputs.evaluate_low_sample_count_percentile;
    count
        .filter(|_| has_percentile)
        .map(|count| count.as_str().to_owned())
}

fn sdk_dimensions(dimensions: &BTreeMap<String, String>) -> Option<Vec<sdk::Dimension>> {
    let dimensions: Vec<_> = dimensions
        .iter()
        .map(|(name, value)| sdk::Dimension::builder().name(name).value(value).build())
        .collect();
    (!dimensions.is_empty()).then_some(dimensions)
}

fn of_dimensions(dimensions: &[sdk::Dimension]) -> BTreeMap<String, String> {
    let dimensions = dimensions.iter();
    dimensions
        .filter_map(|one| Some((one.name()?.to_owned(), one.value()?.to_owned())))
        .collect()
}

impl MetricQuery {
    fn to_sdk(&self) -> sdk::MetricDataQuery {
        let stat = self.metric.as_ref().map(|stat| {
            let metric = sdk::Metric::builder()
                .namespace(&stat.namespace)
                .metric_name(&stat.metric_name)
                .set_dimensions(sdk_dimensions(&stat.dimensions))
                .build();
            sdk::MetricStat::builder()
                .metric(metric)
                .period(stat.period)
                .stat(&stat.stat)
                .set_unit(stat.unit.as_deref().map(Into::into))
                .build()
        });
        sdk::MetricDataQuery::builder()
            .id(&self.id)
            .set_expression(self.expression.clone())
            .set_metric_stat(stat)
            .set_label(self.label.clone())
            .set_period(self.period)
            .set_return_data(self.return_data)
            .set_account_id(self.account_id.clone())
            .build()
    }

    fn of_sdk(query: &sdk::MetricDataQuery) -> Self {
        let owned = |text: Option<&str>| text.map(str::to_owned);
        Self {
            id: query.id().unwrap_or_default().to_owned(),
            expression: owned(query.expression()),
            metric: query.metric_stat().and_then(|stat| {
                let metric = stat.metric()?;
                Some(MetricStat {
                    namespace: metric.namespace()?.to_owned(),
                    metric_name: metric.metric_name()?.to_owned(),
                    dimensions: of_dimensions(metric.dimensions()),
                    period: stat.period()?,
                    stat: stat.stat()?.to_owned(),
                    unit: stat.unit().map(|unit| unit.as_str().to_owned()),
                })
            }),
            label: owned(query.label()),
            period: query.period(),
            return_data: Some(query.return_data().unwrap_or(true)),
            account_id: owned(query.account_id()),
        }
    }
}

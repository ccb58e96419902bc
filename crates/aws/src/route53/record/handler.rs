//! How a record is made and kept. Route 53 knows one call for all of it, and takes records as a whole.

use std::collections::HashMap;

use aws_sdk_route53::types as sdk;

use super::*;
use crate::listed;
use crate::prelude::*;
use crate::route53::domain;

mod change;
mod key;

use key::{Key, Mark, mark_of};

impl Handler for Record {
    type Client = Aws;

    fn actions() -> Actions {
        Actions::none()
            .to_read(["route53:ListResourceRecordSets"])
            .to_set(["route53:ChangeResourceRecordSets", "route53:GetChange"])
            .to_delete(["route53:ChangeResourceRecordSets", "route53:GetChange"])
    }

    async fn read(aws: &Aws, id: &str) -> Result<Option<Self>> {
        let key = Key::of_id(id)?;
        Ok(fetch(aws, &key).await?.map(|set| observed(&key, &set)))
    }

    const BATCH: usize = 300;

    async fn read_many(aws: &Aws, ids: &[&str]) -> Result<Vec<(String, Self)>> {
        let keys = ids
            .iter()
            .filter_map(|id| Some((*id, Key::of_id(id).ok()?)));
        let zones = listed::by_key(keys.map(|(id, key)| (key.zone_id.clone(), (id, key))));
        let mut records = Vec::new();
        for keys in zones.into_values() {
            records.extend(of_zone(aws, keys).await?);
        }
        Ok(records)
    }

    /// Records have no tags. One of this key that says exactly what was asked for is what the create made; one that says
    /// something else is somebody else's.
    async fn find(aws: &Aws, _: Whose<'_>, inputs: &RecordInputs) -> Result<Vec<String>> {
        let key = Key::of_inputs(inputs);
        let asked = observed(&key, &wanted(Change::all(inputs))?);
        let found = fetch(aws, &key).await?.map(|set| observed(&key, &set));
        let ours = found.filter(|found| sorted(found) == sorted(&asked));
        Ok(ours.map(|_| key.id()).into_iter().collect())
    }

    async fn create(aws: &Aws, inputs: &RecordInputs, context: &Context) -> Result<String> {
        if inputs.alias.is_some() && !inputs.records.is_empty() {
            let message = "a record has either records or an alias";
            return Err(Error::new(ErrorKind::Invalid, message));
        }
        let key = Key::of_inputs(inputs);
        let id = key.id();
        let set = wanted(Change::all(inputs))?;
        let sent = change::send(aws, &key, sdk::ChangeAction::Create, set).await;
        let change = sent.map_err(|error| match error.kind {
            ErrorKind::AlreadyExists => error.hint(format!(
                "take it in with `stack import {} {id}`, or delete it first",
                context.owner.urn
            )),
            _ => error,
        })?;
        context.accepted(&id).await?;
        // Here and not in `settle`, which a repeated run enters without the change that it would wait for.
        change::in_sync(aws, change, context).await?;
        Ok(id)
    }

    async fn update(
        aws: &Aws,
        id: &str,
        change: Change<'_, RecordInputs>,
        context: &Context,
    ) -> Result<()> {
        let key = Key::of_id(id)?;
        let set = wanted(change)?;
        let change = change::send(aws, &key, sdk::ChangeAction::Upsert, set).await?;
        change::in_sync(aws, change, context).await
    }

    /// A delete has to name what is there to the letter, so it is read first.
    async fn delete(aws: &Aws, id: &str, _: &RecordInputs, context: &Context) -> Result<()> {
        let key = Key::of_id(id)?;
        let Some(set) = fetch(aws, &key).await? else {
            return Ok(());
        };
        let change = change::send(aws, &key, sdk::ChangeAction::Delete, set).await?;
        change::in_sync(aws, change, context).await
    }
}

async fn fetch(aws: &Aws, key: &Key) -> Result<Option<sdk::ResourceRecordSet>> {
    let most = key.set_identifier.is_none().then_some(1);
    let sets = from(aws, key, most).await.found()?.unwrap_or_default();
    let mark = key.mark();
    Ok(sets.into_iter().find(|set| mark_of(set) == mark))
}

/// Records of one zone. Each call begins at the first that none has shown yet, and shows those that are near it too.
async fn of_zone(aws: &Aws, mut keys: Vec<(&str, Key)>) -> Result<Vec<(String, Record)>> {
    keys.sort_by_cached_key(|(_, key)| {
        let kind = key.kind.as_str();
        (domain::place(&key.name), kind, key.set_identifier.clone())
    });
    let mut shown = Vec::new();
    while let Some((_, first)) = keys.first() {
        let sets = match from(aws, first, None).await {
            Err(error) if !listed::ends_all(&error) => break,
            sets => sets?,
        };
        let sets: HashMap<Mark, _> = sets.iter().map(|set| (mark_of(set), set)).collect();
        // The first is shown where the call begins, or is not there.
        let mut is_first = true;
        keys.retain(|(id, key)| {
            let set = sets.get(&key.mark());
            shown.extend(set.map(|set| ((*id).to_owned(), observed(key, set))));
            !std::mem::take(&mut is_first) && set.is_none()
        });
    }
    Ok(shown)
}

/// The records from this one on, or from the one that would follow it, in the zone's order; 300 unless fewer are asked for.
async fn from(aws: &Aws, key: &Key, most: Option<i32>) -> Result<Vec<sdk::ResourceRecordSet>> {
    let request = aws
        .route53()
        .list_resource_record_sets()
        .hosted_zone_id(&key.zone_id)
        .start_record_name(domain::canonical(&key.name))
        .start_record_type(key.kind.as_str().into())
        .set_start_record_identifier(key.set_identifier.clone())
        .set_max_items(most);
    let answer = request
        .send()
        .await
        .named("route53:ListResourceRecordSets")?;
    Ok(answer.resource_record_sets)
}

fn observed(key: &Key, set: &sdk::ResourceRecordSet) -> Record {
    let values = set.resource_records().iter();
    Record {
        zone_id: key.zone_id.clone(),
        name: key.name.clone(),
        r#type: key.kind,
        ttl: set.ttl(),
        records: values.map(|record| record.value().to_owned()).collect(),
        alias: set.alias_target().map(|alias| Alias {
            name: domain::canonical(alias.dns_name()),
            zone_id: alias.hosted_zone_id().to_owned(),
            evaluate_target_health: Some(alias.evaluate_target_health()),
        }),
        set_identifier: set.set_identifier().map(str::to_owned),
        weight: set.weight(),
        region: set.region().map(|region| region.as_str().to_owned()),
        failover: set
            .failover()
            .and_then(|failover| failover.as_str().parse().ok()),
        geolocation: set.geo_location().map(|location| Geolocation {
            continent: location.continent_code().map(str::to_owned),
            country: location.country_code().map(str::to_owned),
            subdivision: location.subdivision_code().map(str::to_owned),
        }),
        multivalue_answer: set.multi_value_answer(),
        health_check_id: set.health_check_id().map(str::to_owned),
        fqdn: domain::canonical(set.name()),
    }
}

/// The whole record that a change leads to.
fn wanted(change: Change<'_, RecordInputs>) -> Result<sdk::ResourceRecordSet> {
    let inputs = change.after;
    // What the program does not say, or no longer says, follows the cloud: where a record becomes an alias or the
    // reverse, both are here. The one that is new is the program's.
    let alias = inputs.alias.as_ref().filter(|_| {
        inputs.records.is_empty()
            || change.of(|record| &record.alias).is_some()
            || change.of(|record| &record.records).is_none()
    });
    if alias.is_none() && inputs.records.is_empty() {
        let message = "a record needs records or an alias";
        return Err(Error::new(ErrorKind::Invalid, message));
    }
    let values = inputs
        .records
        .iter()
        .map(|value| built(sdk::ResourceRecord::builder().value(value).build()));
    let values = values.collect::<Result<Vec<_>>>()?;
    let target = alias.map(|alias| {
        let target = sdk::AliasTarget::builder()
            .dns_name(&alias.name)
            .hosted_zone_id(&alias.zone_id)
            .evaluate_target_health(alias.evaluate_target_health.unwrap_or(false));
        built(target.build())
    });
    let location = inputs.geolocation.as_ref().map(|location| {
        sdk::GeoLocation::builder()
            .set_continent_code(location.continent.clone())
            .set_country_code(location.country.clone())
            .set_subdivision_code(location.subdivision.clone())
            .build()
    });
    let health_check = inputs.health_check_id.clone().filter(|id| !id.is_empty());
    let set = sdk::ResourceRecordSet::builder()
        .name(domain::canonical(&inputs.name))
        .r#type(inputs.r#type.as_str().into())
        .set_ttl(alias.is_none().then(|| inputs.ttl.unwrap_or(300)))
        .set_resource_records(alias.is_none().then_some(values))
        .set_alias_target(target.transpose()?)
        .set_set_identifier(inputs.set_identifier.clone())
        .set_weight(inputs.weight)
        .set_region(inputs.region.as_deref().map(Into::into))
        .set_failover(inputs.failover.map(|failover| failover.as_str().into()))
        .set_geo_location(location)
        // `false` is refused in records of other policies.
        .set_multi_value_answer(inputs.multivalue_answer.filter(|on| *on))
        .set_health_check_id(health_check);
    built(set.build())
}

fn sorted(record: &Record) -> Record {
    let mut record = record.clone();
    record.records.sort();
    record
}

/// A request part that the SDK refuses to build for want of a field.
fn built<T>(part: std::result::Result<T, aws_sdk_route53::error::BuildError>) -> Result<T> {
    part.map_err(|error| Error::new(ErrorKind::Invalid, error.to_string()))
}

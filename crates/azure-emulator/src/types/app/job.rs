//! Jobs.

use serde_json::{Value, json};

use super::super::table;
use super::{FIXED, USUAL, environment, execution, secrets, show_location, template};
use crate::json;
use crate::refusal::Refusal;
use crate::rules::{Draft, Location, Rules, Scene};

/// `Microsoft.App/jobs`.
pub static JOB: Rules = Rules {
    name: "Microsoft.App/jobs",
    table: table!("Microsoft.App.jobs"),
    location: Location::Region,
    busy: "JobOperationInProgress",
    prepare,
    show: |_, _, body| show_location(body),
    actions: &[
        ("listSecrets", secrets::list),
        ("start", execution::start),
        ("stop", execution::stop_all),
    ],
    ..USUAL
};

/// The triggers, and where each has its settings.
const TRIGGERS: &[(&str, &str)] = &[
    ("Manual", "manualTriggerConfig"),
    ("Schedule", "scheduleTriggerConfig"),
    ("Event", "eventTriggerConfig"),
];

fn prepare(scene: &Scene, draft: &mut Draft) -> Result<(), Refusal> {
    draft.immutable("properties.environmentId", FIXED)?;
    draft.immutable("properties.configuration.triggerType", FIXED)?;
    let environment = environment::of_tenant(scene, &draft.body, "properties.environmentId")?;
    if let Some(profile) = environment::default_profile(environment) {
        json::default(&mut draft.body, "properties.workloadProfileName", profile);
    }
    template::complete(environment, &mut draft.body)?;
    trigger(&mut draft.body)?;
    secrets::references(&draft.body)?;
    secrets::hide(scene, draft)?;
    template::registries(scene, draft)?;
    json::default(
        &mut draft.body,
        "properties.configuration.replicaRetryLimit",
        0,
    );
    json::set(
        &mut draft.body,
        "properties.outboundIpAddresses",
        json!(["20.31.4.6"]),
    );
    Ok(())
}

/// A job has the settings of its trigger, and of no other.
fn trigger(body: &mut Value) -> Result<(), Refusal> {
    const PATH: &str = "properties.configuration";
    let invalid =
        |message: String| Err(Refusal::bad_request("JobTriggerConfigInvalid", message).at(PATH));
    let kind = json::text(body, "properties.configuration.triggerType")
        .unwrap_or_default()
        .to_owned();
    for (other, config) in TRIGGERS {
        let there = json::at(body, &format!("{PATH}.{config}")).is_some();
        if there && *other != kind {
            return invalid(format!(
                "'{config}' is not allowed with the trigger type '{kind}'."
            ));
        }
        if !there && *other == kind && kind != "Manual" {
            return invalid(format!("The trigger type '{kind}' needs '{config}'."));
        }
        if *other == kind {
            json::default(body, &format!("{PATH}.{config}.parallelism"), 1);
            json::default(body, &format!("{PATH}.{config}.replicaCompletionCount"), 1);
        }
    }
    let Some(cron) = json::text(
        body,
        "properties.configuration.scheduleTriggerConfig.cronExpression",
    ) else {
        return Ok(());
    };
    let allowed = |letter: char| letter.is_ascii_alphanumeric() || "*/,-".contains(letter);
    let fields: Vec<&str> = cron.split_whitespace().collect();
    match fields.len() == 5 && fields.iter().all(|field| field.chars().all(allowed)) {
        true => Ok(()),
        false => invalid(format!(
            "The cron expression '{cron}' must have five fields: minute, hour, day, month, weekday."
        )),
    }
}

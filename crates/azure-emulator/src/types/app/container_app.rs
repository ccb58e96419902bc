//! Container apps.

use serde_json::{Value, json};

use super::super::table;
use super::environment::{self, domain};
use super::{FIXED, USUAL, VERIFICATION, ingress, revision, secrets, show_location, template};
use crate::actions::{asked, begin};
use crate::exchange::Reply;
use crate::json;
use crate::random::letters;
use crate::refusal::Refusal;
use crate::rules::{Act, Draft, Location, Rules, Scene};
use crate::world::World;

/// `Microsoft.App/containerApps`.
pub static APP: Rules = Rules {
    name: "Microsoft.App/containerApps",
    table: table!("Microsoft.App.containerApps"),
    location: Location::Region,
    busy: "ContainerAppOperationInProgress",
    prepare,
    stored: revision::of_app,
    done: revision::ready,
    show: |_, _, body| show_location(body),
    actions: &[
        ("listSecrets", secrets::list),
        ("start", |world, act| run(world, act, "Running")),
        ("stop", |world, act| run(world, act, "Stopped")),
    ],
    ..USUAL
};

/// An app names its environment by one of two properties; GET answers with both.
fn name_environment(draft: &mut Draft) {
    const NEW: &str = "properties.environmentId";
    const OLD: &str = "properties.managedEnvironmentId";
    let named = [NEW, OLD]
        .iter()
        .find_map(|path| json::at(&draft.body, path).cloned());
    if let Some(named) = named {
        json::set(&mut draft.body, NEW, named.clone());
        json::set(&mut draft.body, OLD, named);
    }
}

fn prepare(scene: &Scene, draft: &mut Draft) -> Result<(), Refusal> {
    name_environment(draft);
    draft.immutable("properties.environmentId", FIXED)?;
    draft.immutable("kind", FIXED)?;
    let environment = environment::of_tenant(scene, &draft.body, "properties.environmentId")?;
    if let Some(profile) = environment::default_profile(environment) {
        json::default(&mut draft.body, "properties.workloadProfileName", profile);
    }
    template::complete(environment, &mut draft.body)?;
    template::scale(&mut draft.body)?;
    secrets::references(&draft.body)?;
    secrets::hide(scene, draft)?;
    template::registries(scene, draft)?;
    ingress::complete(scene, draft, environment)?;
    json::default(
        &mut draft.body,
        "properties.configuration.activeRevisionsMode",
        "Single",
    );
    json::default(
        &mut draft.body,
        "properties.configuration.maxInactiveRevisions",
        100,
    );
    name_revision(scene, draft, &domain(environment))?;
    draft.keep("properties.runningStatus", || "Running".into());
    let body = &mut draft.body;
    json::set(body, "properties.customDomainVerificationId", VERIFICATION);
    json::set(
        body,
        "properties.outboundIpAddresses",
        json!(["20.31.4.6", "20.31.4.7"]),
    );
    Ok(())
}

/// Another template is another revision; whatever else changes is not. A suffix names one revision for ever.
fn name_revision(scene: &Scene, draft: &mut Draft, domain: &str) -> Result<(), Refusal> {
    const LATEST: &str = "properties.latestRevisionName";
    let suffix = json::text(&draft.body, "properties.template.revisionSuffix")
        .unwrap_or_default()
        .to_owned();
    let name = match draft.before {
        Some(before) if same_template(&before.body, &draft.body, &suffix) => {
            json::text(&before.body, LATEST)
                .unwrap_or_default()
                .to_owned()
        }
        _ => {
            let suffix = if suffix.is_empty() {
                letters(7)
            } else {
                suffix
            };
            let name = format!("{}--{suffix}", draft.id.name());
            if scene
                .world
                .store
                .get(&draft.id.child("revisions", &name))
                .is_some()
            {
                let message = format!(
                    "Field 'template.revisionsuffix' is invalid with details: 'Invalid value: \"{suffix}\": revision with \
                     suffix {suffix} already exists.'"
                );
                let refusal =
                    Refusal::bad_request("InvalidParameterValueInContainerTemplate", message);
                return Err(refusal.at("properties.template.revisionSuffix"));
            }
            name
        }
    };
    json::set(
        &mut draft.body,
        "properties.latestRevisionFqdn",
        format!("{name}.{domain}"),
    );
    json::set(&mut draft.body, LATEST, name);
    if let Some(before) = draft.before
        && let Some(ready) = json::at(&before.body, "properties.latestReadyRevisionName")
    {
        json::set(
            &mut draft.body,
            "properties.latestReadyRevisionName",
            ready.clone(),
        );
    }
    Ok(())
}

/// Without a suffix, or with the one that it has, only the rest of the template counts.
fn same_template(before: &Value, after: &Value, suffix: &str) -> bool {
    let rest = |body: &Value| {
        let mut template = json::at(body, "properties.template")
            .cloned()
            .unwrap_or_else(|| json!({}));
        json::take(&mut template, "revisionSuffix");
        template
    };
    let had = json::text(before, "properties.latestRevisionName").unwrap_or_default();
    rest(before) == rest(after) && (suffix.is_empty() || had.ends_with(&format!("--{suffix}")))
}

fn run(world: &mut World, act: &Act, status: &str) -> Result<Reply, Refusal> {
    let app = asked(world, act)?;
    json::set(&mut app.body, "properties.runningStatus", status);
    let shown = app.clone();
    let shown = world.shown(&shown, act.now);
    let mut reply = begin(world, act, None, Some(shown));
    reply.body = None;
    Ok(reply)
}

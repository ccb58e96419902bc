//! Certificates that an environment gets for a domain of a user.

use super::super::table;
use super::{PUT, USUAL, VERIFICATION, show_location};
use crate::json;
use crate::refusal::Refusal;
use crate::rules::{Location, Place, Rules, State, at_once};

/// `Microsoft.App/managedEnvironments/managedCertificates`.
pub static MANAGED_CERTIFICATE: Rules = Rules {
    name: "Microsoft.App/managedEnvironments/managedCertificates",
    table: table!("Microsoft.App.managedEnvironments.managedCertificates"),
    place: Place::Parent,
    location: Location::Region,
    put: PUT,
    patch: Some(at_once(200)),
    delete: Some(at_once(200)),
    state: State {
        creating: &["Pending"],
        updating: &["Pending"],
        ..State::USUAL
    },
    prepare: |_, draft| {
        draft.immutable("properties.subjectName", super::FIXED)?;
        json::set(&mut draft.body, "properties.validationToken", VERIFICATION);
        Ok(())
    },
    show: |_, _, body| show_location(body),
    guard: |scene, certificate| {
        let mut apps = scene
            .world
            .store
            .all()
            .filter(|app| app.is("Microsoft.App/containerApps"));
        let uses = |domain: &serde_json::Value| {
            json::text(domain, "certificateId")
                .is_some_and(|id| id.eq_ignore_ascii_case(certificate.id.as_str()))
        };
        match apps.find(|app| {
            json::list(&app.body, "properties.configuration.ingress.customDomains")
                .iter()
                .any(uses)
        }) {
            Some(app) => {
                let message = format!("The certificate is in use by {}.", app.id);
                Err(Refusal::conflict("CertificateInUse", message))
            }
            None => Ok(()),
        }
    },
    ..USUAL
};

//! `std:tls:SelfSignedCertificate`.

use stack::resource::*;

/// Which key signs a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Choice)]
pub enum KeyAlgorithm {
    /// ECDSA on the curve P-256.
    EcdsaP256,
    /// ECDSA on the curve P-384.
    EcdsaP384,
    /// Ed25519. Not every cloud's load balancer takes it.
    Ed25519,
}

/// A certificate that its own key signed, and that key. For tests and for traffic inside a network: nobody outside
/// trusts it. A change of any input makes a new one.
#[derive(Debug, Clone, PartialEq, Resource)]
#[resource("std:tls:SelfSignedCertificate", kept)]
pub struct SelfSignedCertificate {
    /// Whom the certificate names.
    #[input(replaces)]
    pub common_name: String,
    /// The host names and IP addresses that it is good for.
    #[input(replaces, set)]
    pub dns_names: Vec<String>,
    /// How many days it is good for, from now on; 365 when it is not set.
    #[input(replaces)]
    pub validity_days: Option<u32>,
    /// Which key signs it; `ecdsa-p256` when it is not set.
    #[input(replaces)]
    pub key_algorithm: Option<KeyAlgorithm>,
    /// The certificate, as PEM.
    #[output]
    pub certificate_pem: String,
    /// The key, as PEM of PKCS #8.
    #[output]
    pub private_key_pem: Secret<String>,
    /// When it ends, such as `2027-01-31T12:00:00Z`.
    #[output]
    pub not_after: String,
}

#[cfg(feature = "provider")]
mod handler {
    use std::time::{Duration, SystemTime};

    use rcgen::{CertificateParams, DistinguishedName, DnType, KeyPair};
    use stack::resource::Secret;
    use stack_provider::{Error, ErrorKind, Kept, Result};

    use super::{KeyAlgorithm, SelfSignedCertificate, SelfSignedCertificateInputs};

    const DAY: Duration = Duration::from_secs(24 * 60 * 60);

    impl Kept for SelfSignedCertificate {
        fn create(inputs: &SelfSignedCertificateInputs) -> Result<(String, Self)> {
            Ok((crate::token::fresh(), issue(inputs, SystemTime::now())?))
        }

        /// Every input replaces, so there is nothing to change.
        fn update(before: Self, _: &SelfSignedCertificateInputs) -> Result<Self> {
            Ok(before)
        }
    }

    pub(super) fn issue(
        inputs: &SelfSignedCertificateInputs,
        now: SystemTime,
    ) -> Result<SelfSignedCertificate> {
        let validity_days = inputs.validity_days.unwrap_or(365);
        let key_algorithm = inputs.key_algorithm.unwrap_or(KeyAlgorithm::EcdsaP256);
        let key = KeyPair::generate_for(match key_algorithm {
            KeyAlgorithm::EcdsaP256 => &rcgen::PKCS_ECDSA_P256_SHA256,
            KeyAlgorithm::EcdsaP384 => &rcgen::PKCS_ECDSA_P384_SHA384,
            KeyAlgorithm::Ed25519 => &rcgen::PKCS_ED25519,
        })
        .map_err(|error| failed("make a key", error))?;
        let mut params = CertificateParams::new(inputs.dns_names.clone())
            .map_err(|error| failed("take dns_names", error))?;
        params.distinguished_name = DistinguishedName::new();
        params
            .distinguished_name
            .push(DnType::CommonName, inputs.common_name.as_str());
        let end = now + DAY * validity_days;
        // Clocks differ: what is good only from this very second is refused elsewhere.
        params.not_before = (now - Duration::from_secs(60)).into();
        params.not_after = end.into();
        let certificate = params
            .self_signed(&key)
            .map_err(|error| failed("sign", error))?;
        let not_after = jiff::Timestamp::try_from(end)
            .map_err(|error| failed("take validity_days", error))?
            .strftime("%Y-%m-%dT%H:%M:%SZ")
            .to_string();
        Ok(SelfSignedCertificate {
            common_name: inputs.common_name.clone(),
            dns_names: inputs.dns_names.clone(),
            validity_days: Some(validity_days),
            key_algorithm: Some(key_algorithm),
            certificate_pem: certificate.pem(),
            private_key_pem: Secret::new(key.serialize_pem()),
            not_after,
        })
    }

    fn failed(what: &str, error: impl std::error::Error + Send + Sync + 'static) -> Error {
        Error::new(ErrorKind::Invalid, format!("cannot {what}: {error}"))
    }
}

#[cfg(all(test, feature = "provider"))]
mod tests {
    use std::time::{Duration, SystemTime};

    use super::*;

    fn inputs() -> SelfSignedCertificateInputs {
        SelfSignedCertificateInputs {
            common_name: "app.internal".into(),
            dns_names: vec!["app.internal".into(), "10.0.0.1".into()],
            validity_days: Some(30),
            key_algorithm: None,
        }
    }

    #[test]
    fn a_certificate_and_its_key_are_pem() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_767_225_600);
        let made = handler::issue(&inputs(), now).unwrap();
        assert_eq!(made.not_after, "2026-01-31T00:00:00Z");
        assert_eq!(made.key_algorithm, Some(KeyAlgorithm::EcdsaP256));
        assert!(
            made.certificate_pem
                .starts_with("-----BEGIN CERTIFICATE-----")
        );
        assert!(
            made.private_key_pem
                .reveal()
                .starts_with("-----BEGIN PRIVATE KEY-----")
        );
        assert!(SelfSignedCertificate::schema().outputs["private_key_pem"].secret);
    }

    #[test]
    fn every_key_algorithm_works() {
        for algorithm in [
            KeyAlgorithm::EcdsaP256,
            KeyAlgorithm::EcdsaP384,
            KeyAlgorithm::Ed25519,
        ] {
            let inputs = SelfSignedCertificateInputs {
                key_algorithm: Some(algorithm),
                ..inputs()
            };
            handler::issue(&inputs, SystemTime::now()).unwrap();
        }
    }

    #[test]
    fn what_is_no_host_name_is_refused() {
        let inputs = SelfSignedCertificateInputs {
            dns_names: vec!["münchen".into()],
            ..inputs()
        };
        assert!(handler::issue(&inputs, SystemTime::now()).is_err());
    }
}

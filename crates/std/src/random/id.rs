//! `std:random:Id`.

use stack::resource::*;

/// A random id for names that must be unique in the world. A change of any input makes a new one.
#[derive(Debug, Clone, PartialEq, Resource)]
#[resource("std:random:Id", kept)]
pub struct Id {
    /// How many random bytes: 1 to 256, and 8 when it is not set.
    #[input(replaces)]
    pub byte_length: Option<u32>,
    /// What every form of the id begins with.
    #[input(replaces)]
    pub prefix: Option<String>,
    /// Values whose change makes a new id.
    #[input(replaces)]
    pub keepers: BTreeMap<String, String>,
    /// The id in hexadecimal digits, lower case.
    #[output]
    pub hex: String,
    /// The id in the letters of URLs (RFC 4648, section 5, without padding), shorter than `hex`.
    #[output]
    pub base64_url: String,
}

#[cfg(feature = "provider")]
mod handler {
    use rand::RngExt;
    use stack_provider::{Error, ErrorKind, Kept, Result};

    use super::{Id, IdInputs};

    impl Kept for Id {
        fn create(inputs: &IdInputs) -> Result<(String, Self)> {
            let byte_length = inputs.byte_length.unwrap_or(8);
            if !(1..=256).contains(&byte_length) {
                let message = format!("byte_length must be from 1 to 256, and is {byte_length}");
                return Err(Error::new(ErrorKind::Invalid, message));
            }
            let mut bytes = vec![0; byte_length as usize];
            rand::rng().fill(bytes.as_mut_slice());
            let prefix = inputs.prefix.as_deref().unwrap_or_default();
            let made = Self {
                byte_length: Some(byte_length),
                prefix: inputs.prefix.clone(),
                keepers: inputs.keepers.clone(),
                hex: format!("{prefix}{}", hex::encode(&bytes)),
                base64_url: format!("{prefix}{}", super::base64_url(&bytes)),
            };
            Ok((made.hex.clone(), made))
        }

        /// Every input replaces, so there is nothing to change.
        fn update(before: Self, _: &IdInputs) -> Result<Self> {
            Ok(before)
        }
    }
}

#[cfg(feature = "provider")]
fn base64_url(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let bits = chunk
            .iter()
            .fold(0, |bits, byte| bits << 8 | u32::from(*byte))
            << (8 * (3 - chunk.len()));
        let letter = |place: usize| char::from(ALPHABET[(bits >> (18 - 6 * place) & 63) as usize]);
        text.extend((0..=chunk.len()).map(letter));
    }
    text
}

#[cfg(all(test, feature = "provider"))]
mod tests {
    use stack_provider::{ErrorKind, Kept};

    use super::*;

    fn inputs(byte_length: Option<u32>) -> IdInputs {
        IdInputs {
            byte_length,
            prefix: Some("app-".into()),
            keepers: BTreeMap::new(),
        }
    }

    #[test]
    fn both_forms_are_of_the_same_bytes() {
        assert_eq!(base64_url(b""), "");
        assert_eq!(base64_url(b"f"), "Zg");
        assert_eq!(base64_url(&[0xfb, 0xff]), "-_8");
        let (_, made) = Id::create(&inputs(Some(6))).unwrap();
        let bytes = hex::decode(made.hex.strip_prefix("app-").unwrap()).unwrap();
        assert_eq!(bytes.len(), 6);
        assert_eq!(made.base64_url, format!("app-{}", base64_url(&bytes)));
    }

    #[test]
    fn eight_bytes_are_made_when_nothing_is_said_and_differ() {
        let (first, made) = Id::create(&inputs(None)).unwrap();
        let (second, _) = Id::create(&inputs(None)).unwrap();
        assert_eq!((made.byte_length, first.len()), (Some(8), 4 + 16));
        assert_ne!(first, second);
    }

    #[test]
    fn no_bytes_are_refused() {
        assert_eq!(
            Id::create(&inputs(Some(0))).unwrap_err().kind,
            ErrorKind::Invalid
        );
    }
}

//! `std:random:Password`.

use stack::resource::*;

/// A random password. A change of any input makes a new one.
#[derive(Debug, Clone, PartialEq, Resource)]
#[resource("std:random:Password", kept)]
pub struct Password {
    /// How many characters: 8 to 256, and 32 when it is not set.
    #[input(replaces)]
    pub length: Option<u32>,
    /// Whether there are lower-case letters, at least one; true when it is not set.
    #[input(replaces)]
    pub lowercase: Option<bool>,
    /// Whether there are upper-case letters, at least one; true when it is not set.
    #[input(replaces)]
    pub uppercase: Option<bool>,
    /// Whether there are digits, at least one; true when it is not set.
    #[input(replaces)]
    pub digits: Option<bool>,
    /// The symbols to choose from, at least one of which is taken; none when it is not set. AWS and Azure databases
    /// take `!#$%&*()-_=+[]{}<>:?`.
    #[input(replaces)]
    pub symbols: Option<String>,
    /// Values whose change makes a new password.
    #[input(replaces)]
    pub keepers: BTreeMap<String, String>,
    /// The password.
    #[output]
    pub result: Secret<String>,
}

#[cfg(feature = "provider")]
mod handler {
    use rand::Rng;
    use rand::seq::{IndexedRandom, SliceRandom};
    use stack::resource::Secret;
    use stack_provider::{Error, ErrorKind, Kept, Result};

    use super::{Password, PasswordInputs};

    impl Kept for Password {
        fn create(inputs: &PasswordInputs) -> Result<(String, Self)> {
            let made = Self {
                length: Some(inputs.length.unwrap_or(32)),
                lowercase: Some(inputs.lowercase.unwrap_or(true)),
                uppercase: Some(inputs.uppercase.unwrap_or(true)),
                digits: Some(inputs.digits.unwrap_or(true)),
                symbols: inputs.symbols.clone(),
                keepers: inputs.keepers.clone(),
                result: Secret::new(generate(inputs, &mut rand::rng())?),
            };
            Ok((crate::token::fresh(), made))
        }

        /// Every input replaces, so there is nothing to change.
        fn update(before: Self, _: &PasswordInputs) -> Result<Self> {
            Ok(before)
        }
    }

    /// One character of each class, the rest from all of them alike, in random order.
    pub(super) fn generate(inputs: &PasswordInputs, random: &mut impl Rng) -> Result<String> {
        let invalid = |message: String| Err(Error::new(ErrorKind::Invalid, message));
        let length = inputs.length.unwrap_or(32);
        if !(8..=256).contains(&length) {
            return invalid(format!("length must be from 8 to 256, and is {length}"));
        }
        let classes = [
            (
                inputs.lowercase.unwrap_or(true),
                "abcdefghijklmnopqrstuvwxyz",
            ),
            (
                inputs.uppercase.unwrap_or(true),
                "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
            ),
            (inputs.digits.unwrap_or(true), "0123456789"),
            (true, inputs.symbols.as_deref().unwrap_or_default()),
        ];
        let classes = classes
            .iter()
            .filter(|(wanted, class)| *wanted && !class.is_empty());
        let classes: Vec<Vec<char>> = classes.map(|(_, class)| class.chars().collect()).collect();
        let all = classes.concat();
        let mut password: Vec<char> = classes
            .iter()
            .filter_map(|class| class.choose(random).copied())
            .collect();
        while password.len() < length as usize {
            match all.choose(random) {
                Some(letter) => password.push(*letter),
                None => return invalid("there is nothing to choose characters from: set symbols, or allow letters or digits".into()),
            }
        }
        password.shuffle(random);
        Ok(password.into_iter().collect())
    }
}

#[cfg(all(test, feature = "provider"))]
mod tests {
    use rand::SeedableRng;
    use rand::rngs::StdRng;
    use stack_provider::Kept;

    use super::*;

    fn inputs() -> PasswordInputs {
        PasswordInputs {
            length: None,
            lowercase: None,
            uppercase: None,
            digits: None,
            symbols: None,
            keepers: BTreeMap::new(),
        }
    }

    #[test]
    fn every_class_is_there_however_short_it_is() {
        let inputs = PasswordInputs {
            length: Some(8),
            symbols: Some("!".into()),
            ..inputs()
        };
        for seed in 0..200 {
            let text = handler::generate(&inputs, &mut StdRng::seed_from_u64(seed)).unwrap();
            assert_eq!(text.len(), 8);
            for class in [
                char::is_lowercase,
                char::is_uppercase,
                char::is_numeric,
                |letter| letter == '!',
            ] {
                assert!(text.chars().any(class), "{text} of seed {seed}");
            }
        }
    }

    #[test]
    fn classes_can_be_left_out() {
        let inputs = PasswordInputs {
            lowercase: Some(false),
            uppercase: Some(false),
            ..inputs()
        };
        let (_, made) = Password::create(&inputs).unwrap();
        assert_eq!(made.result.reveal().len(), 32);
        assert!(
            made.result
                .reveal()
                .bytes()
                .all(|byte| byte.is_ascii_digit())
        );
    }

    #[test]
    fn nothing_to_choose_from_and_too_short_are_refused() {
        let none = PasswordInputs {
            lowercase: Some(false),
            uppercase: Some(false),
            digits: Some(false),
            ..inputs()
        };
        let short = PasswordInputs {
            length: Some(7),
            ..inputs()
        };
        assert!(Password::create(&none).is_err());
        assert!(Password::create(&short).is_err());
    }

    #[test]
    fn the_password_is_secret_in_the_schema_and_in_values() {
        let (_, made) = Password::create(&inputs()).unwrap();
        assert!(Password::schema().outputs["result"].secret);
        assert!(made.to_value().has_secret());
        assert!(!format!("{made:?}").contains(made.result.reveal().as_str()));
    }
}

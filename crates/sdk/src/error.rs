//! What a program returns when it cannot say what should exist.

/// Any error. A text is one, so `"no zones given"?` style code and `?` on other errors both work.
pub type Error = Box<dyn std::error::Error + Send + Sync>;

/// The result of a program, and of a component.
pub type Result<T = (), E = Error> = std::result::Result<T, E>;

/// Leaves the function with an error: `bail!("{zone} is not a zone of {region}")`.
#[macro_export]
macro_rules! bail {
    ($($message:tt)+) => {
        return ::core::result::Result::Err($crate::Error::from(::std::format!($($message)+)))
    };
}

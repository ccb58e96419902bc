//! Colours, and the only places that write to standard output and standard error.
//!
//! Text is styled always; `anstream` takes the styles away where they do not belong: in a pipe, on a dumb terminal,
//! and under `NO_COLOR`.

use std::fmt::{self, Display};
use std::io::Write;
use std::sync::OnceLock;

use anstyle::{AnsiColor, Style};
use indicatif::MultiProgress;

pub use stack_review::words::count;

/// The live lines, if there are any. There is one terminal, so there is one of these: whoever talks while they are
/// drawn has to move them out of the way.
static LIVE: OnceLock<MultiProgress> = OnceLock::new();

/// The live lines, from now on moved out of the way of whoever talks.
pub fn live() -> &'static MultiProgress {
    LIVE.get_or_init(MultiProgress::new)
}

fn aside<T>(write: impl FnOnce() -> T) -> T {
    match LIVE.get() {
        Some(live) => live.suspend(write),
        None => write(),
    }
}

/// What is new.
pub const ADDED: Style = AnsiColor::Green.on_default();
/// What changes.
pub const CHANGED: Style = AnsiColor::Yellow.on_default();
/// What goes.
pub const REMOVED: Style = AnsiColor::Red.on_default();
/// What needs care.
pub const ALERT: Style = AnsiColor::Red.on_default().bold();
/// What acts.
pub const ACT: Style = AnsiColor::Cyan.on_default();
/// What stands in the background.
pub const FAINT: Style = Style::new().dimmed();
/// What stands out.
pub const BOLD: Style = Style::new().bold();
/// What is plain.
pub const PLAIN: Style = Style::new();

/// Something in a style.
pub fn paint<T: Display>(style: Style, text: T) -> impl Display {
    struct Painted<T>(Style, T);
    impl<T: Display> Display for Painted<T> {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write!(f, "{}{}{}", self.0.render(), self.1, self.0.render_reset())
        }
    }
    Painted(style, text)
}

/// Writes data to standard output.
pub fn print(text: &str) -> std::io::Result<()> {
    aside(|| {
        let mut stdout = anstream::stdout().lock();
        stdout.write_all(text.as_bytes())?;
        stdout.flush()
    })
}

/// Writes a line to standard error. Nobody is left to tell when that fails.
pub fn talk(line: &str) {
    aside(|| {
        let _ = writeln!(anstream::stderr().lock(), "{line}");
    });
}

/// Writes to standard error without ending the line.
pub fn prompt(text: &str) {
    let mut stderr = anstream::stderr().lock();
    let _ = write!(stderr, "{text}");
    let _ = stderr.flush();
}

/// How long something took, as a person would say it. Nothing below a second, which is not worth a word.
pub fn elapsed(milliseconds: u64) -> Option<String> {
    let seconds = milliseconds / 1000;
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, 0, 0) => None,
        (0, 0, seconds) => Some(format!("{seconds}s")),
        (0, minutes, seconds) => Some(format!("{minutes}m{seconds:02}s")),
        (hours, minutes, _) => Some(format!("{hours}h{minutes:02}m")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_as_a_person_would_say_them() {
        let said = [999, 1000, 59_999, 60_000, 3_725_000].map(elapsed);
        let expected = [None, Some("1s"), Some("59s"), Some("1m00s"), Some("1h02m")];
        assert_eq!(said, expected.map(|text| text.map(str::to_owned)));
    }
}

//! What may happen to bytes: by accident, and by somebody who knows the format.

use serde_json::Value as Json;
use sha2::{Digest, Sha256};

/// One thing that happens to bytes. Positions are taken modulo what there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Damage {
    /// A byte is another.
    Flip(usize, u8),
    /// Bytes are lost.
    Cut(usize, usize),
    /// A byte is there as often as this.
    Repeat(usize, usize),
    /// A line is there twice.
    Double(usize),
    /// Two lines have changed places.
    Swap(usize, usize),
    /// A value of a line of JSON is another.
    Replace(usize, usize, Replacement),
}

/// What stands in the place of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Replacement {
    /// One of [`TEXTS`](Self::TEXTS).
    Text(usize),
    /// The value, in this many lists.
    Lists(usize),
    /// The value, in this many maps.
    Maps(usize),
    /// The value, as the argument of this many calls.
    Calls(usize),
    /// The value, and after it once more under the same key.
    Twice,
    /// What stands elsewhere under the same key.
    Other(usize),
}

impl Replacement {
    /// What some reader may not expect: the ends of all numbers, marks, and nothing.
    pub const TEXTS: [&str; 22] = [
        "null",
        "true",
        "{}",
        "[]",
        "\"\"",
        "0",
        "-1",
        "-0.0",
        "1e999",
        "0.1e-999",
        "4294967295",
        "4294967296",
        "9223372036854775807",
        "9223372036854775808",
        "18446744073709551615",
        "123456789012345678901234567890",
        "\"\\ud800\"",
        "\"\\u0000\u{202e}\"",
        r#"{"$sealed":"{\"$sealed\":\"1\"}"}"#,
        r#"{"$secret":{"$secret":[{"$config":["a",0]}]}}"#,
        r#"{"$ref":{"urn":"test:cloud:Thing/changed","path":[]}}"#,
        r#"{"$lookup":{"name":"test:cloud:Zone/zones","path":[0]}}"#,
    ];
}

/// Longer than any reader goes deep.
const DEEP: usize = 100_000;

impl Damage {
    /// The damage that three numbers stand for, for tests that draw numbers.
    pub fn drawn(what: u8, place: usize, how: usize) -> Self {
        let depth = [1, 2, 30, 60, 100, 120, DEEP][how % 7];
        let replace = |replacement| Self::Replace(place, how / 7, replacement);
        match what % 16 {
            0 => Self::Flip(place, how as u8),
            1 => Self::Cut(place, how % 64),
            2 => Self::Cut(place, usize::MAX),
            3 => Self::Repeat(place, [1, 100, DEEP][how % 3]),
            4 => Self::Double(place),
            5 => Self::Swap(place, how),
            6 => replace(Replacement::Lists(depth)),
            7 => replace(Replacement::Maps(depth)),
            8 => replace(Replacement::Calls(depth)),
            9 => replace(Replacement::Twice),
            10..=12 => replace(Replacement::Text(how)),
            _ => replace(Replacement::Other(how / 11)),
        }
    }

    /// The bytes after it.
    #[must_use]
    pub fn done_to(self, bytes: &[u8]) -> Vec<u8> {
        let mut bytes = bytes.to_vec();
        if bytes.is_empty() {
            return bytes;
        }
        let at = |place: usize| place % bytes.len();
        match self {
            Self::Flip(place, by) => {
                let place = at(place);
                bytes[place] ^= by.max(1);
            }
            Self::Cut(place, length) => {
                let start = at(place);
                let end = start.saturating_add(length).min(bytes.len());
                bytes.drain(start..end);
            }
            Self::Repeat(place, times) => {
                let place = at(place);
                let again = std::iter::repeat_n(bytes[place], times);
                bytes.splice(place..place, again);
            }
            Self::Double(_) | Self::Swap(..) | Self::Replace(..) => {
                let mut lines: Vec<Vec<u8>> = bytes
                    .split_inclusive(|byte| *byte == b'\n')
                    .map(<[u8]>::to_vec)
                    .collect();
                self.done_to_lines(&mut lines);
                return lines.concat();
            }
        }
        bytes
    }

    fn done_to_lines(self, lines: &mut Vec<Vec<u8>>) {
        let count = lines.len();
        match self {
            Self::Double(line) => lines.insert(line % count, lines[line % count].clone()),
            Self::Swap(one, other) => lines.swap(one % count, other % count),
            Self::Replace(line, value, replacement) => {
                if let Some(replaced) = replaced(lines, line % count, value, replacement) {
                    lines[line % count] = replaced;
                }
            }
            Self::Flip(..) | Self::Cut(..) | Self::Repeat(..) => {}
        }
    }
}

/// What stands for the value until the line is text again.
const MARK: &str = "\"damaged here\"";

fn replaced(
    lines: &[Vec<u8>],
    line: usize,
    value: usize,
    replacement: Replacement,
) -> Option<Vec<u8>> {
    let (before, mut json) = parsed(&lines[line])?;
    let mut values = Vec::new();
    collect(&json, "", &mut values);
    let value = value % values.len();
    let (key, old) = values[value];
    let new = match replacement {
        Replacement::Text(which) => Replacement::TEXTS[which % Replacement::TEXTS.len()].into(),
        Replacement::Lists(depth) => wrapped(old, "[", "]", depth),
        Replacement::Maps(depth) => wrapped(old, r#"{"a":"#, "}", depth),
        Replacement::Calls(depth) => {
            wrapped(old, r#"{"$call":{"fn":"coalesce","args":["#, "]}}", depth)
        }
        Replacement::Twice => format!("{old},{}:{old}", Json::from(key)),
        Replacement::Other(which) => under(lines, key, which)?.to_string(),
    };
    let mut left = value;
    mark(&mut json, &mut left);
    let line = format!("{before}{json}\n");
    Some(line.replacen(MARK, &new, 1).into_bytes())
}

/// The JSON of a line, and what stands before it.
fn parsed(line: &[u8]) -> Option<(&str, Json)> {
    let text = std::str::from_utf8(line).ok()?;
    let (before, json) = text.split_at(text.find('{')?);
    Some((before, serde_json::from_str(json).ok()?))
}

/// One of the values that stand under a key in any line.
fn under(lines: &[Vec<u8>], key: &str, which: usize) -> Option<Json> {
    let parsed: Vec<Json> = lines
        .iter()
        .filter_map(|line| Some(parsed(line)?.1))
        .collect();
    let mut values = Vec::new();
    parsed
        .iter()
        .for_each(|json| collect(json, "", &mut values));
    values.retain(|(other, _)| *other == key);
    Some(values.get(which % values.len().max(1))?.1.clone())
}

fn wrapped(value: &Json, before: &str, after: &str, depth: usize) -> String {
    format!("{}{value}{}", before.repeat(depth), after.repeat(depth))
}

/// Every value in a value, each with its key, outermost first.
fn collect<'j>(json: &'j Json, key: &'j str, values: &mut Vec<(&'j str, &'j Json)>) {
    values.push((key, json));
    match json {
        Json::Array(items) => items.iter().for_each(|item| collect(item, key, values)),
        Json::Object(map) => map
            .iter()
            .for_each(|(key, value)| collect(value, key, values)),
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => {}
    }
}

/// Puts the mark in the place of the value of this number, in the order of [`collect`].
fn mark(json: &mut Json, left: &mut usize) -> bool {
    if *left == 0 {
        *json = Json::from(MARK.trim_matches('"'));
        return true;
    }
    *left -= 1;
    match json {
        Json::Array(items) => items.iter_mut().any(|item| mark(item, left)),
        Json::Object(map) => map.values_mut().any(|value| mark(value, left)),
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => false,
    }
}

fn digest(bytes: &[u8]) -> String {
    hex::encode(&Sha256::digest(bytes)[..16])
}

/// A state whose header has the digest of what follows, as somebody leaves it who knows the format.
#[must_use]
pub fn with_digest(state: &[u8]) -> Vec<u8> {
    let fixed = || {
        let end = state.iter().position(|byte| *byte == b'\n')?;
        let (header, body) = state.split_at(end);
        let text = std::str::from_utf8(header).ok()?;
        let start = text.find(r#""digest":""#)? + r#""digest":""#.len();
        let old = text.get(start..start + 32)?;
        Some([text.replacen(old, &digest(&body[1..]), 1).as_bytes(), body].concat())
    };
    fixed().unwrap_or_else(|| state.to_vec())
}

/// A journal of which each line has the digest of its entry.
#[must_use]
pub fn with_digests(journal: &[u8]) -> Vec<u8> {
    let lines = journal.split_inclusive(|byte| *byte == b'\n');
    let fixed = lines.map(|line| {
        let entry = line
            .iter()
            .position(|byte| *byte == b' ')
            .map_or(0, |at| at + 1);
        let entry = &line[entry..];
        let bare = entry.strip_suffix(b"\n").unwrap_or(entry);
        [digest(bare).as_bytes(), b" ", entry].concat()
    });
    fixed.collect::<Vec<_>>().concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn replaced_by(replacement: Replacement) -> String {
        let lines = b"0123 {\"a\":1,\"b\":[2]}\n0123 {\"c\":{\"a\":7}}\n";
        let damaged = Damage::Replace(0, 1, replacement).done_to(lines);
        let text = String::from_utf8(damaged).unwrap();
        text.lines().next().unwrap().to_owned()
    }

    #[test]
    fn values_are_replaced_in_the_text() {
        for (replacement, line) in [
            (Replacement::Text(8), "0123 {\"a\":1e999,\"b\":[2]}"),
            (Replacement::Lists(2), "0123 {\"a\":[[1]],\"b\":[2]}"),
            (Replacement::Maps(1), "0123 {\"a\":{\"a\":1},\"b\":[2]}"),
            (Replacement::Twice, "0123 {\"a\":1,\"a\":1,\"b\":[2]}"),
            (Replacement::Other(1), "0123 {\"a\":7,\"b\":[2]}"),
        ] {
            assert_eq!(replaced_by(replacement), line);
        }
    }

    #[test]
    fn lines_change_places() {
        assert_eq!(Damage::Double(1).done_to(b"a\nb\n"), b"a\nb\nb\n");
        assert_eq!(Damage::Swap(0, 3).done_to(b"a\nb\n"), b"b\na\n");
        assert_eq!(Damage::Cut(1, usize::MAX).done_to(b"a\nb\n"), b"a");
        assert_eq!(Damage::Repeat(0, 2).done_to(b"ab"), b"aaab");
    }
}

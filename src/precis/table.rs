//! A property of every code point in a few kilobytes: the lengths of the runs in which it stays the same, and its value in each.

use std::sync::OnceLock;

/// A property, unpacked when it is first asked for.
pub struct Table {
    bytes: &'static [u8],
    runs: OnceLock<Vec<Run>>,
}

struct Run {
    /// The first code point behind the run.
    end: u32,
    value: u32,
}

impl Table {
    pub const fn new(bytes: &'static [u8]) -> Self {
        Self {
            bytes,
            runs: OnceLock::new(),
        }
    }

    /// The property's value for a character.
    pub fn of(&self, c: char) -> u32 {
        let runs = self.runs.get_or_init(|| unpack(self.bytes));
        let at = runs.partition_point(|run| run.end <= u32::from(c));
        runs.get(at).map_or(0, |run| run.value)
    }

    /// The character that lies as far from this one as the property says.
    pub fn map(&self, c: char) -> char {
        shift(c, self.of(c))
    }
}

fn unpack(bytes: &'static [u8]) -> Vec<Run> {
    let numbers = numbers(bytes);
    let (lengths, values) = numbers.split_at(numbers.len() / 2);
    let mut end = 0_u32;
    let run = |(length, value): (&u32, &u32)| {
        end = end.saturating_add(*length);
        Run { end, value: *value }
    };
    lengths.iter().zip(values).map(run).collect()
}

/// The character at an offset: even upwards, odd downwards.
pub fn shift(c: char, offset: u32) -> char {
    let distance = offset >> 1;
    let moved = if offset & 1 == 0 {
        u32::from(c).saturating_add(distance)
    } else {
        u32::from(c).saturating_sub(distance)
    };
    char::from_u32(moved).unwrap_or(c)
}

/// Reads numbers of seven bits to a byte, the highest first; the last byte of each has no top bit.
pub fn numbers(bytes: &[u8]) -> Vec<u32> {
    let mut numbers = vec![];
    let mut number = 0_u32;
    for byte in bytes {
        number = (number << 7) | u32::from(byte & 0x7f);
        if *byte < 0x80 {
            numbers.push(number);
            number = 0;
        }
    }
    numbers
}

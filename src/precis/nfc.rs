//! Unicode Normalization Form C (UAX 15), for texts that a string class allows: those have no conjoining Hangul letters, so that
//! Hangul syllables stay what they are.

use super::table::{Table, numbers, shift};
use std::sync::OnceLock;

static COMBINING: Table = Table::new(include_bytes!(concat!(env!("OUT_DIR"), "/combining")));

/// One step of a canonical decomposition.
struct Pair {
    whole: char,
    first: char,
    /// None where a single character stands for another.
    second: Option<char>,
    /// Whether the two make the whole again; not all do.
    composes: bool,
}

struct Canonical {
    /// In the order of their wholes.
    pairs: Vec<Pair>,
    /// What may be composed with a character before it, in order: few characters, so that most texts need no search of the pairs.
    seconds: Vec<char>,
}

fn canonical() -> &'static Canonical {
    static CANONICAL: OnceLock<Canonical> = OnceLock::new();
    CANONICAL.get_or_init(|| {
        let numbers = numbers(include_bytes!(concat!(env!("OUT_DIR"), "/canonical")));
        let (distances, others) = numbers.split_at(numbers.len() / 3);
        let (firsts, lasts) = others.split_at(distances.len());
        let (mut pairs, mut seconds) = (vec![], vec![]);
        let (mut whole, mut first) = ('\0', '\0');
        for ((distance, step), second) in distances.iter().zip(firsts).zip(lasts) {
            whole = shift(whole, *distance);
            first = shift(first, *step);
            let pair = Pair {
                whole,
                first,
                second: char::from_u32(second >> 1).filter(|c| *c != '\0'),
                composes: second & 1 == 1,
            };
            if let Some(second) = pair.second
                && let Err(at) = seconds.binary_search(&second)
            {
                seconds.insert(at, second);
            }
            pairs.push(pair);
        }
        Canonical { pairs, seconds }
    })
}

/// The normal form of a text.
pub fn compose(text: &str) -> String {
    let mut composed: Vec<char> = Vec::with_capacity(text.len());
    let mut starter = None;
    // The class of the last mark since the starter, which stands between it and what comes.
    let mut between = None;
    for (class, c) in decomposed(text) {
        if between.is_none_or(|between| between < class)
            && let Some(first) = starter.and_then(|at: usize| composed.get_mut(at))
            && let Some(whole) = whole(*first, c)
        {
            *first = whole;
            continue;
        }
        if class == 0 {
            starter = Some(composed.len());
        }
        between = (class != 0).then_some(class);
        composed.push(c);
    }
    composed.into_iter().collect()
}

/// The characters of a text taken apart, each with its combining class. Marks stand in the order of their classes, and within one
/// class as they came.
fn decomposed(text: &str) -> Vec<(u32, char)> {
    let mut all: Vec<(u32, char)> = Vec::with_capacity(text.len());
    for c in text.chars() {
        decompose(c, &mut |c| {
            let class = COMBINING.of(c);
            let behind = all.iter().rposition(|(other, _)| class == 0 || *other <= class);
            all.insert(behind.map_or(0, |at| at.saturating_add(1)), (class, c));
        });
    }
    all
}

fn decompose(c: char, emit: &mut impl FnMut(char)) {
    let pairs = &canonical().pairs;
    let at = pairs.binary_search_by_key(&c, |pair| pair.whole);
    let Some(pair) = at.ok().and_then(|at| pairs.get(at)) else {
        return emit(c);
    };
    decompose(pair.first, emit);
    if let Some(second) = pair.second {
        emit(second);
    }
}

/// What two characters make.
fn whole(first: char, second: char) -> Option<char> {
    let Canonical { pairs, seconds } = canonical();
    seconds.binary_search(&second).ok()?;
    let makes = |pair: &&Pair| pair.composes && pair.first == first && pair.second == Some(second);
    pairs.iter().find(makes).map(|pair| pair.whole)
}

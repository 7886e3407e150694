//! The directionality rule of user names (RFC 8265, section 3.3.5): a text with right-to-left characters keeps the Bidi rule.

use super::codes::{ARABIC_NUMBER, EUROPEAN_NUMBER, MARK, NEUTRAL, RIGHT_TO_LEFT};
use super::table::Table;

static DIRECTIONS: Table = Table::new(include_bytes!(concat!(env!("OUT_DIR"), "/directions")));

/// Whether a text has no right-to-left characters, or keeps the Bidi rule (RFC 5893, section 2).
///
/// A left-to-right label may not have any, so only conditions 1 to 4 are left to ask. Marks are taken at the end alone, although
/// condition 2 has them anywhere: `precis-profiles` reads condition 3 so, and the names that it accepts are the names that there are.
pub fn is_satisfied(text: &str) -> bool {
    let directions = || text.chars().map(|c| DIRECTIONS.of(c));
    let has = |wanted| directions().any(|direction| direction == wanted);
    if !has(RIGHT_TO_LEFT) && !has(ARABIC_NUMBER) {
        return true;
    }
    let body = || directions().take_while(|direction| *direction != MARK);
    let marks = || directions().skip_while(|direction| *direction != MARK);
    let may_end = |direction| matches!(direction, RIGHT_TO_LEFT | EUROPEAN_NUMBER | ARABIC_NUMBER);
    directions().next() == Some(RIGHT_TO_LEFT)
        && body().all(|direction| may_end(direction) || direction == NEUTRAL)
        && body().last().is_some_and(may_end)
        && marks().all(|direction| direction == MARK)
        && !(has(EUROPEAN_NUMBER) && has(ARABIC_NUMBER))
}

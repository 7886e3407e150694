//! Moments.

use crate::world::World;
use treeline::oauth::time::Timestamp;
use treeline::platform::Platform;

#[test]
fn every_moment_can_be_written() {
    let world = World::new();
    for (seconds, written) in [
        (0, "1970-01-01T00:00:00Z"),
        (951_782_400, "2000-02-29T00:00:00Z"),
        (1_800_000_000, "2027-01-15T08:00:00Z"),
        (253_402_300_799, "9999-12-31T23:59:59Z"),
        (253_402_300_800, "9999-12-31T23:59:59Z"),
        (Timestamp::FOREVER.0, "9999-12-31T23:59:59Z"),
        (i64::MAX, "9999-12-31T23:59:59Z"),
        (-1, "1970-01-01T00:00:00Z"),
        (i64::MIN, "1970-01-01T00:00:00Z"),
    ] {
        assert_eq!(world.rfc3339(Timestamp(seconds)), written, "{seconds}");
    }
}

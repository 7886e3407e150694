//! What the ring does by itself: successors in time, and a clean end.

use super::{DAY, in_state, listed, rotate};
use crate::world::World;
use treeline::jose::alg::Alg;
use treeline::jose::keyset::schedule::ACTIVATION;
use treeline::object::Class;
use treeline::platform::{KEY_RING, Platform};

/// Lets time pass; the ring wakes whenever its alarm comes. Gives how often that was.
fn pass(world: &World, seconds: i64) -> usize {
    let until = world.now().plus(seconds);
    let mut wakes = 0;
    while let Some(at) = world.next_alarm(Class::KeyRing, KEY_RING).filter(|at| *at <= until) {
        world.advance(at.since(world.now()).max(0));
        world.wake_ring();
        wakes += 1;
        assert!(
            world.next_alarm(Class::KeyRing, KEY_RING) > Some(world.now()),
            "the alarm comes at once again"
        );
    }
    world.advance(until.since(world.now()));
    wakes
}

#[test]
fn keys_get_successors_when_they_have_signed_long_enough() {
    let world = World::new();
    let first = in_state(&listed(&world), "active");
    // The ring looks at itself once a day, and does nothing.
    assert_eq!(pass(&world, 90 * DAY - 1), 89);
    assert_eq!(in_state(&listed(&world), "active"), first);
    assert_eq!(listed(&world).len(), Alg::ALL.len());
    assert_eq!(pass(&world, 1), 1);
    let second = in_state(&listed(&world), "next");
    assert_eq!(second.len(), Alg::ALL.len());
    pass(&world, ACTIVATION);
    let keys = listed(&world);
    assert_eq!((in_state(&keys, "active"), in_state(&keys, "retired")), (second.clone(), first));
    pass(&world, 30 * DAY);
    assert_eq!(listed(&world).len(), Alg::ALL.len());
    // The next ones count from their own first signature.
    pass(&world, 60 * DAY - 1);
    assert!(in_state(&listed(&world), "next").is_empty());
    pass(&world, 1);
    assert_eq!(in_state(&listed(&world), "active"), second);
    assert_eq!(in_state(&listed(&world), "next").len(), Alg::ALL.len());
}

#[test]
fn no_lifetime_is_no_schedule() {
    let world = World::with(&[("KEY_LIFETIME", "0")]);
    let first = listed(&world);
    pass(&world, 3650 * DAY);
    assert_eq!(listed(&world), first);
    rotate(&world);
    pass(&world, ACTIVATION + 30 * DAY - 1);
    assert_eq!(listed(&world).len(), 2 * Alg::ALL.len());
    pass(&world, 1);
    assert_eq!(listed(&world).len(), Alg::ALL.len());
}

#[test]
fn an_alarm_that_comes_again_changes_nothing() {
    let world = World::new();
    for _ in 0..3 {
        for seconds in [0, 1, ACTIVATION, 30 * DAY, 61 * DAY] {
            world.advance(seconds);
            world.wake_ring();
            let (before, alarm) = (
                world.storage(Class::KeyRing, KEY_RING).dump(),
                world.next_alarm(Class::KeyRing, KEY_RING),
            );
            for _ in 0..3 {
                world.wake_ring();
            }
            assert_eq!(world.storage(Class::KeyRing, KEY_RING).dump(), before);
            assert_eq!(world.next_alarm(Class::KeyRing, KEY_RING), alarm);
        }
    }
}

#[test]
fn a_late_alarm_skips_no_step() {
    let world = World::new();
    let first = in_state(&listed(&world), "active");
    world.advance(400 * DAY);
    world.run_alarms();
    let keys = listed(&world);
    assert_eq!(
        in_state(&keys, "active"),
        first,
        "its successor is published before it signs, however late it is"
    );
    assert_eq!(in_state(&keys, "next").len(), Alg::ALL.len());
}

#[test]
fn a_rotation_by_hand_counts() {
    let world = World::new();
    pass(&world, 89 * DAY);
    rotate(&world);
    pass(&world, ACTIVATION + 89 * DAY);
    assert!(in_state(&listed(&world), "next").is_empty());
    pass(&world, DAY);
    assert_eq!(in_state(&listed(&world), "next").len(), Alg::ALL.len());
}

//! How often one address may register.

use super::{assert_error, minimal};
use crate::world::{World, post};
use treeline::object::Class;

#[test]
fn a_flood_from_one_address_is_refused() {
    let world = World::with(&[("REGISTRATION_LIMIT", "3")]);
    let from = |address: &str| {
        let request = post("/registration").json(&minimal());
        match address {
            "" => request,
            address => request.header("cf-connecting-ip", address),
        }
        .send(&world)
    };
    for address in ["", "192.0.2.1", "2001:db8::1"] {
        for _ in 0..3 {
            assert_eq!(from(address).status, 201);
        }
    }
    let flood = [
        "",
        "192.0.2.1",
        "::ffff:192.0.2.1",
        "2001:db8::1",
        "2001:DB8:0:0::2",
        "2001:db8::ffff:ffff:ffff:ffff",
        "no address",
    ];
    world.take_touches();
    for address in flood {
        let response = from(address);
        assert_error(&response, 429, "slow_down");
        assert_eq!(response.header("retry-after"), Some("60"));
    }
    assert_eq!(world.take_touches().kv_puts, 0);
    for address in ["192.0.2.2", "2001:db8:0:1::1"] {
        assert_eq!(from(address).status, 201, "{address}");
    }
    world.advance(59);
    assert_eq!(from("192.0.2.1").status, 429);
    world.advance(1);
    assert_eq!(from("192.0.2.1").status, 201);
}

#[test]
fn fifty_registrations_at_once_are_counted_one_by_one() {
    let world = World::with(&[("REGISTRATION_LIMIT", "10")]);
    let requests: Vec<_> = (0..50).map(|_| post("/registration").json(&minimal()).build()).collect();
    let responses = world.send_all(&requests);
    assert_eq!(responses.iter().filter(|response| response.status == 201).count(), 10);
    assert!(responses.iter().all(|response| matches!(response.status, 201 | 429)));
}

#[test]
fn what_was_counted_is_forgotten() {
    let world = World::new();
    world.register(minimal());
    assert_eq!(world.stored(Class::Pending), ["registration/local"]);
    world.advance(60);
    world.run_alarms();
    assert_eq!(world.stored(Class::Pending), Vec::<String>::new());
}

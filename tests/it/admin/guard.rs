//! Who may use the API, and who is refused without a look.

use super::send;
use crate::world::call::request;
use crate::world::{ADMIN_TOKEN, Outgoing, World, body, get};
use treeline::http::Method;
use treeline::object::Class;
use treeline::router::admin::ROUTES;

const LIMIT: usize = 60;

fn from(address: &str) -> Outgoing {
    get("/admin/keys").header("cf-connecting-ip", address)
}

fn guess(world: &World, address: &str) -> u16 {
    from(address).bearer("a wrong token").send(world).status
}

#[test]
fn every_method_of_every_route_is_the_operator_s_alone() {
    let world = World::new();
    let before = world.dump();
    for (path, methods, _) in ROUTES {
        let path = path.replace("{kind}", "grants").replace(['{', '}'], "");
        for name in ["GET", "POST", "PUT", "DELETE"]
            .iter()
            .filter(|name| methods.split(", ").any(|one| one == **name))
        {
            let method = match *name {
                "GET" => Method::Get,
                "POST" => Method::Post,
                "PUT" => Method::Put,
                _ => Method::Delete,
            };
            let response = request(method, &path).json(&serde_json::json!({})).send(&world);
            assert_eq!((response.status, response.body.as_str()), (401, ""), "{name} {path}");
            assert_eq!(response.header("www-authenticate"), Some(r#"Bearer realm="treeline""#));
        }
    }
    assert!(
        world.dump() == before,
        "nobody without a token changes anything, the count of wrong ones neither"
    );
}

#[test]
fn an_address_that_guesses_is_refused_without_a_look() {
    let world = World::new();
    for _ in 0..LIMIT {
        assert_eq!(guess(&world, "192.0.2.1"), 401);
    }
    world.advance(30);
    let response = from("192.0.2.1").bearer("a wrong token").send(&world);
    assert_eq!((response.status, &body(&response)["error"]), (429, &"slow_down".into()));
    assert_eq!(response.header("retry-after"), Some("60"));
    assert_eq!(response.header("cache-control"), Some("no-store"));

    world.take_touches();
    world.advance(59);
    let right = from("192.0.2.1").bearer(ADMIN_TOKEN).send(&world);
    assert_eq!(
        (right.status, right.header("retry-after")),
        (429, Some("1")),
        "the next guess might be right"
    );
    assert_eq!(guess(&world, "::ffff:192.0.2.1"), 429);
    assert_eq!(world.take_touches().all_asked(), 0, "and nobody is asked");
    for other in ["192.0.2.2", "2001:db8::1"] {
        assert_eq!(from(other).bearer(ADMIN_TOKEN).send(&world).status, 200, "{other}");
    }
    assert_eq!(get("/jwks").header("cf-connecting-ip", "192.0.2.1").send(&world).status, 200);
    world.advance(1);
    assert_eq!(from("192.0.2.1").bearer(ADMIN_TOKEN).send(&world).status, 200);
    assert_eq!(guess(&world, "192.0.2.1"), 401);
}

#[test]
fn whoever_has_a_network_is_one_address() {
    let world = World::with(&[("ADMIN_LIMIT", "2")]);
    assert_eq!(guess(&world, "2001:db8::1"), 401);
    assert_eq!(guess(&world, "2001:db8::2"), 401);
    assert_eq!(guess(&world, "2001:db8::ffff:1"), 429);
    assert_eq!(guess(&world, "2001:db8:0:1::1"), 401);
}

#[test]
fn the_right_token_and_none_at_all_are_not_counted() {
    let world = World::with(&[("ADMIN_LIMIT", "1")]);
    world.take_touches();
    for _ in 0..5 {
        assert_eq!(get("/admin/keys").send(&world).status, 401);
        assert_eq!(get("/admin/clients").bearer(ADMIN_TOKEN).send(&world).status, 200);
    }
    let touches = world.take_touches();
    assert_eq!((touches.asked(Class::Pending), touches.kv_lists), (0, 5));
    assert_eq!(guess(&world, "192.0.2.1"), 401);
    assert_eq!(world.take_touches().asked(Class::Pending), 1);
}

#[test]
fn many_addresses_are_remembered_and_the_count_is_forgotten() {
    let world = World::with(&[("ADMIN_LIMIT", "1")]);
    let address = |number: usize| format!("192.0.2.{number}");
    for number in 0..100 {
        assert_eq!(guess(&world, &address(number)), 401);
        assert_eq!(guess(&world, &address(number)), 429);
    }
    // The first ones are not remembered here any more, but they are counted.
    assert_eq!(guess(&world, &address(0)), 429);
    assert_eq!(from(&address(1)).bearer(ADMIN_TOKEN).send(&world).status, 200);
    assert_eq!(from(&address(99)).bearer(ADMIN_TOKEN).send(&world).status, 429);
    world.advance(60);
    world.run_alarms();
    assert_eq!(world.stored(Class::Pending), [] as [String; 0]);
}

#[test]
fn what_is_no_path_is_nobody_s() {
    let world = World::new();
    for path in [
        "/admin",
        "/admin/",
        "/admin/users",
        "/admin/users/a/b",
        "/admin/users/%ff",
        "/admin/clients/a/b",
        "/admin/clients/a/policy/",
        "/admin/sessions/diana/grants",
        "/admin/sessions/diana/grants/a/b",
        "/admin//clients",
        "/admin/Clients",
        "/admin/keys/rotate/now",
    ] {
        assert_eq!(get(path).send(&world).status, 404, "{path}");
        assert_eq!(send(&world, get(path)).status, 404, "{path}");
    }
}

//! The dump of all users, page by page.

use crate::flow::browser::Browser;
use crate::flow::party::{Party, enrol};
use crate::world::{ADMIN_TOKEN, ISSUER, World, body, get};
use serde_json::{Map, Value, json};

/// So many users have been at every client.
const USERS: usize = 45;

fn world() -> World {
    let world = World::new();
    for client in 0..3 {
        let party = Party::register(&world);
        for number in 0..USERS {
            let user = format!("user{number}");
            if client == 0 {
                enrol(&world, &user);
            }
            Browser::new(&world).code(&party.query(), &user);
        }
    }
    // Somebody who has been nowhere, and a client that has nobody.
    enrol(&world, "nobody");
    Party::register(&world);
    world.run_alarms();
    world
}

/// Every page, joined, and how many there were.
fn all(world: &World, format: &str) -> (Map<String, Value>, usize) {
    let mut target = format!("/admin/sessions?format={format}");
    let mut db = Map::new();
    for pages in 1.. {
        world.take_touches();
        let response = get(&target).bearer(ADMIN_TOKEN).send(world);
        assert_eq!(response.status, 200, "{}", response.body.as_str());
        assert!(world.take_touches().all_asked() <= 40);
        let page = body(&response);
        assert_eq!(page["salt"].is_string(), format != "idpyoidc-5");
        db.extend(page["db"].as_object().unwrap().clone());
        let Some(link) = response.header("link") else {
            return (db, pages);
        };
        let address = link.strip_prefix('<').unwrap().strip_suffix(">; rel=\"next\"").unwrap();
        target = address.strip_prefix(ISSUER).unwrap().to_owned();
    }
    unreachable!()
}

#[test]
fn the_pages_together_are_every_tree() {
    let world = world();
    for format in ["oidcop-2.0", "oidcop-2.4", "idpyoidc-5"] {
        let (db, pages) = all(&world, format);
        assert!(pages >= 4, "{pages}");
        let mut expected = Map::new();
        for number in 0..USERS {
            let one = body(
                &get(&format!("/admin/sessions/user{number}?format={format}"))
                    .bearer(ADMIN_TOKEN)
                    .send(&world),
            );
            expected.extend(one["db"].as_object().unwrap().clone());
        }
        assert_eq!(expected.len(), USERS * 7, "user, three clients and three grants");
        assert!(db == expected, "{format}");
    }
}

#[test]
fn where_there_is_nobody_it_is_empty() {
    let world = World::new();
    Party::register(&world);
    assert_eq!(all(&world, "oidcop-2.0"), (Map::new(), 1));
    let response = get("/admin/sessions?user=a&user=b").bearer(ADMIN_TOKEN).send(&world);
    assert_eq!((response.status, &body(&response)["error"]), (400, &json!("invalid_request")));
    assert_eq!(get("/admin/sessions").send(&world).status, 401);
}

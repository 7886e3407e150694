//! What is revoked stays revoked, and the sweep has no say in it.

use super::id;
use super::request::{Id, authorization, node, open_login};
use crate::flow::party::{Party, enrol};
use crate::world::World;
use treeline::oauth::ids::ClientId;
use treeline::object::Refusal;
use treeline::session::consent::{DenyConsent, GiveConsent};
use treeline::session::nodes::{Node, RevokeNode};

const USER: &str = "diana";

fn scene() -> (World, ClientId) {
    let world = World::new();
    enrol(&world, USER);
    let client_id = id(&Party::register(&world));
    (world, client_id)
}

#[test]
fn a_revoked_grant_cannot_be_denied_and_then_given() {
    let (world, client_id) = scene();
    for (number, node_of) in [(1, Node::Grant(node(Id::Grant, 1))), (2, Node::Client(client_id.clone()))] {
        let authorization = authorization(number, &client_id, "openid");
        let grant_id = authorization.grant_id;
        let login_id = node(Id::Login, number);
        world.ask(USER, open_login(number, authorization.clone())).expect("a login");
        world.ask(USER, RevokeNode { node: node_of }).expect("a node");
        world.ask(USER, DenyConsent { grant_id }).expect("a denial");
        let given = world.ask(USER, GiveConsent { login_id, authorization });
        assert_eq!(given, Err(Refusal::AlreadyDone), "grant {number}");
    }
}

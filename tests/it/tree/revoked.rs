//! What is revoked stays revoked, and the sweep has no say in it.

use super::request::{Id, authorization, node, open_login, redeem};
use super::{scene, sweep};
use crate::world::World;
use treeline::oauth::ids::{ClientId, NodeId};
use treeline::object::Refusal;
use treeline::session::claims::ReadClaims;
use treeline::session::consent::{DenyConsent, GiveConsent};
use treeline::session::mint::RefreshLifetimes;
use treeline::session::nodes::{Node, RevokeNode};
use treeline::session::refresh::RefreshTokens;
use treeline::session::revoke::RevokeToken;

const USER: &str = "diana";

/// Refresh tokens end when they are not used for 150 seconds.
const LIFETIMES: RefreshLifetimes = RefreshLifetimes { all: 86_400, idle: 150 };

#[test]
fn a_revoked_grant_cannot_be_denied_and_then_given() {
    let (world, client_id) = scene(USER);
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

/// A chain whose first refresh token has ended by itself, while the second lives: the ids of the two.
fn chain(world: &World, client_id: &ClientId) -> (NodeId, NodeId) {
    let authorization = authorization(1, client_id, "openid offline_access");
    let login_id = node(Id::Login, 1);
    world.ask(USER, open_login(1, authorization.clone())).expect("a login");
    world.ask(USER, GiveConsent { login_id, authorization }).expect("a consent");
    let mut code = redeem(1, client_id);
    code.refresh_lifetimes = LIFETIMES;
    let first = world.ask(USER, code).expect("tokens").refresh_token.expect("a refresh token");
    world.advance(100);
    let refresh = RefreshTokens {
        refresh_token_id: first,
        client_id: client_id.clone(),
        successor_id: node(Id::RefreshToken, 2),
        refresh_lifetimes: LIFETIMES,
        grace: 30,
        access_token_id: node(Id::AccessToken, 2),
        access_token_lifetime: 3600,
        narrowed: None,
    };
    let second = world.ask(USER, refresh).expect("tokens").refresh_token.expect("a refresh token");
    world.advance(50);
    (first, second)
}

fn is_accepted(world: &World, number: u64) -> bool {
    let token_id = node(Id::AccessToken, number);
    world.ask(USER, ReadClaims { token_id }).is_ok()
}

#[test]
fn a_token_that_has_ended_is_unknown_whether_it_was_swept_or_not() {
    for is_swept in [false, true] {
        let (world, client_id) = scene(USER);
        let (token_id, second) = chain(&world, &client_id);
        if is_swept {
            sweep(&world, USER);
        }
        let give_up = |token_id| RevokeToken {
            token_id,
            client_id: client_id.clone(),
        };
        assert_eq!(world.ask(USER, give_up(token_id)), Err(Refusal::NotFound), "swept: {is_swept}");
        assert!(is_accepted(&world, 2), "swept: {is_swept}");
        world.ask(USER, give_up(second)).expect("a token in force");
        assert!(!is_accepted(&world, 2), "swept: {is_swept}");
    }
}

#[test]
fn a_code_takes_along_what_it_has_minted_by_tokens_that_are_gone() {
    for is_swept in [false, true] {
        let (world, client_id) = scene(USER);
        chain(&world, &client_id);
        if is_swept {
            sweep(&world, USER);
        }
        let node = Node::Token(node(Id::Grant, 1));
        world.ask(USER, RevokeNode { node }).expect("a code stays while its grant does");
        assert!(!is_accepted(&world, 1), "swept: {is_swept}");
        assert!(!is_accepted(&world, 2), "swept: {is_swept}");
    }
}

//! Single nodes of a user's session tree: `GET /admin/sessions/{user}/logins`, `/consents` and `/deliveries` list those that stand beside the clients,
//! `DELETE /admin/sessions/{user}` revokes all, and `DELETE /admin/sessions/{user}/{kind}/{id}` one: `clients`, `grants`, `tokens`, `logins`, `consents`.

use crate::error::Error;
use crate::http::Response;
use crate::oauth::ids::{ClientId, NodeId, UserId};
use crate::platform::Platform;
use crate::session::delivery::DeliveryNode;
use crate::session::nodes::{ListNodes, LoginNode, Node, RevokeNode};
use serde_json::{Value, json};

/// A list of nodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum List {
    Logins,
    Consents,
    Deliveries,
}

/// The node that a path names by its kind and its id; `None` where that names nothing.
pub fn node(kind: &str, id: &str) -> Option<Node> {
    Some(match kind {
        "clients" => Node::Client(ClientId(id.to_owned())),
        "grants" => Node::Grant(NodeId::from_hex(id)?),
        "tokens" => Node::Token(NodeId::from_hex(id)?),
        "logins" => Node::Login(NodeId::from_hex(id)?),
        "consents" => Node::Consent(ClientId(id.to_owned())),
        _ => return None,
    })
}

/// GET: a list; 404 where there is no such account.
pub async fn list<P: Platform>(platform: &P, user: &UserId, list: List) -> Result<Response, Error> {
    let Ok(nodes) = platform.ask(user.as_str(), ListNodes {}).await? else {
        return Ok(Response::not_found());
    };
    Ok(match list {
        List::Logins => {
            let logins: Vec<Value> = nodes.logins.iter().map(login).collect();
            Response::json(200, &json!({ "logins": logins }))
        }
        List::Consents => Response::json(200, &json!({ "consents": nodes.consents })),
        List::Deliveries => {
            let deliveries: Vec<Value> = nodes.deliveries.iter().map(delivery).collect();
            Response::json(200, &json!({ "deliveries": deliveries }))
        }
    })
}

/// Ids are written as they stand in a session dump.
fn login(login: &LoginNode) -> Value {
    json!({
        "id": login.id.hex(),
        "auth_time": login.auth_time,
        "acr": login.acr,
        "expires_at": login.expires_at,
        "revoked": login.revoked,
        "device": login.device,
        "place": login.place,
    })
}

/// The `jti` is the one that the client has been told.
fn delivery(delivery: &DeliveryNode) -> Value {
    json!({
        "jti": delivery.jti.hex(),
        "client_id": delivery.client_id,
        "progress": delivery.progress,
        "answer": delivery.answer.parse::<u16>().ok(),
        "attempts": delivery.attempts,
        "queued_at": delivery.queued_at,
        "next_at": delivery.next_at,
    })
}

/// DELETE: the person is signed out everywhere, and what was granted for longer ends.
pub async fn revoke_all<P: Platform>(platform: &P, user: &UserId) -> Result<Response, Error> {
    revoke(platform, user, Some(Node::User)).await
}

/// DELETE: 204 where the node is revoked, be it for the second time; 404 where there is none.
pub async fn revoke<P: Platform>(platform: &P, user: &UserId, node: Option<Node>) -> Result<Response, Error> {
    let Some(node) = node else {
        return Ok(Response::not_found());
    };
    Ok(match platform.ask(user.as_str(), RevokeNode { node }).await? {
        Ok(()) => Response::empty(204).no_store(),
        Err(_) => Response::not_found(),
    })
}

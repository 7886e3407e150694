//! Grants: one authorization of one client by this user. A grant is opened when the person has signed in and authorized when the person (or an
//! earlier consent) says yes; only then has it scope, claims and an end, and mints its code.

use crate::client::home::AddUser;
use crate::oauth::authorization_request::AuthorizationRequest;
use crate::oauth::claim::userinfo_claims;
use crate::oauth::ids::NodeId;
use crate::oauth::scope::Scope;
use crate::oauth::time::Timestamp;
use crate::object::sql::{Sql, SqlFault, to_json};
use crate::object::{Refusal, Stop, meta, outbox};
use crate::session::usage::{TokenClass, UsageRules};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

/// An authorization on its way: everything of it that is known before the user's object is asked.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Authorization {
    /// The grant's id, drawn when the request came in: the same request never makes two grants.
    pub grant_id: NodeId,
    /// The id of the code that it will mint.
    pub code_id: NodeId,
    /// The request.
    pub request: AuthorizationRequest,
    /// What of the asked-for scope can be granted.
    pub scope: Scope,
    /// The subject identifier that this client knows the user by.
    pub sub: String,
    /// Whether an earlier consent counts.
    pub consent: ConsentPolicy,
    /// Whether the client is told a `sid`.
    pub session_id: SessionId,
    /// From the request to the person's last click, in seconds.
    pub interaction_lifetime: i64,
    /// Seconds that the grant lives once it is authorized.
    pub grant_lifetime: i64,
    /// Seconds that the code lives.
    pub code_lifetime: i64,
}

/// Whether an earlier consent counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ConsentPolicy {
    /// A consent that covers the scope is enough.
    Remembered,
    /// It is asked for every time: the client cannot prove that it is itself (RFC 8252, section 8.6).
    AskAlways,
}

/// Whether the client takes part in logout and is told the session by a `sid`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SessionId {
    /// The client has registered a logout URI.
    Told,
    /// The client has none.
    Untold,
}

/// The node behind the `sid` of a login at a client. It differs from client to client and can be found again without being stored twice.
pub fn sid_node(login_id: NodeId, client_id: &str) -> NodeId {
    let hash = Sha256::new()
        .chain_update(b"sid")
        .chain_update(login_id.0)
        .chain_update(client_id)
        .finalize();
    let mut node = [0; 16];
    for (to, from) in node.iter_mut().zip(hash) {
        *to = from;
    }
    NodeId(node)
}

/// Opens the grant under its login, and the client session where there is none. A grant that is open already moves to this login: the person
/// went back and signed in again, and consents in that login. An authorized one stays as it is.
pub fn open(sql: &impl Sql, login_id: NodeId, authorization: &Authorization, now: Timestamp) -> Result<(), Stop> {
    begin_client_session(sql, &authorization.request, now)?;
    let client_id = authorization.request.client_id.as_str();
    let sid = match authorization.session_id {
        SessionId::Told => Some(sid_node(login_id, client_id)),
        SessionId::Untold => None,
    };
    sql.exec(
        "INSERT INTO grant_ (id, client_id, login_id, sub, request, scope, claims, resources, usage_rules, sid,
                             used, issued_at, expires_at, sweep_at)
         VALUES (?, ?, ?, ?, ?, '[]', '{}', '[]', '{}', ?, 0, ?, 0, ?)
         ON CONFLICT (id) DO UPDATE SET login_id = excluded.login_id, sid = excluded.sid WHERE expires_at = 0",
        &[
            authorization.grant_id.into(),
            client_id.into(),
            login_id.into(),
            authorization.sub.as_str().into(),
            to_json(&authorization.request)?,
            sid.into(),
            now.into(),
            now.plus(authorization.interaction_lifetime).into(),
        ],
    )?;
    Ok(())
}

/// Begins the client session, or begins it anew after a revocation: what was revoked with it stays revoked. Either way the client's object is told,
/// so that deleting the client reaches this user.
fn begin_client_session(sql: &impl Sql, request: &AuthorizationRequest, now: Timestamp) -> Result<(), Stop> {
    let client_id = request.client_id.as_str();
    let rows = sql.exec("SELECT revoked_at FROM client_session WHERE client_id = ?", &[client_id.into()])?;
    match rows.first().map(|row| row.optional_integer(0)).transpose()? {
        Some(None) => return Ok(()),
        Some(Some(revoked_at)) => {
            sql.exec(
                "UPDATE grant_ SET revoked_at = ? WHERE client_id = ? AND revoked_at IS NULL",
                &[revoked_at.into(), client_id.into()],
            )?;
            sql.exec(
                "UPDATE client_session SET revoked_at = NULL WHERE client_id = ?",
                &[client_id.into()],
            )?;
        }
        None => {
            sql.exec(
                "INSERT INTO client_session (client_id, first_at) VALUES (?, ?)",
                &[client_id.into(), now.into()],
            )?;
        }
    }
    let user_id = meta(sql, "name")?.unwrap_or_default();
    let notice = AddUser {
        user_id: crate::oauth::ids::UserId::from_canonical(user_id),
        client_id: request.client_id.clone(),
    };
    outbox::post(sql, client_id, &notice, now)?;
    Ok(())
}

/// Authorizes an open grant and mints its code. The same step taken twice gives the same code while that can be used, and is refused afterwards.
pub fn authorize(sql: &impl Sql, authorization: &Authorization, now: Timestamp) -> Result<(), Stop> {
    let scope = &authorization.scope;
    let expires_at = now.plus(authorization.grant_lifetime);
    // The row stays as long as a form may ask for it again: a grant that was swept before could be given a second time.
    let authorized = sql.exec(
        "UPDATE grant_ SET scope = ?, claims = ?, resources = ?, usage_rules = ?, used = 1, expires_at = ?, sweep_at = max(sweep_at, ?)
         WHERE id = ? AND expires_at = 0 AND revoked_at IS NULL AND sweep_at > ? RETURNING id",
        &[
            to_json(scope)?,
            to_json(&release_points(scope))?,
            to_json(&[&authorization.request.client_id])?,
            to_json(&UsageRules::default())?,
            expires_at.into(),
            expires_at.into(),
            authorization.grant_id.into(),
            now.into(),
        ],
    )?;
    if authorized.is_empty() {
        return repeat(sql, authorization, now);
    }
    let rule = UsageRules::default().authorization_code;
    sql.exec(
        "INSERT INTO token (id, grant_id, class, usage_rules, max_usage, used, failures, issued_at, expires_at)
         VALUES (?, ?, ?, ?, ?, 0, 0, ?, ?)",
        &[
            authorization.code_id.into(),
            authorization.grant_id.into(),
            TokenClass::AuthorizationCode.name().into(),
            to_json(&rule)?,
            rule.max_usage.into(),
            now.into(),
            now.plus(authorization.code_lifetime).into(),
        ],
    )?;
    Ok(())
}

fn repeat(sql: &impl Sql, authorization: &Authorization, now: Timestamp) -> Result<(), Stop> {
    let rows = sql.exec(
        "SELECT 1 FROM token t JOIN grant_ g ON g.id = t.grant_id
         WHERE t.id = ? AND g.id = ? AND t.used = 0 AND t.expires_at > ? AND t.revoked_at IS NULL AND g.revoked_at IS NULL",
        &[authorization.code_id.into(), authorization.grant_id.into(), now.into()],
    )?;
    match rows.is_empty() {
        true => Err(Refusal::AlreadyDone.into()),
        false => Ok(()),
    }
}

/// The claims of each release point, in the form of a dump: a claim asked for without further wishes is null.
fn release_points(scope: &Scope) -> Value {
    let userinfo: Map<String, Value> = userinfo_claims(scope)
        .into_iter()
        .map(|claim| (claim.to_owned(), Value::Null))
        .collect();
    json!({ "userinfo": userinfo, "introspection": {}, "id_token": {}, "access_token": {} })
}

/// Whether an earlier consent covers the request.
pub fn is_consented(sql: &impl Sql, authorization: &Authorization) -> Result<bool, SqlFault> {
    if authorization.consent == ConsentPolicy::AskAlways {
        return Ok(false);
    }
    let rows = sql.exec(
        "SELECT scope FROM consent WHERE client_id = ?",
        &[authorization.request.client_id.as_str().into()],
    )?;
    match rows.first() {
        Some(row) => Ok(authorization.scope.is_subset(&row.json(0)?)),
        None => Ok(false),
    }
}

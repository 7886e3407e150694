//! Grants: one authorization of one client by this user. A grant is opened when the person has signed in and authorized when the person (or an
//! earlier consent) says yes; only then has it scope, claims and an end, and mints its code.

use crate::client::home::AddUser;
use crate::client::policy::AccessTokenFormat;
use crate::client::release::{ClaimNames, Release};
use crate::oauth::authorization_request::AuthorizationRequest;
use crate::oauth::base64url;
use crate::oauth::claim::OFFLINE_ACCESS;
use crate::oauth::ids::{ClientId, NodeId, UserId};
use crate::oauth::json;
use crate::oauth::scope::Scope;
use crate::oauth::time::Timestamp;
use crate::oauth::usage::{TokenClass, UsageRules};
use crate::object::sql::{Sql, SqlFault, to_json};
use crate::object::{Refusal, Stop, meta, outbox};
use crate::session::audit::{self, Event};
use crate::session::login::Login;
use crate::session::mint::{Claims, Minted, MintedAccessToken, NewToken, store};
use crate::session::{expire, release};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// An authorization on its way: everything of it that is known before the user's object is asked.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Authorization {
    /// The grant's id, and its code's, drawn when the request came in: the same request never makes two grants.
    pub grant_id: NodeId,
    /// The id of the access token that it will mint, where the response brings one.
    pub access_token_id: NodeId,
    /// The request.
    pub request: AuthorizationRequest,
    /// What of the asked-for scope can be granted.
    pub scope: Scope,
    /// The clients that its tokens are for: itself, and the resource servers that the operator has named.
    pub resources: Vec<ClientId>,
    /// The subject identifier that this client knows the user by.
    pub sub: String,
    /// The claims that are released.
    pub release: Release,
    /// How the client gets its userinfo.
    pub userinfo: UserinfoForm,
    /// What its access tokens look like.
    pub access_token_format: AccessTokenFormat,
    /// Whether an earlier consent counts.
    pub consent: ConsentPolicy,
    /// Whether the client is told a `sid`.
    pub session_id: SessionId,
    /// From the request to the person's last click, in seconds.
    pub interaction_lifetime: i64,
    /// Seconds that the grant lives once it is authorized.
    pub grant_lifetime: i64,
    /// What its tokens may mint, and how often they may be used.
    pub usage_rules: UsageRules,
    /// Seconds that the code lives.
    pub code_lifetime: i64,
    /// Seconds that an access token of the response lives.
    pub access_token_lifetime: i64,
}

impl Authorization {
    /// A hash of what the client gets: whoever consents to it consents to this and nothing else.
    pub fn terms(&self) -> String {
        let terms = json::text(&(&self.scope, &self.release, &self.sub));
        base64url::encode(Sha256::digest(terms))
    }

    /// When the code ends, where the response brings one.
    fn code_end(&self, grant_end: Timestamp, now: Timestamp) -> Option<Timestamp> {
        let has_code = self.request.response_type.has_code();
        has_code.then(|| now.plus(self.code_lifetime).min(grant_end))
    }

    /// The node behind the `sid` that the client is told of a login, where it is told one.
    fn sid(&self, login_id: NodeId) -> Option<NodeId> {
        match self.session_id {
            SessionId::Told => Some(sid_node(login_id, self.request.client_id.as_str())),
            SessionId::Untold => None,
        }
    }
}

/// How a client has registered to get its userinfo.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum UserinfoForm {
    /// As JSON: nothing of the client has to be looked up.
    Json,
    /// Signed or encrypted.
    Jwt,
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
    NodeId::derived("sid", &[&login_id.0, client_id.as_bytes()])
}

/// Opens the grant under its login, and the client session where there is none. A grant that is open already moves to this login: the person
/// went back and signed in again, and consents in that login. An authorized one stays as it is.
pub fn open(sql: &impl Sql, login: &Login, authorization: &Authorization, now: Timestamp) -> Result<(), Stop> {
    match insert(sql, login.id, (authorization, State::Open), now)? {
        false => Ok(move_to(sql, login, authorization)?),
        true => Ok(()),
    }
}

/// How a grant begins.
#[derive(Clone, Copy)]
enum State {
    /// It waits for the person to say yes.
    Open,
    /// It is authorized at once, until then.
    Authorized(Timestamp),
}

/// Whether the grant is new. One that is authorized at once is written once.
fn insert(sql: &impl Sql, login_id: NodeId, (authorization, state): (&Authorization, State), now: Timestamp) -> Result<bool, Stop> {
    begin_client_session(sql, &authorization.request, now)?;
    let form_end = now.plus(authorization.interaction_lifetime);
    let (scope, claims, resources, usage_rules) = match state {
        State::Open => ("[]".into(), "{}".into(), "[]".into(), "{}".into()),
        State::Authorized(_) => (
            to_json(&authorization.scope),
            to_json(&authorization.release),
            to_json(&authorization.resources),
            to_json(&authorization.usage_rules),
        ),
    };
    let (authorized_at, expires_at, code_end) = match state {
        State::Open => (None, Timestamp(0), None),
        State::Authorized(end) => (Some(now), end, authorization.code_end(end, now)),
    };
    let is_offline = authorized_at.is_some() && authorization.scope.contains(OFFLINE_ACCESS);
    // The row stays as long as a form may ask for it again: a grant that was swept before could be given a second time.
    let sweep_at = expires_at.max(form_end);
    let inserted = sql.exec(
        "INSERT INTO grant_ (id, client_id, login_id, sub, request, scope, claims, resources, usage_rules, sid,
                             offline, userinfo_jwt, access_token_format, used, issued_at, authorized_at, expires_at, sweep_at, code_expires_at)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?, ?, ?, ?, ?)
         ON CONFLICT (id) DO NOTHING RETURNING 1",
        &[
            authorization.grant_id.into(),
            authorization.request.client_id.as_str().into(),
            login_id.into(),
            authorization.sub.as_str().into(),
            to_json(&authorization.request),
            scope,
            claims,
            resources,
            usage_rules,
            authorization.sid(login_id).into(),
            i64::from(is_offline).into(),
            i64::from(authorization.userinfo == UserinfoForm::Jwt).into(),
            to_json(&authorization.access_token_format),
            now.into(),
            authorized_at.into(),
            expires_at.into(),
            sweep_at.into(),
            code_end.into(),
        ],
    )?;
    if !inserted.is_empty() {
        expire::ends_at(sql, sweep_at);
    }
    Ok(!inserted.is_empty())
}

/// Moves a grant that is open to another login. Either the login that had it is left without, or this one has never had it.
fn move_to(sql: &impl Sql, login: &Login, authorization: &Authorization) -> Result<(), SqlFault> {
    let id = authorization.grant_id;
    let rows = sql.exec("SELECT login_id FROM grant_ WHERE id = ?", &[id.into()])?;
    let Some(holder) = rows
        .first()
        .map(|row| row.node(0))
        .transpose()?
        .filter(|holder| *holder != login.id)
    else {
        return Ok(());
    };
    let moved = sql.exec(
        "UPDATE grant_ SET login_id = ?, sid = ? WHERE id = ? AND expires_at = 0 RETURNING id",
        &[login.id.into(), authorization.sid(login.id).into(), id.into()],
    )?;
    match moved.is_empty() {
        true => {
            expire::ends_at(sql, login.expires_at);
            Ok(())
        }
        false => expire::note_bare(sql, holder),
    }
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
    Ok(tell_client(sql, &request.client_id, now)?)
}

/// Owes the client's object the news that this user has a session with the client.
pub fn tell_client(sql: &impl Sql, client_id: &ClientId, now: Timestamp) -> Result<(), SqlFault> {
    let user_id = meta(sql, "name")?.unwrap_or_default();
    let notice = AddUser {
        user_id: UserId::from_canonical(user_id),
        client_id: client_id.clone(),
    };
    outbox::post(sql, client_id.as_str(), &notice, now)
}

/// When a step has been taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// Just now.
    Now,
    /// Before: this is a repeat.
    Before,
}

/// Authorizes a grant, be it new or open, and mints what the response brings. The same step taken twice gives the same while its code can be used, and is
/// refused afterwards.
pub fn authorize(sql: &impl Sql, login: &Login, authorization: &Authorization, now: Timestamp) -> Result<(Taken, Minted), Stop> {
    let end = now.plus(authorization.grant_lifetime);
    let taken = match insert(sql, login.id, (authorization, State::Authorized(end)), now)?
        || authorize_open(sql, login, authorization, end, now)?
    {
        true => {
            mint(sql, authorization, end, now)?;
            Taken::Now
        }
        false => {
            check_repeat(sql, authorization, now)?;
            Taken::Before
        }
    };
    Ok((taken, response(sql, login, authorization, now)?))
}

/// Whether the grant was open; it is this login's then.
fn authorize_open(sql: &impl Sql, login: &Login, authorization: &Authorization, end: Timestamp, now: Timestamp) -> Result<bool, SqlFault> {
    move_to(sql, login, authorization)?;
    let authorized = sql.exec(
        "UPDATE grant_ SET sub = ?9, scope = ?1, claims = ?2, resources = ?3, usage_rules = ?4, offline = ?5, authorized_at = ?6, expires_at = ?7,
                           sweep_at = max(sweep_at, ?7), code_expires_at = ?10
         WHERE id = ?8 AND expires_at = 0 AND revoked_at IS NULL AND sweep_at > ?6 RETURNING id",
        &[
            to_json(&authorization.scope),
            to_json(&authorization.release),
            to_json(&authorization.resources),
            to_json(&authorization.usage_rules),
            i64::from(authorization.scope.contains(OFFLINE_ACCESS)).into(),
            now.into(),
            end.into(),
            authorization.grant_id.into(),
            authorization.sub.as_str().into(),
            authorization.code_end(end, now).into(),
        ],
    )?;
    Ok(!authorized.is_empty())
}

/// Notes in the audit trail what a client was granted in a login.
pub fn note(sql: &impl Sql, event: Event, (login_id, authorization): (NodeId, &Authorization), now: Timestamp) -> Result<(), SqlFault> {
    let (login, grant, scope) = (login_id.hex(), authorization.grant_id.hex(), authorization.scope.to_string());
    let told = [("login", &*login), ("grant", &grant), ("scope", &scope)];
    audit::note(sql, event, (Some(&authorization.request.client_id), &told), now)
}

/// Mints the access token of the response, where that brings one. The code stands in the grant's own row.
fn mint(sql: &impl Sql, authorization: &Authorization, grant_end: Timestamp, now: Timestamp) -> Result<(), SqlFault> {
    if !authorization.request.response_type.has_token() {
        return Ok(());
    }
    let access_token = NewToken {
        id: authorization.access_token_id,
        grant_id: authorization.grant_id,
        based_on: None,
        class: TokenClass::AccessToken,
        expires_at: now.plus(authorization.access_token_lifetime).min(grant_end),
        narrowed: None,
    };
    store(sql, &access_token, &authorization.usage_rules, now)
}

/// Whether what was minted for this step before may be given once more.
fn check_repeat(sql: &impl Sql, authorization: &Authorization, now: Timestamp) -> Result<(), Stop> {
    let rows = sql.exec(
        "SELECT 1 FROM grant_ WHERE id = ?1 AND revoked_at IS NULL AND authorized_at > ?2 AND expires_at > ?3
            AND (code_expires_at IS NULL OR (code_expires_at > ?3 AND code_used_at IS NULL AND code_revoked_at IS NULL))
            AND NOT EXISTS (SELECT 1 FROM token WHERE id = ?4)",
        &[
            authorization.grant_id.into(),
            now.plus(authorization.code_lifetime.saturating_neg()).into(),
            now.into(),
            authorization.grant_id.heir().into(),
        ],
    )?;
    match rows.is_empty() {
        false => Ok(()),
        true => Err(Refusal::AlreadyDone.into()),
    }
}

/// What stands in the tokens of an authorization response. Where it brings a code alone nothing has to be looked up.
fn response(sql: &impl Sql, login: &Login, authorization: &Authorization, now: Timestamp) -> Result<Minted, SqlFault> {
    let response_type = authorization.request.response_type;
    let claims = |brought: bool, wanted| if brought { release::values(sql, wanted) } else { Ok(Claims::new()) };
    let access_token = match response_type.has_token() {
        true => {
            let rows = sql.exec("SELECT expires_at FROM token WHERE id = ?", &[authorization.access_token_id.into()])?;
            let end = rows.first().map(|row| row.time(0)).transpose()?;
            end.map(|expires_at| MintedAccessToken {
                id: authorization.access_token_id,
                expires_at,
                format: authorization.access_token_format,
            })
        }
        false => None,
    };
    Ok(Minted {
        sub: authorization.sub.clone(),
        scope: authorization.scope.clone(),
        resources: authorization.resources.clone(),
        nonce: authorization.request.nonce.clone(),
        auth_time: login.auth_time,
        acr: login.acr.clone(),
        sid: authorization.sid(login.id),
        issued_at: now,
        access_token,
        refresh_token: None,
        id_token: response_type.has_id_token(),
        id_token_claims: claims(response_type.has_id_token(), &authorization.release.id_token)?,
        access_token_claims: claims(response_type.has_token(), &authorization.release.access_token)?,
    })
}

/// Whether an earlier consent covers the request.
pub fn is_consented(sql: &impl Sql, authorization: &Authorization) -> Result<bool, SqlFault> {
    if authorization.consent == ConsentPolicy::AskAlways {
        return Ok(false);
    }
    let earlier = consent_of(sql, &authorization.request.client_id)?;
    Ok(earlier.is_some_and(|(scope, claims)| authorization.scope.is_subset(&scope) && authorization.release.names().is_subset(&claims)))
}

/// Adds what was consented to now to what was consented to before.
pub fn remember_consent(sql: &impl Sql, client_id: &ClientId, scope: &Scope, release: &Release, now: Timestamp) -> Result<(), SqlFault> {
    let (earlier, claims) = consent_of(sql, client_id)?.unwrap_or_default();
    let scope = earlier.union(scope);
    let claims = claims.with(release.names().iter());
    sql.exec(
        "INSERT INTO consent (client_id, scope, claims, granted_at) VALUES (?, ?, ?, ?)
         ON CONFLICT (client_id) DO UPDATE SET scope = excluded.scope, claims = excluded.claims, granted_at = excluded.granted_at",
        &[client_id.as_str().into(), to_json(&scope), to_json(&claims), now.into()],
    )?;
    Ok(())
}

/// The scope and the claims that the user has let the client have.
fn consent_of(sql: &impl Sql, client_id: &ClientId) -> Result<Option<(Scope, ClaimNames)>, SqlFault> {
    let rows = sql.exec(
        "SELECT scope, claims FROM consent WHERE client_id = ?",
        &[client_id.as_str().into()],
    )?;
    rows.first().map(|row| Ok((row.json(0)?, row.json(1)?))).transpose()
}

//! `GET /admin/sessions/{user}`: the session tree in the shape of oidcop's session dump.

use crate::admin::authorize_admin;
use crate::endpoint::token::access_token::AccessToken;
use crate::error::{Error, Fault};
use crate::http::{Request, Response};
use crate::login::password;
use crate::oauth::ids::{ClientId, NodeId, UserId};
use crate::oauth::scope::Scope;
use crate::oauth::time::Timestamp;
use crate::platform::Platform;
use crate::seal::Kind;
use crate::seal::locator::Locator;
use crate::session::dump::{ClientNode, DumpTree, GrantNode, TokenNode, UserNode};
use serde::Serialize;
use serde_json::{Map, Value, json};

/// GET: the dump; 404 where there is no such account.
pub async fn get<P: Platform>(platform: &P, request: &Request, username: &str) -> Result<Response, Error> {
    authorize_admin(platform.config(), request)?;
    let Some(user) = UserId::from_username(username) else {
        return Ok(Response::empty(404).no_store());
    };
    let Ok(tree) = platform.ask(user.as_str(), DumpTree {}).await? else {
        return Ok(Response::empty(404).no_store());
    };
    let db = Dump { platform, user: &user }.write(&tree).await?;
    Ok(Response::json(
        200,
        &json!({ "db": db, "salt": platform.config().subject_salt.as_str() }),
    ))
}

#[derive(Serialize)]
struct SessionInfo<'a> {
    subordinate: Vec<String>,
    revoked: bool,
    #[serde(rename = "type")]
    kind: &'static str,
    extra_args: Map<String, Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_id: Option<&'a ClientId>,
}

#[derive(Serialize)]
struct Grant<'a> {
    expires_at: Timestamp,
    issued_at: Timestamp,
    not_before: Timestamp,
    revoked: bool,
    usage_rules: &'a Value,
    used: i64,
    authentication_event: Value,
    authorization_request: Value,
    claims: &'a Value,
    issued_token: Vec<Token>,
    resources: &'a [ClientId],
    scope: &'a Scope,
    sub: &'a str,
}

#[derive(Serialize)]
struct Token {
    expires_at: Timestamp,
    issued_at: Timestamp,
    not_before: Timestamp,
    revoked: bool,
    usage_rules: Value,
    used: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    based_on: Option<String>,
    claims: Map<String, Value>,
    id: String,
    name: &'static str,
    resources: [String; 0],
    scope: [String; 0],
    #[serde(rename = "type")]
    class: String,
    value: String,
}

/// Writes one user's tree; the values of tokens are made again, for none is kept.
struct Dump<'a, P> {
    platform: &'a P,
    user: &'a UserId,
}

impl<P: Platform> Dump<'_, P> {
    async fn write(&self, tree: &UserNode) -> Result<Map<String, Value>, Fault> {
        let mut db = Map::new();
        if tree.clients.is_empty() {
            return Ok(db);
        }
        let name = self.user.as_str();
        let clients = tree.clients.iter().map(|client| client.client_id.as_str().to_owned()).collect();
        let user = SessionInfo {
            user_id: Some(name),
            ..info("UserSessionInfo", clients, tree.revoked)
        };
        db.insert(name.to_owned(), entry("oidcop.session.info.UserSessionInfo", &user)?);
        for client in &tree.clients {
            self.write_client(&mut db, client).await?;
        }
        // The sid of a login at a client with logout URIs has an entry of its own, after the tree.
        for grant in tree.clients.iter().flat_map(|client| &client.grants) {
            if let Some(sid) = grant.sid {
                db.insert(
                    sid.hex(),
                    entry("oidcop.session.info.SessionInfo", &info("", Vec::new(), grant.revoked))?,
                );
            }
        }
        Ok(db)
    }

    async fn write_client(&self, db: &mut Map<String, Value>, client: &ClientNode) -> Result<(), Fault> {
        let key = format!("{};;{}", self.user.as_str(), client.client_id.as_str());
        let grants = client.grants.iter().map(|grant| grant.id.hex()).collect();
        let session = SessionInfo {
            client_id: Some(&client.client_id),
            ..info("ClientSessionInfo", grants, client.revoked)
        };
        db.insert(key.clone(), entry("oidcop.session.info.ClientSessionInfo", &session)?);
        for grant in &client.grants {
            let object = entry("oidcop.session.grant.Grant", &self.grant(client, grant).await?)?;
            db.insert(format!("{key};;{}", grant.id.hex()), object);
        }
        Ok(())
    }

    async fn grant<'g>(&self, client: &ClientNode, grant: &'g GrantNode) -> Result<Grant<'g>, Fault> {
        let mut issued_token = Vec::new();
        for token in &grant.tokens {
            issued_token.push(self.token(client, grant, token).await?);
        }
        Ok(Grant {
            expires_at: grant.expires_at,
            issued_at: grant.issued_at,
            not_before: grant.not_before,
            revoked: grant.revoked,
            usage_rules: &grant.usage_rules,
            used: grant.used,
            authentication_event: json!({ "oidcop.authn_event.AuthnEvent": {
                "uid": self.user,
                "authn_info": authn_info(&grant.acr),
                "authn_time": grant.auth_time,
                "valid_until": grant.valid_until,
            }}),
            authorization_request: json!({ "oidcmsg.oidc.AuthorizationRequest": grant.request }),
            claims: &grant.claims,
            issued_token,
            resources: &grant.resources,
            scope: &grant.scope,
            sub: &grant.sub,
        })
    }

    async fn token(&self, client: &ClientNode, grant: &GrantNode, token: &TokenNode) -> Result<Token, Fault> {
        Ok(Token {
            expires_at: token.expires_at,
            issued_at: token.issued_at,
            not_before: token.not_before,
            revoked: token.revoked,
            usage_rules: token.usage_rules.clone(),
            used: token.used,
            based_on: token.based_on.map(|id| self.seal(id, parent_kind(grant, id))),
            claims: Map::new(),
            id: token.id.hex(),
            name: class_name(&token.class),
            resources: [],
            scope: [],
            class: token.class.clone(),
            value: self.value(client, grant, token).await?,
        })
    }

    /// A code or a refresh token is sealed again from its id, an access token signed again over the same claims.
    async fn value(&self, client: &ClientNode, grant: &GrantNode, token: &TokenNode) -> Result<String, Fault> {
        let sealed = match token.class.as_str() {
            "access_token" => None,
            "refresh_token" => Some(Kind::RefreshToken),
            _ => Some(Kind::Code),
        };
        if let Some(kind) = sealed {
            return Ok(self.seal(token.id, kind));
        }
        let locator = Locator {
            user: self.user.clone(),
            node: token.id,
        };
        let access_token = AccessToken {
            locator: &locator,
            format: grant.access_token_format,
            client_id: &client.client_id,
            sub: &grant.sub,
            scope: &token.scope,
            resources: &grant.resources,
            issued_at: token.issued_at,
            expires_at: token.expires_at,
            auth_time: grant.auth_time,
            acr: &grant.acr,
            claims: &grant.access_token_claims,
        };
        access_token.write(self.platform).await
    }

    fn seal(&self, node: NodeId, kind: Kind<'_>) -> String {
        let user = self.user.clone();
        Locator { user, node }.seal(&self.platform.config().sealer, kind)
    }
}

fn info<'a>(kind: &'static str, subordinate: Vec<String>, revoked: bool) -> SessionInfo<'a> {
    SessionInfo {
        subordinate,
        revoked,
        kind,
        extra_args: Map::new(),
        user_id: None,
        client_id: None,
    }
}

fn entry(class_path: &str, object: &impl Serialize) -> Result<Value, Fault> {
    let object = serde_json::to_value(object).map_err(|_| Fault::Stored("a session tree"))?;
    Ok(json!([class_path, object]))
}

/// The authentication context as oidcop names it.
fn authn_info(acr: &str) -> &str {
    match acr {
        password::ACR => "oidcop.user_authn.authn_context.INTERNETPROTOCOLPASSWORD",
        other => other,
    }
}

/// A token is minted with a code or with a refresh token; a code stays as long as the tokens of its grant, so what is gone was none.
fn parent_kind(grant: &GrantNode, id: NodeId) -> Kind<'static> {
    let is_code = |token: &TokenNode| token.id == id && token.class == "authorization_code";
    match grant.tokens.iter().any(is_code) {
        true => Kind::Code,
        false => Kind::RefreshToken,
    }
}

fn class_name(class: &str) -> &'static str {
    match class {
        "authorization_code" => "AuthorizationCode",
        "refresh_token" => "RefreshToken",
        _ => "AccessToken",
    }
}

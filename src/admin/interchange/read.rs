//! Reading a session dump of any form, as a whole: one node that cannot be taken over refuses it before anything is written.

use super::OLD_PASSWORD;
use crate::client::policy::AccessTokenFormat;
use crate::client::release::Release;
use crate::config::Config;
use crate::error::{ErrorCode, ProtocolError};
use crate::oauth::authorization_request::AuthorizationRequest;
use crate::oauth::ids::{ClientId, NodeId, UserId};
use crate::oauth::json;
use crate::oauth::scope::Scope;
use crate::oauth::time::Timestamp;
use crate::oauth::usage::{TokenClass, UsageRule, UsageRules};
use crate::password;
use crate::seal::Kind;
use crate::session::dump::{ClientNode, GrantNode, TokenNode, UserNode};
use crate::session::import::{ImportedToken, imported_token_id};
use serde_json::{Map, Value};

type Members = Map<String, Value>;
type Trees = Vec<(UserId, UserNode)>;

/// Members of a grant that are shown again as they stand.
const GRANT_MEMBERS: [&str; 4] = ["usage_rules", "extra", "claims", "authorization_request"];

/// Members of a token that are shown again as they stand.
const TOKEN_MEMBERS: [&str; 7] = ["usage_rules", "claims", "resources", "scope", "token_type", "session_id", "name"];

/// The trees of a dump by user; the error names the entry that is wrong, and how.
pub fn trees(config: &Config, db: &Members) -> Result<Trees, ProtocolError> {
    let mut trees = Trees::new();
    for (key, entry) in db {
        let wrong = |reason: &str| ProtocolError::new(ErrorCode::InvalidRequest, format!("{key}: {reason}"));
        let (class, object) = entry_of(entry).ok_or_else(|| wrong("has to be a class and an object"))?;
        let is_class = |name: &str| class.ends_with(name);
        match key.split(";;").collect::<Vec<_>>().as_slice() {
            [user] if is_class(".UserSessionInfo") => {
                tree(&mut trees, user).map_err(wrong)?.revoked = flag(object, "revoked");
            }
            [user, client] if is_class(".ClientSessionInfo") => {
                client_session(&mut trees, user, client).map_err(wrong)?.revoked = flag(object, "revoked");
            }
            [user, client, grant] if is_class(".Grant") => {
                let grant = Reader { config, members: object }.grant(client, grant).map_err(wrong)?;
                client_session(&mut trees, user, client).map_err(wrong)?.grants.push(grant);
            }
            // The sid of a login follows the grant that was made in it.
            [sid] if is_class(".SessionInfo") => {
                let grants = trees.iter_mut().flat_map(|(_, tree)| &mut tree.clients);
                let last = grants.flat_map(|client| &mut client.grants).rfind(|grant| grant.sid.is_none());
                if let (Some(grant), Some(id)) = (last, NodeId::from_hex(sid)) {
                    grant.sid = Some(id);
                }
            }
            // A grant that stands a second time, under the name that its session has in ID tokens.
            [_] if is_class(".Grant") => {}
            _ => return Err(wrong("is not the key of such a node")),
        }
    }
    Ok(trees)
}

fn entry_of(entry: &Value) -> Option<(&str, &Members)> {
    match entry.as_array()?.as_slice() {
        [class, object] => Some((class.as_str()?, object.as_object()?)),
        _ => None,
    }
}

/// A user's tree. The subject identifiers are made of the user's name, so it has to be the canonical one.
fn tree<'t>(trees: &'t mut Trees, user: &str) -> Result<&'t mut UserNode, &'static str> {
    let id = UserId::from_username(user).filter(|id| id.as_str() == user);
    let id = id.ok_or("the user id is not in the canonical form of RFC 8265")?;
    let new = || {
        let tree = UserNode {
            revoked: false,
            clients: Vec::new(),
        };
        (id.clone(), tree)
    };
    let (_, tree) = found_or_new(trees, |(known, _)| *known == id, new)?;
    Ok(tree)
}

fn client_session<'t>(trees: &'t mut Trees, user: &str, client: &str) -> Result<&'t mut ClientNode, &'static str> {
    let new = || ClientNode {
        client_id: ClientId(client.to_owned()),
        revoked: false,
        grants: Vec::new(),
    };
    found_or_new(&mut tree(trees, user)?.clients, |known| known.client_id.as_str() == client, new)
}

/// The one that is meant, added where it is missing. The entries of one follow each other in a dump, so the last are looked at first.
fn found_or_new<T>(all: &mut Vec<T>, is_meant: impl Fn(&T) -> bool, new: impl FnOnce() -> T) -> Result<&mut T, &'static str> {
    let at = all.iter().rposition(is_meant).unwrap_or(all.len());
    if at == all.len() {
        all.push(new());
    }
    all.get_mut(at).ok_or("there is no room for it")
}

/// Reads one grant with its tokens. What this provider will read of it again can be read.
struct Reader<'a> {
    config: &'a Config,
    members: &'a Members,
}

impl Reader<'_> {
    fn grant(&self, client: &str, id: &str) -> Result<GrantNode, &'static str> {
        let members = self.members;
        let event = inner(members, "authentication_event").ok_or("has no authentication_event")?;
        let request = inner(members, "authorization_request").ok_or("has no authorization_request")?;
        let rules = usage_rules(members.get("usage_rules"), &self.config.usage_rules);
        let scope: Scope = read(members, "scope").ok_or("scope has to be a list of scopes")?;
        let joined = joined(request);
        let asked: AuthorizationRequest = json::of_value(&joined).map_err(|_| "authorization_request is not one")?;
        if asked.client_id.as_str() != client {
            return Err("authorization_request is of another client");
        }
        let claims = members.get("claims").ok_or("has no claims")?;
        let release: Release = json::exactly(claims).map_err(|_| "claims has to be an object of release points")?;
        let mut imported = some_of(members, &GRANT_MEMBERS);
        imported.insert("authorization_request".to_owned(), request.clone().into());
        let tokens = members.get("issued_token").and_then(Value::as_array).ok_or("has no issued_token")?;
        let tokens = tokens.iter().map(|token| self.token(token, &rules, &scope));
        Ok(GrantNode {
            id: NodeId::from_hex(id).ok_or("the grant's id has to be 32 hexadecimal digits")?,
            issued_at: moment(members, "issued_at").ok_or("issued_at has to be a number of seconds")?,
            not_before: moment(members, "not_before").unwrap_or_default(),
            expires_at: end(members).ok_or("expires_at has to be a number of seconds")?,
            revoked: flag(members, "revoked"),
            used: members.get("used").and_then(Value::as_i64).ok_or("used has to be a number")?,
            auth_time: moment(event, "authn_time").ok_or("authn_time has to be a number of seconds")?,
            acr: match event.get("authn_info").and_then(Value::as_str).ok_or("authn_info has to be text")? {
                OLD_PASSWORD => password::ACR.to_owned(),
                other => other.to_owned(),
            },
            valid_until: moment(event, "valid_until").map_or(Timestamp::FOREVER, or_forever),
            request: joined,
            claims: json::value_of(&release),
            access_token_claims: Map::new(),
            access_token_format: AccessTokenFormat::Jwt,
            resources: read(members, "resources").ok_or("resources has to be a list")?,
            sub: members.get("sub").and_then(Value::as_str).ok_or("has no sub")?.to_owned(),
            sid: None,
            tokens: tokens.collect::<Result<_, _>>()?,
            usage_rules: json::value_of(&rules),
            scope,
            imported: Some(imported),
        })
    }

    fn token(&self, token: &Value, rules: &UsageRules, granted: &Scope) -> Result<TokenNode, &'static str> {
        let token = token.as_object().ok_or("a token has to be an object")?;
        // Later versions wrap it into the name of its class.
        let token = match token.values().next() {
            Some(Value::Object(inner)) if token.len() == 1 => inner,
            _ => token,
        };
        let class = token.get("token_class").or_else(|| token.get("type"));
        let class: Option<TokenClass> = class.and_then(|class| json::of_value(class).ok());
        let class = class.ok_or("a token is of an unknown class")?;
        let value = token.get("value").and_then(Value::as_str).ok_or("a token has no value")?;
        let scope: Scope = read(token, "scope").ok_or("the scope of a token has to be a list of scopes")?;
        // Here a refresh token is good for its whole grant.
        let is_narrower = class == TokenClass::RefreshToken && !scope.is_empty() && !granted.is_subset(&scope);
        let rule = usage_rule(token.get("usage_rules")).over(&rules.of(class));
        let rule = match class {
            // It is replaced, whatever it says of itself.
            TokenClass::RefreshToken => UsageRule {
                supports_minting: rules.refresh_token.supports_minting.clone(),
                ..rule
            },
            _ => rule,
        };
        Ok(TokenNode {
            id: imported_token_id(value),
            based_on: token.get("based_on").and_then(Value::as_str).map(imported_token_id),
            class: class.name().to_owned(),
            usage_rules: json::value_of(&rule),
            used: token
                .get("used")
                .and_then(Value::as_i64)
                .ok_or("a token's used has to be a number")?,
            issued_at: moment(token, "issued_at").ok_or("a token's issued_at has to be a number of seconds")?,
            not_before: moment(token, "not_before").unwrap_or_default(),
            expires_at: end(token).ok_or("a token's expires_at has to be a number of seconds")?,
            revoked: flag(token, "revoked") || is_narrower,
            scope: Scope::default(),
            imported: Some(ImportedToken {
                // It stands where it stands in the list.
                place: 0,
                id: token.get("id").and_then(Value::as_str).ok_or("a token has no id")?.to_owned(),
                sealed: self.config.sealer.seal(Kind::ImportedToken, value.as_bytes()),
                members: some_of(token, &TOKEN_MEMBERS),
            }),
        })
    }
}

/// The object that stands alone in another under the name of its class.
fn inner<'m>(members: &'m Members, name: &str) -> Option<&'m Members> {
    members.get(name)?.as_object()?.values().next()?.as_object()
}

/// The rules by class, over the configuration's. What is no rule here says nothing, and rules that this provider cannot keep to do not count. Old refresh
/// tokens are accepted once, so they are replaced.
fn usage_rules(value: Option<&Value>, configured: &UsageRules) -> UsageRules {
    let of = |class: TokenClass| usage_rule(value.and_then(|rules| rules.get(class.name())));
    let own = UsageRules {
        authorization_code: of(TokenClass::AuthorizationCode),
        access_token: of(TokenClass::AccessToken),
        refresh_token: of(TokenClass::RefreshToken),
    };
    match own.are_sound() {
        true => own.over(configured).rotating(),
        false => configured.clone().rotating(),
    }
}

fn usage_rule(value: Option<&Value>) -> UsageRule {
    let member = |name: &str| value.and_then(|rule| rule.get(name));
    let classes = member("supports_minting").and_then(Value::as_array);
    UsageRule {
        supports_minting: classes.map(|all| all.iter().filter_map(|class| json::of_value(class).ok()).collect()),
        max_usage: member("max_usage").and_then(Value::as_i64),
        expires_in: member("expires_in").and_then(Value::as_i64),
    }
}

/// A request whose lists are text, as they travelled.
fn joined(request: &Members) -> Value {
    let join = |value: &Value| {
        let texts: Option<Vec<&str>> = value.as_array()?.iter().map(Value::as_str).collect();
        Some(Value::from(texts?.join(" ")))
    };
    let members = request
        .iter()
        .map(|(name, value)| (name.clone(), join(value).unwrap_or_else(|| value.clone())));
    Value::Object(members.collect())
}

fn some_of(members: &Members, names: &[&str]) -> Members {
    let kept = members.iter().filter(|(name, _)| names.contains(&name.as_str()));
    kept.map(|(name, value)| (name.clone(), value.clone())).collect()
}

fn read<T: serde::de::DeserializeOwned + Default>(members: &Members, name: &str) -> Option<T> {
    members
        .get(name)
        .map_or_else(|| Some(T::default()), |value| json::of_value(value).ok())
}

fn flag(members: &Members, name: &str) -> bool {
    members.get(name).and_then(Value::as_bool).unwrap_or(false)
}

/// A moment that JSON and storage hold.
fn moment(members: &Members, name: &str) -> Option<Timestamp> {
    let seconds = members.get(name)?.as_i64()?;
    (0..Timestamp::FOREVER.0).contains(&seconds).then_some(Timestamp(seconds))
}

fn end(members: &Members) -> Option<Timestamp> {
    moment(members, "expires_at").map(or_forever)
}

fn or_forever(moment: Timestamp) -> Timestamp {
    if moment == Timestamp(0) { Timestamp::FOREVER } else { moment }
}

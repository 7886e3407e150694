//! Writing the tree of a user as entries of a session dump.

use super::values::Values;
use super::{Format, OLD_PASSWORD, TOKENS, salt};
use crate::config::Config;
use crate::oauth::ids::{ClientId, UserId};
use crate::oauth::time::Timestamp;
use crate::oauth::usage::TokenClass;
use crate::password;
use crate::session::dump::{ClientNode, GrantNode, TokenNode, UserNode};
use serde_json::{Map, Value, json};

/// What stands between the parts of a key.
const SEPARATOR: &str = ";;";

/// One user's entries on their way into a dump.
pub struct Writer<'a> {
    /// The form.
    pub format: Format,
    /// Whose tree it is.
    pub user: &'a UserId,
    /// The one client whose session and grants are written; those of all where it is absent.
    pub client_id: Option<&'a ClientId>,
    /// The texts of its tokens.
    pub values: &'a Values,
}

/// A dump of entries: beside them the salt of all subject identifiers, and in later forms the key that its readers encrypt session ids with.
pub fn dump(config: &Config, format: Format, db: Map<String, Value>) -> Value {
    let salt = config.subject_salt.as_str();
    let (key, fernet_key) = config.session_key();
    match format {
        Format::Oidcop20 => json!({ "db": db, "salt": salt }),
        Format::Oidcop24 => json!({ "db": db, "key": key, "salt": salt }),
        Format::Idpyoidc5 => {
            let arguments = json!({ "key": fernet_key, "salt": salt::idpyoidc(salt) });
            json!({ "db": db, "crypt_config": { "class": "cryptojwt.jwe.fernet.FernetEncrypter", "kwargs": arguments } })
        }
    }
}

impl Writer<'_> {
    /// Adds the entries of a tree. A user who has been nowhere has none.
    pub fn write(&self, db: &mut Map<String, Value>, tree: &UserNode) {
        if tree.clients.is_empty() {
            return;
        }
        let name = self.user.as_str();
        let clients = tree.clients.iter().map(|client| self.subordinate(name, client.client_id.as_str()));
        let info = self.info("UserSessionInfo", clients.collect(), tree.revoked, ("user_id", name));
        db.insert(name.to_owned(), info);
        let is_wanted = |client: &&ClientNode| self.client_id.is_none_or(|wanted| *wanted == client.client_id);
        for client in tree.clients.iter().filter(is_wanted) {
            self.write_client(db, client);
        }
        // The sid of a login at a client with logout URIs has an entry of its own, after the tree; later versions keep none.
        if self.format == Format::Oidcop20 {
            let with_sid = tree.clients.iter().flat_map(|client| &client.grants);
            for (grant, sid) in with_sid.filter_map(|grant| Some((grant, grant.sid?))) {
                let info = json!({ "subordinate": [], "revoked": grant.revoked, "type": "", "extra_args": {} });
                db.insert(sid.hex(), json!([self.format.class("info.SessionInfo"), info]));
            }
        }
    }

    fn write_client(&self, db: &mut Map<String, Value>, client: &ClientNode) {
        let client_id = client.client_id.as_str();
        let key = [self.user.as_str(), client_id].join(SEPARATOR);
        let grants = client.grants.iter().map(|grant| self.subordinate(&key, &grant.id.hex()));
        let info = self.info("ClientSessionInfo", grants.collect(), client.revoked, ("client_id", client_id));
        db.insert(key.clone(), info);
        for grant in &client.grants {
            let key = [key.as_str(), &grant.id.hex()].join(SEPARATOR);
            db.insert(key, json!([self.format.class("grant.Grant"), self.grant(grant)]));
        }
    }

    /// How a node names one below it.
    fn subordinate(&self, key: &str, id: &str) -> String {
        match self.format {
            Format::Oidcop20 | Format::Oidcop24 => id.to_owned(),
            Format::Idpyoidc5 => [key, id].join(SEPARATOR),
        }
    }

    fn info(&self, class: &str, subordinate: Vec<String>, revoked: bool, (id_name, id): (&str, &str)) -> Value {
        let id_name = match self.format {
            Format::Oidcop20 | Format::Oidcop24 => id_name,
            Format::Idpyoidc5 => "id",
        };
        let info = json!({ "subordinate": subordinate, "revoked": revoked, "type": class, "extra_args": {}, id_name: id });
        json!([self.format.class(&format!("info.{class}")), info])
    }

    fn grant(&self, grant: &GrantNode) -> Map<String, Value> {
        let event = json!({
            "uid": self.user,
            "authn_info": self.authn_info(&grant.acr),
            "authn_time": grant.auth_time,
            "valid_until": end(grant.valid_until),
        });
        let tokens = grant.tokens.iter().filter(|token| self.has_class(&token.class));
        let classes = TOKENS.map(|(class, name)| (class.name().to_owned(), self.token_class(name).into()));
        let is_old = self.format == Format::Oidcop20;
        let mut object = object([
            ("expires_at", end(grant.expires_at)),
            ("issued_at", json!(grant.issued_at)),
            ("not_before", json!(grant.not_before)),
            ("revoked", grant.revoked.into()),
            ("usage_rules", grant.usage_rules.clone()),
            ("used", grant.used.into()),
            ("authentication_event", json!({ self.format.authentication_event(): event })),
            ("authorization_request", grant.request.clone()),
            ("claims", grant.claims.clone()),
            ("extra", if is_old { Value::Null } else { json!({}) }),
            ("issued_token", tokens.map(|token| self.token(token)).collect()),
            ("resources", json!(grant.resources)),
            ("scope", json!(grant.scope)),
            ("sub", grant.sub.as_str().into()),
            (
                "token_map",
                if is_old {
                    Value::Null
                } else {
                    Value::Object(classes.into_iter().collect())
                },
            ),
        ]);
        overlay(&mut object, grant.imported.as_ref());
        if let Some(request) = object.get_mut("authorization_request") {
            *request = json!({ self.format.authorization_request(): request.take() });
        }
        object
    }

    fn token(&self, token: &TokenNode) -> Value {
        let is_old = self.format == Format::Oidcop20;
        let name = TOKENS
            .iter()
            .find(|(class, _)| class.name() == token.class)
            .map_or("Token", |(_, name)| *name);
        let has_type = token.class == TokenClass::AccessToken.name() && !is_old;
        let mut object = object([
            ("expires_at", end(token.expires_at)),
            ("issued_at", json!(token.issued_at)),
            ("not_before", json!(token.not_before)),
            ("revoked", token.revoked.into()),
            ("usage_rules", token.usage_rules.clone()),
            ("used", token.used.into()),
            ("based_on", token.based_on.map_or(Value::Null, |id| self.values.of(id).into())),
            ("claims", json!({})),
            (
                "id",
                token
                    .imported
                    .as_ref()
                    .map_or_else(|| token.id.hex(), |imported| imported.id.clone())
                    .into(),
            ),
            ("name", name.into()),
            ("resources", json!([])),
            ("scope", if is_old { json!([]) } else { json!(token.scope) }),
            (if is_old { "type" } else { "token_class" }, token.class.as_str().into()),
            ("value", self.values.of(token.id).into()),
            ("token_type", if has_type { "Bearer".into() } else { Value::Null }),
        ]);
        overlay(&mut object, token.imported.as_ref().map(|imported| &imported.members));
        match self.format {
            Format::Oidcop20 => {
                object.retain(|name, _| !matches!(name.as_str(), "token_type" | "session_id"));
                object.into()
            }
            Format::Oidcop24 | Format::Idpyoidc5 => json!({ self.token_class(name): object }),
        }
    }

    fn token_class(&self, name: &str) -> String {
        self.format.class(&format!("token.{name}"))
    }

    /// ID tokens were no nodes of the tree at first.
    fn has_class(&self, class: &str) -> bool {
        self.format != Format::Oidcop20 || class != TokenClass::IdToken.name()
    }

    fn authn_info<'b>(&self, acr: &'b str) -> &'b str {
        match (self.format, acr) {
            (Format::Oidcop20, password::ACR) => OLD_PASSWORD,
            _ => acr,
        }
    }
}

/// An object of the members that have a value: to the readers of a dump null is none.
fn object<const N: usize>(members: [(&str, Value); N]) -> Map<String, Value> {
    let members = members.into_iter().filter(|(_, value)| !value.is_null());
    members.map(|(name, value)| (name.to_owned(), value)).collect()
}

/// A moment as a dump has it, where 0 stands for no end.
fn end(moment: Timestamp) -> Value {
    match moment {
        Timestamp::FOREVER => 0.into(),
        Timestamp(seconds) => seconds.into(),
    }
}

/// What came from elsewhere and means nothing here is shown as it came, where the form has such a member.
fn overlay(object: &mut Map<String, Value>, imported: Option<&Map<String, Value>>) {
    for (name, value) in imported.into_iter().flatten() {
        if object.contains_key(name) || name == "session_id" {
            object.insert(name.clone(), value.clone());
        }
    }
}

//! A relying party: what it registers, how it asks, how it redeems.

use super::browser::Browser;
use crate::world::{ADMIN_TOKEN, Outgoing, Registered, World, body, delete, get, post, put};
use argon2::{Algorithm, Argon2, Params, Version};
use serde_json::{Map, Value, json};
use std::sync::LazyLock;
use treeline::http::Response;
use treeline::oauth::base64url;
use treeline::oauth::params;
use treeline::oauth::pkce;
use treeline::oauth::response_type::ResponseType;
use treeline::session::account::PutAccount;

pub const PASSWORD: &str = "correct horse battery staple";
pub const REDIRECT_URI: &str = "https://rp.example/cb";
pub const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
pub const OTHER_VERIFIER: &str = "another-verifier-of-forty-three-characters-";
pub const SCOPE: &str = "openid profile email address phone";

/// A scope that brings a refresh token.
pub const OFFLINE: &str = "openid email offline_access";

/// A provider with diana's account, and a web application.
pub fn scene() -> (World, Party) {
    let world = World::new();
    enrol(&world, "diana");
    let party = Party::register(&world);
    (world, party)
}

/// The grants of a session dump in the form of oidcop 2.0, by their keys.
pub fn grants(dump: &Value) -> Vec<(&str, &Value)> {
    let nodes = dump["db"].as_object().expect("db").iter();
    let grants = nodes.filter(|(_, node)| node[0] == "oidcop.session.grant.Grant");
    grants.map(|(key, node)| (key.as_str(), &node[1])).collect()
}

/// Creates an account with a password. Its hash is as cheap as Argon2id allows, so that a test may sign in often.
pub fn enrol(world: &World, user: &str) {
    static HASH: LazyLock<String> = LazyLock::new(|| {
        let cheap = Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::new(8, 1, 1, None).expect("parameters"));
        let (salt, mut hash) = (b"a salt of 16 byt", [0; 32]);
        cheap.hash_password_into(PASSWORD.as_bytes(), salt, &mut hash).expect("a hash");
        json!({ "memory": 8, "passes": 1, "lanes": 1, "salt": base64url::encode(salt), "hash": base64url::encode(hash) }).to_string()
    });
    let account = PutAccount {
        password_hash: Some(HASH.clone()),
        claims: Some(claims(user)),
        disabled: None,
    };
    world.ask(user, account).expect("an account");
}

/// Creates an account with a password and claims of its own.
pub fn enrol_with(world: &World, user: &str, claims: Value) {
    enrol(world, user);
    let change = PutAccount {
        password_hash: None,
        claims: Some(claims.as_object().expect("an object").clone()),
        disabled: None,
    };
    world.ask(user, change).expect("an account");
}

/// Disables an account or enables it again.
pub fn set_disabled(world: &World, user: &str, disabled: bool) {
    let change = PutAccount {
        password_hash: None,
        claims: None,
        disabled: Some(disabled),
    };
    world.ask(user, change).expect("an account");
}

/// Some claims of every scope.
pub fn claims(user: &str) -> Map<String, Value> {
    let claims = json!({
        "name": format!("{user} the first"),
        "nickname": user,
        "email": format!("{user}@example.com"),
        "email_verified": true,
        "address": { "country": "Sweden" },
        "phone_number": "+46 90 7865000",
    });
    claims.as_object().expect("an object").clone()
}

/// The challenge that a verifier answers.
pub fn challenge(verifier: &str) -> String {
    pkce::Verifier::parse(verifier).expect("a verifier").challenge().as_str().to_owned()
}

/// An authorization request in the making.
#[derive(Clone, Debug)]
pub struct Query(Vec<(String, String)>);

impl Query {
    /// Gives a parameter another value.
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self = self.without(name);
        self.0.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Leaves a parameter out.
    pub fn without(mut self, name: &str) -> Self {
        self.0.retain(|(key, _)| key != name);
        self
    }

    /// Leaves out what PKCE needs.
    pub fn without_pkce(self) -> Self {
        self.without("code_challenge").without("code_challenge_method")
    }

    /// The path with the query.
    pub fn target(&self) -> String {
        let pairs = self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        format!("/authorization?{}", params::encode(pairs))
    }
}

/// A registered client.
#[derive(Clone, Debug)]
pub struct Party {
    pub client: Registered,
    pub redirect_uri: String,
}

impl Party {
    /// A web application with a secret.
    pub fn register(world: &World) -> Self {
        Self::with(world, json!({ "redirect_uris": [REDIRECT_URI] }))
    }

    /// A client with metadata of its own; it uses its first redirect URI.
    pub fn with(world: &World, metadata: Value) -> Self {
        let client = world.register(metadata);
        let redirect_uri = client.0["redirect_uris"][0].as_str().expect("a redirect URI").to_owned();
        Self { client, redirect_uri }
    }

    /// An application on a device: public, and reached by a scheme that anybody's software could claim.
    pub fn native(world: &World) -> Self {
        Self::with(
            world,
            json!({
                "redirect_uris": ["com.example.app:/cb"],
                "application_type": "native",
                "token_endpoint_auth_method": "none",
            }),
        )
    }

    /// A web application with more metadata.
    pub fn registered(world: &World, more: Value) -> Self {
        let mut metadata = json!({ "redirect_uris": [REDIRECT_URI] });
        for (name, value) in more.as_object().expect("an object") {
            metadata[name] = value.clone();
        }
        Self::with(world, metadata)
    }

    /// A web application that may use every response type.
    pub fn of_every_type(world: &World) -> Self {
        let types: Vec<&str> = ResponseType::ALL.iter().map(|one| one.name()).collect();
        Self::registered(world, json!({ "response_types": types }))
    }

    /// Writes the operator's decisions into the client's record.
    pub fn set_policy(&self, world: &World, policy: Value) {
        let response = put(&format!("/admin/clients/{}/policy", self.client.id()))
            .bearer(ADMIN_TOKEN)
            .json(&policy)
            .send(world);
        assert_eq!(response.status, 200, "{}", response.body.as_str());
    }

    /// Deletes the registration.
    pub fn delete(&self, world: &World) {
        let response = delete(&self.client.configuration()).bearer(self.client.token()).send(world);
        assert_eq!(response.status, 204);
    }

    /// Presents a refresh token.
    pub fn refresh(&self, world: &World, refresh_token: &str) -> Response {
        self.present(world, &[("grant_type", "refresh_token"), ("refresh_token", refresh_token)])
    }

    /// Presents a refresh token that has to be accepted.
    #[track_caller]
    pub fn refreshed(&self, world: &World, refresh_token: &str) -> Value {
        let response = self.refresh(world, refresh_token);
        assert_eq!(response.status, 200, "{}", response.body.as_str());
        body(&response)
    }

    /// The authorization request that it sends if nothing else is said: with state, nonce and PKCE.
    pub fn query(&self) -> Query {
        let query = [
            ("response_type", "code"),
            ("client_id", self.client.id()),
            ("redirect_uri", &self.redirect_uri),
            ("scope", SCOPE),
            ("state", "the state"),
            ("nonce", "the nonce"),
            ("code_challenge", &challenge(VERIFIER)),
            ("code_challenge_method", "S256"),
        ];
        Query(query.map(|(name, value)| (name.to_owned(), value.to_owned())).into())
    }

    /// Redeems a code as it should be done.
    pub fn redeem(&self, world: &World, code: &str) -> Response {
        self.present(world, &self.token_fields(code))
    }

    /// What a token request holds beside the client's credentials.
    pub fn token_fields<'a>(&'a self, code: &'a str) -> Vec<(&'a str, &'a str)> {
        vec![
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", &self.redirect_uri),
            ("code_verifier", VERIFIER),
        ]
    }

    /// Sends any fields to the token endpoint, authenticated as the client has registered.
    pub fn present(&self, world: &World, fields: &[(&str, &str)]) -> Response {
        world.send(&self.token_request(fields))
    }

    /// The request that [`Self::present`] sends.
    pub fn token_request(&self, fields: &[(&str, &str)]) -> treeline::http::Request {
        self.form_to("/token", fields).build()
    }

    /// A form to any endpoint, authenticated as the client has registered.
    pub fn form_to(&self, path: &str, fields: &[(&str, &str)]) -> Outgoing {
        match self.client.0["token_endpoint_auth_method"].as_str() {
            Some("none") => {
                let with_id: Vec<(&str, &str)> = fields.iter().copied().chain([("client_id", self.client.id())]).collect();
                post(path).form(&with_id)
            }
            _ => post(path).basic(&self.client).form(fields),
        }
    }

    /// Revokes a token; the answer has to be that of RFC 7009, section 2.2, whatever the token is.
    #[track_caller]
    pub fn revoke(&self, world: &World, token: &str) {
        let response = self.form_to("/revocation", &[("token", token)]).send(world);
        assert_eq!((response.status, response.body.as_str()), (200, ""));
        assert_eq!(response.header("cache-control"), Some("no-store"));
    }

    /// Redeems a code that has to be accepted, and gives the token response.
    pub fn tokens(&self, world: &World, code: &str) -> Value {
        let response = self.redeem(world, code);
        assert_eq!(response.status, 200, "{}", response.body.as_str());
        body(&response)
    }

    /// What a sign-in of diana's for [`OFFLINE`] brings.
    pub fn offline_tokens(&self, world: &World) -> Value {
        let code = Browser::new(world).code(&self.query().with("scope", OFFLINE), "diana");
        self.tokens(world, &code)
    }

    /// The access token of a code that has to be accepted.
    pub fn access_token(&self, world: &World, code: &str) -> String {
        text(&self.tokens(world, code), "access_token")
    }
}

/// Asks userinfo with a token.
pub fn userinfo(world: &World, token: &str) -> Response {
    get("/userinfo").bearer(token).send(world)
}

/// Whether a token is accepted; anything but 200 and a proper refusal fails.
pub fn is_accepted(world: &World, token: &str) -> bool {
    let response = userinfo(world, token);
    match response.status {
        200 => true,
        401 => {
            let challenge = response.header("www-authenticate").expect("a challenge");
            assert!(challenge.contains(r#"error="invalid_token""#), "{challenge}");
            false
        }
        status => panic!("{status}: {:?}", response.body),
    }
}

/// Fails unless the token endpoint refuses with this status and error.
pub fn assert_refused(response: &Response, status: u16, error: &str) {
    assert_eq!(
        (response.status, &body(response)["error"]),
        (status, &json!(error)),
        "{:?}",
        response.body
    );
    assert_eq!(response.header("cache-control"), Some("no-store"));
    assert_eq!(response.header("pragma"), Some("no-cache"));
}

/// A member that is text.
pub fn text(value: &Value, name: &str) -> String {
    value[name].as_str().unwrap_or_else(|| panic!("no {name} in {value}")).to_owned()
}

/// Header and claims of a compact JWS, without a look at its signature.
pub fn decode(jwt: &str) -> (Value, Value) {
    let mut parts = jwt
        .split('.')
        .map(|part| base64url::decode(part).expect("base64url"))
        .take(2)
        .map(|json| serde_json::from_slice(&json).expect("JSON"));
    (parts.next().expect("a header"), parts.next().expect("claims"))
}

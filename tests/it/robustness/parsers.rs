//! Every parser of what peers send, with anything at all.

use super::{config, nearly, odd_text};
use crate::world::{World, get, post};
use proptest::prelude::*;
use serde_json::{Value, json};
use treeline::client::auth::{Credentials, Presented};
use treeline::client::rules;
use treeline::endpoint::form;
use treeline::jose::alg::Alg;
use treeline::jose::client_keys::ClientKeys;
use treeline::jose::jwe::{self, DecryptionKey};
use treeline::jose::jwk::check_client_key;
use treeline::jose::jws;
use treeline::login::cookie;
use treeline::login::interaction::{ConsentStep, Interaction, LoginStep};
use treeline::oauth::authorization_request::AuthorizationRequest;
use treeline::oauth::ids::{ClientId, NodeId, UserId};
use treeline::oauth::params::{self, Params};
use treeline::oauth::pkce::{Challenge, Verifier};
use treeline::oauth::prompt::Prompt;
use treeline::oauth::response_type::ResponseType;
use treeline::oauth::scope::Scope;
use treeline::oauth::text::displayable;
use treeline::oauth::time::Timestamp;
use treeline::oauth::{base64url, json};
use treeline::password;
use treeline::seal::locator::Locator;
use treeline::seal::{Kind, Sealer};

/// A JWE that is whole in form.
fn encrypted() -> impl Strategy<Value = String> {
    let epk = r#""epk":{"kty":"EC","crv":"P-256","x":"gI0GAILBdu7T53akrFmMyGcsF3n5dO7MmwNBHKW5SV0","y":"SLW_xSffzlPWrHEVI30DHM_4egVwt3NQqeUD7nMFpps"}"#;
    let headers = [
        r#"{"alg":"dir","enc":"A128GCM"}"#.to_owned(),
        r#"{"alg":"A128KW","enc":"A128CBC-HS256","kid":"1"}"#.to_owned(),
        format!(r#"{{"alg":"ECDH-ES","enc":"A256GCM","apu":"QQ",{epk}}}"#),
    ];
    prop::sample::select(headers.to_vec())
        .prop_map(|header| format!("{}.AAAA.AAAAAAAAAAAAAAAA.AAAA.AAAAAAAAAAAAAAAAAAAAAA", base64url::encode(header)))
}

pub fn sealer() -> Sealer {
    Sealer::new(&[9; 32])
}

pub fn locator(user: &str) -> Locator {
    Locator {
        user: UserId::from_canonical(user.to_owned()),
        node: NodeId([5; 16]),
    }
}

fn interaction() -> Interaction {
    Interaction {
        request: AuthorizationRequest {
            redirect_uri: "https://rp.example/cb".to_owned(),
            scope: "openid".to_owned(),
            response_type: ResponseType::Code,
            response_mode: None,
            nonce: None,
            state: Some("state".to_owned()),
            code_challenge: None,
            code_challenge_method: None,
            client_id: ClientId("client".to_owned()),
            prompt: None,
            max_age: None,
            ui_locales: None,
            claims_locales: None,
            acr_values: None,
            claims: None,
            login_hint: None,
        },
        grant_id: NodeId([1; 16]),
        access_token_id: NodeId([3; 16]),
        subject: None,
        expires_at: Timestamp(1),
    }
}

/// JSON of any shape, with member names that registration knows among the others.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(|number| json!(number)),
        odd_text().prop_map(Value::from),
        prop::sample::select(vec![
            "code",
            "none",
            "web",
            "public",
            "RS256",
            "https://rp.example/cb",
            "com.example:/cb"
        ])
        .prop_map(Value::from),
    ];
    let name = prop_oneof![
        prop::sample::select(vec![
            "redirect_uris",
            "response_types",
            "grant_types",
            "application_type",
            "token_endpoint_auth_method",
            "id_token_signed_response_alg",
            "subject_type",
            "default_max_age",
            "require_auth_time",
            "scope",
            "client_name",
            "client_name#fr",
            "logo_uri",
            "contacts",
            "jwks",
            "jwks_uri",
            "keys",
            "kty",
            "crv",
            "x",
            "y",
            "n",
            "e",
            "request_uris",
            "frontchannel_logout_uri",
        ])
        .prop_map(str::to_owned),
        "\\PC{0,12}",
    ];
    leaf.prop_recursive(4, 40, 8, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::vec((name.clone(), inner), 0..8).prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn parameters(text in odd_text()) {
        if let Ok(parsed) = Params::parse(&text) {
            let size: usize = parsed.pairs().map(|(name, value)| name.len() + value.len()).sum();
            prop_assert!(size <= text.len());
            let written = params::encode(parsed.pairs());
            prop_assert_eq!(Params::parse(&written), Ok(parsed));
        }
    }

    #[test]
    fn scopes(text in odd_text()) {
        if let Ok(scope) = Scope::parse(&text) {
            let written = scope.to_string();
            prop_assert!(written.len() <= text.len());
            prop_assert_eq!(Scope::parse(&written), Ok(scope));
        }
        Prompt::parse(&text);
    }

    #[test]
    fn challenges_and_verifiers(text in prop_oneof![odd_text(), nearly("[A-Za-z0-9._~-]{43,128}")]) {
        if let Some(verifier) = Verifier::parse(&text) {
            prop_assert!((43..=128).contains(&text.len()));
            let challenge = verifier.challenge();
            prop_assert_eq!(Challenge::parse(challenge.as_str()), Some(challenge));
        }
        if let Some(challenge) = Challenge::parse(&text) {
            prop_assert_eq!(base64url::encode(base64url::decode(&text).unwrap()), challenge.as_str());
        }
    }

    #[test]
    fn credentials(
        authorization in prop::option::of(prop_oneof![odd_text(), nearly("(Basic|basic|Bearer) [A-Za-z0-9+/]{0,40}={0,2}")]),
        query in odd_text(),
        body in prop_oneof![odd_text(), nearly("client_id=[a-z]{0,9}&client_secret=[a-z%]{0,9}&client_assertion=[a-z]{0,3}")],
    ) {
        let params = Params::parse(&body).unwrap_or_default();
        let presented = Presented { authorization: authorization.as_deref(), query: &query, params: &params };
        if let Ok(credentials) = Credentials::read(&presented) {
            let longest = authorization.as_deref().map_or(0, str::len).max(body.len());
            prop_assert!(credentials.client_id().as_str().len() <= longest);
        }
    }

    #[test]
    fn any_secret_comes_through_basic(id in "\\PC{0,40}", secret in "\\PC{0,40}") {
        use base64ct::{Base64, Encoding};
        let encoded = |text: &str| params::encode([("", text)]).replacen('=', "", 1);
        let header = format!("Basic {}", Base64::encode_string(format!("{}:{}", encoded(&id), encoded(&secret)).as_bytes()));
        let params = Params::default();
        let presented = Presented { authorization: Some(&header), query: "", params: &params };
        let credentials = Credentials::read(&presented).unwrap();
        prop_assert_eq!(credentials.client_id().as_str(), id);
    }

    #[test]
    fn signed_texts(text in prop_oneof![odd_text(), nearly(Just(SIGNED.to_owned())), "[A-Za-z0-9_-]{0,40}(\\.[A-Za-z0-9_-]{0,40}){0,4}"]) {
        if let Some(received) = jws::parse(&text) {
            prop_assert!(received.payload.len() + received.signature.len() <= text.len());
            prop_assert!(text.starts_with(received.signing_input));
            prop_assert_eq!(text.matches('.').count(), 2);
        }
    }

    #[test]
    fn encrypted_texts(text in prop_oneof![odd_text(), nearly(encrypted()), "[A-Za-z0-9_-]{0,40}(\\.[A-Za-z0-9_-]{0,40}){0,6}"]) {
        if let Some(received) = jwe::parse(&text) {
            prop_assert_eq!(text.matches('.').count(), 4);
            let opened = pollster::block_on(jwe::decrypt_with(&World::new(), &received, DecryptionKey::Symmetric(&[5; 16])));
            prop_assert!(opened.is_ok());
        }
    }

    #[test]
    fn sets_of_keys(document in any_json(), member in "kty|crv|x|y|n|e|use|alg|key_ops|kid") {
        let mut key = crate::registration::refused::ec_key();
        key[member] = document.clone();
        for set in [json!({ "keys": [document, key] }), json!({ "keys": document }), document] {
            let keys = ClientKeys::parse(&set);
            for alg in Alg::ALL {
                prop_assert!(keys.verification(*alg, None).count() <= 1);
            }
        }
    }

    #[test]
    fn locators(text in prop_oneof![odd_text(), nearly(Just(locator("diana").seal(&sealer(), Kind::Code)))]) {
        let sealed = locator("diana").seal(&sealer(), Kind::Code);
        let opened = Locator::open(&sealer(), Kind::Code, &text);
        prop_assert_eq!(opened.is_some(), text == sealed);
        for kind in [Kind::AccessToken, Kind::Session, Kind::Sid, Kind::LoginStep] {
            prop_assert_eq!(Locator::open(&sealer(), kind, &text), None);
        }
    }

    #[test]
    fn steps(text in prop_oneof![odd_text(), nearly(Just(LoginStep { interaction: interaction(), browser: NodeId([3; 16]) }.seal(&sealer())))], junk in prop::collection::vec(any::<u8>(), 0..200)) {
        let sound = LoginStep { interaction: interaction(), browser: NodeId([3; 16]) }.seal(&sealer());
        prop_assert_eq!(LoginStep::open(&sealer(), &text).is_some(), text == sound);
        prop_assert!(ConsentStep::open(&sealer(), &text).is_none());
        // What is sealed rightly and is no step: of another version of this provider, say.
        for kind in [Kind::LoginStep, Kind::ConsentStep] {
            let sealed = sealer().seal(kind, &junk);
            LoginStep::open(&sealer(), &sealed);
            ConsentStep::open(&sealer(), &sealed);
        }
    }

    #[test]
    fn metadata(document in any_json(), development in any::<bool>()) {
        let size = document.to_string().len();
        check_client_key(&document).ok();
        match rules::register(document, development) {
            // The defaults are all that is added.
            Ok(metadata) => prop_assert!(serde_json::to_string(&metadata).unwrap().len() <= size + 600),
            Err(error) => prop_assert!(error.description.len() < 300 && error.description.chars().all(|c| matches!(c, ' '..='~'))),
        }
    }

    #[test]
    fn json_texts(text in prop_oneof![odd_text(), nearly(any_json().prop_map(|value| value.to_string()))]) {
        if let Ok(value) = json::parse(text.as_bytes()) {
            prop_assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), value);
        }
    }

    #[test]
    fn cookies(before in odd_text(), after in odd_text(), odd in odd_text()) {
        let world = World::new();
        let config = treeline::platform::Platform::config(&world);
        let request = get("/authorization").header("cookie", &odd).build();
        prop_assert_eq!(cookie::session(config, &request), None);
        cookie::browser(config, &request);
        // Ours is found among any others.
        let sealed = locator("diana").seal(&config.sealer, Kind::Session);
        let header = format!("{before}; __Host-treeline-session={sealed}; {after}");
        let request = get("/authorization").header("cookie", &header).build();
        prop_assume!(!before.contains("__Host-treeline-session"));
        prop_assert_eq!(cookie::session(config, &request), Some(locator("diana")));
    }

    #[test]
    fn content_types(text in prop_oneof![odd_text(), nearly(Just("application/x-www-form-urlencoded; charset=utf-8".to_owned()))], body in prop::collection::vec(any::<u8>(), 0..60)) {
        let request = post("/token").header("content-type", &text).bytes(&body).build();
        let is_form = form::is_form(&request);
        prop_assert_eq!(is_form, text.split(';').next().unwrap().trim().eq_ignore_ascii_case("application/x-www-form-urlencoded") && !text.contains(','));
        if form::read(&request).is_ok() {
            prop_assert!(is_form && std::str::from_utf8(&body).is_ok());
        }
    }

    #[test]
    fn shown_texts(text in odd_text(), limit in 0..300_usize) {
        let shown = displayable(&text, limit);
        prop_assert!(shown.chars().count() <= limit && shown.len() <= text.len());
        let hidden = |c: char| c.is_control() || ('\u{202a}'..='\u{202e}').contains(&c) || c == '\u{200b}';
        prop_assert!(!shown.chars().any(hidden));
    }
}

proptest! {
    // Each of these costs a password hash.
    #![proptest_config(ProptestConfig { cases: 24, ..config() })]

    #[test]
    fn passwords(text in odd_text(), hash in prop_oneof![odd_text(), nearly(Just(HASH.to_owned()))]) {
        prop_assert!(!password::verify(&text, Some(&hash)) || hash == HASH);
    }
}

const SIGNED: &str = "eyJhbGciOiJFUzI1NiIsInR5cCI6ImF0K2p3dCIsImtpZCI6ImEifQ.eyJpc3MiOiJqb2UifQ.DtEhU3ljbEg8L38VWAfUAqOyKAM6";

/// Of no password at all, and cheap.
const HASH: &str =
    r#"{"memory":8,"passes":1,"lanes":1,"salt":"YSBzYWx0IG9mIDE2IGJ5dA","hash":"5VWfmMQJKxuMROC9Nl-w3-pvOp0RlFj34RbQaMYJjLw"}"#;

//! JSON that is read strictly, and metadata of any shape.

use proptest::prelude::*;
use serde_json::{Value, json};
use treeline::client::rules;
use treeline::error::ErrorCode;
use treeline::oauth::json::parse;

#[test]
fn values_come_through() {
    let text = r#" {"a":[1,-2,3.5,1e3,true,false,null,"x\u00e9\n",{}],"b":18446744073709551615,"":""} "#;
    assert_eq!(parse(text.as_bytes()).unwrap(), serde_json::from_str::<Value>(text).unwrap());
}

#[test]
fn two_readers_never_differ() {
    for text in [
        r#"{"a":1,"a":1}"#,
        r#"{"a":1,"\u0061":2}"#,
        r#"[{"b":{"a":1,"c":2,"a":3}}]"#,
        "{} {}",
        "[1,]",
        "{\"a\":1,}",
        "01",
        "NaN",
        "1e999",
        "'a'",
        "// x\n1",
        "\"\\ud800\"",
        "\"a\nb\"",
        "",
    ] {
        assert!(parse(text.as_bytes()).is_err(), "{text}");
    }
    assert!(parse(b"\"\xff\"").is_err());
    assert!(parse(b"\xef\xbb\xbf{}").is_err());
    assert_eq!(
        parse(br#"{"a":{"x":1},"b":{"x":1}}"#).unwrap(),
        json!({ "a": { "x": 1 }, "b": { "x": 1 } })
    );
}

#[test]
fn nesting_is_bounded() {
    let nested = |open: &str, close: &str, depth: usize| parse(format!("{}1{}", open.repeat(depth), close.repeat(depth)).as_bytes());
    for (open, close) in [("[", "]"), (r#"{"a":"#, "}")] {
        assert!(nested(open, close, 16).is_ok());
        assert!(nested(open, close, 17).is_err());
        assert!(nested(open, close, 20_000).is_err());
    }
}

#[test]
fn an_error_repeats_nothing_of_the_text() {
    for text in [r#"{"secret":1,"secret":2}"#, r#"{"secret"}"#, r#"["secret]"#] {
        assert!(!parse(text.as_bytes()).unwrap_err().to_string().contains("secret"), "{text}");
    }
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "\\PC{0,12}".prop_map(Value::from),
        Just(json!("https://rp.example/cb")),
        Just(json!("code")),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map("[a-z_]{0,6}|kty|n|e|x|y|keys", inner, 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

const MEMBERS: [&str; 20] = [
    "redirect_uris",
    "response_types",
    "grant_types",
    "application_type",
    "contacts",
    "client_name",
    "client_name#fr",
    "logo_uri",
    "jwks",
    "jwks_uri",
    "token_endpoint_auth_method",
    "id_token_signed_response_alg",
    "default_max_age",
    "require_auth_time",
    "scope",
    "initiate_login_uri",
    "request_uris",
    "post_logout_redirect_uris",
    "frontchannel_logout_uri",
    "tos_uri#x-y",
];

proptest! {
    /// Metadata of any shape is taken or refused with one of two errors, and what is taken is taken again unchanged.
    #[test]
    fn any_metadata_is_taken_or_refused(members in prop::collection::btree_map(prop::sample::select(&MEMBERS[..]), any_json(), 0..5), uri in any::<bool>()) {
        let mut request: serde_json::Map<String, Value> = members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        if uri {
            request.insert("redirect_uris".to_owned(), json!(["https://rp.example/cb"]));
        }
        match rules::register(Value::Object(request), true) {
            Ok(taken) => prop_assert_eq!(rules::register(Value::Object(taken.members()), true), Ok(taken)),
            Err(error) => {
                prop_assert!(matches!(error.code, ErrorCode::InvalidClientMetadata | ErrorCode::InvalidRedirectUri));
                prop_assert!(error.description.chars().all(|c| matches!(c, ' '..='~') && c != '"' && c != '\\'));
            }
        }
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
        if let Ok(value) = parse(&bytes) {
            prop_assert_eq!(parse(value.to_string().as_bytes()).unwrap(), value);
        }
    }
}

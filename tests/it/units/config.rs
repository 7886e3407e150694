//! The configuration: unusable as a whole where any part of it is.

use treeline::config::{Config, Issuer, RegistrationPolicy, SignUp};
use treeline::error::Fault;
use treeline::oauth::base64url;
use treeline::seal::{Kind, Sealer};

fn load(changes: &[(&str, Option<&str>)]) -> Result<Config, Fault> {
    let seal_key = base64url::encode([7; 32]);
    let token = "t".repeat(32);
    let sound = [
        ("ISSUER", "https://login.example.com"),
        ("SEAL_KEY", &seal_key),
        ("SUBJECT_SALT", "salt"),
        ("ADMIN_TOKEN", &token),
    ];
    Config::load(&|name| match changes.iter().find(|(key, _)| *key == name) {
        Some((_, value)) => value.map(str::to_owned),
        None => sound.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned()),
    })
}

#[test]
fn issuers() {
    for (text, https, local) in [
        ("https://login.example.com", true, false),
        ("https://login.example.com:8443", true, false),
        ("https://192.0.2.1", true, false),
        ("https://127.0.0.1:5000", true, true),
        ("http://localhost:8787", false, true),
        ("http://[::1]:8787", false, true),
    ] {
        let issuer = Issuer::parse(text).unwrap();
        assert_eq!((issuer.as_str(), issuer.is_https(), issuer.is_local()), (text, https, local));
        assert_eq!(issuer.at("/token"), format!("{text}/token"));
    }
    for text in [
        "",
        "login.example.com",
        "https://",
        "https://login.example.com/",
        "https://login.example.com/op",
        "https://login.example.com?x",
        "https://login.example.com#x",
        "https://user@login.example.com",
        "https://Login.example.com",
        "https://login.example.com:443",
        "HTTPS://login.example.com",
        " https://login.example.com",
        "http://login.example.com",
        "http://localhost.evil.test",
        "ftp://login.example.com",
        "javascript:alert(1)",
    ] {
        assert!(Issuer::parse(text).is_err(), "{text}");
    }
}

#[test]
fn what_has_to_be_there() {
    assert!(load(&[]).is_ok());
    for name in ["ISSUER", "SEAL_KEY", "SUBJECT_SALT", "ADMIN_TOKEN"] {
        for value in [None, Some("")] {
            let Err(Fault::Config(reason)) = load(&[(name, value)]) else {
                panic!("{name} {value:?}");
            };
            assert!(reason.contains(name), "{reason}");
        }
    }
}

#[test]
fn what_cannot_be_used() {
    let (short, long, standard) = (base64url::encode([7; 31]), base64url::encode([7; 33]), "+/".repeat(21));
    for (name, value) in [
        ("SEAL_KEY", short.as_str()),
        ("SEAL_KEY", &long),
        ("SEAL_KEY", &standard),
        ("ADMIN_TOKEN", "short"),
        ("CODE_LIFETIME", "0"),
        ("CODE_LIFETIME", "601"),
        ("CODE_LIFETIME", "-1"),
        ("CODE_LIFETIME", "60s"),
        ("CODE_LIFETIME", ""),
        ("CODE_LIFETIME", "99999999999999999999"),
        ("CLIENT_LIFETIME", "-1"),
        ("KEY_LIFETIME", "1"),
        ("KEY_LIFETIME", "3599"),
        ("KEY_LIFETIME", "315360001"),
        ("KEY_LIFETIME", "00"),
        ("REGISTRATION_LIMIT", "0"),
        ("SIGN_UP_LIMIT", "0"),
        ("SIGN_UP", "Open"),
        ("SIGN_UP", ""),
        ("TOKEN_USAGE_RULES", ""),
        ("TOKEN_USAGE_RULES", "[]"),
        ("TOKEN_USAGE_RULES", r#"{"access_token":{"expires_in":-1}}"#),
        ("TOKEN_USAGE_RULES", r#"{"access_token":{"lives_for":1}}"#),
    ] {
        let Err(Fault::Config(reason)) = load(&[(name, Some(value))]) else {
            panic!("{name} {value:?}");
        };
        assert!(
            reason.contains(name) && (value.is_empty() || !reason.contains(value) || value.len() < 4),
            "{reason}"
        );
    }
    assert!(load(&[("CLIENT_LIFETIME", Some("0"))]).is_ok());
    for (value, expected) in [
        (None, SignUp::Closed),
        (Some("closed"), SignUp::Closed),
        (Some("open"), SignUp::Open),
    ] {
        assert_eq!(load(&[("SIGN_UP", value)]).unwrap().sign_up, expected);
    }
    for (value, lifetime) in [
        (None, 7_776_000),
        (Some("0"), 0),
        (Some("3600"), 3600),
        (Some("315360000"), 315_360_000),
    ] {
        assert_eq!(load(&[("KEY_LIFETIME", value)]).unwrap().lifetimes.key, lifetime);
    }
}

#[test]
fn anybody_registers_on_a_developer_s_machine_and_elsewhere_who_has_the_token() {
    let token = "r".repeat(32);
    let policy = |changes: &[(&str, Option<&str>)]| load(changes).unwrap().registration;
    let local = ("ISSUER", Some("http://localhost:8787"));
    let with_token = ("REGISTRATION_TOKEN", Some(token.as_str()));
    assert_eq!(policy(&[local]), RegistrationPolicy::Open);
    assert_eq!(policy(&[local, with_token]), RegistrationPolicy::Open);
    assert_eq!(policy(&[]), RegistrationPolicy::Closed);
    assert_eq!(policy(&[with_token]), RegistrationPolicy::Token(token.clone().into()));
    assert_eq!(policy(&[("REGISTRATION", Some("open")), with_token]), RegistrationPolicy::Open);
    assert_eq!(policy(&[("REGISTRATION", Some("token")), local]), RegistrationPolicy::Closed);
    for (name, value) in [("REGISTRATION", "yes"), ("REGISTRATION", ""), ("REGISTRATION_TOKEN", "short")] {
        let Err(Fault::Config(reason)) = load(&[(name, Some(value))]) else {
            panic!("{name}={value}")
        };
        assert!(reason.starts_with(name), "{reason}");
    }
}

#[test]
fn every_secret_that_seals_has_its_form() {
    for name in ["SEAL_KEY", "SEAL_KEY_PREVIOUS", "KEY_ENCRYPTION_KEY"] {
        let Err(Fault::Config(reason)) = load(&[(name, Some("c2hvcnQ"))]) else {
            panic!("{name}")
        };
        assert_eq!(reason, format!("{name} has to be 32 random bytes in base64url"));
    }
    let secret = |byte: u8| base64url::encode([byte; 32]);
    let (present, earlier, of_keys) = (secret(1), secret(2), secret(3));
    let config = load(&[
        ("SEAL_KEY", Some(&present)),
        ("SEAL_KEY_PREVIOUS", Some(&earlier)),
        ("KEY_ENCRYPTION_KEY", Some(&of_keys)),
    ])
    .unwrap();
    let opened =
        |sealer: &Sealer| [1, 2, 3, 4].map(|byte| sealer.open(Kind::Code, &Sealer::new(&[byte; 32]).seal(Kind::Code, b"x")).is_some());
    assert_eq!(opened(&config.sealer), [true, true, false, false]);
    assert_eq!(opened(&config.key_sealer), [true, true, true, false]);
    let by = |sealer: &Sealer, byte| Sealer::new(&[byte; 32]).open(Kind::Code, &sealer.seal(Kind::Code, b"x")).is_some();
    assert!(by(&config.sealer, 1) && by(&config.key_sealer, 3));
}

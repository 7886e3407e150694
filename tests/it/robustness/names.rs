//! What names an account or an address: every spelling is one name or none, and nothing that only looks like a registered address is it.

use super::parsers::{locator, sealer};
use super::{config, nearly, odd_text};
use proptest::prelude::*;
use treeline::oauth::address::Address;
use treeline::oauth::ids::UserId;
use treeline::oauth::uri::{RedirectUri, display_host, register_web_uri};
use treeline::seal::Kind;
use treeline::seal::locator::Locator;

proptest! {
    #![proptest_config(config())]

    #[test]
    fn user_names(text in prop_oneof![odd_text(), "\\PC{0,64}", "[a-zA-Zａ-ｚÀ-ÿİıſß'@.;]{1,20}"]) {
        if let Some(user) = UserId::from_username(&text) {
            let name = user.as_str();
            prop_assert!(!name.is_empty() && name.len() <= 128);
            prop_assert!(!name.contains(";;") && !name.chars().any(|c| c.is_control() || c.is_whitespace()));
            // What names an object names itself: no second step gives another name.
            prop_assert_eq!(UserId::from_username(name), Some(user.clone()));
            prop_assert_eq!(locator(name), Locator::open(&sealer(), Kind::Code, &locator(name).seal(&sealer(), Kind::Code)).unwrap());
        }
    }

    #[test]
    fn ascii_names_have_one_account(name in "[a-zA-Z0-9._@-]{1,40}") {
        let user = UserId::from_username(&name);
        prop_assert!(user.is_some());
        for spelling in [name.to_uppercase(), name.to_lowercase(), wide(&name)] {
            prop_assert_eq!(UserId::from_username(&spelling), user.clone().filter(|_| spelling.len() <= 128));
        }
    }

    #[test]
    fn redirect_uris(text in prop_oneof![odd_text(), nearly(redirect_uri())], other in nearly(redirect_uri())) {
        Address::parse(&text);
        display_host(&text);
        let _ = register_web_uri(&text, true);
        let Ok(registered) = RedirectUri::register(&text) else { return Ok(()) };
        prop_assert_eq!(registered.as_str(), &text);
        prop_assert!(registered.matches(&text));
        prop_assert!(text.chars().all(|c| matches!(c, '!'..='~')) && !text.contains(['#', '\\', '*']));
        // Only the port of an http loopback address is free.
        if registered.matches(&other) && other != text {
            prop_assert_eq!(without_port(&other), without_port(&text), "{} and {}", other, text);
        }
    }

    #[test]
    fn a_registered_address_takes_no_change(registered in redirect_uri(), at in any::<prop::sample::Index>(), with in any::<char>()) {
        let Ok(uri) = RedirectUri::register(&registered) else { return Ok(()) };
        let chars: Vec<char> = registered.chars().collect();
        let at = at.index(chars.len());
        let mut changed = chars.clone();
        changed[at] = with;
        let mut longer = chars.clone();
        longer.insert(at, with);
        for changed in [String::from_iter(changed), String::from_iter(longer), format!("{registered}{with}"), registered[..at.min(registered.len())].to_owned()] {
            let same = changed == registered || (registered.starts_with("http:") && without_port(&changed) == without_port(&registered));
            prop_assert!(same || !uri.matches(&changed), "{} for {}", changed, registered);
        }
    }
}

fn redirect_uri() -> impl Strategy<Value = String> {
    "(https://rp\\.example|http://127\\.0\\.0\\.1|http://localhost|http://\\[::1\\]|com\\.example\\.app:)(:[1-9][0-9]{0,3})?(/[a-zA-Z0-9.;%~-]{0,6}){0,3}(\\?[a-z]{1,3}=[a-z]{0,3})?"
}

/// Full-width letters where there are any.
fn wide(name: &str) -> String {
    let wide = |c: char| match c {
        '!'..='~' => char::from_u32(c as u32 + 0xfee0).unwrap(),
        c => c,
    };
    name.chars().map(wide).collect()
}

/// The address without the port that follows its host.
fn without_port(address: &str) -> String {
    let Some((scheme, rest)) = address.split_once("://") else {
        return address.to_owned();
    };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    let host = match authority.rsplit_once(':') {
        Some((host, port)) if !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => authority,
    };
    format!("{scheme}://{host}{path}")
}

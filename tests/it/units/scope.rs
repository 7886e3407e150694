//! Scope and prompt.

use treeline::oauth::claim::ScopeCatalogue;
use treeline::oauth::prompt::Prompt;
use treeline::oauth::scope::{IllegalScope, Scope};

fn scope(text: &str) -> Scope {
    Scope::parse(text).expect("a scope")
}

#[test]
fn a_scope_is_a_set_in_order() {
    assert_eq!(scope("openid  profile openid ").to_string(), "openid profile");
    assert_eq!(scope("b a").to_string(), "b a");
    assert_ne!(scope("OpenID"), scope("openid"));
    assert!(scope("").is_empty() && scope("   ").is_empty());
    assert!(scope("a b").is_subset(&scope("c b a")));
    assert!(!scope("a d").is_subset(&scope("c b a")));
    assert!(scope("").is_subset(&scope("")));
    assert_eq!(scope("a b").union(&scope("b c")).to_string(), "a b c");
    assert_eq!(scope("a b c").filter(|token| token != "b").to_string(), "a c");
}

#[test]
fn illegal_characters() {
    for text in ["a\"b", "a\\b", "a\tb", "a\nb", "a\0", "é", "\u{a0}", "a\u{7f}"] {
        assert_eq!(Scope::parse(text), Err(IllegalScope), "{text:?}");
    }
    assert!(Scope::parse("!#$%&'()*+,-./:;<=>?@[]^_`{|}~").is_ok());
}

#[test]
fn claims_of_a_scope() {
    let catalogue = ScopeCatalogue::default();
    assert_eq!(catalogue.claims("openid"), Some(vec!["sub"]));
    assert_eq!(catalogue.claims("email"), Some(vec!["email", "email_verified"]));
    assert_eq!(catalogue.claims("offline_access"), Some(vec![]));
    for unknown in ["unknown", "Phone", ""] {
        assert_eq!(catalogue.claims(unknown), None, "{unknown:?}");
    }
}

#[test]
fn prompts() {
    for (text, prompt) in [
        ("", Some(Prompt::Auto)),
        ("none", Some(Prompt::None)),
        (
            " login ",
            Some(Prompt::Show {
                login: true,
                consent: false,
            }),
        ),
        (
            "consent login",
            Some(Prompt::Show {
                login: true,
                consent: true,
            }),
        ),
        (
            "select_account",
            Some(Prompt::Show {
                login: true,
                consent: false,
            }),
        ),
        (" create ", Some(Prompt::Create)),
        ("create login", None),
        ("consent create", None),
        ("none create", None),
        ("create create", None),
        ("none login", None),
        ("none none", None),
        ("None", None),
        ("unknown", None),
        ("login unknown", None),
    ] {
        assert_eq!(Prompt::parse(text), prompt, "{text:?}");
    }
}

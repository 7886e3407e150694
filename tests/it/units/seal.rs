//! Sealing, locators, client ids and subjects.

use proptest::prelude::*;
use treeline::oauth::base64url;
use treeline::oauth::ids::{ClientId, NodeId, UserId};
use treeline::seal::locator::Locator;
use treeline::seal::{Kind, Sealer, same_secret, subject};

const KINDS: [Kind<'_>; 13] = [
    Kind::Code,
    Kind::AccessToken,
    Kind::Session,
    Kind::Sid,
    Kind::LoginStep,
    Kind::ConsentStep,
    Kind::SigningKey("a"),
    Kind::SigningKey("b"),
    Kind::ClientSecret("a"),
    Kind::ClientSecret("b"),
    Kind::ClientSecret(""),
    Kind::RegistrationToken("a"),
    Kind::RegistrationToken("b"),
];

fn sealer() -> Sealer {
    Sealer::new(&[7; 32])
}

fn locator(user: &str) -> Locator {
    Locator {
        user: UserId::from_canonical(user.to_owned()),
        node: NodeId([9; 16]),
    }
}

#[test]
fn a_text_opens_as_what_it_was_sealed_as_and_as_nothing_else() {
    let sealer = sealer();
    for (i, kind) in KINDS.into_iter().enumerate() {
        let text = sealer.seal(kind, b"plain");
        for (j, other) in KINDS.into_iter().enumerate() {
            let opened = sealer.open(other, &text);
            assert_eq!(
                opened.as_deref().map(Vec::as_slice),
                (i == j).then_some(b"plain".as_slice()),
                "{kind:?} as {other:?}"
            );
        }
    }
}

#[test]
fn another_key_opens_nothing() {
    let text = sealer().seal(Kind::Code, b"plain");
    assert!(Sealer::new(&[8; 32]).open(Kind::Code, &text).is_none());
}

#[test]
fn the_same_value_gives_the_same_text_and_another_value_another_nonce() {
    let sealer = sealer();
    let (one, again, other) = (
        sealer.seal(Kind::Code, b"plain"),
        sealer.seal(Kind::Code, b"plain"),
        sealer.seal(Kind::Code, b"plaim"),
    );
    assert_eq!(one, again);
    assert_ne!(one[..32], other[..32]);
    assert_ne!(one[..32], sealer.seal(Kind::Sid, b"plain")[..32]);
}

/// Every single changed character, a character more or less, and every other spelling of the same bytes.
#[test]
fn a_changed_text_never_opens() {
    let sealer = sealer();
    let text = locator("diana").seal(&sealer, Kind::Code);
    let open = |text: &str| Locator::open(&sealer, Kind::Code, text);
    assert_eq!(open(&text), Some(locator("diana")));
    for at in 0..text.len() {
        for other in ['A', 'B', '-', '_', '=', ' ', '%'] {
            let mut changed = text.clone();
            changed.replace_range(at..=at, &other.to_string());
            assert!(changed == text || open(&changed).is_none(), "{at} {other}");
        }
        assert_eq!(open(&text[..at]), None);
        assert_eq!(open(&text[at + 1..]), None);
    }
    for changed in [
        format!("{text}="),
        format!("{text}A"),
        format!(" {text}"),
        format!("{text}\n"),
        format!("{text}.{text}"),
    ] {
        assert_eq!(open(&changed), None);
    }
    for garbage in ["", "a", "code", "é", "\0", &"A".repeat(108), &"A".repeat(1 << 20)] {
        assert_eq!(open(garbage), None);
    }
}

#[test]
fn a_locator_is_one_kind_of_thing() {
    let sealer = sealer();
    for kind in KINDS {
        let text = locator("diana").seal(&sealer, kind);
        for other in KINDS {
            assert_eq!(
                Locator::open(&sealer, other, &text).is_some(),
                kind == other,
                "{kind:?} as {other:?}"
            );
        }
    }
}

#[test]
fn a_locator_tells_nothing_about_the_name() {
    let sealer = sealer();
    let length = |name: &str| locator(name).seal(&sealer, Kind::Code).len();
    assert_eq!(length("a"), length(&"a".repeat(31)));
    assert_eq!(length(""), length("diana"));
    assert_eq!(length(&"a".repeat(32)), length(&"a".repeat(63)));
    let text = locator("diana").seal(&sealer, Kind::Code);
    assert!(!text.contains("diana") && !text.contains(&base64url::encode("diana")[..6]));
}

/// A locator of a name that ends in what the padding is made of.
#[test]
fn any_name_comes_back() {
    let sealer = sealer();
    for name in [
        "",
        "a",
        "\u{80}",
        "a\u{80}",
        "\u{0}",
        "a\0\0",
        &"é".repeat(64),
        &"a".repeat(31),
        &"a".repeat(32),
    ] {
        let sealed = locator(name).seal(&sealer, Kind::Session);
        assert_eq!(Locator::open(&sealer, Kind::Session, &sealed), Some(locator(name)), "{name:?}");
    }
}

#[test]
fn client_ids_carry_proof_of_who_issued_them() {
    let sealer = sealer();
    let id = sealer.issue_client_id([1; 12]);
    assert_eq!(id.as_str().len(), 24);
    assert!(sealer.issued(&id));
    assert!(!Sealer::new(&[8; 32]).issued(&id));
    for at in 0..24 {
        let mut changed = id.as_str().to_owned();
        let other = match &changed[at..=at] {
            "A" => "B",
            _ => "A",
        };
        changed.replace_range(at..=at, other);
        assert!(!sealer.issued(&ClientId(changed)));
    }
    let (zeros, padded, longer) = ("A".repeat(24), format!("{}=", id.as_str()), format!("{}AAAA", id.as_str()));
    for garbage in ["", "A", "86M1io6O2Vdy", "AAAAAAAAAAAAAAAA", &zeros, &padded, &longer, "é"] {
        assert!(!sealer.issued(&ClientId(garbage.to_owned())), "{garbage}");
    }
}

#[test]
fn secrets_compare() {
    assert!(same_secret("a", "a") && same_secret("", ""));
    for (one, other) in [("a", "b"), ("a", ""), ("a", "A"), ("a", "a "), ("a", "aa")] {
        assert!(!same_secret(one, other));
    }
}

/// hex(sha256(user_id + salt)): the digest of `abc` (FIPS 180-2, appendix B.1), however it is divided.
#[test]
fn public_subjects_are_those_of_oidcop() {
    let user = UserId::from_canonical("abc".to_owned());
    assert_eq!(
        subject::public(&user, ""),
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    );
    let user = UserId::from_canonical("a".to_owned());
    assert_eq!(
        subject::public(&user, "bc"),
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    );
}

proptest! {
    #[test]
    fn whatever_is_sealed_opens(plain in prop::collection::vec(any::<u8>(), 0..100), name in "\\PC{0,40}", node in any::<[u8; 16]>()) {
        let sealer = sealer();
        let text = sealer.seal(Kind::LoginStep, &plain);
        let opened = sealer.open(Kind::LoginStep, &text).unwrap();
        prop_assert_eq!(opened.as_slice(), plain.as_slice());
        let locator = Locator { user: UserId::from_canonical(name), node: NodeId(node) };
        let sealed = locator.seal(&sealer, Kind::Code);
        prop_assert_eq!(Locator::open(&sealer, Kind::Code, &sealed), Some(locator));
    }

    #[test]
    fn no_text_is_too_odd_to_be_opened(text in "\\PC{0,200}|[A-Za-z0-9_-]{0,200}") {
        prop_assert_eq!(Locator::open(&sealer(), Kind::Code, &text), None);
        prop_assert!(!sealer().issued(&ClientId(text)));
    }
}

//! User names (RFC 8265) and other identifiers.

use treeline::oauth::base64url;
use treeline::oauth::ids::{NodeId, USER_ID_LIMIT, UserId, hex};

fn user(name: &str) -> Option<String> {
    UserId::from_username(name).map(|id| id.as_str().to_owned())
}

#[test]
fn every_spelling_of_a_name_is_one_account() {
    for (spelling, canonical) in [
        ("diana", "diana"),
        ("Diana", "diana"),
        ("DIANA", "diana"),
        // Full width, as an East Asian keyboard types it.
        ("ｄｉａｎａ", "diana"),
        ("ＤＩＡＮＡ", "diana"),
        // Composed and decomposed.
        ("andr\u{e9}", "andr\u{e9}"),
        ("andre\u{301}", "andr\u{e9}"),
        ("ANDRE\u{301}", "andr\u{e9}"),
        ("A\u{30a}sa", "\u{e5}sa"),
        ("diana@example.com", "diana@example.com"),
        ("d.i-a_n+a", "d.i-a_n+a"),
        (";diana", ";diana"),
    ] {
        assert_eq!(user(spelling).as_deref(), Some(canonical), "{spelling:?}");
    }
}

#[test]
fn look_alikes_are_other_accounts_and_stay_themselves() {
    // Turkish: the capital dotted I is not i, the dotless i is not i; no locale decides which account a name is.
    for (name, other) in [("\u{131}diana", "idiana"), ("di\u{0430}na", "diana"), ("o", "\u{3bf}")] {
        let one = user(name).expect("a name");
        assert_ne!(Some(&one), user(other).as_ref());
        assert_eq!(user(&one).as_ref(), Some(&one));
    }
    assert_ne!(user("\u{130}diana"), user("idiana"));
}

#[test]
fn what_cannot_be_told_apart_by_eye_is_no_name() {
    for name in [
        "",
        " ",
        " diana",
        "diana ",
        "di ana",
        "diana\u{a0}",
        "diana\u{3000}",
        "diana\t",
        "diana\n",
        "diana\0",
        "\0",
        "di\u{ad}ana",
        "di\u{200b}ana",
        "di\u{200d}ana",
        "di\u{2060}ana",
        "\u{feff}diana",
        "\u{202e}diana",
        "di\u{2066}ana",
        "diana\u{e0041}",
        "diana;;client",
        ";;",
        "di\u{fb01}na",
        "\u{212b}sa",
        "\u{1f600}",
    ] {
        assert_eq!(user(name), None, "{name:?}");
    }
}

/// The canonical name names the object: preparing it again must not name another.
#[test]
fn a_canonical_name_is_canonical() {
    for name in [
        "Diana",
        "ANDRE\u{301}",
        "ＤＩＡＮＡ",
        "\u{130}x",
        "ΣΑΣ",
        "straße",
        "STRASSE",
        "ǅungla",
        "\u{1e9e}",
    ] {
        if let Some(once) = user(name) {
            assert_eq!(user(&once), Some(once.clone()), "{name:?}");
        }
    }
}

#[test]
fn a_name_has_a_bounded_length() {
    assert!(user(&"a".repeat(USER_ID_LIMIT)).is_some());
    assert!(user(&"a".repeat(USER_ID_LIMIT + 1)).is_none());
    assert!(user(&"é".repeat(USER_ID_LIMIT)).is_none());
    assert!(user(&"a".repeat(1 << 20)).is_none());
}

#[test]
fn node_ids_travel_as_text() {
    let id = NodeId([0xab; 16]);
    assert_eq!(id.hex(), "ab".repeat(16));
    let text = serde_json::to_string(&id).unwrap();
    assert_eq!(serde_json::from_str::<NodeId>(&text).unwrap(), id);
    for wrong in [r#""""#, r#""AAAA""#, "1", r#""q6urq6urq6urq6urq6urqw==""#] {
        assert!(serde_json::from_str::<NodeId>(wrong).is_err(), "{wrong}");
    }
    assert_eq!(NodeId::from_bytes(&[0; 15]), None);
    assert_eq!(hex(&[0, 1, 0xff]), "0001ff");
}

#[test]
fn base64url_has_one_spelling() {
    assert_eq!(base64url::encode([0xfb, 0xff]), "-_8");
    assert_eq!(base64url::decode("-_8"), Some(vec![0xfb, 0xff]));
    // Padding, the other alphabet, white space, an impossible length, and bits that nothing encodes to.
    for wrong in ["-_8=", "+/8", "-_ 8", "-_8\n", "-", "-_9", "-_-", "AB", "é"] {
        assert_eq!(base64url::decode(wrong), None, "{wrong}");
    }
}

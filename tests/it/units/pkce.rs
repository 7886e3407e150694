//! Proof Key for Code Exchange.

use treeline::oauth::pkce::{Challenge, Verifier};

/// RFC 7636, appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

#[test]
fn the_vector_of_the_specification() {
    let challenge = Challenge::parse(CHALLENGE).unwrap();
    assert_eq!(challenge.as_str(), CHALLENGE);
    assert!(Verifier::parse(VERIFIER).unwrap().challenge().matches(&challenge));
}

#[test]
fn another_verifier_does_not_answer() {
    let challenge = Challenge::parse(CHALLENGE).unwrap();
    for other in [CHALLENGE, &VERIFIER.to_lowercase(), &format!("{VERIFIER}A"), &"a".repeat(43)] {
        assert!(!Verifier::parse(other).unwrap().challenge().matches(&challenge), "{other}");
    }
}

#[test]
fn verifiers_have_43_to_128_unreserved_characters() {
    for length in [43, 64, 128] {
        assert!(Verifier::parse(&"~".repeat(length)).is_some(), "{length}");
    }
    for length in [0, 1, 42, 129, 100_000] {
        assert!(Verifier::parse(&"a".repeat(length)).is_none(), "{length}");
    }
    for illegal in [' ', '+', '/', '=', '%', '\0', '\n', '!', 'é', '"'] {
        assert!(Verifier::parse(&format!("{}{illegal}", "a".repeat(43))).is_none(), "{illegal:?}");
    }
    assert!(Verifier::parse(&format!("{}-._~", "aZ09".repeat(11))).is_some());
}

#[test]
fn challenges_look_like_a_sha_256() {
    for wrong in [
        "",
        "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-c",
        "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM=",
        "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cMA",
        "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw+cM",
        "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cN",
        " 9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
    ] {
        assert_eq!(Challenge::parse(wrong), None, "{wrong}");
    }
}

//! Passwords: the hash is Argon2id's, and what is kept is read back.

use treeline::password;

/// A test vector of Argon2's reference implementation, in the form in which hashes are kept.
const VECTOR: &str = r#"{"memory":256,"passes":2,"lanes":1,"salt":"c29tZXNhbHQ","hash":"nf65EOgLrQMR_uIPnA4rEsF5h7TKyQwu9U1bMCHGi_4"}"#;

#[test]
fn the_hash_is_that_of_the_reference_implementation() {
    assert!(password::verify("password", Some(VECTOR)));
    assert!(!password::verify("Password", Some(VECTOR)));
    assert!(!password::verify("password", Some(&VECTOR.replace("nf65", "nf66"))));
}

#[test]
fn what_is_hashed_is_verified() {
    let hash = password::hash("correct horse", [1; 16])
        .expect("a hash")
        .expect("an allowed password");
    assert!(password::verify("correct horse", Some(&hash)));
    assert!(!password::verify("correct  horse", Some(&hash)));
    assert!(!password::verify("correct horse", None));
    assert_ne!(password::hash("correct horse", [2; 16]).expect("a hash"), Some(hash));
}

#[test]
fn what_is_no_hash_lets_nobody_in() {
    for kept in [
        "",
        "{}",
        // No hash, no salt, and what Argon2id refuses.
        r#"{"memory":8,"passes":1,"lanes":1,"salt":"c29tZXNhbHQ","hash":""}"#,
        r#"{"memory":8,"passes":1,"lanes":1,"salt":"","hash":"nf65EOgLrQMR_uIPnA4rEsF5h7TKyQwu9U1bMCHGi_4"}"#,
        r#"{"memory":0,"passes":0,"lanes":0,"salt":"c29tZXNhbHQ","hash":"nf65EOgLrQMR_uIPnA4rEsF5h7TKyQwu9U1bMCHGi_4"}"#,
    ] {
        assert!(!password::verify("password", Some(kept)), "{kept}");
    }
}

//! Refresh tokens that the old provider has issued.

use super::{Old, PASSWORD, exported, imported};
use crate::flow::party::{Party, assert_refused, decode, is_accepted, text};
use crate::world::{Registered, World};
use base64ct::{Base64, Base64Url, Encoding};
use hmac::{Hmac, Mac};
use serde_json::{Value, json};
use sha2::Sha256;
use treeline::jose::crypto::{Cipher, Crypto};
use treeline::object::Class;
use treeline::seal::fernet::FernetKey;

/// Seals texts as the old systems do.
fn seal(world: &World, key: &FernetKey, texts: &[&str]) -> String {
    let packed: String = texts.iter().map(|text| format!("{}:{text}", text.chars().count())).collect();
    let padded = packed.len().next_multiple_of(16);
    let iv = [9; 16];
    let text = format!("{packed:padded$}");
    let cipher = pollster::block_on(world.encrypt(Cipher::Cbc { iv: &iv }, key.cipher_key(), text.as_bytes())).expect("a ciphertext");
    let signed = [&[0x80], 1_795_407_192_u64.to_be_bytes().as_slice(), &iv, &cipher].concat();
    let mac_key = Base64::decode_vec(&key.text()["BYTES:".len()..]).expect("base64");
    let mac = <Hmac<Sha256> as Mac>::new_from_slice(&mac_key[..16]).expect("a key");
    let tag = mac.chain_update(&signed).finalize().into_bytes();
    Base64::encode_string(Base64Url::encode_string(&[signed, tag.to_vec()].concat()).as_bytes())
}

/// A dump with a refresh token in its one grant, and that token.
fn with_refresh_token(world: &World, old: &mut Old, class: &str, password: &str) -> (String, Value) {
    let db = old.dump["db"].as_object().unwrap();
    let session_id = db.keys().find(|key| key.split(";;").count() == 3).unwrap().clone();
    let session_id = match old.session_key {
        Some(key) => seal(
            world,
            &FernetKey::parse(key).unwrap(),
            &["thirty-two random characters here", &session_id],
        ),
        None => session_id,
    };
    let value = seal(
        world,
        &FernetKey::parse(password).unwrap(),
        &["ett slumpmässigt ord", class, &session_id, "1795493592"],
    );
    let token = json!({
        "expires_at": 0, "issued_at": old.now - 10, "not_before": 0, "revoked": false, "used": 0, "claims": {}, "id": "3315a2a0e6f411f1bc3502fc00000002",
        "usage_rules": { "supports_minting": ["access_token", "refresh_token"] }, "name": "RefreshToken", "resources": [],
        "value": value,
    });
    let scope = json!(["openid", "email"]);
    let format = old.format;
    let grant = old.grant();
    grant.insert("scope".to_owned(), scope.clone());
    let token = with_class(format, token, scope);
    grant["issued_token"].as_array_mut().unwrap().push(token);
    (value, old.dump.clone())
}

fn with_class(format: &str, mut token: Value, scope: Value) -> Value {
    match format {
        "oidcop-2.0" => {
            token["type"] = "refresh_token".into();
            token["scope"] = json!([]);
            token
        }
        _ => {
            token["token_class"] = "refresh_token".into();
            token["scope"] = scope;
            let package = if format == "oidcop-2.4" { "oidcop" } else { "idpyoidc.server" };
            json!({ format!("{package}.session.token.RefreshToken"): token })
        }
    }
}

fn client_of(world: &World, old: &Old) -> Party {
    let record = json!({
        "client_id": old.client_id, "client_secret": "a secret that only the client has", "redirect_uris": ["https://127.0.0.1:8090/authz_cb/local"],
        "grant_types": ["authorization_code", "refresh_token"], "token_endpoint_auth_method": "client_secret_basic",
        "registration_access_token": "x",
    });
    imported(world, &json!({ old.client_id: record }));
    Party {
        client: Registered(record),
        redirect_uri: "https://127.0.0.1:8090/authz_cb/local".to_owned(),
    }
}

#[test]
fn one_is_accepted_once_and_replaced_by_one_of_ours() {
    let classes = ["R", "refresh_token"]
        .into_iter()
        .flat_map(|class| Old::all().map(|old| (class, old)));
    for (class, mut old) in classes {
        let world = old.successor();
        let (token, dump) = with_refresh_token(&world, &mut old, class, PASSWORD);
        imported(&world, &dump);
        assert_eq!(exported(&world, old.format), dump, "{}", old.format);
        let party = client_of(&world, &old);
        let refreshed = party.refreshed(&world, &token);
        let (access_token, successor) = (text(&refreshed, "access_token"), text(&refreshed, "refresh_token"));
        assert!(is_accepted(&world, &access_token), "{}", old.format);
        let sub = old.grant()["sub"].clone();
        assert_eq!(decode(&access_token).1["sub"], sub);
        assert_eq!(refreshed["scope"], "openid email");
        // The answer may have been lost: for a while it is given again.
        assert_eq!(text(&party.refreshed(&world, &token), "refresh_token"), successor);
        party.refreshed(&world, &successor);
        world.advance(31);
        assert_refused(&party.refresh(&world, &token), 400, "invalid_grant");
        assert!(!is_accepted(&world, &access_token), "its replay ends the grant");
        assert!(!world.dump().contains(&token));
        assert_eq!(world.faults(), []);
    }
}

#[test]
fn what_was_not_imported_or_not_sealed_so_is_refused() {
    for mut old in Old::all() {
        let world = old.successor();
        let party = client_of(&world, &old);
        let (unknown, _) = with_refresh_token(&world, &mut old, "R", PASSWORD);
        assert_refused(&party.refresh(&world, &unknown), 400, "invalid_grant");
        assert_eq!(world.stored(Class::UserSession), [] as [String; 0], "nothing is begun for it");
        for (class, password) in [("A", PASSWORD), ("R", "another password")] {
            let (token, dump) = with_refresh_token(&world, &mut old, class, password);
            imported(&world, &dump);
            assert_refused(&party.refresh(&world, &token), 400, "invalid_grant");
            old = Old::all().into_iter().find(|one| one.format == old.format).unwrap();
        }
    }
}

#[test]
fn it_belongs_to_one_client() {
    let [_, mut old, _] = Old::all();
    let world = old.successor();
    let (token, dump) = with_refresh_token(&world, &mut old, "R", PASSWORD);
    imported(&world, &dump);
    let party = client_of(&world, &old);
    let other = Party::registered(&world, json!({ "grant_types": ["authorization_code", "refresh_token"] }));
    assert_refused(&other.refresh(&world, &token), 400, "invalid_grant");
    party.refreshed(&world, &token);
}

#[test]
fn without_the_old_keys_it_is_as_good_as_garbage() {
    let [_, mut old, _] = Old::all();
    let world = World::at(old.now, &[("SUBJECT_SALT", old.salt)]);
    let (token, dump) = with_refresh_token(&world, &mut old, "R", PASSWORD);
    imported(&world, &dump);
    let party = client_of(&world, &old);
    world.run_alarms();
    world.take_touches();
    assert_refused(&party.refresh(&world, &token), 400, "invalid_grant");
    assert_eq!(world.take_touches().asked(Class::UserSession), 0);
}

#[test]
fn one_for_less_than_its_grant_comes_in_revoked() {
    let [_, mut old, _] = Old::all();
    let world = old.successor();
    let (token, _) = with_refresh_token(&world, &mut old, "R", PASSWORD);
    old.grant().insert("scope".to_owned(), json!(["openid", "email", "phone"]));
    imported(&world, &old.dump);
    let party = client_of(&world, &old);
    assert_refused(&party.refresh(&world, &token), 400, "invalid_grant");
}

#[test]
fn rules_that_cannot_be_kept_to_do_not_count_and_one_that_was_kept_is_replaced() {
    let [_, mut old, _] = Old::all();
    let world = old.successor();
    let rules =
        json!({ "access_token": { "expires_in": 864_000 }, "refresh_token": { "supports_minting": ["access_token"] }, "licence": {} });
    old.grant().insert("usage_rules".to_owned(), rules);
    let (token, _) = with_refresh_token(&world, &mut old, "R", PASSWORD);
    let tokens = old.grant()["issued_token"].as_array_mut().unwrap();
    let last = tokens.last_mut().unwrap()["oidcop.session.token.RefreshToken"]
        .as_object_mut()
        .unwrap();
    last.insert("usage_rules".to_owned(), json!({ "supports_minting": ["access_token"] }));
    imported(&world, &old.dump);
    assert_eq!(exported(&world, old.format), old.dump);
    let refreshed = client_of(&world, &old).refreshed(&world, &token);
    assert_eq!(refreshed["expires_in"], 3600);
    assert_ne!(text(&refreshed, "refresh_token"), token);
}

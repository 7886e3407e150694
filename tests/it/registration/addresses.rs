//! Addresses that cannot be registered: where browsers are sent, and where the provider would fetch or call.

use super::refused::assert_refused;
use super::with;
use crate::world::{World, body, post};
use serde_json::json;

#[test]
fn redirect_uris() {
    let world = World::new();
    for uris in [
        json!(null),
        json!([]),
        json!([""]),
        json!(["/cb"]),
        json!(["rp.example/cb"]),
        json!(["https://rp.example/cb#"]),
        json!(["https://rp.example/cb#x"]),
        json!(["https://rp.example/cb", "https://rp.example/cb#x"]),
        json!(["http://rp.example/cb"]),
        json!(["http://localhost.evil.test/cb"]),
        json!(["http://127.0.0.1.evil.test/cb"]),
        json!(["https:///cb"]),
        json!(["https://user@rp.example/cb"]),
        json!(["https://user:password@rp.example/cb"]),
        json!(["https://@rp.example/cb"]),
        json!(["https://rp.example\\@evil.example/cb"]),
        json!(["https://*.rp.example/cb"]),
        json!(["https://rp.example/*"]),
        json!([" https://rp.example/cb"]),
        json!(["https://rp.example/cb "]),
        json!(["https://rp.example/c b"]),
        json!(["https://rp.example/\u{0}"]),
        json!(["https://rp.example/\n"]),
        json!(["https://rp.example/\t"]),
        json!(["https://rp．example/cb"]),
        json!(["https://rp.example/é"]),
        json!(["javascript:alert(1)"]),
        json!(["JavaScript:alert(1)"]),
        json!(["data:text/html,x"]),
        json!(["vbscript:x"]),
        json!(["blob:https://rp.example/x"]),
        json!(["file:///etc/passwd"]),
        json!(["about:blank"]),
        json!(["view-source:https://rp.example/"]),
        json!(["myapp:/cb"]),
        json!(["mailto:a@rp.example"]),
        json!(["https://rp.example/cb?code=1"]),
        json!(["https://rp.example/cb?a=1&state=x"]),
        json!(["https://rp.example/cb?iss=x"]),
        json!(["https://rp.example/cb?error=x"]),
        json!(["https://rp.example/cb?id_token=x"]),
        json!(["https://rp.example/cb?%63ode=x"]),
        json!([format!("https://rp.example/{}", "a".repeat(2030))]),
    ] {
        assert_refused(&world, &json!({ "redirect_uris": uris }), "invalid_redirect_uri");
    }
    for uris in [
        json!("https://rp.example/cb"),
        json!({}),
        json!([1]),
        json!([null]),
        json!([["https://rp.example/cb"]]),
        json!(vec!["https://rp.example/cb"; 51]),
    ] {
        assert_refused(&world, &json!({ "redirect_uris": uris }), "invalid_client_metadata");
    }
    assert_refused(&world, &json!({}), "invalid_redirect_uri");
    world.register(json!({ "redirect_uris": vec!["https://rp.example/cb"; 50] }));
    // An IP literal is no more dangerous to send a browser to than a name.
    world.register(
        json!({ "redirect_uris": ["https://192.0.2.1/cb", "https://[2001:db8::1]/cb", "http://[::1]/cb", "http://localhost:1/cb"] }),
    );
}

const WEB_URIS: [&str; 9] = [
    "logo_uri",
    "logo_uri#fr",
    "client_uri",
    "policy_uri",
    "tos_uri",
    "jwks_uri",
    "initiate_login_uri",
    "frontchannel_logout_uri",
    "backchannel_logout_uri",
];

#[test]
fn web_addresses_in_production() {
    let world = World::new();
    for uri in [
        "http://rp.example/x",
        "http://127.0.0.1/x",
        "http://localhost/x",
        "https://127.0.0.1/x",
        "https://127.1/x",
        "https://2130706433/x",
        "https://0x7f.1/x",
        "https://192.0.2.1/x",
        "https://169.254.169.254/latest/meta-data",
        "https://[::1]/x",
        "https://[::ffff:127.0.0.1]/x",
        "https://localhost/x",
        "https://LOCALHOST/x",
        "https://localhost./x",
        "https://a.localhost/x",
        "https://user@rp.example/x",
        "https://user:password@rp.example/x",
        "javascript:alert(1)",
        "data:image/png;base64,AAAA",
        "ftp://rp.example/x",
        "//rp.example/x",
        "/x",
        "",
        "https://",
        "https://rp.example/ x",
        "https://rp.example\\x",
    ] {
        for name in WEB_URIS {
            assert_refused(&world, &with(json!({ name: uri })), "invalid_client_metadata");
        }
        let uris = json!({ "request_uris": ["https://rp.example/x", uri] });
        assert_refused(&world, &with(uris), "invalid_client_metadata");
    }
    for uri in [
        "http://rp.example/x",
        "javascript:alert(1)",
        "https://rp.example/x#fragment",
        "https://rp.example/?state=x",
    ] {
        assert_refused(
            &world,
            &with(json!({ "post_logout_redirect_uris": [uri] })),
            "invalid_client_metadata",
        );
    }
}

#[test]
fn web_addresses_on_a_developer_s_machine() {
    let world = World::local();
    for name in WEB_URIS {
        assert_refused(&world, &with(json!({ name: "http://rp.example/x" })), "invalid_client_metadata");
        assert_refused(&world, &with(json!({ name: "javascript:x" })), "invalid_client_metadata");
        world.register(json!({ "redirect_uris": ["https://127.0.0.1:8090/cb"], name: "https://127.0.0.1:8090/x" }));
    }
    // Another party sends the browser there, so it is https everywhere.
    assert_refused(
        &world,
        &with(json!({ "initiate_login_uri": "http://127.0.0.1/x" })),
        "invalid_client_metadata",
    );
    world.register(json!({ "redirect_uris": ["http://127.0.0.1:8090/cb"], "jwks_uri": "http://localhost:8090/jwks" }));
}

#[test]
fn logout_addresses() {
    let world = World::new();
    for member in [
        json!({ "backchannel_logout_uri": "https://rp.example/bc#x" }),
        json!({ "frontchannel_logout_uri": "https://rp.example/fc#x" }),
        json!({ "frontchannel_logout_uri": "https://other.example/fc" }),
        json!({ "frontchannel_logout_uri": "https://rp.example:8443/fc" }),
    ] {
        assert_refused(&world, &with(member), "invalid_client_metadata");
    }
}

#[test]
fn a_private_scheme_shows_nobodys_host_and_joins_nobodys_sector() {
    let world = World::new();
    let uri = "evil.app://rp.example/cb";
    assert_eq!(treeline::oauth::uri::display_host(uri), "evil.app:");
    let sector = |metadata: serde_json::Value| {
        let client = world.register(metadata);
        let record = world.ask(client.id(), treeline::client::home::ReadRecord {}).unwrap();
        (record.sector(), client)
    };
    let pairwise = |uri: &str, kind: &str| json!({ "redirect_uris": [uri], "subject_type": "pairwise", "application_type": kind });
    let (app, client) = sector(pairwise(uri, "native"));
    assert_eq!(app, client.id());
    let (local, client) = sector(pairwise("http://localhost:3000/cb", "native"));
    assert_eq!(local, client.id());
    assert_eq!(sector(pairwise("https://RP.example/cb", "web")).0, "rp.example");
}

#[test]
fn where_an_application_is_reached_fits_its_type() {
    let world = World::new();
    let register = |metadata: serde_json::Value| post("/registration").json(&metadata).send(&world);
    for (kind, types, uri, accepted) in [
        ("web", json!(["code"]), "https://rp.example/cb", true),
        ("web", json!(["code"]), "http://localhost:3000/cb", true),
        ("web", json!(["code"]), "com.example.app:/cb", false),
        ("web", json!(["id_token"]), "https://rp.example/cb", true),
        ("web", json!(["id_token"]), "http://localhost:3000/cb", false),
        ("web", json!(["code token"]), "https://localhost/cb", false),
        ("native", json!(["code"]), "com.example.app:/cb", true),
        ("native", json!(["id_token"]), "http://127.0.0.1/cb", true),
        ("native", json!(["code"]), "https://rp.example/cb", true),
    ] {
        let response = register(json!({ "redirect_uris": [uri], "response_types": types, "application_type": kind }));
        assert_eq!(response.status == 201, accepted, "{kind} {types} {uri}: {}", response.body.as_str());
        if !accepted {
            assert_eq!(body(&response)["error"], "invalid_redirect_uri");
        }
    }
    // A developer's client is on the developer's machine.
    let local = World::local();
    local.register(json!({ "redirect_uris": ["http://localhost:3000/cb"], "response_types": ["id_token"] }));
}

//! A request that another site's page posts: browsers send the session cookie only once it comes again as GET.

use crate::world::{World, post};
use serde_json::json;

#[test]
fn a_cross_site_post_comes_again_as_get() {
    let world = World::new();
    let client = world.register(json!({ "redirect_uris": ["https://rp.example/cb"] }));
    let fields = [
        ("client_id", client.id()),
        ("redirect_uri", "https://rp.example/cb"),
        ("response_type", "code"),
        ("scope", "openid"),
        ("state", "a b&c=d%"),
    ];
    world.take_touches();
    let response = post("/authorization")
        .header("sec-fetch-site", "cross-site")
        .form(&fields)
        .send(&world);
    assert_eq!(response.status, 303);
    let location = response.header("location").unwrap();
    let query = location.strip_prefix("/authorization?").expect("the provider's own address");
    let repeated: Vec<(String, String)> = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    let sent: Vec<(String, String)> = fields
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    assert_eq!(repeated, sent);
    assert_eq!(world.take_touches().kv_gets, 0);

    let page = post("/authorization")
        .header("sec-fetch-site", "same-origin")
        .form(&fields)
        .send(&world);
    assert_eq!(page.status, 200, "the provider's own pages and plain software are answered at once");
}

#[test]
fn a_request_that_is_too_long_for_an_address_is_answered_as_it_is() {
    let world = World::new();
    let client = world.register(json!({ "redirect_uris": ["https://rp.example/cb"] }));
    let (state, nonce) = ("s".repeat(6000), "n".repeat(6000));
    let response = post("/authorization")
        .header("sec-fetch-site", "cross-site")
        .form(&[
            ("client_id", client.id()),
            ("redirect_uri", "https://rp.example/cb"),
            ("response_type", "code"),
            ("scope", "openid"),
            ("state", &state),
            ("nonce", &nonce),
        ])
        .send(&world);
    assert_eq!(response.status, 200);
}

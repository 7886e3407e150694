//! Parameters of queries and forms.

use proptest::prelude::*;
use treeline::oauth::params::{NotUtf8, Params, Repeated, encode};

fn params(text: &str) -> Params {
    Params::parse(text).expect("UTF-8")
}

#[test]
fn pairs_are_decoded() {
    let params = params("a=1&b=x+y%20z&c=%C3%A9&d%5Be%5D=%26%3D&f==&=g");
    assert_eq!(params.one("a"), Ok(Some("1")));
    assert_eq!(params.one("b"), Ok(Some("x y z")));
    assert_eq!(params.one("c"), Ok(Some("é")));
    assert_eq!(params.one("d[e]"), Ok(Some("&=")));
    assert_eq!(params.one("f"), Ok(Some("=")));
    assert_eq!(params.one(""), Ok(Some("g")));
}

#[test]
fn empty_is_omitted() {
    let params = params("a=&b&&c=&c=1");
    assert_eq!(params.one("a"), Ok(None));
    assert_eq!(params.one("b"), Ok(None));
    assert_eq!(params.one("c"), Ok(Some("1")), "an empty value does not count as one of two");
    assert_eq!(params.pairs().count(), 1);
}

#[test]
fn a_parameter_given_twice_is_noticed_wherever_it_stands() {
    assert_eq!(params("a=1&a=2").one("a"), Err(Repeated("a")));
    assert_eq!(params("a=1&a=1").one("a"), Err(Repeated("a")), "even with the same value");
    assert_eq!(params("a=1&%61=1").one("a"), Err(Repeated("a")));
    let mut both = params("a=1");
    both.extend("a=1").unwrap();
    assert_eq!(both.one("a"), Err(Repeated("a")));
    assert_eq!(params("a=1&A=2").one("a"), Ok(Some("1")), "names have case");
    assert_eq!(params("resource=x&resource=y").all("resource").collect::<Vec<_>>(), ["x", "y"]);
}

#[test]
fn what_is_not_utf_8_is_refused() {
    for text in ["a=%ff", "%ff=a", "a=%C3", "a=%ED%A0%80", "a=%C0%80", "a=%F5%80%80%80"] {
        assert_eq!(Params::parse(text), Err(NotUtf8), "{text}");
    }
    // A percent sign that begins no escape stands for itself, as in every browser.
    assert_eq!(params("a=100%&b=%zz").one("a"), Ok(Some("100%")));
}

#[test]
fn a_thousand_parameters_are_only_many() {
    let text = "a=1&".repeat(1000);
    assert_eq!(params(&text).all("a").count(), 1000);
}

proptest! {
    #[test]
    fn what_is_written_is_read(pairs in prop::collection::vec(("\\PC{1,8}", "\\PC{1,16}"), 0..8)) {
        let text = encode(pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())));
        prop_assert!(text.is_ascii() && !text.contains(['\r', '\n', '"']));
        let read: Vec<(String, String)> = params(&text).pairs().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        prop_assert_eq!(read, pairs);
    }

    #[test]
    fn no_text_is_too_odd_to_be_parsed(text in "[ -~é%&=+]{0,64}") {
        let _ = Params::parse(&text);
    }
}

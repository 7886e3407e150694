//! docs/reference/openapi.json describes the very routes that the router has.

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use treeline::router::admin::ROUTES;

#[test]
fn every_route_is_described_and_no_other() {
    let description: Value = serde_json::from_str(include_str!("../../../docs/reference/openapi.json")).expect("JSON");
    let paths = description["paths"].as_object().expect("paths");
    let methods = |item: &Value| {
        let names = item.as_object().expect("a path").keys().filter(|name| *name != "parameters");
        names.map(|name| name.to_uppercase()).collect::<BTreeSet<_>>()
    };
    let described: BTreeMap<&str, BTreeSet<String>> = paths.iter().map(|(path, item)| (path.as_str(), methods(item))).collect();
    let routed = ROUTES
        .iter()
        .map(|(path, methods, _)| (*path, methods.split(", ").map(str::to_owned).collect()));
    assert_eq!(described, routed.collect());
}

//! The house plan, enforced: which module may import which, who may name the runtime, and where nothing may wait or panic.
//!
//! It reads the sources themselves, without comments and the contents of strings.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects
)]

#[path = "layering/source.rs"]
mod source;

use source::{Source, sources};
use std::collections::BTreeSet;

/// Every top-level module with those that it may import, from the lowest up. Each imports only what stands above it in this list.
const LAYERS: &[(&str, &[&str])] = &[
    // Values: the wire's vocabulary, requests and responses, errors, sealing, configuration.
    ("precis", &[]),
    ("oauth", &["precis"]),
    ("http", &["oauth"]),
    ("error", &["http"]),
    ("seal", &["oauth"]),
    ("config", &["oauth", "error", "seal"]),
    ("password", &["precis", "oauth", "error"]),
    // What runs inside objects. None of it knows of HTTP, but for the key ring, whose public half is a document.
    ("object", &["oauth"]),
    ("jose", &["oauth", "http", "error", "seal", "object"]),
    ("client", &["oauth", "error", "seal", "object", "jose"]),
    ("session", &["password", "oauth", "object", "client"]),
    ("pending", &["oauth", "object"]),
    ("objects", &["oauth", "object", "jose", "client", "session", "pending"]),
    // The protocol over the one seam.
    ("platform", &["oauth", "error", "config", "object", "jose", "client"]),
    ("login", &["precis", "password", "oauth", "http", "error", "seal", "config"]),
    (
        "endpoint",
        &[
            "password", "oauth", "http", "error", "seal", "config", "object", "jose", "client", "session", "pending", "platform", "login",
        ],
    ),
    (
        "back_channel",
        &[
            "oauth", "http", "error", "seal", "config", "client", "session", "jose", "platform", "login", "endpoint",
        ],
    ),
    (
        "admin",
        &[
            "password", "oauth", "http", "error", "seal", "config", "client", "session", "pending", "platform", "login", "endpoint",
        ],
    ),
    (
        "router",
        &["oauth", "http", "error", "config", "platform", "login", "endpoint", "admin"],
    ),
    // The runtime: it puts everything together.
    (
        "edge",
        &[
            "oauth",
            "http",
            "error",
            "seal",
            "config",
            "object",
            "jose",
            "client",
            "session",
            "pending",
            "objects",
            "platform",
            "endpoint",
            "back_channel",
            "router",
        ],
    ),
];

/// Crates that are the runtime's own.
const RUNTIME: &[&str] = &[
    "worker",
    "worker_sys",
    "js_sys",
    "web_sys",
    "wasm_bindgen",
    "wasm_bindgen_futures",
    "getrandom",
];

/// Modules whose code runs to its end without waiting: a command's transaction is synchronous.
const SYNCHRONOUS: &[&str] = &[
    "precis", "oauth", "http", "error", "seal", "config", "object", "client", "session", "pending", "objects", "login",
];

/// Lists the sources that `offends` says something about, and fails where there are any.
fn assert_none(rule: &str, offends: impl Fn(&Source) -> Option<String>) {
    let sources = sources();
    assert!(sources.len() > 50, "only {} sources were found", sources.len());
    let offences: Vec<String> = sources
        .iter()
        .filter_map(|source| offends(source).map(|what| format!("{}: {what}", source.path)))
        .collect();
    assert!(offences.is_empty(), "{rule}\n{}", offences.join("\n"));
}

/// Fails where a source outside `allowed` holds one of these names.
fn assert_no_names(rule: &str, names: &[&str], concerns: impl Fn(&Source) -> bool) {
    assert_none(rule, |source| {
        let found: Vec<&str> = names.iter().copied().filter(|name| source.names(name)).collect();
        (concerns(source) && !found.is_empty()).then(|| found.join(", "))
    });
}

#[test]
fn the_table_is_a_ladder() {
    let mut below = BTreeSet::new();
    for (module, imports) in LAYERS {
        for import in *imports {
            assert!(below.contains(import), "{module} stands below {import}");
        }
        assert!(below.insert(module), "{module} stands twice");
    }
    let present: BTreeSet<String> = sources()
        .iter()
        .map(|source| source.module.clone())
        .filter(|module| module != "lib")
        .collect();
    let listed: BTreeSet<String> = LAYERS.iter().map(|(module, _)| (*module).to_owned()).collect();
    assert_eq!(present, listed, "the table names every module");
}

#[test]
fn imports_point_one_way() {
    assert_none("imports against the direction of docs/development/architecture.md", |source| {
        let allowed = LAYERS
            .iter()
            .find(|(module, _)| *module == source.module)
            .map(|(_, imports)| *imports);
        let is_allowed = |import: &String| *import == source.module || allowed.is_some_and(|allowed| allowed.contains(&import.as_str()));
        let wrong: Vec<String> = source.imports().into_iter().filter(|import| !is_allowed(import)).collect();
        (source.module != "lib" && !wrong.is_empty()).then(|| wrong.join(", "))
    });
}

#[test]
fn only_the_edge_names_the_runtime() {
    assert_no_names("the runtime is named outside src/edge", RUNTIME, |source| source.module != "edge");
}

#[test]
fn what_other_workers_could_call_stands_in_one_place_behind_the_guard() {
    let exports = |source: &Source| {
        let lines: Vec<&str> = source.code.lines().map(str::trim).collect();
        let is_export = |two: &&[&str]| two[0].starts_with("#[wasm_bindgen") && two[1].starts_with("pub fn ") && two[1].ends_with('{');
        lines.windows(2).filter(is_export).map(|two| two[1].to_owned()).collect::<Vec<_>>()
    };
    assert_none("an exported function", |source| {
        let found = exports(source);
        let is_boundary = ["edge/entry.rs", "edge/task.rs"].contains(&source.path.as_str());
        (is_boundary == found.is_empty()).then(|| found.join(", "))
    });
    // What wasm exports is not the Worker's: callers would bring an environment of their own.
    let guard = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/src/edge/guard.js")).expect("the guard");
    assert!(guard.contains("export default class Provider extends WorkerEntrypoint {"));
}

#[test]
fn a_command_never_waits() {
    assert_no_names("something waits where a transaction may be open", &["async", "await"], |source| {
        // Of the keys' modules, one is an object's: the key ring.
        SYNCHRONOUS.contains(&source.module.as_str()) || source.path.starts_with("jose/keyset")
    });
}

#[test]
fn what_runs_inside_objects_knows_no_http() {
    assert_no_names(
        "an object's code names requests or responses",
        &["Request", "Response", "http"],
        |source| ["object", "session", "pending", "objects"].contains(&source.module.as_str()) || source.path == "client/home.rs",
    );
}

#[test]
fn endpoints_never_see_sql() {
    assert_no_names("SQL outside the objects", &["sql", "Sql", "SqlFault"], |source| {
        ["platform", "login", "endpoint", "admin", "router", "http", "error", "config"].contains(&source.module.as_str())
    });
}

#[test]
fn time_and_randomness_come_from_the_platform() {
    assert_no_names(
        "an ambient clock or generator",
        &["SystemTime", "Instant", "OsRng", "thread_rng"],
        |_| true,
    );
}

#[test]
fn nothing_panics() {
    assert_none("a way to panic", |source| {
        let found: Vec<&str> = [
            ".unwrap()",
            ".expect(",
            "panic!",
            "unreachable!",
            "todo!",
            "unimplemented!",
            "assert!",
            "assert_eq!",
        ]
        .into_iter()
        .filter(|text| source.code.contains(text))
        .collect();
        (!found.is_empty()).then(|| found.join(", "))
    });
}

#[test]
fn nothing_is_printed_but_by_the_edge() {
    assert_no_names(
        "secrets reach no log by accident",
        &["println", "eprintln", "print", "dbg", "console_log", "console_error"],
        |source| source.module != "edge",
    );
}

#[test]
fn every_file_says_what_it_is() {
    assert_none("no word at the top", |source| {
        let begins = source.text.starts_with("//! ") && source.text.len() > 20;
        (!begins).then(|| "it begins otherwise than with //!".to_owned())
    });
}

#[test]
fn the_reader_reads() {
    let source = Source::new(
        "session/deep/file.rs",
        r##"
        //! use crate::router;
        use crate::{client::home, oauth, session::{grant, login}, http as web};
        use super::super::login::cookie;
        use super::super::super::endpoint;
        /* crate::edge and /* crate::admin */ */
        const TEXT: &str = "crate::platform \" crate::seal"; // crate::pending
        const RAW: &str = r#"crate::config " worker::"#;
        const QUOTE: char = '"';
        fn life<'a>(text: &'a str) -> crate::jose::alg::Alg { my_worker::call(text); worker::go() }
        "##,
    );
    let imports: Vec<String> = source.imports().into_iter().collect();
    assert_eq!(imports, ["client", "endpoint", "http", "jose", "oauth", "session"]);
    assert!(source.names("worker") && source.names("my_worker") && !source.names("work"));
    assert_eq!(source.module, "session");
    assert!(!source.code.contains("router") && !source.code.contains("platform") && !source.code.contains("config"));
}

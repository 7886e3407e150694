//! One source file, read as a compiler's first step reads it: without comments, and without what stands in strings.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::OnceLock;

/// A file of src.
pub struct Source {
    /// Its path below src, with `/`.
    pub path: String,
    /// The top-level module that it belongs to.
    pub module: String,
    /// The text as it stands there.
    pub text: String,
    /// The text without comments and the contents of strings.
    pub code: String,
}

/// Every source of the crate.
pub fn sources() -> &'static [Source] {
    static SOURCES: OnceLock<Vec<Source>> = OnceLock::new();
    SOURCES.get_or_init(|| {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let mut found = vec![];
        collect(&root, "", &mut found);
        found.sort_by(|one, other| one.path.cmp(&other.path));
        found
    })
}

fn collect(directory: &Path, prefix: &str, found: &mut Vec<Source>) {
    for entry in std::fs::read_dir(directory).expect("a directory") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().expect("a name").to_str().expect("UTF-8").to_owned();
        if path.is_dir() {
            collect(&path, &format!("{prefix}{name}/"), found);
        } else if name.ends_with(".rs") {
            let text = std::fs::read_to_string(&path).expect("UTF-8");
            found.push(Source::new(&format!("{prefix}{name}"), &text));
        }
    }
}

impl Source {
    pub fn new(path: &str, text: &str) -> Self {
        let module = path.split(['/', '.']).next().expect("a first part").to_owned();
        Self {
            path: path.to_owned(),
            module,
            text: text.to_owned(),
            code: strip(text),
        }
    }

    /// Whether an identifier stands in the code.
    pub fn names(&self, name: &str) -> bool {
        self.code.split(|c: char| !c.is_alphanumeric() && c != '_').any(|word| word == name)
    }

    /// The top-level modules that the code names by way of `crate` or of enough `super`s.
    pub fn imports(&self) -> BTreeSet<String> {
        let dense: String = self
            .code
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ")
            .replace(" ::", "::")
            .replace(":: ", "::");
        let mut imports = BTreeSet::new();
        for (at, _) in dense.match_indices("crate::") {
            imports.extend(heads(&dense[at + "crate::".len()..]));
        }
        // As many supers as the file lies deep lead to the crate's root.
        let supers = "super::".repeat(self.depth());
        for (at, _) in dense.match_indices(&supers) {
            let rest = &dense[at + supers.len()..];
            let begins = !dense[..at].ends_with("super::");
            if begins {
                imports.extend(heads(rest));
            }
        }
        imports.remove("super");
        imports.remove("self");
        imports
    }

    /// How many modules deep the file is: one for src/session.rs and src/session/mod.rs, two for src/session/grant.rs.
    fn depth(&self) -> usize {
        let slashes = self.path.matches('/').count();
        if self.path.ends_with("/mod.rs") { slashes } else { slashes + 1 }
    }
}

/// The first names of what follows a `::`: one, or those of a list in braces.
fn heads(rest: &str) -> Vec<String> {
    let name = |text: &str| {
        let text = text.trim_start();
        let end = text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len());
        text[..end].to_owned()
    };
    let Some(list) = rest.strip_prefix('{') else {
        return vec![name(rest)];
    };
    let mut depth = 0_usize;
    let mut heads = vec![name(list)];
    for (at, c) in list.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => heads.push(name(&list[at + 1..])),
            _ => {}
        }
    }
    heads.retain(|head| !head.is_empty());
    heads
}

/// Takes comments out, and what stands between quotes.
fn strip(text: &str) -> String {
    let mut code = String::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let skipped = comment(rest).or_else(|| string(rest)).or_else(|| character(rest));
        match skipped {
            Some(length) => {
                code.push(' ');
                rest = &rest[length..];
            }
            None => {
                // A whole word at once, so that the r of a name is not taken for the beginning of a raw string.
                let word = rest
                    .find(|c: char| !c.is_alphanumeric() && c != '_')
                    .unwrap_or(rest.len())
                    .max(c.len_utf8());
                code.push_str(&rest[..word]);
                rest = &rest[word..];
            }
        }
    }
    code
}

fn comment(rest: &str) -> Option<usize> {
    if rest.starts_with("//") {
        return Some(rest.find('\n').unwrap_or(rest.len()));
    }
    if !rest.starts_with("/*") {
        return None;
    }
    let mut depth = 0_usize;
    let mut at = 0;
    while at < rest.len() {
        if rest[at..].starts_with("/*") {
            depth += 1;
            at += 2;
        } else if rest[at..].starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return Some(at);
            }
        } else {
            at += rest[at..].chars().next().map_or(1, char::len_utf8);
        }
    }
    Some(rest.len())
}

fn string(rest: &str) -> Option<usize> {
    let begins = |prefix: &&str| rest.strip_prefix(*prefix).is_some_and(|rest| rest.starts_with(['"', '#']));
    let prefix = ["", "b", "r", "br"].iter().find(|prefix| begins(prefix))?.len();
    if rest[..prefix].ends_with('r') {
        let hashes = rest[prefix..].chars().take_while(|c| *c == '#').count();
        let open = prefix + hashes;
        if !rest[open..].starts_with('"') {
            return None;
        }
        let close = format!("\"{}", "#".repeat(hashes));
        let end = rest[open + 1..].find(&close)?;
        return Some(open + 1 + end + close.len());
    }
    if !rest[prefix..].starts_with('"') {
        return None;
    }
    let mut escaped = false;
    for (at, c) in rest[prefix + 1..].char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return Some(prefix + 1 + at + 1),
            _ => {}
        }
    }
    Some(rest.len())
}

/// A character literal; a lifetime is none.
fn character(rest: &str) -> Option<usize> {
    let inner = rest.strip_prefix('\'')?;
    let first = inner.chars().next()?;
    if first == '\\' {
        let end = inner[2..].find('\'')?;
        return Some(1 + 2 + end + 1);
    }
    inner[first.len_utf8()..].starts_with('\'').then_some(first.len_utf8() + 2)
}

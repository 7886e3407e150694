//! What is kept of where a person signs in, so that the person knows the device again: two words for browser and system, and the country. Neither the
//! address nor the header that the words are read from is kept.

use crate::http::Request;

/// What browsers call themselves, with the name that people know. Most of them call themselves by the names further down as well.
const BROWSERS: [(&str, &str); 8] = [
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
];

/// What systems are called in the same header, likewise.
const SYSTEMS: [(&str, &str); 7] = [
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("CrOS", "ChromeOS"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
];

/// Browser and system, such as `Firefox, Windows`; one of them where the other is not known, or nothing.
pub fn device(request: &Request) -> String {
    let agent = request.header("user-agent").unwrap_or_default();
    let known = |table: &[(&str, &'static str)]| table.iter().find(|(mark, _)| agent.contains(mark)).map(|(_, name)| *name);
    let names: Vec<&str> = [known(&BROWSERS), known(&SYSTEMS)].into_iter().flatten().collect();
    names.join(", ")
}

/// The code of the country that the request comes from, as Cloudflare tells it; empty where it is not known, and where it is no country (Tor).
pub fn place(request: &Request) -> String {
    let told = request.header("cf-ipcountry").unwrap_or_default();
    let is_country = told.len() == 2 && told.bytes().all(|byte| byte.is_ascii_uppercase()) && told != "XX";
    if is_country { told } else { String::new() }
}

//! The two cookies: one binds a browser to the requests that were opened in it, the other holds the session, sealed.

use crate::config::Config;
use crate::http::{Request, Response};
use crate::oauth::base64url;
use crate::oauth::ids::NodeId;
use crate::seal::Kind;
use crate::seal::locator::Locator;

const BROWSER: &str = "treeline-browser";
const SESSION: &str = "treeline-session";

/// The browser's own mark, where it has one.
pub fn browser(config: &Config, request: &Request) -> Option<NodeId> {
    let value = read(config, request, BROWSER)?;
    NodeId::from_bytes(&base64url::decode(&value)?)
}

/// The login that the browser holds: the user and the login's node.
pub fn session(config: &Config, request: &Request) -> Option<Locator> {
    let value = read(config, request, SESSION)?;
    Locator::open(&config.sealer, Kind::Session, &value)
}

/// Marks the browser, for as long as it runs.
pub fn set_browser(config: &Config, response: Response, mark: NodeId) -> Response {
    response.with("set-cookie", write(config, BROWSER, &base64url::encode(mark.0)))
}

/// Hands the browser its login, for as long as that lasts.
pub fn set_session(config: &Config, response: Response, login: &Locator) -> Response {
    let cookie = write(config, SESSION, &login.seal(&config.sealer, Kind::Session));
    response.with("set-cookie", format!("{cookie}; Max-Age={}", config.lifetimes.login))
}

/// Takes the browser's login away.
pub fn end_session(config: &Config, response: Response) -> Response {
    response.with("set-cookie", format!("{}; Max-Age=0", write(config, SESSION, "")))
}

/// A `Set-Cookie` value (RFC 6265, section 4.1). Values are base64url, so nothing has to be quoted.
fn write(config: &Config, name: &str, value: &str) -> String {
    let secure = if config.issuer.is_https() { "; Secure" } else { "" };
    format!("{}={value}; Path=/; HttpOnly; SameSite=Lax{secure}", full_name(config, name))
}

/// The value of the first cookie of that name in the `Cookie` header (RFC 6265, section 5.4).
fn read(config: &Config, request: &Request, name: &str) -> Option<String> {
    let name = full_name(config, name);
    let header = request.header("cookie")?;
    let mut pairs = header.split(';').filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(key, _)| *key == name).map(|(_, value)| value.to_owned())
}

/// Browsers accept the `__Host-` prefix only over https; without it the provider runs on the developer's own machine.
fn full_name(config: &Config, name: &str) -> String {
    match config.issuer.is_https() {
        true => format!("__Host-{name}"),
        false => name.to_owned(),
    }
}

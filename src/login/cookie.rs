//! The cookies: one binds a browser to the requests that were opened in it, one holds the session, sealed, and beside that one lies what the session
//! frame's script reads of it.

use crate::config::Config;
use crate::http::{Request, Response};
use crate::oauth::base64url;
use crate::oauth::ids::NodeId;
use crate::oauth::session_state::BrowserState;
use crate::seal::Kind;
use crate::seal::locator::Locator;

const BROWSER: &str = "treeline-browser";
const SESSION: &str = "treeline-session";
/// The script in `templates/check_session.js` knows the name as well.
const STATE: &str = "treeline-state";

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
    response.with("set-cookie", write(config, BROWSER, &base64url::encode(mark.0), CLOSED))
}

/// Hands the browser its login, for as long as that lasts.
pub fn set_session(config: &Config, response: Response, login: &Locator) -> Response {
    let session = login.seal(&config.sealer, Kind::Session);
    let state = BrowserState::of(login.node);
    write_session(config, response, [&session, state.as_str()], config.lifetimes.login)
}

/// Takes the login away from the browser (RFC 6265, section 5.3: a cookie that is past its age is removed).
pub fn end_session(config: &Config, response: Response) -> Response {
    write_session(config, response, ["", ""], 0)
}

/// The session and what shows of it come and go together.
fn write_session(config: &Config, response: Response, [session, state]: [&str; 2], max_age: i64) -> Response {
    let lasting = |cookie: String| format!("{cookie}; Max-Age={max_age}");
    response
        .with("set-cookie", lasting(write(config, SESSION, session, CLOSED)))
        .with("set-cookie", lasting(write(config, STATE, state, framed(config))))
}

/// Of what the provider alone reads, and what other sites' pages cannot have sent along.
const CLOSED: &str = "HttpOnly; SameSite=Lax";

/// Of what the session frame's script reads, inside pages of any site: without HttpOnly, because a script reads it, and with `None`, because of the other sites.
/// It opens nothing. Over http, where browsers refuse `None`, the provider runs on the developer's own machine, whose ports are all one site.
fn framed(config: &Config) -> &'static str {
    match config.issuer.is_https() {
        true => "SameSite=None",
        false => "SameSite=Lax",
    }
}

/// A `Set-Cookie` value (RFC 6265, section 4.1). Values are base64url, so nothing has to be quoted.
fn write(config: &Config, name: &str, value: &str, attributes: &str) -> String {
    let secure = if config.issuer.is_https() { "; Secure" } else { "" };
    format!("{}={value}; Path=/; {attributes}{secure}", full_name(config, name))
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

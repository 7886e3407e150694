//! From (method, path) to an endpoint, and the headers that every answer of a kind carries, as one table.

pub mod admin;

use crate::admin::health;
use crate::config::Config;
use crate::endpoint::discovery::path;
use crate::endpoint::{
    account, authorization, consent, discovery, end_session, introspection, jwks, login, registration, revocation, sign_up, token,
    userinfo, webfinger,
};
use crate::error::{Error, ErrorCode, Failure, Fault, ProtocolError};
use crate::http::{Body, Document, Method, REQUEST_ID, Request, Response};
use crate::login::pages::{ErrorPage, HomePage, ICON_PATH, Reason, SessionFrame, icon};
use crate::platform::Platform;
use crate::platform::log::{Entry, NO_ROUTE};
use admin::AdminPath;
use std::future::ready;
use std::pin::Pin;

/// What an isolate makes once and serves from memory.
pub struct Site {
    discovery: Document,
    session_frame: SessionFrame,
}

impl Site {
    /// Prepares the documents.
    pub fn new(config: &Config) -> Self {
        Self {
            discovery: discovery::document(config),
            session_frame: SessionFrame::new(),
        }
    }
}

/// Who talks to a route, and so how it answers errors and which headers it adds.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Audience {
    /// Software anywhere, scripts of other sites included: JSON, and CORS without credentials.
    Anyone,
    /// The operator's software: JSON, no CORS.
    Operator,
    /// A person with a browser: pages, no CORS.
    Person,
    /// Pages of other sites: what they put into a frame, no CORS.
    Framer,
}

/// A route that exists: its pattern, who it is for, and the methods it has.
struct Route<'a> {
    /// What the log calls it: names in a path stand there as what they are names of.
    pattern: &'a str,
    audience: Audience,
    methods: &'static str,
}

/// Every path with its methods. A path is compared byte for byte as it was sent: no other spelling is the same path.
fn route(path: &str) -> Option<Route<'_>> {
    let (audience, methods) = match path {
        path::OPENID_CONFIGURATION | path::OAUTH_METADATA | path::JWKS | path::WEBFINGER | health::PATH => (Audience::Anyone, "GET, HEAD"),
        path::TOKEN | path::REVOCATION | path::INTROSPECTION | path::REGISTRATION => (Audience::Anyone, "POST"),
        path::USERINFO => (Audience::Anyone, "GET, POST"),
        path::REGISTRATION_API => (Audience::Anyone, "GET, PUT, DELETE"),
        path::AUTHORIZATION | path::END_SESSION | path::ACCOUNT => (Audience::Person, "GET, POST"),
        path::LOGIN | path::SIGN_UP | path::CONSENT | path::LOGOUT | path::ACCOUNT_SIGN_IN => (Audience::Person, "POST"),
        "/" | ICON_PATH => (Audience::Person, "GET, HEAD"),
        path::CHECK_SESSION => (Audience::Framer, "GET, HEAD"),
        _ => {
            let found = AdminPath::parse(path)?;
            return Some(Route {
                pattern: found.template,
                audience: Audience::Operator,
                methods: found.methods,
            });
        }
    };
    Some(Route {
        pattern: path,
        audience,
        methods,
    })
}

/// Answers a request, and notes what it has come to. Nothing that a peer does ends in a panic or without an answer.
pub async fn answer<P: Platform>(platform: &P, site: &Site, request: &Request) -> Response {
    let begun = platform.milliseconds();
    let request_id = request_id(platform, request);
    let route = route(&request.path);
    let response = respond(platform, site, request, (route.as_ref(), &request_id)).await;
    platform.log(&Entry {
        request_id: &request_id,
        method: method_name(request.method),
        route: route.map_or(NO_ROUTE, |route| route.pattern),
        status: response.status,
        outcome: response.outcome(),
        ms: platform.milliseconds().saturating_sub(begun),
        is_document: response.is_document(),
        client_id: request.client_id(),
    });
    response.with(REQUEST_ID, request_id)
}

/// The number under which the operator finds the request: Cloudflare's own, which its logs have too, where the request comes through Cloudflare.
fn request_id<P: Platform>(platform: &P, request: &Request) -> String {
    let is_number = |ray: &String| (1..=64).contains(&ray.len()) && ray.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    request.header("cf-ray").filter(is_number).unwrap_or_else(|| platform.number())
}

async fn respond<P: Platform>(platform: &P, site: &Site, request: &Request, (route, request_id): (Option<&Route<'_>>, &str)) -> Response {
    let https = platform.config().issuer.is_https();
    let Some(route) = route else {
        return with_security(unframed(not_found()), https);
    };
    let response = if request.method == Method::Options && route.audience == Audience::Anyone {
        preflight(route.methods)
    } else if !route.methods.split(", ").any(|name| name == method_name(request.method)) {
        wrong_method(request, route.audience).with("allow", route.methods)
    } else {
        match dispatch(platform, site, request).await {
            Ok(response) => response,
            Err(error) => refuse(platform, (request, request_id), route.audience, error),
        }
    };
    let response = match route.audience {
        Audience::Anyone => unframed(with_cors(response)),
        Audience::Operator | Audience::Person => unframed(response),
        Audience::Framer => response,
    };
    with_security(response, https)
}

/// What there is to do for a request. Each endpoint's work is a future of its own behind a pointer, and so code of its own: what nobody asks an isolate for, that
/// isolate need not compile, and its first answer waits for nothing else.
type Work<'a> = Pin<Box<dyn Future<Output = Result<Response, Error>> + 'a>>;

fn dispatch<'a, P: Platform>(platform: &'a P, site: &'a Site, request: &'a Request) -> Work<'a> {
    let config = platform.config();
    let done = |response| -> Work<'a> { Box::pin(ready(response)) };
    match (request.path.as_str(), request.method) {
        (path::OPENID_CONFIGURATION | path::OAUTH_METADATA, _) => {
            done(Ok(site.discovery.respond(request, "application/json", discovery::MAX_AGE)))
        }
        (path::JWKS, _) => Box::pin(jwks::jwks(platform, request)),
        (health::PATH, _) => Box::pin(health::health(platform, request)),
        (path::WEBFINGER, _) => done(webfinger::webfinger(&config.issuer, request)),
        (path::AUTHORIZATION, _) => Box::pin(authorization::authorize(platform, request)),
        (path::LOGIN, _) => Box::pin(login::login(platform, request)),
        (path::SIGN_UP, _) => Box::pin(sign_up::sign_up(platform, request)),
        (path::CONSENT, _) => Box::pin(consent::consent(platform, request)),
        (path::END_SESSION, _) => Box::pin(end_session::end_session(platform, request)),
        (path::LOGOUT, _) => Box::pin(end_session::confirm(platform, request)),
        (path::ACCOUNT, Method::Post) => Box::pin(account::change::change(platform, request)),
        (path::ACCOUNT, _) => Box::pin(account::show(platform, request)),
        (path::ACCOUNT_SIGN_IN, _) => Box::pin(account::sign_in::sign_in(platform, request)),
        (path::TOKEN, _) => Box::pin(token::token(platform, request)),
        (path::REVOCATION, _) => Box::pin(revocation::revoke(platform, request)),
        (path::INTROSPECTION, _) => Box::pin(introspection::introspect(platform, request)),
        (path::USERINFO, _) => Box::pin(userinfo::userinfo(platform, request)),
        (path::REGISTRATION, _) => Box::pin(registration::register(platform, request)),
        (path::REGISTRATION_API, Method::Get) => Box::pin(registration::manage::read(platform, request)),
        (path::REGISTRATION_API, Method::Put) => Box::pin(registration::manage::update(platform, request)),
        (path::REGISTRATION_API, _) => Box::pin(registration::manage::delete(platform, request)),
        (ICON_PATH, _) => done(Ok(icon())),
        (path::CHECK_SESSION, _) => done(Ok(site.session_frame.respond(request))),
        ("/", _) => done(Ok(HomePage {
            locale: authorization::page::locale(request, None),
            issuer: config.issuer.as_str(),
        }
        .respond())),
        (path, _) => match AdminPath::parse(path) {
            Some(path) => Box::pin(admin::dispatch(platform, request, path)),
            None => done(Ok(not_found())),
        },
    }
}

/// A person comes here by opening the address of a form.
fn wrong_method(request: &Request, audience: Audience) -> Response {
    match audience {
        Audience::Person => page(request, 405, ErrorCode::InvalidRequest, Reason::OnlyForms),
        Audience::Anyone | Audience::Operator | Audience::Framer => Response::empty(405).no_store(),
    }
}

fn page(request: &Request, status: u16, code: ErrorCode, reason: Reason<'_>) -> Response {
    ErrorPage {
        locale: authorization::page::locale(request, None),
        status,
        code: code.as_str(),
        reason,
    }
    .respond()
}

fn method_name(method: Method) -> &'static str {
    match method {
        Method::Get => "GET",
        Method::Head => "HEAD",
        Method::Post => "POST",
        Method::Put => "PUT",
        Method::Delete => "DELETE",
        Method::Options => "OPTIONS",
        Method::Other => "OTHER",
    }
}

fn not_found() -> Response {
    Response {
        body: Body::Text("There is nothing here.\n".to_owned()),
        ..Response::empty(404)
    }
    .with("content-type", "text/plain; charset=utf-8")
    .no_store()
}

/// What a script of another site may do (Fetch standard, CORS protocol): any of the route's methods, with a token of its own but no cookies.
fn preflight(methods: &'static str) -> Response {
    Response::empty(204)
        .with("access-control-allow-methods", methods)
        .with("access-control-allow-headers", "authorization, content-type")
        .with("access-control-max-age", "86400")
}

/// An error as the route's audience reads it.
fn refuse<P: Platform>(platform: &P, (request, request_id): (&Request, &str), audience: Audience, error: Error) -> Response {
    match (error.failure(), audience) {
        (Failure::Protocol(error), Audience::Person) => page(request, error.code.status(), error.code, Reason::Protocol(error.description)),
        (Failure::Protocol(error), _) => error.into_response(),
        (Failure::Challenge(challenge), _) => challenge.into_response(),
        (Failure::Fault(fault), audience) => fail(platform, (request, request_id), audience, &fault),
    }
}

/// A fault of ours: the operator reads what happened in the log, the peer gets the number under which it stands there.
fn fail<P: Platform>(platform: &P, (request, request_id): (&Request, &str), audience: Audience, fault: &Fault) -> Response {
    platform.report(request_id, fault);
    let code = match fault {
        Fault::Object { .. } | Fault::Kv(_) => ErrorCode::TemporarilyUnavailable,
        _ => ErrorCode::ServerError,
    };
    match audience {
        Audience::Person => page(request, code.status(), code, Reason::Fault(request_id)),
        _ => ProtocolError::new(code, format!("the fault is ours; it is logged as {request_id}")).into_response(),
    }
}

/// What a script of another site may read: the response, and why it was refused (Fetch standard, CORS protocol).
fn with_cors(response: Response) -> Response {
    let refused = response.header("www-authenticate").is_some();
    let response = response.with("access-control-allow-origin", "*");
    match refused {
        true => response.with("access-control-expose-headers", "WWW-Authenticate"),
        false => response,
    }
}

/// Nobody puts the response into a frame (RFC 7034).
fn unframed(response: Response) -> Response {
    response.with("x-frame-options", "DENY")
}

/// Headers of every response.
fn with_security(response: Response, https: bool) -> Response {
    let response = response
        .with("x-content-type-options", "nosniff")
        .with("referrer-policy", "no-referrer");
    match https {
        true => response.with("strict-transport-security", "max-age=63072000; includeSubDomains"),
        false => response,
    }
}

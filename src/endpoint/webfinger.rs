//! WebFinger (RFC 7033; OpenID Connect Discovery, section 2): which issuer is responsible for a person of this host.

use crate::config::Issuer;
use crate::error::{Error, ErrorCode, protocol};
use crate::http::{Request, Response};
use crate::oauth::address::Address;
use crate::oauth::params::Params;
use serde_json::json;

const ISSUER_RELATION: &str = "http://openid.net/specs/connect/1.0/issuer";

/// GET: the issuer link, for any resource of the issuer's own host; nothing of it says whether the person exists.
pub fn webfinger(issuer: &Issuer, request: &Request) -> Result<Response, Error> {
    let bad = |reason| protocol(ErrorCode::InvalidRequest, reason);
    let params = Params::parse(&request.query).map_err(|_| bad("the query is not UTF-8"))?;
    let resource = params.one("resource").map_err(|_| bad("resource is given twice"))?;
    let resource = resource.ok_or_else(|| bad("resource is missing"))?;
    if !is_local(issuer, resource) {
        return Ok(Response::not_found());
    }
    let mut relations = params.all("rel").peekable();
    let wanted = relations.peek().is_none() || relations.any(|rel| rel == ISSUER_RELATION);
    let links = match wanted {
        true => vec![json!({ "rel": ISSUER_RELATION, "href": issuer.as_str() })],
        false => Vec::new(),
    };
    let mut response = Response::json(200, &json!({ "subject": resource, "links": links }));
    response.headers = vec![
        ("content-type", "application/jrd+json".into()),
        ("cache-control", "public, max-age=3600".into()),
    ];
    Ok(response)
}

/// Whether a resource is of the issuer's host: `acct:name@host`, or an address there.
fn is_local(issuer: &Issuer, resource: &str) -> bool {
    let Some(own) = Address::parse(issuer.as_str()) else {
        return false;
    };
    let host = own.host().unwrap_or_default();
    let host_and_port = issuer.as_str().split_once("://").map_or("", |(_, rest)| rest);
    match resource.strip_prefix("acct:") {
        Some(account) => account
            .rsplit_once('@')
            .is_some_and(|(_, name)| name.eq_ignore_ascii_case(host) || name.eq_ignore_ascii_case(host_and_port)),
        None => Address::parse(resource).is_some_and(|address| address.origin() == own.origin()),
    }
}

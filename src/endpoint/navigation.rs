//! Requests that a browser makes on its way from a client to the provider: the parameters stand in the query or in a form, and whatever cannot be
//! read is answered with a page.

use crate::endpoint::authorization::page::{Refused, refusal};
use crate::endpoint::form::is_form;
use crate::error::ErrorCode;
use crate::http::{Method, QUERY_LIMIT, Request, Response};
use crate::oauth::params::{self, Params};

/// The longest query that a request is repeated with, in bytes: what the address bars and proxies between here and the browser all take.
const REPEATED_QUERY_LIMIT: usize = 8 * 1024;

/// The longest value of a parameter, in bytes. What a response repeats has to fit into an address, and the whole request into a page's form.
const PARAMETER_LIMIT: usize = 8 * 1024;

/// Parameters that are whole JWTs, and so may be as long as a request.
const JWTS: [&str; 2] = ["request", "id_token_hint"];

/// The parameters of the query and, for POST, of the form body.
pub fn read(request: &Request) -> Result<Params, Refused> {
    let too_long = |status| refusal(status, ErrorCode::InvalidRequest, "The request is too long.");
    if request.query.len() > QUERY_LIMIT {
        return Err(too_long(414));
    }
    let not_utf8 = |_| refusal(400, ErrorCode::InvalidRequest, "The request is not UTF-8.");
    let mut params = Params::parse(&request.query).map_err(not_utf8)?;
    if !is_short(&params) {
        return Err(too_long(414));
    }
    if request.method == Method::Post {
        let body = request.body.as_ref().map_err(|_| too_long(413))?;
        if !is_form(request) {
            return Err(refusal(400, ErrorCode::InvalidRequest, "The request is not a form."));
        }
        let text = std::str::from_utf8(body).map_err(|_| not_utf8(params::NotUtf8))?;
        params.extend(text).map_err(not_utf8)?;
        if request.query.len().saturating_add(body.len()) > QUERY_LIMIT || !is_short(&params) {
            return Err(too_long(413));
        }
    }
    Ok(params)
}

/// Whether no parameter is longer than makes sense.
pub fn is_short(params: &Params) -> bool {
    let fits = |(name, value): (&str, &str)| JWTS.contains(&name) || name.len().max(value.len()) <= PARAMETER_LIMIT;
    params.pairs().all(fits)
}

/// Browsers keep the session cookie (SameSite=Lax) to themselves when another site's page posts here, and send it when they then follow a redirect.
/// So the request comes again as GET, and the provider knows who is signed in.
pub fn repeat_as_get(request: &Request, params: &Params) -> Option<Response> {
    if request.method != Method::Post || request.header("sec-fetch-site").as_deref() != Some("cross-site") {
        return None;
    }
    let query = params::encode(params.pairs());
    (query.len() <= REPEATED_QUERY_LIMIT).then(|| Response::see_other(format!("{}?{query}", request.path)))
}

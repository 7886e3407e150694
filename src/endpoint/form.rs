//! Form bodies, as endpoints read them.

use crate::error::{Error, ErrorCode, protocol};
use crate::http::Request;
use crate::oauth::params::Params;
use litemap::LiteMap;

const MEDIA_TYPE: &str = "application/x-www-form-urlencoded";

/// The parameters of a form body: one content type, within the size limit, UTF-8.
pub fn read(request: &Request) -> Result<Params, Error> {
    let bad = |reason| protocol(ErrorCode::InvalidRequest, reason);
    if !is_form(request) {
        return Err(bad("the content type has to be application/x-www-form-urlencoded"));
    }
    let body = request.body.as_ref().map_err(|_| bad("the body is too large"))?;
    let text = std::str::from_utf8(body).map_err(|_| bad("the body is not UTF-8"))?;
    Params::parse(text).map_err(|_| bad("the body is not UTF-8"))
}

/// The same, where no parameter may repeat (RFC 6749, section 3.2), but for `resource` (RFC 8707).
pub fn read_each_once(request: &Request) -> Result<Params, Error> {
    let params = read(request)?;
    let mut seen = LiteMap::new_vec();
    let each_once = params
        .pairs()
        .all(|(name, _)| name == "resource" || seen.insert(name, ()).is_none());
    match each_once {
        true => Ok(params),
        false => Err(protocol(ErrorCode::InvalidRequest, "a parameter is given twice")),
    }
}

/// Whether the request says that its body is a form. Two content types in one header are none.
pub fn is_form(request: &Request) -> bool {
    let content_type = request.header("content-type").unwrap_or_default();
    let (media_type, parameters) = content_type.split_once(';').unwrap_or((&content_type, ""));
    media_type.trim().eq_ignore_ascii_case(MEDIA_TYPE) && !parameters.contains(',')
}

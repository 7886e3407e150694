//! The page that takes an authorization response to the client by POST.

use super::asker::Destination;
use super::csp::Csp;
use super::html;
use super::inline::SEND;
use super::texts::Texts;
use crate::http::Response;
use crate::oauth::locale::Locale;
use askama::Template;

/// A form that sends itself to the client, or that a person sends whose browser runs no scripts (OAuth 2.0 Form Post Response Mode, section 2).
pub struct FormPostPage<'a> {
    /// The language.
    pub locale: Locale,
    /// The redirect URI, which the caller has checked.
    pub action: &'a str,
    /// The parameters of the response, in order.
    pub fields: &'a [(&'a str, &'a str)],
}

impl FormPostPage<'_> {
    /// The page.
    pub fn respond(&self) -> Response {
        let t = Texts::of(self.locale);
        let csp = Csp::of_form(self.action).with_script(SEND);
        let page = FormPostHtml {
            t,
            page: self,
            destination: Destination::of(self.action),
        };
        html(200, &csp, t, ("", t.proceed), page.render())
    }
}

#[derive(Template)]
#[template(path = "form_post.html")]
struct FormPostHtml<'a> {
    t: &'static Texts,
    page: &'a FormPostPage<'a>,
    destination: Destination,
}

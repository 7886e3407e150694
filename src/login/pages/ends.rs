//! The pages on which a request ends: with an error, or because it has been answered already.

use super::csp::Csp;
use super::html;
use super::texts::Texts;
use crate::http::Response;
use crate::oauth::locale::Locale;
use askama::Template;
use std::borrow::Cow;

/// Why a request ends on an error page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason<'a> {
    /// An error of the protocol, in the words of its `error_description`: English, for the client's developer.
    Protocol(Cow<'a, str>),
    /// The form was not made for this browser, or has been changed.
    ForeignForm,
    /// The consent page was open for too long.
    Expired,
    /// The client is registered no longer, or not with this redirect URI.
    ClientGone,
    /// Somebody has opened the address that a form leads to.
    OnlyForms,
    /// The fault is the provider's own. What the operator finds the request by.
    Fault(&'a str),
}

/// What is shown where a request cannot be answered at the client's redirect URI (RFC 6749, section 4.1.2.1), or where the fault is ours.
pub struct ErrorPage<'a> {
    /// The language.
    pub locale: Locale,
    /// The status of the response.
    pub status: u16,
    /// The error code.
    pub code: &'static str,
    /// What is wrong.
    pub reason: Reason<'a>,
}

impl ErrorPage<'_> {
    /// The page.
    pub fn respond(&self) -> Response {
        let t = Texts::of(self.locale);
        let advice = [t.go_back, t.if_it_comes_back];
        let (title, sentences) = match &self.reason {
            Reason::Protocol(_) => (t.cannot_answer, advice),
            Reason::ForeignForm => (t.cannot_answer, [t.foreign_form, t.go_back]),
            Reason::Expired => (t.cannot_answer, [t.expired, t.go_back]),
            Reason::ClientGone => (t.cannot_answer, [t.client_gone, t.if_it_comes_back]),
            Reason::OnlyForms => (t.nothing_to_open, [t.only_forms, t.go_back]),
            Reason::Fault(_) => (t.went_wrong, [t.our_fault, t.if_it_comes_back]),
        };
        let page = ErrorHtml {
            t,
            title,
            sentences,
            code: self.code,
            reason: &self.reason,
        };
        html(self.status, &Csp::of_page(), t, ("", title), page.render()).with_outcome(self.code)
    }
}

/// What is shown to a person who sends a form that has done its work: after the Back button, or from a second tab.
pub struct CompletedPage {
    /// The language.
    pub locale: Locale,
}

impl CompletedPage {
    /// The page; 409, because nothing was done and the same form will never do anything again (RFC 9110, section 15.5.10).
    pub fn respond(&self) -> Response {
        let t = Texts::of(self.locale);
        html(409, &Csp::of_page(), t, ("", t.completed), CompletedHtml { t }.render())
    }
}

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorHtml<'a> {
    t: &'static Texts,
    title: &'static str,
    sentences: [&'static str; 2],
    code: &'a str,
    reason: &'a Reason<'a>,
}

#[derive(Template)]
#[template(path = "completed.html")]
struct CompletedHtml {
    t: &'static Texts,
}

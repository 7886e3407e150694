//! The pages of somebody who signs out.

use super::asker::{Destination, shown};
use super::csp::{Csp, origin_source};
use super::html;
use super::inline::LEAVE;
use super::texts::Texts;
use crate::http::Response;
use crate::oauth::locale::Locale;
use askama::Template;

/// Asks whether a person wants to sign out (OpenID Connect RP-Initiated Logout, section 2).
pub struct SignOutPage<'a> {
    /// The language.
    pub locale: Locale,
    /// The name of the person who is signed in.
    pub user: &'a str,
    /// The sealed request, which the form sends back.
    pub step: &'a str,
    /// Where the person will be sent.
    pub leads_to: Option<&'a str>,
    /// Whether the client gets the person back, if it has asked for that.
    pub is_sent_back: bool,
}

impl SignOutPage<'_> {
    /// The page.
    pub fn respond(&self) -> Response {
        let t = Texts::of(self.locale);
        let page = SignOutHtml {
            t,
            page: self,
            user: shown(self.user),
            destination: self.leads_to.map(Destination::of),
        };
        let csp = Csp::of_form(self.leads_to.unwrap_or_default());
        html(200, &csp, t, ("", t.sign_out_question), page.render())
    }
}

/// What somebody sees who has signed out. It loads the pages by which clients forget the person (OpenID Connect Front-Channel Logout, section 3), and
/// goes on when they are loaded, or when the person says so.
pub struct SignedOutPage<'a> {
    /// The language.
    pub locale: Locale,
    /// The addresses of those pages.
    pub frames: &'a [String],
    /// Where the person goes next.
    pub next: Option<&'a str>,
}

impl SignedOutPage<'_> {
    /// The page.
    pub fn respond(&self) -> Response {
        let t = Texts::of(self.locale);
        let csp = Csp::of_page().with_frames(self.frames);
        let csp = match self.next {
            Some(_) => csp.with_script(LEAVE),
            None => csp,
        };
        let page = SignedOutHtml {
            t,
            // What the policy cannot name would be blocked.
            frames: self.frames.iter().filter(|frame| origin_source(frame).is_some()).collect(),
            next: self.next.map(|address| (address, Destination::of(address))),
        };
        html(200, &csp, t, ("", t.signed_out), page.render())
    }
}

/// What somebody sees who has decided to stay.
pub struct StillSignedInPage {
    /// The language.
    pub locale: Locale,
}

impl StillSignedInPage {
    /// The page.
    pub fn respond(&self) -> Response {
        let t = Texts::of(self.locale);
        html(200, &Csp::of_page(), t, ("", t.still_signed_in), StillSignedInHtml { t }.render())
    }
}

#[derive(Template)]
#[template(path = "sign_out.html")]
struct SignOutHtml<'a> {
    t: &'static Texts,
    page: &'a SignOutPage<'a>,
    user: String,
    destination: Option<Destination>,
}

#[derive(Template)]
#[template(path = "signed_out.html")]
struct SignedOutHtml<'a> {
    t: &'static Texts,
    frames: Vec<&'a String>,
    next: Option<(&'a str, Destination)>,
}

#[derive(Template)]
#[template(path = "still_signed_in.html")]
struct StillSignedInHtml {
    t: &'static Texts,
}

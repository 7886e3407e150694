//! A browser without scripts: it keeps cookies and sends the forms that stand in the pages. It never forgets a cookie by itself: that a login
//! has ended is for the provider to know.

use super::answer::Answer;
use super::party::{PASSWORD, Query};
use crate::world::{Outgoing, World, get, post};
use std::collections::BTreeMap;
use treeline::http::{Body, Request, Response};
use treeline::oauth::params;

/// One browser of one person.
pub struct Browser<'w> {
    world: &'w World,
    cookies: BTreeMap<String, String>,
    /// Headers that go with every request.
    headers: Vec<(&'static str, &'static str)>,
}

/// What a response shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shown {
    Login,
    /// The page on which an account is made.
    SignUp,
    Consent,
    /// The page on which a person sees the own account.
    Account,
    /// A form that has done its work.
    Completed,
    /// The error page with its code.
    Error(String),
    /// The way back to the client: a redirect, or a page that sends itself there.
    Redirect,
}

impl<'w> Browser<'w> {
    pub fn new(world: &'w World) -> Self {
        Self {
            world,
            cookies: BTreeMap::new(),
            headers: vec![],
        }
    }

    /// The same browser, with a header that goes with every request.
    pub fn with_header(mut self, name: &'static str, value: &'static str) -> Self {
        self.headers.push((name, value));
        self
    }

    /// Follows a client's link to the authorization endpoint.
    pub fn open(&mut self, query: &Query) -> Response {
        self.visit(&query.target())
    }

    /// Follows a link to any page of the provider's.
    pub fn visit(&mut self, target: &str) -> Response {
        let request = self.with_own_headers(get(target)).build();
        self.send(&request)
    }

    /// Goes where a redirect to the provider itself leads.
    pub fn follow(&mut self, redirect: &Response) -> Response {
        assert_eq!(redirect.status, 303, "{:?}", redirect.body);
        self.visit(redirect.header("location").expect("a location"))
    }

    /// Fills in the sign-in page's form.
    pub fn sign_in(&mut self, page: &Response, user: &str) -> Response {
        self.submit(page, &[("username", user), ("password", PASSWORD)])
    }

    /// Presses "Allow" on the consent page.
    pub fn allow(&mut self, page: &Response) -> Response {
        self.submit(page, &[("decision", "allow")])
    }

    /// Presses "Deny" on the consent page.
    pub fn deny(&mut self, page: &Response) -> Response {
        self.submit(page, &[("decision", "deny")])
    }

    /// Presses the button that leads from the sign-in page to the sign-up page, or back.
    pub fn other_page(&mut self, page: &Response) -> Response {
        let html = page.body.as_str();
        let main = html.split_once("</form>").expect("a form").1;
        let rest = Response {
            body: Body::Text(main.to_owned()),
            ..page.clone()
        };
        self.submit(&rest, &[("show", "page")])
    }

    /// The request that [`Self::open`] sends.
    pub fn request(&self, query: &Query) -> Request {
        get(&query.target()).header("cookie", &self.cookie_header()).build()
    }

    /// Follows a client's link to the end session endpoint.
    pub fn end_session(&mut self, fields: &[(&str, &str)]) -> Response {
        self.visit(&format!("/session?{}", params::encode(fields.iter().copied())))
    }

    /// Sends the form of a page.
    pub fn submit(&mut self, page: &Response, typed: &[(&str, &str)]) -> Response {
        let request = self.form(page, typed);
        self.send(&request)
    }

    /// The request that [`Self::submit`] sends.
    pub fn form(&self, page: &Response, typed: &[(&str, &str)]) -> Request {
        let html = page.body.as_str();
        let action = attribute(html, "<form ", "action").unwrap_or_else(|| panic!("no form in {html}"));
        let interaction = hidden_field(page);
        let mut fields = vec![("interaction", interaction.as_str())];
        fields.extend_from_slice(typed);
        self.with_own_headers(post(&action))
            // What browsers say of a form on a page that sends no referrer.
            .header("origin", "null")
            .header("sec-fetch-site", "same-origin")
            .form(&fields)
            .build()
    }

    fn with_own_headers(&self, request: Outgoing) -> Outgoing {
        let request = request.header("cookie", &self.cookie_header());
        self.headers
            .iter()
            .fold(request, |request, (name, value)| request.header(name, value))
    }

    /// Goes through whatever pages come until there is a way back to the client.
    pub fn authorize(&mut self, query: &Query, user: &str) -> Response {
        let mut response = self.open(query);
        for _ in 0..3 {
            response = match shown(&response) {
                Shown::Login => self.sign_in(&response, user),
                Shown::Consent => self.allow(&response),
                Shown::Redirect => return response,
                other => panic!("{other:?}: {:?}", response.body),
            };
        }
        panic!("the pages lead nowhere: {:?}", response.body)
    }

    /// The same, for the code.
    pub fn code(&mut self, query: &Query, user: &str) -> String {
        callback(&self.authorize(query, user), "code")
    }

    /// The same, for the whole response.
    pub fn answer(&mut self, query: &Query, user: &str) -> Answer {
        Answer::of(&self.authorize(query, user))
    }

    /// The value of a cookie, under the name that browsers know it by.
    pub fn cookie(&self, name: &str) -> Option<&str> {
        self.cookies.get(name).map(String::as_str)
    }

    /// Puts a cookie there by other means.
    pub fn set_cookie(&mut self, name: &str, value: &str) {
        self.cookies.insert(name.to_owned(), value.to_owned());
    }

    fn cookie_header(&self) -> String {
        let pairs: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        pairs.join("; ")
    }

    fn send(&mut self, request: &Request) -> Response {
        let response = self.world.send(request);
        assert_eq!(self.world.faults(), [], "a person's request met a fault of ours");
        for (_, cookie) in response.headers.iter().filter(|(name, _)| *name == "set-cookie") {
            let pair = cookie.split(';').next().expect("a pair");
            let (name, value) = pair.split_once('=').expect("a pair");
            match cookie.contains("Max-Age=0") {
                true => self.cookies.remove(name),
                false => self.cookies.insert(name.to_owned(), value.to_owned()),
            };
        }
        response
    }
}

/// What a response shows.
pub fn shown(response: &Response) -> Shown {
    let html = response.body.as_str();
    match response.status {
        303 => Shown::Redirect,
        409 => Shown::Completed,
        _ if html.contains(r#"id="sign_up""#) => Shown::SignUp,
        _ if html.contains(r#"id="login""#) => Shown::Login,
        _ if html.contains(r#"action="/consent""#) => Shown::Consent,
        _ if html.contains(r#"action="/account""#) => Shown::Account,
        200 if html.contains(r#"<form method="post" action=""#) => Shown::Redirect,
        status => {
            assert!((400..600).contains(&status), "{status}: {html}");
            let code = html.split("<code>").nth(1).and_then(|rest| rest.split("</code>").next());
            Shown::Error(code.unwrap_or_else(|| panic!("no error code in {html}")).to_owned())
        }
    }
}

/// The sealed request of a page's form.
pub fn hidden_field(page: &Response) -> String {
    let html = page.body.as_str();
    attribute(html, r#"name="interaction""#, "value").unwrap_or_else(|| panic!("no interaction in {html}"))
}

/// A parameter of the response at the client's redirect URI; fails where it is not there.
pub fn callback(response: &Response, name: &str) -> String {
    Answer::of(response).get(name).to_owned()
}

/// A parameter of the response at the client's redirect URI.
pub fn parameter(response: &Response, name: &str) -> Option<String> {
    Answer::of(response).find(name).map(str::to_owned)
}

/// The attribute of the first tag in which `mark` stands before it. The values that are looked for hold nothing that HTML escapes.
fn attribute(html: &str, mark: &str, name: &str) -> Option<String> {
    let rest = html.split_once(mark)?.1;
    let tag = rest.split_once('>')?.0;
    let value = tag.split_once(&format!(r#"{name}=""#))?.1;
    Some(value.split_once('"')?.0.to_owned())
}

//! The two pages on which nobody has signed in yet: each is a form, and leads to the other.

use super::asker::Asker;
use super::csp::Csp;
use super::texts::Texts;
use super::texts::account::AccountTexts;
use super::{ClientView, html};
use crate::http::Response;
use askama::Template;
use std::borrow::Cow;

/// What is wrong, and the status that says so.
pub struct Problem {
    /// The status of the response.
    pub status: u16,
    /// The sentence for the person.
    pub sentence: Cow<'static, str>,
}

/// A field.
pub struct Input<'a> {
    /// Its name, and the id of its element.
    pub name: &'static str,
    /// What it is called.
    pub label: &'static str,
    /// What is said behind that.
    pub hint: &'static str,
    /// What it holds; a password is never shown again.
    pub value: Option<&'a str>,
    /// Further attributes, in HTML.
    pub attributes: &'static str,
    /// Whether the cursor goes there.
    pub focus: bool,
    /// Whether the problem is about it.
    pub blamed: bool,
}

/// One of the two pages, or the one that leads to the account page.
pub struct Entrance<'a> {
    /// The texts.
    pub t: &'static Texts,
    /// Who asks; nobody where the person wants to see the own account.
    pub client: Option<&'a ClientView<'a>>,
    /// The sealed request.
    pub interaction: &'a str,
    /// What is done here: the heading and the button.
    pub title: &'static str,
    /// Where the form is sent.
    pub action: &'static str,
    /// The id of the button.
    pub id: &'static str,
    /// The fields.
    pub inputs: &'a [Input<'a>],
    /// Where the other page is asked for, and what the button says.
    pub other: Option<(&'static str, &'static str)>,
    /// Why the page is shown once more.
    pub problem: Option<Problem>,
}

impl Entrance<'_> {
    /// The page.
    pub fn respond(self) -> Response {
        let client = self.client.map(|client| Asker::new(client, self.t));
        let csp = match (self.client, &client) {
            (Some(view), Some(client)) => Csp::of_form(view.redirect_uri).with_image(client.logo),
            _ => Csp::of_own_form(),
        };
        let a = AccountTexts::of(self.t.locale);
        let (status, problem) = match self.problem {
            Some(problem) => (problem.status, problem.sentence),
            None => (200, Cow::default()),
        };
        let prefix = if problem.is_empty() { "" } else { self.t.problem };
        let page = EntranceHtml {
            t: self.t,
            a,
            client,
            interaction: self.interaction,
            title: self.title,
            action: self.action,
            id: self.id,
            inputs: self.inputs,
            other: self.other,
            problem: &problem,
        };
        html(status, &csp, self.t, (prefix, self.title), page.render())
    }
}

#[derive(Template)]
#[template(path = "entrance.html")]
struct EntranceHtml<'a> {
    t: &'static Texts,
    a: &'static AccountTexts,
    client: Option<Asker<'a>>,
    interaction: &'a str,
    title: &'static str,
    action: &'static str,
    id: &'static str,
    inputs: &'a [Input<'a>],
    other: Option<(&'static str, &'static str)>,
    /// Empty where there is none.
    problem: &'a str,
}

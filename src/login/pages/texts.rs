//! Everything that the pages say, once for each language. A language that lacks a text does not compile.

pub mod account;
mod de;
mod en;
mod es;
mod fr;
mod ja;
mod sv;

use crate::oauth::locale::Locale;
use askama::Template;

/// A sentence around something that is not known before: what stands before it and what stands after.
#[derive(Clone, Copy, Debug)]
pub struct Around(pub &'static str, pub &'static str);

impl Around {
    /// The sentence around something of ours, as text.
    pub fn with(self, what: impl std::fmt::Display) -> String {
        format!("{}{what}{}", self.0, self.1)
    }

    /// The sentence around a name, in HTML: whoever chose the name, it stays text and keeps its direction to itself.
    pub fn naming(self, name: &str) -> Naming<'_> {
        Naming { around: self, name }
    }
}

/// A sentence that names somebody or some place, as HTML.
#[derive(Template)]
#[template(path = "naming.html")]
pub struct Naming<'a> {
    around: Around,
    name: &'a str,
}

/// What the pages say in one language.
#[allow(missing_docs)]
pub struct Texts {
    pub locale: Locale,

    // Of every page that stands for a client.
    pub return_to_site: Around,
    pub return_to_app: Around,
    pub proceed: &'static str,
    pub about: Around,
    pub website: &'static str,
    pub policy: &'static str,
    pub terms: &'static str,
    /// Before the title of a page that is shown once more.
    pub problem: &'static str,
    pub expired: &'static str,
    pub too_many: &'static str,
    /// Around a number of minutes that is 2 or more.
    pub too_many_minutes: Around,

    // Signing in.
    pub sign_in: &'static str,
    pub continue_to: Around,
    pub username: &'static str,
    pub password: &'static str,
    pub rejected: &'static str,

    // Making an account.
    pub create_account: &'static str,
    pub have_account: &'static str,
    /// Behind the label of the password, with what sets it apart.
    pub eight_or_more: &'static str,
    /// Behind the label of a field that may stay empty, likewise.
    pub optional: &'static str,
    pub full_name: &'static str,
    pub email_address: &'static str,
    /// Around the label of a field.
    pub unusable: Around,
    pub taken: &'static str,

    // Consent.
    pub allow_access: &'static str,
    pub allow_whom: Around,
    pub signed_in_as: Around,
    pub able_to: &'static str,
    pub remembered: &'static str,
    pub asked_again: &'static str,
    pub allow: &'static str,
    pub deny: &'static str,

    // What a scope allows: the short form and what exactly is in it.
    pub openid: (&'static str, &'static str),
    pub profile: (&'static str, &'static str),
    pub email: &'static str,
    pub address: &'static str,
    pub phone: &'static str,
    /// Of an email address or a phone number.
    pub and_verified: &'static str,
    pub offline_access: (&'static str, &'static str),

    // Errors.
    pub cannot_answer: &'static str,
    pub go_back: &'static str,
    pub if_it_comes_back: &'static str,
    pub foreign_form: &'static str,
    pub client_gone: &'static str,
    pub nothing_to_open: &'static str,
    pub only_forms: &'static str,
    pub went_wrong: &'static str,
    pub our_fault: &'static str,
    pub error: &'static str,
    pub description: &'static str,
    pub request: &'static str,

    // A form that has done its work.
    pub completed: &'static str,
    pub nothing_left: &'static str,

    // Signing out.
    pub sign_out_question: &'static str,
    pub sign_out: &'static str,
    pub stay: &'static str,
    pub ends_here: &'static str,
    pub not_sent_back: &'static str,
    pub signed_out: &'static str,
    pub signed_out_of: &'static str,
    pub still_signed_in: &'static str,
    pub nothing_ended: &'static str,

    // The issuer's own page.
    pub provider: &'static str,
    pub for_people: &'static str,
    /// Around the link to the discovery document.
    pub for_developers: Around,
    pub discovery_document: &'static str,
    pub issuer: &'static str,
}

impl Texts {
    /// The texts of a language.
    pub fn of(locale: Locale) -> &'static Self {
        match locale {
            Locale::English => &en::TEXTS,
            Locale::Swedish => &sv::TEXTS,
            Locale::German => &de::TEXTS,
            Locale::French => &fr::TEXTS,
            Locale::Spanish => &es::TEXTS,
            Locale::Japanese => &ja::TEXTS,
        }
    }
}

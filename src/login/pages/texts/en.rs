//! English.

use super::{Around, Texts};
use crate::oauth::locale::Locale;

pub static TEXTS: Texts = Texts {
    locale: Locale::English,

    return_to_site: Around("You return to ", "."),
    return_to_app: Around("You return to the app ", "."),
    proceed: "Continue",
    about: Around("About ", ""),
    website: "Website",
    policy: "Privacy policy",
    terms: "Terms of service",
    problem: "Problem: ",
    expired: "This page was open for too long. Please start again.",
    too_many: "Too many tries. Wait a minute, then try again.",
    too_many_minutes: Around("Too many tries. Wait ", " minutes, then try again."),

    sign_in: "Sign in",
    continue_to: Around("to continue to ", ""),
    username: "User name",
    password: "Password",
    rejected: "The user name or the password is wrong.",

    create_account: "Create an account",
    have_account: "I already have an account",
    eight_or_more: " (at least 8 characters)",
    optional: " (optional)",
    full_name: "Name",
    email_address: "Email address",
    unusable: Around("“", "” cannot be used as it stands."),
    taken: "This user name is taken. Please choose another.",

    allow_access: "Allow access?",
    allow_whom: Around("for ", ""),
    signed_in_as: Around("You are signed in as ", "."),
    able_to: "This application will be able to",
    remembered: "If you allow this, your choice is remembered, and you will not be asked again.",
    asked_again: "You will be asked again next time.",
    allow: "Allow",
    deny: "Deny",

    openid: ("Know who you are", "An identifier for your account, and when you signed in."),
    profile: (
        "See your profile",
        "Names and nickname, user name, picture, profile page, website, gender, birth date, time zone, language, and when they changed.",
    ),
    email: "See your email address",
    address: "See your postal address",
    phone: "See your phone number",
    and_verified: "And whether it has been verified.",
    offline_access: ("Keep this access", "Also while you are signed out, until it is taken back."),

    cannot_answer: "This request cannot be answered",
    go_back: "Go back to the application you came from and start again.",
    if_it_comes_back: "If this page comes back, tell the people in charge what it says below.",
    foreign_form: "This form was opened in another browser, or before you last signed in.",
    client_gone: "The application that sent you here is no longer registered.",
    nothing_to_open: "There is nothing to open here",
    only_forms: "This address only takes the forms of the sign-in pages.",
    went_wrong: "Something went wrong",
    our_fault: "The fault is on our side. Please try again in a moment.",
    error: "Error",
    description: "Description",
    request: "Request",

    completed: "This sign-in is already complete",
    nothing_left: "Go back to the application you came from. If it does not know you yet, start there once more.",

    sign_out_question: "Sign out?",
    sign_out: "Sign out",
    stay: "Stay signed in",
    ends_here: "This ends your session in this browser, and in the applications that you use with it.",
    not_sent_back: "You stay on this page afterwards: the application has sent no id_token_hint.",
    signed_out: "You are signed out",
    signed_out_of: "Your session in this browser has ended. The applications that you used with it are being told.",
    still_signed_in: "You are still signed in",
    nothing_ended: "Nothing has ended. You can close this page.",

    provider: "An OpenID Connect Provider",
    for_people: "Applications send people here to sign in. There is nothing to do on this page: start at the application you want to use.",
    for_developers: Around("Developers find everything a client has to know in the ", "."),
    discovery_document: "discovery document",
    issuer: "Issuer",
};

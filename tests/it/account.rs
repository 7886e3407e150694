//! The account page: what a person sees there and ends there, without scripts.

mod ends;
mod forms;
mod listed;
mod password;
mod sign_in;

use crate::flow::browser::{Browser, Shown, shown};
use crate::flow::party::Party;
use crate::pages::account::text;
use crate::world::{World, body, get};
use serde_json::{Value, json};
use treeline::http::Response;

/// What Firefox on Windows calls itself.
const FIREFOX: &str = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0";

/// A browser in which a person has signed in on the account page, and the page.
fn signed_in<'w>(world: &'w World, user: &str) -> (Browser<'w>, Response) {
    sign_in(Browser::new(world), user)
}

fn sign_in<'w>(mut browser: Browser<'w>, user: &str) -> (Browser<'w>, Response) {
    let page = browser.visit("/account");
    assert_eq!((page.status, shown(&page)), (200, Shown::Login));
    let redirect = browser.sign_in(&page, user);
    assert_eq!(redirect.header("location"), Some("/account"), "{:?}", redirect.body);
    let page = browser.follow(&redirect);
    assert_eq!((page.status, shown(&page)), (200, Shown::Account));
    (browser, page)
}

/// The items of one of the page's two lists, as they are read out without their buttons.
fn items(page: &Response, list: &str) -> Vec<String> {
    let section = format!(r#"<section aria-labelledby="{list}">"#);
    let section = page.body.as_str().split_once(&section).expect("a section").1;
    let section = section.split_once("</section>").expect("its end").0;
    let items = section.split("<li>\n<div>").skip(1);
    items.map(|item| text(item.split_once("<button").expect("a button").0)).collect()
}

fn devices(page: &Response) -> Vec<String> {
    items(page, "devices")
}

fn applications(page: &Response) -> Vec<String> {
    items(page, "applications")
}

/// What the page's buttons of a name send.
fn values(page: &Response, name: &str) -> Vec<String> {
    let mark = format!(r#" name="{name}" value=""#);
    let buttons = page.body.as_str().split(&mark).skip(1);
    buttons.map(|rest| rest.split('"').next().expect("a value").to_owned()).collect()
}

/// The status that the page tells, where it tells one.
fn status(page: &Response) -> Option<String> {
    let rest = page.body.as_str().split_once(r#"role="status">"#)?.1;
    Some(rest.split_once('<')?.0.to_owned())
}

fn alert(page: &Response) -> Option<String> {
    let rest = page.body.as_str().split_once(r#"role="alert">"#)?.1;
    Some(rest.split_once('<')?.0.to_owned())
}

/// Presses a button of the page, and goes where that leads.
fn press(browser: &mut Browser<'_>, page: &Response, name: &str, value: &str) -> Response {
    let redirect = browser.submit(page, &[(name, value)]);
    browser.follow(&redirect)
}

/// A second client, with a name.
fn shop(world: &World) -> Party {
    Party::registered(
        world,
        json!({ "client_name": "Alpine Supply", "client_uri": "https://rp.example/about" }),
    )
}

/// Whether somebody is signed in in a browser, as far as a client can tell.
fn is_signed_in(browser: &mut Browser<'_>, party: &Party) -> bool {
    shown(&browser.open(&party.query())) != Shown::Login
}

/// A list of the operator's about diana.
fn listed_for_operator(world: &World, kind: &str) -> Vec<Value> {
    let target = format!("/admin/sessions/diana/{kind}");
    let answer = body(&get(&target).bearer(crate::world::ADMIN_TOKEN).send(world));
    answer[kind].as_array().expect("a list").clone()
}

//! What the clients of a world serve on the web.

use std::cell::RefCell;
use std::collections::BTreeMap;

/// Documents by their addresses, and how often each was asked for.
#[derive(Default)]
pub struct Web(RefCell<BTreeMap<String, Page>>);

#[derive(Default)]
struct Page {
    document: Option<Vec<u8>>,
    visits: usize,
    /// The status that posted forms are answered with.
    status: Option<u16>,
    forms: Vec<String>,
}

impl Web {
    /// Serves a document with status 200, in place of what was there.
    pub fn serve(&self, address: &str, document: impl Into<Vec<u8>>) {
        self.0.borrow_mut().entry(address.to_owned()).or_default().document = Some(document.into());
    }

    /// Answers otherwise from now on: an error, a redirect, nothing in time.
    pub fn close(&self, address: &str) {
        self.0.borrow_mut().entry(address.to_owned()).or_default().document = None;
    }

    /// How often an address was asked for since this was last called.
    pub fn visits(&self, address: &str) -> usize {
        let mut pages = self.0.borrow_mut();
        pages.get_mut(address).map(|page| std::mem::take(&mut page.visits)).unwrap_or(0)
    }

    /// How often any address was.
    pub fn all_visits(&self) -> usize {
        self.0.borrow_mut().values_mut().map(|page| std::mem::take(&mut page.visits)).sum()
    }

    /// Answers the forms that are posted to an address from now on: with a status, or with nothing in time.
    pub fn answer_forms(&self, address: &str, status: Option<u16>) {
        self.0.borrow_mut().entry(address.to_owned()).or_default().status = status;
    }

    /// The forms that were posted to an address since this was last called.
    pub fn forms(&self, address: &str) -> Vec<String> {
        let mut pages = self.0.borrow_mut();
        pages
            .get_mut(address)
            .map(|page| std::mem::take(&mut page.forms))
            .unwrap_or_default()
    }

    pub(super) fn post(&self, address: &str, form: &str) -> Option<u16> {
        let mut pages = self.0.borrow_mut();
        let page = pages.entry(address.to_owned()).or_default();
        page.forms.push(form.to_owned());
        page.status
    }

    pub(super) fn visit(&self, address: &str) -> Option<Vec<u8>> {
        let mut pages = self.0.borrow_mut();
        let page = pages.entry(address.to_owned()).or_default();
        page.visits += 1;
        page.document.clone()
    }
}

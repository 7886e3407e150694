//! Signing a person in: passwords, the cookies that bind a browser, what travels sealed through the pages, and the pages.

pub mod cookie;
pub mod device;
pub mod interaction;
pub mod new_account;
pub mod pages;

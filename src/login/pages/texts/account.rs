//! What the account page says, and the pages that lead there.

mod de;
mod en;
mod es;
mod fr;
mod ja;
mod sv;

use super::Around;
use crate::oauth::locale::Locale;

/// What the account page says in one language.
#[allow(missing_docs)]
pub struct AccountTexts {
    pub account: &'static str,
    pub continue_to_account: &'static str,
    /// On the issuer's own page, around the link to the account page.
    pub at_account: Around,

    // What has just been done.
    pub device_signed_out: &'static str,
    pub access_withdrawn: &'static str,
    pub password_changed: &'static str,

    // Devices.
    pub devices: &'static str,
    pub devices_note: &'static str,
    pub this_device: &'static str,
    pub unknown_device: &'static str,
    /// Around a time, as the other sentences with a time are.
    pub signed_in: Around,
    pub sign_out: &'static str,
    pub sign_out_everywhere: &'static str,
    pub everywhere_note: &'static str,

    // Applications.
    pub applications: &'static str,
    pub applications_note: &'static str,
    pub no_applications: &'static str,
    pub able_to: &'static str,
    pub access_since: Around,
    pub last_used: Around,
    pub ends_with_sign_out: &'static str,
    pub outlasts_sign_out: &'static str,
    pub withdraw: &'static str,

    // The password.
    pub change_password: &'static str,
    pub current_password: &'static str,
    pub new_password: &'static str,
    pub sign_out_others: &'static str,
    pub others_note: &'static str,
    pub wrong_password: &'static str,
}

impl AccountTexts {
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

//! English.

use super::{AccountTexts, Around};

pub static TEXTS: AccountTexts = AccountTexts {
    account: "Your account",
    continue_to_account: "to continue to your account",
    at_account: Around("See where you are signed in and what has access, and change your password: ", "."),

    device_signed_out: "The device is signed out.",
    access_withdrawn: "The application has no access any more.",
    password_changed: "Your password has been changed.",

    devices: "Devices",
    devices_note: "You are signed in on these devices.",
    this_device: "This device",
    unknown_device: "Unknown browser",
    signed_in: Around("Signed in ", ""),
    sign_out: "Sign out",
    sign_out_everywhere: "Sign out everywhere",
    everywhere_note: "Signs out all devices, this one too, and every application loses its access until you sign in there again.",

    applications: "Applications",
    applications_note: "You have given these applications access to your account.",
    no_applications: "No application has access to your account.",
    able_to: "It can",
    access_since: Around("Access since ", "."),
    last_used: Around("Last used ", "."),
    ends_with_sign_out: "Ends when you sign out.",
    outlasts_sign_out: "Goes on after you have signed out.",
    withdraw: "Withdraw access",

    change_password: "Change password",
    current_password: "Current password",
    new_password: "New password",
    sign_out_others: "Sign out all other devices",
    others_note: "Applications also lose the access that goes on after you have signed out.",
    wrong_password: "The current password is wrong.",
};

//! German.

use super::{AccountTexts, Around};

pub static TEXTS: AccountTexts = AccountTexts {
    account: "Ihr Konto",
    continue_to_account: "um mit Ihrem Konto fortzufahren",
    at_account: Around(
        "Wo Sie angemeldet sind und was Zugriff hat, sehen Sie hier, und hier ändern Sie Ihr Passwort: ",
        ".",
    ),

    device_signed_out: "Das Gerät ist abgemeldet.",
    access_withdrawn: "Die Anwendung hat keinen Zugriff mehr.",
    password_changed: "Ihr Passwort wurde geändert.",

    devices: "Geräte",
    devices_note: "Auf diesen Geräten sind Sie angemeldet.",
    this_device: "Dieses Gerät",
    unknown_device: "Unbekannter Browser",
    signed_in: Around("Angemeldet am ", ""),
    sign_out: "Abmelden",
    sign_out_everywhere: "Überall abmelden",
    everywhere_note: "Meldet alle Geräte ab, auch dieses, und alle Anwendungen verlieren ihren Zugriff, bis Sie sich dort wieder anmelden.",

    applications: "Anwendungen",
    applications_note: "Diesen Anwendungen haben Sie Zugriff auf Ihr Konto gegeben.",
    no_applications: "Keine Anwendung hat Zugriff auf Ihr Konto.",
    able_to: "Sie darf",
    access_since: Around("Zugriff seit ", "."),
    last_used: Around("Zuletzt verwendet am ", "."),
    ends_with_sign_out: "Endet, wenn Sie sich abmelden.",
    outlasts_sign_out: "Besteht weiter, nachdem Sie sich abgemeldet haben.",
    withdraw: "Zugriff entziehen",

    change_password: "Passwort ändern",
    current_password: "Aktuelles Passwort",
    new_password: "Neues Passwort",
    sign_out_others: "Alle anderen Geräte abmelden",
    others_note: "Anwendungen verlieren auch den Zugriff, der nach der Abmeldung weiterbesteht.",
    wrong_password: "Das aktuelle Passwort ist falsch.",
};

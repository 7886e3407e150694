//! German.

use super::{Around, Texts};
use crate::oauth::locale::Locale;

pub static TEXTS: Texts = Texts {
    locale: Locale::German,

    return_to_site: Around("Sie kehren zu ", " zurück."),
    return_to_app: Around("Sie kehren zur App ", " zurück."),
    proceed: "Weiter",
    about: Around("Über ", ""),
    website: "Website",
    policy: "Datenschutzerklärung",
    terms: "Nutzungsbedingungen",
    problem: "Fehler: ",
    expired: "Diese Seite war zu lange geöffnet. Bitte beginnen Sie von vorn.",
    too_many: "Zu viele Versuche. Warten Sie eine Minute und versuchen Sie es dann erneut.",
    too_many_minutes: Around("Zu viele Versuche. Warten Sie ", " Minuten und versuchen Sie es dann erneut."),

    sign_in: "Anmelden",
    continue_to: Around("um mit ", " fortzufahren"),
    username: "Benutzername",
    password: "Passwort",
    rejected: "Der Benutzername oder das Passwort ist falsch.",

    create_account: "Konto erstellen",
    have_account: "Ich habe bereits ein Konto",
    eight_or_more: " (mindestens 8 Zeichen)",
    optional: " (freiwillig)",
    full_name: "Name",
    email_address: "E-Mail-Adresse",
    unusable: Around("„", "“ ist so nicht verwendbar."),
    taken: "Dieser Benutzername ist vergeben. Bitte wählen Sie einen anderen.",

    allow_access: "Zugriff erlauben?",
    allow_whom: Around("für ", ""),
    signed_in_as: Around("Sie sind angemeldet als ", "."),
    able_to: "Diese Anwendung darf dann",
    remembered: "Wenn Sie zustimmen, wird Ihre Entscheidung gespeichert, und Sie werden nicht erneut gefragt.",
    asked_again: "Sie werden beim nächsten Mal erneut gefragt.",
    allow: "Erlauben",
    deny: "Ablehnen",

    openid: (
        "Wissen, wer Sie sind",
        "Eine Kennung Ihres Kontos und wann Sie sich angemeldet haben.",
    ),
    profile: (
        "Ihr Profil sehen",
        "Namen und Spitzname, Benutzername, Bild, Profilseite, Website, Geschlecht, Geburtsdatum, Zeitzone, Sprache und wann sie geändert wurden.",
    ),
    email: "Ihre E-Mail-Adresse sehen",
    address: "Ihre Postanschrift sehen",
    phone: "Ihre Telefonnummer sehen",
    and_verified: "Und ob sie bestätigt wurde.",
    offline_access: ("Diesen Zugriff behalten", "Auch wenn Sie abgemeldet sind, bis er widerrufen wird."),

    cannot_answer: "Diese Anfrage kann nicht beantwortet werden",
    go_back: "Gehen Sie zurück zur Anwendung, aus der Sie kamen, und beginnen Sie von vorn.",
    if_it_comes_back: "Wenn diese Seite wieder erscheint, teilen Sie den Verantwortlichen mit, was unten steht.",
    foreign_form: "Dieses Formular wurde in einem anderen Browser geöffnet oder vor Ihrer letzten Anmeldung.",
    client_gone: "Die Anwendung, die Sie hierher geschickt hat, ist nicht mehr registriert.",
    nothing_to_open: "Hier gibt es nichts zu öffnen",
    only_forms: "Diese Adresse nimmt nur die Formulare der Anmeldeseiten entgegen.",
    went_wrong: "Etwas ist schiefgegangen",
    our_fault: "Der Fehler liegt bei uns. Bitte versuchen Sie es gleich noch einmal.",
    error: "Fehlercode",
    description: "Beschreibung",
    request: "Anfrage",

    completed: "Diese Anmeldung ist bereits abgeschlossen",
    nothing_left: "Gehen Sie zurück zur Anwendung, aus der Sie kamen. Wenn sie Sie noch nicht kennt, beginnen Sie dort von vorn.",

    sign_out_question: "Abmelden?",
    sign_out: "Abmelden",
    stay: "Angemeldet bleiben",
    ends_here: "Das beendet Ihre Sitzung in diesem Browser und in den Anwendungen, die Sie damit nutzen.",
    not_sent_back: "Sie bleiben danach auf dieser Seite: Die Anwendung hat keinen id_token_hint gesendet.",
    signed_out: "Sie sind abgemeldet",
    signed_out_of: "Ihre Sitzung in diesem Browser ist beendet. Die Anwendungen, die Sie damit genutzt haben, werden benachrichtigt.",
    still_signed_in: "Sie sind weiterhin angemeldet",
    nothing_ended: "Es wurde nichts beendet. Sie können diese Seite schließen.",

    provider: "Ein OpenID-Connect-Provider",
    for_people: "Anwendungen schicken Menschen zur Anmeldung hierher. Auf dieser Seite ist nichts zu tun: Beginnen Sie bei der Anwendung, die Sie nutzen möchten.",
    for_developers: Around("Entwickler finden alles, was ein Client wissen muss, im ", "."),
    discovery_document: "Discovery-Dokument",
    issuer: "Aussteller",
};

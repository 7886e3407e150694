//! Swedish.

use super::{Around, Texts};
use crate::oauth::locale::Locale;

pub static TEXTS: Texts = Texts {
    locale: Locale::Swedish,

    return_to_site: Around("Du kommer tillbaka till ", "."),
    return_to_app: Around("Du kommer tillbaka till appen ", "."),
    proceed: "Fortsätt",
    about: Around("Om ", ""),
    website: "Webbplats",
    policy: "Integritetspolicy",
    terms: "Användarvillkor",
    problem: "Fel: ",
    expired: "Sidan var öppen för länge. Börja om.",
    too_many: "För många försök. Vänta en minut och försök igen.",
    too_many_minutes: Around("För många försök. Vänta ", " minuter och försök igen."),

    sign_in: "Logga in",
    continue_to: Around("för att fortsätta till ", ""),
    username: "Användarnamn",
    password: "Lösenord",
    rejected: "Användarnamnet eller lösenordet är fel.",

    create_account: "Skapa ett konto",
    have_account: "Jag har redan ett konto",
    eight_or_more: " (minst 8 tecken)",
    optional: " (valfritt)",
    full_name: "Namn",
    email_address: "E-postadress",
    unusable: Around("”", "” går inte att använda så."),
    taken: "Användarnamnet är upptaget. Välj ett annat.",

    allow_access: "Tillåta åtkomst?",
    allow_whom: Around("för ", ""),
    signed_in_as: Around("Du är inloggad som ", "."),
    able_to: "Den här applikationen kommer att kunna",
    remembered: "Om du tillåter detta sparas ditt val, och du blir inte tillfrågad igen.",
    asked_again: "Du blir tillfrågad igen nästa gång.",
    allow: "Tillåt",
    deny: "Neka",

    openid: ("Veta vem du är", "En identifierare för ditt konto, och när du loggade in."),
    profile: (
        "Se din profil",
        "Namn och smeknamn, användarnamn, bild, profilsida, webbplats, kön, födelsedatum, tidszon, språk, och när de ändrades.",
    ),
    email: "Se din e-postadress",
    address: "Se din postadress",
    phone: "Se ditt telefonnummer",
    and_verified: "Och om uppgiften är bekräftad.",
    offline_access: ("Behålla åtkomsten", "Även när du är utloggad, tills den återkallas."),

    cannot_answer: "Begäran kan inte besvaras",
    go_back: "Gå tillbaka till applikationen du kom från och börja om.",
    if_it_comes_back: "Om sidan visas igen, berätta för de ansvariga vad som står nedan.",
    foreign_form: "Formuläret öppnades i en annan webbläsare, eller innan du senast loggade in.",
    client_gone: "Applikationen som skickade dig hit är inte längre registrerad.",
    nothing_to_open: "Här finns inget att öppna",
    only_forms: "Den här adressen tar bara emot inloggningssidornas formulär.",
    went_wrong: "Något gick fel",
    our_fault: "Felet ligger hos oss. Försök igen om en stund.",
    error: "Felkod",
    description: "Beskrivning",
    request: "Begäran",

    completed: "Inloggningen är redan klar",
    nothing_left: "Gå tillbaka till applikationen du kom från. Om den inte känner igen dig än, börja om där.",

    sign_out_question: "Logga ut?",
    sign_out: "Logga ut",
    stay: "Förbli inloggad",
    ends_here: "Det avslutar din session i den här webbläsaren och i de program som du använder med den.",
    not_sent_back: "Du stannar på den här sidan efteråt: programmet har inte skickat någon id_token_hint.",
    signed_out: "Du är utloggad",
    signed_out_of: "Din session i den här webbläsaren är avslutad. Programmen som du använde med den får veta det.",
    still_signed_in: "Du är fortfarande inloggad",
    nothing_ended: "Ingenting har avslutats. Du kan stänga sidan.",

    provider: "En OpenID Connect-leverantör",
    for_people: "Applikationer skickar hit människor för att logga in. Det finns inget att göra på den här sidan: börja i applikationen du vill använda.",
    for_developers: Around("Utvecklare hittar allt som en klient behöver veta i ", "."),
    discovery_document: "discovery-dokumentet",
    issuer: "Utfärdare",
};

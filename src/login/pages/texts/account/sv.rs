//! Swedish.

use super::{AccountTexts, Around};

pub static TEXTS: AccountTexts = AccountTexts {
    account: "Ditt konto",
    continue_to_account: "för att fortsätta till ditt konto",
    at_account: Around("Se var du är inloggad och vad som har åtkomst, och byt lösenord: ", "."),

    device_signed_out: "Enheten är utloggad.",
    access_withdrawn: "Applikationen har inte längre åtkomst.",
    password_changed: "Ditt lösenord har ändrats.",

    devices: "Enheter",
    devices_note: "Du är inloggad på de här enheterna.",
    this_device: "Den här enheten",
    unknown_device: "Okänd webbläsare",
    signed_in: Around("Inloggad ", ""),
    sign_out: "Logga ut",
    sign_out_everywhere: "Logga ut överallt",
    everywhere_note: "Loggar ut alla enheter, även den här, och alla applikationer förlorar sin åtkomst tills du loggar in där igen.",

    applications: "Applikationer",
    applications_note: "Du har gett de här applikationerna åtkomst till ditt konto.",
    no_applications: "Ingen applikation har åtkomst till ditt konto.",
    able_to: "Den kan",
    access_since: Around("Åtkomst sedan ", "."),
    last_used: Around("Senast använd ", "."),
    ends_with_sign_out: "Upphör när du loggar ut.",
    outlasts_sign_out: "Fortsätter efter att du har loggat ut.",
    withdraw: "Återkalla åtkomst",

    change_password: "Byt lösenord",
    current_password: "Nuvarande lösenord",
    new_password: "Nytt lösenord",
    sign_out_others: "Logga ut alla andra enheter",
    others_note: "Applikationer förlorar också den åtkomst som fortsätter efter att du har loggat ut.",
    wrong_password: "Det nuvarande lösenordet är fel.",
};

//! French.

use super::{AccountTexts, Around};

pub static TEXTS: AccountTexts = AccountTexts {
    account: "Votre compte",
    continue_to_account: "pour continuer vers votre compte",
    at_account: Around(
        "Pour voir où vous êtes connecté et ce qui a accès à votre compte, ou pour changer de mot de passe\u{a0}: ",
        ".",
    ),

    device_signed_out: "L’appareil est déconnecté.",
    access_withdrawn: "L’application n’a plus accès à votre compte.",
    password_changed: "Votre mot de passe a été changé.",

    devices: "Appareils",
    devices_note: "Vous êtes connecté sur ces appareils.",
    this_device: "Cet appareil",
    unknown_device: "Navigateur inconnu",
    signed_in: Around("Connecté le ", ""),
    sign_out: "Déconnecter",
    sign_out_everywhere: "Déconnecter partout",
    everywhere_note: "Déconnecte tous les appareils, celui-ci aussi, et chaque application perd son accès jusqu’à ce que vous vous y reconnectiez.",

    applications: "Applications",
    applications_note: "Vous avez donné à ces applications accès à votre compte.",
    no_applications: "Aucune application n’a accès à votre compte.",
    able_to: "Elle peut",
    access_since: Around("Accès depuis le ", "."),
    last_used: Around("Dernière utilisation le ", "."),
    ends_with_sign_out: "Prend fin lorsque vous vous déconnectez.",
    outlasts_sign_out: "Se poursuit après votre déconnexion.",
    withdraw: "Retirer l’accès",

    change_password: "Changer de mot de passe",
    current_password: "Mot de passe actuel",
    new_password: "Nouveau mot de passe",
    sign_out_others: "Déconnecter tous les autres appareils",
    others_note: "Les applications perdent aussi l’accès qui se poursuit après votre déconnexion.",
    wrong_password: "Le mot de passe actuel est incorrect.",
};

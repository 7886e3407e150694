//! French.

use super::{Around, Texts};
use crate::oauth::locale::Locale;

pub static TEXTS: Texts = Texts {
    locale: Locale::French,

    return_to_site: Around("Vous retournerez sur ", "."),
    return_to_app: Around("Vous retournerez dans l’appli ", "."),
    proceed: "Continuer",
    about: Around("À propos de ", ""),
    website: "Site web",
    policy: "Politique de confidentialité",
    terms: "Conditions d’utilisation",
    problem: "Erreur\u{a0}: ",
    expired: "Cette page est restée ouverte trop longtemps. Veuillez recommencer.",
    too_many: "Trop de tentatives. Attendez une minute, puis réessayez.",
    too_many_minutes: Around("Trop de tentatives. Attendez ", " minutes, puis réessayez."),

    sign_in: "Se connecter",
    continue_to: Around("pour continuer vers ", ""),
    username: "Nom d’utilisateur",
    password: "Mot de passe",
    rejected: "Le nom d’utilisateur ou le mot de passe est incorrect.",

    create_account: "Créer un compte",
    have_account: "J’ai déjà un compte",
    eight_or_more: " (au moins 8 caractères)",
    optional: " (facultatif)",
    full_name: "Nom",
    email_address: "Adresse e-mail",
    unusable: Around("«\u{a0}", "\u{a0}» n’est pas valide."),
    taken: "Ce nom d’utilisateur est déjà pris. Veuillez en choisir un autre.",

    allow_access: "Autoriser l’accès\u{a0}?",
    allow_whom: Around("pour ", ""),
    signed_in_as: Around("Vous êtes connecté en tant que ", "."),
    able_to: "Cette application pourra",
    remembered: "Si vous autorisez l’accès, votre choix est mémorisé et la question ne vous sera plus posée.",
    asked_again: "La question vous sera posée de nouveau la prochaine fois.",
    allow: "Autoriser",
    deny: "Refuser",

    openid: (
        "Savoir qui vous êtes",
        "Un identifiant de votre compte et le moment de votre connexion.",
    ),
    profile: (
        "Voir votre profil",
        "Noms et surnom, nom d’utilisateur, photo, page de profil, site web, genre, date de naissance, fuseau horaire, langue et date de leur modification.",
    ),
    email: "Voir votre adresse e-mail",
    address: "Voir votre adresse postale",
    phone: "Voir votre numéro de téléphone",
    and_verified: "Et savoir si la vérification a été faite.",
    offline_access: ("Conserver cet accès", "Même lorsque vous êtes déconnecté, jusqu’à sa révocation."),

    cannot_answer: "Impossible de répondre à cette demande",
    go_back: "Retournez à l’application d’où vous venez et recommencez.",
    if_it_comes_back: "Si cette page réapparaît, communiquez aux responsables ce qui figure ci-dessous.",
    foreign_form: "Ce formulaire a été ouvert dans un autre navigateur, ou avant votre dernière connexion.",
    client_gone: "L’application qui vous a envoyé ici n’est plus enregistrée.",
    nothing_to_open: "Il n’y a rien à ouvrir ici",
    only_forms: "Cette adresse n’accepte que les formulaires des pages de connexion.",
    went_wrong: "Un problème est survenu",
    our_fault: "L’erreur vient de notre côté. Veuillez réessayer dans un instant.",
    error: "Code d’erreur",
    description: "Explication",
    request: "Demande",

    completed: "Cette connexion est déjà terminée",
    nothing_left: "Retournez à l’application d’où vous venez. Si elle ne vous reconnaît pas encore, recommencez depuis celle-ci.",

    sign_out_question: "Se déconnecter ?",
    sign_out: "Se déconnecter",
    stay: "Rester connecté",
    ends_here: "Cela met fin à votre session dans ce navigateur et dans les applications que vous utilisez avec elle.",
    not_sent_back: "Vous resterez ensuite sur cette page : l’application n’a pas envoyé d’id_token_hint.",
    signed_out: "Vous êtes déconnecté",
    signed_out_of: "Votre session dans ce navigateur est terminée. Les applications que vous utilisiez avec elle en sont informées.",
    still_signed_in: "Vous êtes toujours connecté",
    nothing_ended: "Rien n’a été interrompu. Vous pouvez fermer cette page.",

    provider: "Un fournisseur OpenID Connect",
    for_people: "Les applications envoient ici les personnes qui se connectent. Il n’y a rien à faire sur cette page\u{a0}: commencez par l’application que vous voulez utiliser.",
    for_developers: Around("Les développeurs trouvent tout ce qu’un client doit savoir dans le ", "."),
    discovery_document: "document de découverte",
    issuer: "Émetteur",
};

//! Spanish.

use super::{AccountTexts, Around};

pub static TEXTS: AccountTexts = AccountTexts {
    account: "Su cuenta",
    continue_to_account: "para continuar a su cuenta",
    at_account: Around(
        "Consulte dónde ha iniciado sesión y qué tiene acceso, o cambie su contraseña, en: ",
        ".",
    ),

    device_signed_out: "Se ha cerrado la sesión en el dispositivo.",
    access_withdrawn: "La aplicación ya no tiene acceso.",
    password_changed: "Su contraseña se ha cambiado.",

    devices: "Dispositivos",
    devices_note: "Tiene la sesión iniciada en estos dispositivos.",
    this_device: "Este dispositivo",
    unknown_device: "Navegador desconocido",
    signed_in: Around("Sesión iniciada el ", ""),
    sign_out: "Cerrar sesión",
    sign_out_everywhere: "Cerrar todas las sesiones",
    everywhere_note: "Cierra la sesión en todos los dispositivos, también en este, y todas las aplicaciones pierden el acceso hasta que vuelva a iniciar sesión en ellas.",

    applications: "Aplicaciones",
    applications_note: "Ha dado a estas aplicaciones acceso a su cuenta.",
    no_applications: "Ninguna aplicación tiene acceso a su cuenta.",
    able_to: "Puede",
    access_since: Around("Acceso desde el ", "."),
    last_used: Around("Último uso el ", "."),
    ends_with_sign_out: "Termina cuando cierra la sesión.",
    outlasts_sign_out: "Continúa después de cerrar la sesión.",
    withdraw: "Retirar el acceso",

    change_password: "Cambiar la contraseña",
    current_password: "Contraseña actual",
    new_password: "Contraseña nueva",
    sign_out_others: "Cerrar la sesión en todos los demás dispositivos",
    others_note: "Las aplicaciones pierden también el acceso que continúa después de cerrar la sesión.",
    wrong_password: "La contraseña actual no es correcta.",
};

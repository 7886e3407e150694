//! Spanish.

use super::{Around, Texts};
use crate::oauth::locale::Locale;

pub static TEXTS: Texts = Texts {
    locale: Locale::Spanish,

    return_to_site: Around("Volverá a ", "."),
    return_to_app: Around("Volverá a la aplicación ", "."),
    proceed: "Continuar",
    about: Around("Acerca de ", ""),
    website: "Sitio web",
    policy: "Política de privacidad",
    terms: "Condiciones de servicio",
    problem: "Error: ",
    expired: "Esta página ha estado abierta demasiado tiempo. Empiece de nuevo.",
    too_many: "Demasiados intentos. Espere un minuto y vuelva a intentarlo.",
    too_many_minutes: Around("Demasiados intentos. Espere ", " minutos y vuelva a intentarlo."),

    sign_in: "Iniciar sesión",
    continue_to: Around("para continuar a ", ""),
    username: "Nombre de usuario",
    password: "Contraseña",
    rejected: "El nombre de usuario o la contraseña no son correctos.",

    create_account: "Crear una cuenta",
    have_account: "Ya tengo una cuenta",
    eight_or_more: " (8 caracteres como mínimo)",
    optional: " (opcional)",
    full_name: "Nombre",
    email_address: "Correo electrónico",
    unusable: Around("«", "» no es válido."),
    taken: "Este nombre de usuario ya está en uso. Elija otro.",

    allow_access: "¿Permitir el acceso?",
    allow_whom: Around("a ", ""),
    signed_in_as: Around("Ha iniciado sesión como ", "."),
    able_to: "Esta aplicación podrá",
    remembered: "Si lo permite, se recordará su decisión y no se le volverá a preguntar.",
    asked_again: "La próxima vez se le volverá a preguntar.",
    allow: "Permitir",
    deny: "Denegar",

    openid: ("Saber quién es usted", "Un identificador de su cuenta y cuándo inició sesión."),
    profile: (
        "Ver su perfil",
        "Nombres y apodo, nombre de usuario, foto, página de perfil, sitio web, género, fecha de nacimiento, zona horaria, idioma y cuándo cambiaron.",
    ),
    email: "Ver su dirección de correo electrónico",
    address: "Ver su dirección postal",
    phone: "Ver su número de teléfono",
    and_verified: "Y si se ha verificado.",
    offline_access: (
        "Conservar este acceso",
        "También cuando haya cerrado la sesión, hasta que se revoque.",
    ),

    cannot_answer: "No se puede responder a esta solicitud",
    go_back: "Vuelva a la aplicación de la que viene y empiece de nuevo.",
    if_it_comes_back: "Si esta página vuelve a aparecer, comunique a los responsables lo que se indica abajo.",
    foreign_form: "Este formulario se abrió en otro navegador o antes de su último inicio de sesión.",
    client_gone: "La aplicación que le ha enviado aquí ya no está registrada.",
    nothing_to_open: "Aquí no hay nada que abrir",
    only_forms: "Esta dirección solo admite los formularios de las páginas de inicio de sesión.",
    went_wrong: "Algo ha salido mal",
    our_fault: "El fallo es nuestro. Vuelva a intentarlo en un momento.",
    error: "Código de error",
    description: "Descripción",
    request: "Solicitud",

    completed: "Este inicio de sesión ya se ha completado",
    nothing_left: "Vuelva a la aplicación de la que viene. Si todavía no le reconoce, empiece allí de nuevo.",

    sign_out_question: "¿Cerrar sesión?",
    sign_out: "Cerrar sesión",
    stay: "Seguir conectado",
    ends_here: "Esto termina su sesión en este navegador y en las aplicaciones que usa con ella.",
    not_sent_back: "Después permanecerá en esta página: la aplicación no ha enviado ningún id_token_hint.",
    signed_out: "Ha cerrado la sesión",
    signed_out_of: "Su sesión en este navegador ha terminado. Se está avisando a las aplicaciones que usaba con ella.",
    still_signed_in: "Su sesión sigue abierta",
    nothing_ended: "No se ha cerrado nada. Puede cerrar esta página.",

    provider: "Un proveedor de OpenID Connect",
    for_people: "Las aplicaciones envían aquí a las personas para que inicien sesión. En esta página no hay nada que hacer: empiece en la aplicación que quiera usar.",
    for_developers: Around("Los desarrolladores encuentran todo lo que un cliente debe saber en el ", "."),
    discovery_document: "documento de descubrimiento",
    issuer: "Emisor",
};

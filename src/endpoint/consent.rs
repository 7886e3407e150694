//! The consent form comes back (OpenID Connect Core, section 3.1.2.4).

use crate::endpoint::authorization::flow::Flow;
use crate::endpoint::authorization::page::{locale, refusal};
use crate::endpoint::login::{client_gone, expired, foreign_form, read};
use crate::error::{Error, ErrorCode};
use crate::http::{Request, Response};
use crate::login::cookie;
use crate::login::interaction::ConsentStep;
use crate::login::pages::CompletedPage;
use crate::object::Refusal;
use crate::platform::Platform;
use crate::seal::locator::Locator;
use crate::session::consent::{DenyConsent, GiveConsent};

/// POST of the consent form: `decision` is `allow` or `deny`.
pub async fn consent<P: Platform>(platform: &P, request: &Request) -> Result<Response, Error> {
    let params = match read(platform, request) {
        Ok(params) => params,
        Err(refused) => return Ok(refused.page(locale(request, None))),
    };
    let config = platform.config();
    let sealed = params.one("interaction").ok().flatten().unwrap_or_default();
    let Some(step) = ConsentStep::open(&config.sealer, sealed) else {
        return Ok(foreign_form().page(locale(request, None)));
    };
    let locale = locale(request, step.interaction.request.ui_locales.as_deref());
    // The answer counts only from the browser in which this person is signed in now.
    let login = Locator {
        user: step.user,
        node: step.login_id,
    };
    if cookie::session(config, request).as_ref() != Some(&login) {
        return Ok(foreign_form().page(locale));
    }
    let interaction = step.interaction;
    if platform.now() >= interaction.expires_at {
        return Ok(expired().page(locale));
    }
    let Some(flow) = Flow::resume(platform, request, &interaction.request).await? else {
        return Ok(client_gone().page(locale));
    };
    let refused = match params.one("decision") {
        Ok(Some("allow")) => {
            let authorization = flow.authorization(&login.user, &interaction);
            if authorization.terms() != step.terms {
                // The registration or the operator's policy has changed since the page was shown: what is granted is what has been read.
                return Ok(flow.ask_for_consent(interaction, login));
            }
            let command = GiveConsent {
                login_id: login.node,
                authorization,
            };
            match platform.ask(login.user.as_str(), command).await? {
                Ok(minted) => return flow.answer(&login, &interaction, &minted).await,
                Err(refused) => refused,
            }
        }
        Ok(Some("deny")) => {
            let command = DenyConsent {
                grant_id: interaction.grant_id,
            };
            match platform.ask(login.user.as_str(), command).await? {
                Ok(()) => return Ok(flow.refuse(ErrorCode::AccessDenied, "the user said no")),
                Err(refused) => refused,
            }
        }
        _ => return Ok(refusal(400, ErrorCode::InvalidRequest, "The form has no decision.").page(locale)),
    };
    Ok(match refused {
        Refusal::AlreadyDone => CompletedPage { locale }.respond(),
        _ => expired().page(locale),
    })
}

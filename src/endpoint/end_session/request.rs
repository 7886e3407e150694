//! A logout request of a client, checked (RP-Initiated Logout, sections 2 and 3).

use super::target::LogoutTarget;
use crate::client::metadata::SubjectType;
use crate::client::record::ClientRecord;
use crate::config::Config;
use crate::endpoint::authorization::page::{Refused, refusal};
use crate::endpoint::client_lookup;
use crate::endpoint::id_token_hint::{self, IdTokenHint};
use crate::error::{ErrorCode, Fault};
use crate::oauth::ids::{ClientId, NodeId, UserId};
use crate::oauth::params::Params;
use crate::platform::Platform;
use crate::seal::locator::Locator;
use crate::session::grant::sid_node;
use crate::session::logout::ToldSession;
use std::rc::Rc;

/// Parameters that may stand once. `logout_hint` is one of them and nothing else: whoever is signed in is asked by name.
const KNOWN: [&str; 6] = [
    "id_token_hint",
    "logout_hint",
    "client_id",
    "post_logout_redirect_uri",
    "state",
    "ui_locales",
];

/// What a client asks for.
pub struct LogoutRequest {
    /// The client, where it has said who it is.
    pub client: Option<Rc<ClientRecord>>,
    /// The ID token by which it shows whose session it means.
    pub hint: Option<IdTokenHint>,
    /// Where it wants the person to be sent: nowhere without an ID token.
    pub target: Option<LogoutTarget>,
    /// The parameters that a confirmation has to keep.
    pub redirect_uri: Option<String>,
    /// Likewise.
    pub state: Option<String>,
    /// Likewise.
    pub ui_locales: Option<String>,
}

impl LogoutRequest {
    /// Checks the parameters. What is wrong with them is told on a page that names the parameter, and nothing has changed then.
    pub async fn read<P: Platform>(platform: &P, params: &Params) -> Result<Result<Self, Refused>, Fault> {
        for name in KNOWN {
            if params.one(name).is_err() {
                return wrong(format!("The parameter {name} is given twice."));
            }
        }
        let one = |name| params.one(name).ok().flatten();
        let named = one("client_id").map(|id| ClientId(id.to_owned()));
        let hint = one("id_token_hint");
        let audience = named.clone().or_else(|| hint.and_then(id_token_hint::audience));
        let client = match &audience {
            Some(id) => client_lookup::find(platform, id).await?,
            None => None,
        };
        if named.is_some() && client.is_none() {
            return wrong("The parameter client_id names no registered client.");
        }
        let hint = match hint {
            Some(hint) => match id_token_hint::read(platform, client.as_deref(), hint).await? {
                Some(hint) => Some(hint),
                None => return wrong("The parameter id_token_hint is not an ID token of this provider."),
            },
            None => None,
        };
        if hint
            .as_ref()
            .is_some_and(|hint| named.as_ref().is_some_and(|named| hint.aud != *named))
        {
            return wrong("The parameter client_id is not the client that the id_token_hint was issued to.");
        }
        let kept = |name| one(name).map(str::to_owned);
        let mut request = Self {
            client,
            hint,
            target: None,
            redirect_uri: kept("post_logout_redirect_uri"),
            state: kept("state"),
            ui_locales: kept("ui_locales"),
        };
        if let Some(redirect_uri) = &request.redirect_uri {
            let of = |client| LogoutTarget::of(client, redirect_uri, request.state.as_deref());
            let target = request.client.as_deref().and_then(of);
            if target.is_none() && audience.is_some() {
                return wrong("The parameter post_logout_redirect_uri is not one that the client has registered.");
            }
            // Without an ID token anybody could have put the request together, to have the person land there.
            request.target = target.filter(|_| request.hint.is_some());
        }
        Ok(Ok(request))
    }

    /// Whether it shows by an ID token that it is for this login, so that the person need not be asked. Of a client that is told no session it is
    /// enough that it is for this user.
    pub fn is_of(&self, config: &Config, login: &Locator) -> bool {
        let Some(hint) = &self.hint else {
            return false;
        };
        match (hint.told(config), &self.client) {
            (Some((user, told)), _) => user == login.user && told.sid == sid_node(login.node, hint.aud.as_str()),
            (None, Some(client)) if client.metadata.subject_type != SubjectType::Ephemeral => {
                // No subject of these types depends on the grant.
                client.subject(&login.user, NodeId([0; 16]), &config.subject_salt) == hint.sub
            }
            (None, _) => false,
        }
    }

    /// The session that the ID token was issued in: whose it is, and how the client knows it.
    pub fn told(&self, config: &Config) -> Option<(UserId, ToldSession)> {
        self.hint.as_ref()?.told(config)
    }
}

fn wrong<T>(description: impl Into<std::borrow::Cow<'static, str>>) -> Result<Result<T, Refused>, Fault> {
    Ok(Err(refusal(400, ErrorCode::InvalidRequest, description)))
}

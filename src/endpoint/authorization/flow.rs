//! One authorization on its way from a checked request to the client's answer, over as many pages as it takes.

use crate::client::record::ClientRecord;
use crate::client::release::release;
use crate::endpoint::authorization::check::grantable_scope;
use crate::endpoint::authorization::page;
use crate::endpoint::authorization::target::RedirectTarget;
use crate::endpoint::client_lookup;
use crate::endpoint::token::access_token::AccessToken;
use crate::endpoint::token::id_token::{self, Beside};
use crate::error::{Error, ErrorCode, Failure, Fault, ProtocolError};
use crate::http::{Request, Response};
use crate::login::cookie;
use crate::login::interaction::{ConsentStep, Interaction, LoginStep};
use crate::oauth::authorization_request::AuthorizationRequest;
use crate::oauth::claim::OFFLINE_ACCESS;
use crate::oauth::ids::{NodeId, UserId};
use crate::oauth::locale::Locale;
use crate::oauth::prompt::Prompt;
use crate::oauth::session_state::BrowserState;
use crate::oauth::time::Timestamp;
use crate::oauth::uri::RedirectUri;
use crate::oauth::usage::UsageRules;
use crate::platform::Platform;
use crate::seal::Kind;
use crate::seal::locator::Locator;
use crate::session::authorize::{Authorize, Progress};
use crate::session::grant::{Authorization, ConsentPolicy, SessionId, UserinfoForm};
use crate::session::mint::Minted;
use std::rc::Rc;

/// Who asks, where the answer goes, and what it runs on.
pub struct Flow<'a, P> {
    /// What it runs on.
    pub platform: &'a P,
    /// The HTTP request that is being answered.
    pub request: &'a Request,
    /// The client.
    pub client: Rc<ClientRecord>,
    /// Where the answer goes.
    pub target: RedirectTarget,
}

impl<'a, P: Platform> Flow<'a, P> {
    /// The flow of a request that comes back from a page; `None` where the client is registered no longer, or not with this redirect
    /// URI or response type.
    pub async fn resume(platform: &'a P, request: &'a Request, asked: &AuthorizationRequest) -> Result<Option<Self>, Fault> {
        let begun = |client| Self::of_checked(platform, request, asked, client);
        let known = client_lookup::find(platform, &asked.client_id).await?;
        if let Some(flow) = known.and_then(begun) {
            return Ok(Some(flow));
        }
        // What the page was shown for may have been registered since this isolate read of the client.
        Ok(client_lookup::find_newer(platform, &asked.client_id).await?.and_then(begun))
    }

    fn of_checked(platform: &'a P, request: &'a Request, asked: &AuthorizationRequest, client: Rc<ClientRecord>) -> Option<Self> {
        request.note_client(client.client_id.as_str());
        let locale = page::locale(request, asked.ui_locales.as_deref());
        if !client.metadata.response_types.contains(&asked.response_type) {
            return None;
        }
        let target = RedirectTarget::of_checked(&platform.config().issuer, &client, asked, locale)?;
        Some(Self {
            platform,
            request,
            client,
            target,
        })
    }

    /// Draws the ids that the request will become known by. `subject` is the one that the answer has to be of, where the request names it.
    pub fn begin(&self, request: AuthorizationRequest, subject: Option<String>) -> Result<Interaction, Fault> {
        let grant_id = self.platform.node_id()?;
        Ok(Interaction {
            request,
            grant_id,
            access_token_id: self.platform.node_id()?.within(grant_id),
            subject,
            expires_at: self.platform.now().plus(self.platform.config().lifetimes.interaction),
        })
    }

    /// Answers at once where the browser's login is enough; one hop tells.
    pub async fn proceed(&self, interaction: Interaction) -> Result<Response, Error> {
        let login = cookie::session(self.platform.config(), self.request);
        // Who asks for a new account is not the one who is signed in.
        let wanted = |login: &Locator| interaction.request.prompt() != Prompt::Create && self.may_be(&login.user, &interaction);
        let Some(login) = login.filter(wanted) else {
            return self.ask_for_login(interaction);
        };
        let command = Authorize {
            login_id: login.node,
            max_age: interaction.request.max_age.or(self.client.metadata.default_max_age),
            authorization: self.authorization(&login.user, &interaction),
        };
        match self.platform.ask(login.user.as_str(), command).await? {
            Ok(Progress::Authorized(minted)) => self.answer(&login, &interaction, &minted).await,
            Ok(Progress::ConsentNeeded) if interaction.request.prompt() == Prompt::None => {
                Ok(self.refuse(ErrorCode::ConsentRequired, "the user has not consented yet"))
            }
            Ok(Progress::ConsentNeeded) => Ok(self.ask_for_consent(interaction, login)),
            // An object that knows nothing of the login is one whose login has ended.
            Ok(Progress::LoginNeeded) | Err(_) => self.ask_for_login(interaction),
        }
    }

    /// Shows the sign-in page or the sign-up page, or says that one would be needed. Nothing is stored: the request goes into the page.
    fn ask_for_login(&self, interaction: Interaction) -> Result<Response, Error> {
        if interaction.request.prompt() == Prompt::None {
            return Ok(self.refuse(ErrorCode::LoginRequired, "the user is not signed in"));
        }
        let config = self.platform.config();
        let page = |browser| page::first(config, &self.client, &LoginStep { interaction, browser }, self.locale());
        match cookie::browser(config, self.request) {
            Some(browser) => Ok(page(browser)),
            None => {
                let browser = self.platform.node_id()?;
                Ok(cookie::set_browser(config, page(browser), browser))
            }
        }
    }

    /// Shows the consent page for what will be granted.
    pub fn ask_for_consent(&self, interaction: Interaction, login: Locator) -> Response {
        let authorization = self.authorization(&login.user, &interaction);
        let step = ConsentStep {
            terms: authorization.terms(),
            interaction,
            user: login.user,
            login_id: login.node,
        };
        page::consent(self.platform.config(), &self.client, &step, &authorization, self.locale())
    }

    /// The error response.
    pub fn refuse(&self, code: ErrorCode, description: &'static str) -> Response {
        self.target.error(&ProtocolError::new(code, description))
    }

    /// The language of the pages.
    pub fn locale(&self) -> Locale {
        self.target.locale()
    }

    /// Whether the answer may be of this user, as far as the request names its subject.
    pub fn may_be(&self, user: &UserId, interaction: &Interaction) -> bool {
        let subject = || self.subject(user, interaction.grant_id);
        let claims = interaction.request.claims.as_ref();
        interaction.subject.as_ref().is_none_or(|wanted| *wanted == subject())
            && claims.is_none_or(|claims| claims.accepts_subject(&subject()))
    }

    /// What the client knows the user by (OpenID Connect Core, section 8).
    fn subject(&self, user: &UserId, grant_id: NodeId) -> String {
        self.client.subject(user, grant_id, &self.platform.config().subject_salt)
    }

    /// What the user's object has to know to authorize the request.
    pub fn authorization(&self, user: &UserId, interaction: &Interaction) -> Authorization {
        let config = self.platform.config();
        let request = &interaction.request;
        let scope = grantable_scope(config, &self.client, &request.scope, request.response_type);
        let lifetimes = &config.lifetimes;
        let rules = self.client.policy.token_usage_rules.over(&config.usage_rules);
        let rules = match self.client.is_public() {
            // Whoever has stolen a refresh token of such a client can use it: only its replacement shows that (RFC 9700, section 4.14.2).
            true => rules.rotating(),
            false => rules,
        };
        Authorization {
            grant_id: interaction.grant_id,
            access_token_id: interaction.access_token_id,
            request: request.clone(),
            resources: [&self.client.client_id]
                .into_iter()
                .chain(&self.client.policy.resources)
                .cloned()
                .collect(),
            sub: self.subject(user, interaction.grant_id),
            release: release(&config.scopes, &self.client, request, &scope),
            userinfo: match self.client.metadata.userinfo.is_some() {
                true => UserinfoForm::Jwt,
                false => UserinfoForm::Json,
            },
            access_token_format: self.client.policy.access_token_format,
            consent: consent_policy(&self.client, interaction),
            session_id: match self.client.takes_part_in_logout() {
                true => SessionId::Told,
                false => SessionId::Untold,
            },
            interaction_lifetime: lifetimes.interaction,
            grant_lifetime: self.grant_lifetime(scope.contains(OFFLINE_ACCESS), &rules),
            code_lifetime: rules.authorization_code.expires_in.unwrap_or(lifetimes.code),
            access_token_lifetime: rules.access_token.expires_in.unwrap_or(lifetimes.access_token),
            usage_rules: rules,
            scope,
        }
    }

    /// What is granted ends with the client at the latest. What is granted for later lasts as long as a refresh token does.
    fn grant_lifetime(&self, offline: bool, rules: &UsageRules) -> i64 {
        let lifetimes = &self.platform.config().lifetimes;
        let lifetime = match offline {
            true => lifetimes
                .grant
                .max(rules.refresh_token.expires_in.unwrap_or(lifetimes.refresh_token)),
            false => lifetimes.grant,
        };
        match self.client.expires_at {
            Timestamp(0) => lifetime,
            end => lifetime.min(end.since(self.platform.now())),
        }
    }

    /// The successful response; an error response where it cannot be written as the client has registered it.
    pub async fn answer(&self, login: &Locator, interaction: &Interaction, minted: &Minted) -> Result<Response, Error> {
        match self.write_answer(login, interaction, minted).await {
            Err(error) => match error.failure() {
                Failure::Protocol(error) => Ok(self.target.error(&error)),
                other => Err(other.into()),
            },
            answer => answer,
        }
    }

    /// The code sealed, the tokens signed (OpenID Connect Core, sections 3.1.2.5, 3.2.2.5 and 3.3.2.5).
    async fn write_answer(&self, login: &Locator, interaction: &Interaction, minted: &Minted) -> Result<Response, Error> {
        let user = &login.user;
        let response_type = interaction.request.response_type;
        let located = |node: NodeId| Locator { user: user.clone(), node };
        let sealer = &self.platform.config().sealer;
        let code = response_type
            .has_code()
            .then(|| located(interaction.grant_id).seal(sealer, Kind::Code));
        let access_token = match minted.access_token {
            Some(token) => {
                let locator = located(token.id);
                let text = AccessToken::new(&locator, &self.client.client_id, minted, token)
                    .write(self.platform)
                    .await?;
                Some((text, token.expires_at.since(minted.issued_at).to_string()))
            }
            None => None,
        };
        let beside = Beside {
            code: code.as_deref(),
            access_token: access_token.as_ref().map(|(token, _)| token.as_str()),
        };
        let id_token = match response_type.has_id_token() {
            true => Some(id_token::issue(self.platform, &self.client, user, minted, beside).await?),
            false => None,
        };
        let session_state = self.session_state(login.node, minted)?;
        let scope = minted.scope.to_string();
        let mut parameters = Vec::new();
        parameters.extend(code.as_deref().map(|code| ("code", code)));
        if let Some((access_token, expires_in)) = &access_token {
            parameters.extend([
                ("access_token", access_token.as_str()),
                ("token_type", "Bearer"),
                ("expires_in", expires_in),
                ("scope", &scope),
            ]);
        }
        parameters.extend(id_token.as_deref().map(|token| ("id_token", token)));
        parameters.extend(session_state.as_deref().map(|state| ("session_state", state)));
        Ok(self.target.answer(&parameters))
    }

    /// What the client's page can ask the session frame with (OpenID Connect Session Management 1.0, section 2). OAuth without OpenID has none.
    fn session_state(&self, login: NodeId, minted: &Minted) -> Result<Option<String>, Fault> {
        let mut salt = [0; 16];
        self.platform.random(&mut salt)?;
        let told = BrowserState::of(login).told(&self.client.client_id, self.target.redirect_uri(), salt);
        Ok(told.filter(|_| minted.scope.contains("openid")))
    }
}

/// A public client whose redirect URI anybody's software could receive is asked about every time (RFC 8252, section 8.6).
fn consent_policy(client: &ClientRecord, interaction: &Interaction) -> ConsentPolicy {
    let redirect_uri = client.redirect_uri(&interaction.request.redirect_uri);
    let claimed = redirect_uri.is_some_and(RedirectUri::is_claimed);
    match client.is_public() && !claimed {
        true => ConsentPolicy::AskAlways,
        false => ConsentPolicy::Remembered,
    }
}

//! Typed configuration. It comes from the Worker's vars and secrets and is refused as a whole where any part of it is unusable.

use crate::error::Fault;
use crate::oauth::address::Address;
use crate::oauth::base64url;
use crate::oauth::claim::ScopeCatalogue;
use crate::oauth::json;
use crate::oauth::time::Timestamp;
use crate::oauth::usage::{GRACE, UsageRules};
use crate::seal::Sealer;
use crate::seal::fernet::{BYTES, FernetKey};
use serde::Deserialize;
use zeroize::Zeroizing;

/// The issuer identifier: the one source of every address the provider names. Never derived from a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issuer(String);

impl Issuer {
    /// Takes an `https` origin, or an `http` one on loopback for development: no path, query, fragment or user name, no final slash
    /// (OpenID Connect Discovery, section 3).
    pub fn parse(text: &str) -> Result<Self, Fault> {
        let wrong = |reason: &str| Err(Fault::Config(format!("ISSUER: {reason}")));
        let Some(url) = Address::parse(text) else {
            return wrong("not a URL");
        };
        match url.scheme() {
            "https" => {}
            "http" if url.is_loopback() => {}
            _ => return wrong("has to be https, or http on loopback"),
        }
        if url.origin().as_deref() != Some(text) {
            return wrong("has to be an origin such as https://login.example.com, without a path or a final slash");
        }
        Ok(Self(text.to_owned()))
    }

    /// The issuer, byte for byte as it is configured.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The address of one of the provider's paths.
    pub fn at(&self, path: &str) -> String {
        format!("{}{path}", self.0)
    }

    /// Whether the provider runs on a developer's own machine, where clients may be there as well: its host is a loopback address.
    pub fn is_local(&self) -> bool {
        Address::parse(&self.0).is_some_and(|url| url.is_loopback())
    }

    /// Whether browsers reach the provider by https; otherwise it runs on a developer's own machine.
    pub fn is_https(&self) -> bool {
        self.0.starts_with("https://")
    }
}

/// Lifetimes, in seconds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lifetimes {
    /// Authorization code.
    pub code: i64,
    /// Access token.
    pub access_token: i64,
    /// ID token.
    pub id_token: i64,
    /// Refresh token: it and its successors end so long after the grant was authorized.
    pub refresh_token: i64,
    /// Refresh token that is not used: it ends after so long; 0 where it does not matter.
    pub refresh_idle: i64,
    /// How long a refresh token, presented again, gives the same successor.
    pub refresh_grace: i64,
    /// Grant: no token of it works longer.
    pub grant: i64,
    /// Authentication event: how long a person stays signed in.
    pub login: i64,
    /// From an authorization request to the person's last click.
    pub interaction: i64,
    /// Dynamically registered client, and its secret; 0 for no end.
    pub client: i64,
    /// Key of the provider: how long it signs before its successor is made; 0 for no end.
    pub key: i64,
}

/// Whether people may make accounts for themselves, or only the operator makes them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum SignUp {
    Open,
    Closed,
}

/// Who may register a client (RFC 7591, section 3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RegistrationPolicy {
    /// Anybody.
    Open,
    /// Whoever has the initial access token.
    Token(Zeroizing<String>),
    /// The operator alone.
    Closed,
}

/// Which lines the log has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Log {
    /// One for every request but those for a public document that are answered with it, which say nothing of anybody; and one for every fault of ours.
    Requests,
    /// One for those as well.
    All,
    /// Those of requests that are answered with a 5xx, and of faults.
    Errors,
    /// None.
    Off,
}

impl Log {
    /// Reads the variable `LOG`.
    pub fn read(variable: Option<&str>) -> Option<Self> {
        match variable {
            None | Some("requests") => Some(Self::Requests),
            Some("all") => Some(Self::All),
            Some("errors") => Some(Self::Errors),
            Some("off") => Some(Self::Off),
            Some(_) => None,
        }
    }
}

const DAY: i64 = 86_400;

/// How long the entries of an audit trail are kept, in seconds, by the variable `AUDIT_LIFETIME`; 0 where none are written. `None` for what is no such number.
pub fn audit_lifetime(variable: Option<String>) -> Option<i64> {
    match variable {
        None => Some(90 * DAY),
        Some(text) => text.parse().ok().filter(|seconds| (0..=3650 * DAY).contains(seconds)),
    }
}

/// Bounds on what one peer may ask for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Registrations from one address per minute.
    pub registrations: i64,
    /// Accounts made from one address per minute.
    pub sign_ups: i64,
    /// Wrong admin tokens from one address per minute.
    pub admin_tokens: i64,
    /// Wrong passwords for one user name before all tries are refused for the rest of a window.
    pub password_tries: i64,
    /// The length of that window, in seconds.
    pub password_window: i64,
}

/// Keys of a Python provider. It is taken over from without them too; then its refresh tokens are refused.
#[derive(Clone, Default)]
pub struct OldKeys {
    /// Opens refresh tokens that are sealed; those that are JWTs need none.
    pub refresh_token: Option<FernetKey>,
    /// Opens the session ids in them, and stands in dumps.
    pub session: Option<Zeroizing<String>>,
}

impl OldKeys {
    /// The key of session ids.
    pub fn session_key(&self) -> Option<FernetKey> {
        FernetKey::parse(self.session.as_deref()?)
    }

    fn parse(text: &str) -> Result<Self, Fault> {
        #[derive(Deserialize)]
        struct Wire {
            refresh_token: Option<String>,
            session: Option<String>,
        }
        let wrong = || {
            let form = r#"{"refresh_token": "...", "session": "..."}, or one of both"#;
            Fault::Config(format!(
                "OIDCOP_KEYS has to be {form}: a password, or BYTES: and 32 bytes in base64"
            ))
        };
        let wire: Wire = json::read_exactly(text).map_err(|_| wrong())?;
        let key = |text: &str| FernetKey::parse(text).ok_or_else(wrong);
        let keys = Self {
            refresh_token: wire.refresh_token.as_deref().map(key).transpose()?,
            session: wire.session.map(|text| key(&text).map(|_| Zeroizing::new(text))).transpose()?,
        };
        match keys.refresh_token.is_some() || keys.session.is_some() {
            true => Ok(keys),
            false => Err(wrong()),
        }
    }
}

/// The provider's configuration.
#[derive(Clone)]
pub struct Config {
    /// The issuer identifier.
    pub issuer: Issuer,
    /// Seals with the operator's `SEAL_KEY`.
    pub sealer: Sealer,
    /// Seals the private halves of the provider's keys: with `KEY_ENCRYPTION_KEY`, or where there is none with `SEAL_KEY`.
    pub key_sealer: Sealer,
    /// Who may register a client.
    pub registration: RegistrationPolicy,
    /// What was issued before is of no use any more, in seconds since the epoch of POSIX.
    pub epoch: Timestamp,
    /// Enters every subject identifier (oidcop's `salt`).
    pub subject_salt: Zeroizing<String>,
    /// Open what the Python provider sealed that this one has taken over from.
    pub old_keys: OldKeys,
    /// Opens the admin API.
    pub admin_token: Zeroizing<String>,
    /// Whether people may make accounts.
    pub sign_up: SignUp,
    /// How long things live.
    pub lifetimes: Lifetimes,
    /// How much one peer may ask for.
    pub limits: Limits,
    /// What tokens may mint, how often they may be used, and how long they live where that is not one of the lifetimes.
    pub usage_rules: UsageRules,
    /// What scopes mean.
    pub scopes: ScopeCatalogue,
    /// Whether a scope that cannot be granted fails the request; otherwise it is left out of what is granted (OpenID Connect Core, section 5.4).
    pub deny_unknown_scopes: bool,
    /// Which lines the log has.
    pub log: Log,
}

impl Config {
    /// Reads the configuration from named variables.
    pub fn load(variable: &dyn Fn(&str) -> Option<String>) -> Result<Self, Fault> {
        let required = |name: &str| {
            variable(name)
                .filter(|value| !value.is_empty())
                .ok_or_else(|| Fault::Config(format!("{name} is not set")))
        };
        let number = |name: &str, default: i64, range: std::ops::RangeInclusive<i64>| match variable(name) {
            None => Ok(default),
            Some(text) => match text.parse::<i64>() {
                Ok(value) if range.contains(&value) => Ok(value),
                _ => Err(Fault::Config(format!(
                    "{name} has to be a number from {} to {}",
                    range.start(),
                    range.end()
                ))),
            },
        };
        if audit_lifetime(variable("AUDIT_LIFETIME")).is_none() {
            return Err(Fault::Config("AUDIT_LIFETIME has to be a number from 0 to 315360000".to_owned()));
        }
        let issuer = Issuer::parse(&required("ISSUER")?)?;
        let keys = SealKeys::load(&required("SEAL_KEY")?, variable)?;
        Ok(Self {
            registration: registration(&issuer, variable)?,
            issuer,
            sealer: keys.sealer(),
            key_sealer: keys.key_sealer(),
            epoch: Timestamp(number("EPOCH", 0, 0..=i64::from(u32::MAX))?),
            subject_salt: Zeroizing::new(required("SUBJECT_SALT")?),
            old_keys: match variable("OIDCOP_KEYS") {
                None => OldKeys::default(),
                Some(text) => OldKeys::parse(&text)?,
            },
            admin_token: long_token("ADMIN_TOKEN", required("ADMIN_TOKEN")?)?,
            sign_up: match variable("SIGN_UP").as_deref() {
                None | Some("closed") => SignUp::Closed,
                Some("open") => SignUp::Open,
                Some(_) => return Err(Fault::Config("SIGN_UP has to be open or closed".to_owned())),
            },
            lifetimes: Lifetimes {
                code: number("CODE_LIFETIME", 60, 1..=600)?,
                access_token: number("ACCESS_TOKEN_LIFETIME", 3600, 1..=DAY)?,
                id_token: number("ID_TOKEN_LIFETIME", 300, 1..=DAY)?,
                refresh_token: number("REFRESH_TOKEN_LIFETIME", DAY, 1..=3650 * DAY)?,
                refresh_idle: number("REFRESH_IDLE_LIFETIME", 0, 0..=3650 * DAY)?,
                refresh_grace: number("REFRESH_GRACE", 30, GRACE)?,
                grant: number("GRANT_LIFETIME", 43_200, 60..=3650 * DAY)?,
                login: number("LOGIN_LIFETIME", 3600, 1..=365 * DAY)?,
                interaction: number("INTERACTION_LIFETIME", 1800, 1..=DAY)?,
                client: number("CLIENT_LIFETIME", 30 * DAY, 0..=3650 * DAY)?,
                key: match variable("KEY_LIFETIME").as_deref() {
                    Some("0") => 0,
                    _ => number("KEY_LIFETIME", 90 * DAY, 3600..=3650 * DAY)?,
                },
            },
            limits: Limits {
                registrations: number("REGISTRATION_LIMIT", 60, 1..=1_000_000)?,
                sign_ups: number("SIGN_UP_LIMIT", 10, 1..=1_000_000)?,
                admin_tokens: number("ADMIN_LIMIT", 60, 1..=1_000_000)?,
                password_tries: number("PASSWORD_TRIES", 10, 1..=1000)?,
                password_window: number("PASSWORD_WINDOW", 900, 1..=DAY)?,
            },
            usage_rules: usage_rules(variable("TOKEN_USAGE_RULES"))?,
            scopes: match variable("SCOPES") {
                None => ScopeCatalogue::default(),
                Some(text) => ScopeCatalogue::parse(&text)
                    .ok_or_else(|| Fault::Config("SCOPES has to be a JSON object of scopes with lists of claims".to_owned()))?,
            },
            log: Log::read(variable("LOG").as_deref())
                .ok_or_else(|| Fault::Config("LOG has to be requests, all, errors or off".to_owned()))?,
            deny_unknown_scopes: match variable("DENY_UNKNOWN_SCOPES").as_deref() {
                None | Some("false") => false,
                Some("true") => true,
                Some(_) => return Err(Fault::Config("DENY_UNKNOWN_SCOPES has to be true or false".to_owned())),
            },
        })
    }

    /// The key of session ids in dumps: as oidcop has it, and as idpyoidc has it.
    pub fn session_key(&self) -> (String, String) {
        let password = self.old_keys.session.as_deref().filter(|text| !text.starts_with(BYTES));
        let password = password.map_or_else(|| self.sealer.dump_key(), |text| text.to_string());
        let key = self.old_keys.session_key().or_else(|| FernetKey::parse(&password));
        (password, key.map(|key| key.text()).unwrap_or_default())
    }
}

fn usage_rules(text: Option<String>) -> Result<UsageRules, Fault> {
    let own = text.map_or(Some(UsageRules::default()), |text| json::read_exactly(&text).ok());
    let sound = own.filter(UsageRules::are_sound);
    let rules = sound
        .ok_or_else(|| Fault::Config("TOKEN_USAGE_RULES has to be a JSON object of usage rules that tokens can keep to".to_owned()))?;
    Ok(rules.over(&UsageRules::built_in()))
}

/// The secrets that seal.
struct SealKeys {
    present: Zeroizing<[u8; 32]>,
    earlier: Option<Zeroizing<[u8; 32]>>,
    of_keys: Option<Zeroizing<[u8; 32]>>,
}

impl SealKeys {
    fn load(present: &str, variable: &dyn Fn(&str) -> Option<String>) -> Result<Self, Fault> {
        let optional = |name: &str| variable(name).map(|text| seal_key(name, &text)).transpose();
        Ok(Self {
            present: seal_key("SEAL_KEY", present)?,
            earlier: optional("SEAL_KEY_PREVIOUS")?,
            of_keys: optional("KEY_ENCRYPTION_KEY")?,
        })
    }

    fn sealer(&self) -> Sealer {
        self.opening_earlier(Sealer::new(&self.present))
    }

    /// Opens what SEAL_KEY has sealed as well: a provider may get its KEY_ENCRYPTION_KEY later.
    fn key_sealer(&self) -> Sealer {
        match &self.of_keys {
            Some(key) => self.opening_earlier(Sealer::new(key).opening(&self.present)),
            None => self.sealer(),
        }
    }

    fn opening_earlier(&self, sealer: Sealer) -> Sealer {
        match &self.earlier {
            Some(earlier) => sealer.opening(earlier),
            None => sealer,
        }
    }
}

fn seal_key(name: &str, text: &str) -> Result<Zeroizing<[u8; 32]>, Fault> {
    base64url::decode(text)
        .and_then(|bytes| bytes.try_into().ok())
        .map(Zeroizing::new)
        .ok_or_else(|| Fault::Config(format!("{name} has to be 32 random bytes in base64url")))
}

/// Anybody may register on a developer's machine; elsewhere it takes the initial access token, and where there is none the operator.
fn registration(issuer: &Issuer, variable: &dyn Fn(&str) -> Option<String>) -> Result<RegistrationPolicy, Fault> {
    let token = variable("REGISTRATION_TOKEN")
        .map(|token| long_token("REGISTRATION_TOKEN", token))
        .transpose()?;
    let is_open = match variable("REGISTRATION").as_deref() {
        None => issuer.is_local(),
        Some("open") => true,
        Some("token") => false,
        Some(_) => return Err(Fault::Config("REGISTRATION has to be open or token".to_owned())),
    };
    Ok(match (is_open, token) {
        (true, _) => RegistrationPolicy::Open,
        (false, Some(token)) => RegistrationPolicy::Token(token),
        (false, None) => RegistrationPolicy::Closed,
    })
}

/// A bearer token that nobody guesses.
fn long_token(name: &str, text: String) -> Result<Zeroizing<String>, Fault> {
    match text.len() {
        32.. => Ok(Zeroizing::new(text)),
        _ => Err(Fault::Config(format!("{name} has to be at least 32 characters long"))),
    }
}

//! Which claims a grant releases, and where: at userinfo, at introspection, in the ID token, in the access token.

use crate::client::policy::Points;
use crate::client::record::ClientRecord;
use crate::oauth::authorization_request::AuthorizationRequest;
use crate::oauth::claim::{ScopeCatalogue, is_protocol_claim};
use crate::oauth::claims_request::Wanted;
use crate::oauth::locale::is_tag;
use crate::oauth::response_type::ResponseType;
use crate::oauth::scope::Scope;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// So many languages of one claim are looked for.
const LOCALES_LIMIT: usize = 3;

/// And of each language so many forms, from the exact tag on.
const FORMS_LIMIT: usize = 3;

/// The claims of a grant by release point, each with what is wished of it, in the form of a session dump.
pub type Release = Points<Wanted>;

impl Release {
    /// The claims about the person, wherever they are released, without their languages.
    pub fn names(&self) -> ClaimNames {
        let points = [&self.userinfo, &self.id_token, &self.access_token, &self.introspection];
        let names = points.into_iter().flat_map(|wanted| wanted.keys());
        let plain = names.map(|claim| claim.split('#').next().unwrap_or(claim));
        ClaimNames::default().with(plain.filter(|claim| !is_protocol_claim(claim)))
    }
}

/// Names of claims: each once, in the order of the alphabet.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ClaimNames(Vec<String>);

impl ClaimNames {
    /// These names and others.
    #[must_use]
    pub fn with<'a>(mut self, others: impl Iterator<Item = &'a str>) -> Self {
        for name in others {
            if let Err(place) = self.find(name) {
                self.0.insert(place, name.to_owned());
            }
        }
        self
    }

    /// Whether every one of these names is among the others.
    pub fn is_subset(&self, others: &Self) -> bool {
        self.iter().all(|name| others.find(name).is_ok())
    }

    /// The names.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// Where a name stands, or else where it belongs.
    fn find(&self, name: &str) -> Result<usize, usize> {
        self.0.binary_search_by(|known| known.as_str().cmp(name))
    }
}

/// Puts together what the granted scope, the request's claims parameter and the operator's policy release.
pub fn release(catalogue: &ScopeCatalogue, client: &ClientRecord, request: &AuthorizationRequest, scope: &Scope) -> Release {
    let by_scope = &client.policy.add_claims.by_scope;
    let always = &client.policy.add_claims.always;
    // Where no access token comes, userinfo cannot be asked, and the ID token is the one place (OpenID Connect Core, section 5.4).
    let id_token_alone = request.response_type == ResponseType::IdToken;
    let mut asked = request.claims.clone().unwrap_or_default();
    for place in [&mut asked.userinfo, &mut asked.id_token] {
        place.retain(|claim, _| may_ask_by_name(catalogue, client, claim));
    }
    let of_scope = scope_claims(catalogue, client, scope);
    let put = |of_point: bool, always: &Wanted, asked: Wanted| {
        let mut wanted = if of_point { of_scope.clone() } else { Wanted::new() };
        wanted.extend(always.clone());
        wanted.extend(asked);
        in_languages(wanted, request.claims_locales.as_deref())
    };
    Release {
        userinfo: put(by_scope.userinfo.unwrap_or(true), &always.userinfo, asked.userinfo),
        introspection: put(by_scope.introspection.unwrap_or(false), &always.introspection, Wanted::new()),
        id_token: put(by_scope.id_token.unwrap_or(id_token_alone), &always.id_token, asked.id_token),
        access_token: put(by_scope.access_token.unwrap_or(false), &always.access_token, Wanted::new()),
    }
}

/// Whether a client may ask for a claim by name: where the operator bounds its scopes, those have to stand for the claim.
fn may_ask_by_name(catalogue: &ScopeCatalogue, client: &ClientRecord, claim: &str) -> bool {
    let Some(allowed) = &client.policy.allowed_scopes else {
        return true;
    };
    let plain = claim.split('#').next().unwrap_or(claim);
    let stands_for = |scope: &String| meaning(catalogue, client, scope).is_some_and(|claims| claims.contains(&plain));
    is_protocol_claim(plain) || allowed.iter().any(stands_for)
}

/// The names of the claims that are released although no granted scope stands for them, of all that are released.
pub fn beyond_scope(catalogue: &ScopeCatalogue, client: &ClientRecord, scope: &Scope, released: &ClaimNames) -> Vec<String> {
    let of_scope = scope_claims(catalogue, client, scope);
    let beyond = released.iter().filter(|name| !of_scope.contains_key(*name));
    beyond.map(str::to_owned).collect()
}

/// The claims that a scope stands for, for this client, without further wishes.
pub fn scope_claims(catalogue: &ScopeCatalogue, client: &ClientRecord, scope: &Scope) -> Wanted {
    let claims = scope.iter().filter_map(|token| meaning(catalogue, client, token)).flatten();
    claims.map(|claim| (claim.to_owned(), Value::Null)).collect()
}

/// What a scope token stands for, for this client; `None` where nobody has said it.
pub fn meaning<'a>(catalogue: &'a ScopeCatalogue, client: &'a ClientRecord, scope: &str) -> Option<Vec<&'a str>> {
    client.policy.scopes_to_claims.own_claims(scope).or_else(|| catalogue.claims(scope))
}

/// Adds to every claim its variants in the languages that the client prefers, from the exact tag to the bare language (OpenID Connect Core,
/// section 5.2; RFC 4647, section 3.4).
fn in_languages(mut wanted: Wanted, locales: Option<&str>) -> Wanted {
    let plain: Vec<String> = wanted.keys().filter(|claim| !claim.contains('#')).cloned().collect();
    for tag in locales.unwrap_or_default().split(' ').filter(|tag| is_tag(tag)).take(LOCALES_LIMIT) {
        let ranges = std::iter::successors(Some(tag), |range| range.rsplit_once('-').map(|(shorter, _)| shorter));
        for range in ranges.take(FORMS_LIMIT) {
            for claim in plain.iter().filter(|claim| *claim != "sub") {
                wanted.entry(format!("{claim}#{range}")).or_insert(Value::Null);
            }
        }
    }
    wanted
}

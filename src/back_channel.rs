//! Logout tokens: clients are told by the provider itself that a session is over (OpenID Connect Back-Channel Logout, sections 2.4 to 2.8).

use crate::client::metadata::JwtProtection;
use crate::client::record::ClientRecord;
use crate::endpoint::{client_lookup, jwt};
use crate::error::{Error, Failure, Fault};
use crate::jose::alg::SignatureAlg;
use crate::oauth::ids::UserId;
use crate::oauth::params;
use crate::oauth::uri::FetchUri;
use crate::platform::Platform;
use crate::platform::log::Entry;
use crate::seal::Kind;
use crate::seal::locator::Locator;
use crate::session::delivery::{Delivery, Outcome};
use crate::session::mint::Claims;
use futures_util::future::join_all;
use serde_json::{Value, json};

/// How long a logout token is good for, in seconds (section 2.4 recommends two minutes at most).
const LIFETIME: i64 = 120;

/// The media type of logout tokens, without `application/` (section 2.4).
const TYPE: &str = "logout+jwt";

/// The event of a logout token (section 2.4).
const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";

/// So many deliveries are made at the same time: a Worker may have no more connections open.
const LANES: usize = 6;

/// The object of a user that owes deliveries, as its runtime has it.
#[allow(async_fn_in_trait)]
pub trait Sender {
    /// What the deliveries are made with.
    type Platform: Platform;

    /// It.
    fn platform(&self) -> &Self::Platform;

    /// Whose object it is.
    fn user(&self) -> &UserId;

    /// [`crate::session::delivery::take_up`] on the object's storage, in one transaction, as is the next.
    fn take_up(&self) -> Result<Option<Delivery>, Fault>;

    /// [`crate::session::delivery::note`].
    fn note(&self, delivery: &Delivery, outcome: &Outcome) -> Result<(), Fault>;
}

/// Makes every delivery that is due. One that takes its time holds up none but those for which no connection is left.
pub async fn deliver_all<S: Sender>(sender: &S) -> Result<(), Fault> {
    let lane = async |()| {
        while let Some(delivery) = sender.take_up()? {
            let outcome = deliver(sender.platform(), sender.user(), &delivery).await;
            sender.note(&delivery, &outcome)?;
        }
        Ok(())
    };
    join_all([(); LANES].map(lane)).await.into_iter().collect()
}

/// What the log calls a delivery, in the place of a route.
const ROUTE: &str = "backchannel_logout_uri";

/// Makes one attempt, and notes what it has come to.
async fn deliver<P: Platform>(platform: &P, user: &UserId, delivery: &Delivery) -> Outcome {
    let begun = platform.milliseconds();
    let outcome = try_once(platform, user, delivery).await;
    let (status, word) = match outcome {
        Outcome::NotOwed => return outcome,
        Outcome::Answered(status @ 200..=299) => (status, "ok"),
        Outcome::Answered(status) => (status, "refused"),
        Outcome::Unanswered => (0, "unanswered"),
    };
    platform.log(&Entry {
        request_id: &delivery.jti.hex(),
        method: "POST",
        route: ROUTE,
        status,
        outcome: word,
        ms: platform.milliseconds().saturating_sub(begun),
        is_document: false,
        client_id: Some(delivery.party.client_id.as_str()),
    });
    outcome
}

async fn try_once<P: Platform>(platform: &P, user: &UserId, delivery: &Delivery) -> Outcome {
    match attempt(platform, user, delivery).await {
        Ok(outcome) => outcome,
        Err(error) => {
            // Anything else is the client's own to mend: it wants encryption, and its keys cannot be had or do not fit.
            if let Failure::Fault(fault) = error.failure() {
                platform.report(&delivery.jti.hex(), &fault);
            }
            Outcome::Unanswered
        }
    }
}

async fn attempt<P: Platform>(platform: &P, user: &UserId, delivery: &Delivery) -> Result<Outcome, Error> {
    let Some(client) = client_lookup::find(platform, &delivery.party.client_id).await? else {
        return Ok(Outcome::NotOwed);
    };
    let issuer = &platform.config().issuer;
    let Some(address) = client.metadata.backchannel_logout_uri.as_deref() else {
        return Ok(Outcome::NotOwed);
    };
    let Some(address) = FetchUri::of(address, issuer.as_str(), issuer.is_local()) else {
        return Ok(Outcome::NotOwed);
    };
    let token = logout_token(platform, &client, user, delivery).await?;
    let form = params::encode([("logout_token", token.as_str())]);
    Ok(match platform.post(&address, &form).await {
        Some(status) => Outcome::Answered(status),
        None => Outcome::Unanswered,
    })
}

/// The token, signed and encrypted as the client's ID tokens are; it is never unsigned (section 2.4).
async fn logout_token<P: Platform>(platform: &P, client: &ClientRecord, user: &UserId, delivery: &Delivery) -> Result<String, Error> {
    let config = platform.config();
    let id_token = client.metadata.id_token;
    let protection = JwtProtection {
        signing: id_token
            .signing
            .filter(|alg| *alg != SignatureAlg::None)
            .or(Some(SignatureAlg::RS256)),
        ..id_token
    };
    let sid = Locator {
        user: user.clone(),
        node: delivery.party.sid,
    };
    let now = platform.now();
    let claims: [(&str, Value); 8] = [
        ("iss", config.issuer.as_str().into()),
        ("sub", delivery.party.sub.as_str().into()),
        ("aud", client.client_id.as_str().into()),
        ("iat", now.0.into()),
        ("exp", now.plus(LIFETIME).0.into()),
        ("jti", delivery.jti.hex().into()),
        ("events", json!({ EVENT: {} })),
        ("sid", sid.seal(&config.sealer, Kind::Sid).into()),
    ];
    let claims: Claims = claims.map(|(name, value)| (name.to_owned(), value)).into_iter().collect();
    jwt::issue(platform, client, protection, Some(TYPE), &claims).await
}

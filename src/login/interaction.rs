//! What travels sealed through the pages: until a person has signed in, an authorization request lives in the browser and nowhere else. The sealed
//! text is the form's CSRF token as well: it opens only for the page it was made for, and counts only in the browser it was made in.

use crate::oauth::authorization_request::AuthorizationRequest;
use crate::oauth::ids::{NodeId, UserId};
use crate::oauth::json;
use crate::oauth::time::Timestamp;
use crate::seal::{Kind, Sealer};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// A checked authorization request on its way through the pages.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Interaction {
    /// The request.
    pub request: AuthorizationRequest,
    /// The grant that it will become, and the code of that: they have one id.
    pub grant_id: NodeId,
    /// The access token that the response will bring, where it brings one.
    pub access_token_id: NodeId,
    /// The one subject that the answer may be of, where the request names it by an ID token or a claim.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// When the pages have to be done.
    pub expires_at: Timestamp,
}

/// The step of the sign-in page.
#[derive(Debug, Serialize, Deserialize)]
pub struct LoginStep {
    /// The request.
    pub interaction: Interaction,
    /// The mark of the browser in which the page was opened.
    pub browser: NodeId,
}

/// The step of the consent page.
#[derive(Debug, Serialize, Deserialize)]
pub struct ConsentStep {
    /// The request.
    pub interaction: Interaction,
    /// Who has signed in.
    pub user: UserId,
    /// In which login.
    pub login_id: NodeId,
    /// A hash of what the page says that the client will get.
    pub terms: String,
}

/// The step of the sign-in page that leads to the account page: there is no request.
#[derive(Debug, Serialize, Deserialize)]
pub struct AccountLogin {
    /// The mark of the browser in which the page was opened.
    pub browser: NodeId,
    /// When the form has to be back.
    pub expires_at: Timestamp,
}

/// The forms of the account page.
#[derive(Debug, Serialize, Deserialize)]
pub struct AccountStep {
    /// Who has signed in.
    pub user: UserId,
    /// In which login.
    pub login_id: NodeId,
    /// When a form has to be back.
    pub expires_at: Timestamp,
}

impl LoginStep {
    /// The step as the text of a hidden field.
    pub fn seal(&self, sealer: &Sealer) -> String {
        seal(sealer, Kind::LoginStep, self)
    }

    /// Reads the text back; `None` where it is not this provider's or of another page.
    pub fn open(sealer: &Sealer, text: &str) -> Option<Self> {
        open(sealer, Kind::LoginStep, text)
    }
}

impl ConsentStep {
    /// The step as the text of a hidden field.
    pub fn seal(&self, sealer: &Sealer) -> String {
        seal(sealer, Kind::ConsentStep, self)
    }

    /// Reads the text back; `None` where it is not this provider's or of another page.
    pub fn open(sealer: &Sealer, text: &str) -> Option<Self> {
        open(sealer, Kind::ConsentStep, text)
    }
}

impl AccountLogin {
    /// The step as the text of a hidden field.
    pub fn seal(&self, sealer: &Sealer) -> String {
        seal(sealer, Kind::AccountLogin, self)
    }

    /// Reads the text back; `None` where it is not this provider's or of another page.
    pub fn open(sealer: &Sealer, text: &str) -> Option<Self> {
        open(sealer, Kind::AccountLogin, text)
    }
}

impl AccountStep {
    /// The step as the text of a hidden field.
    pub fn seal(&self, sealer: &Sealer) -> String {
        seal(sealer, Kind::AccountStep, self)
    }

    /// Reads the text back; `None` where it is not this provider's or of another page.
    pub fn open(sealer: &Sealer, text: &str) -> Option<Self> {
        open(sealer, Kind::AccountStep, text)
    }
}

/// Seals a step as the text of a hidden field.
pub fn seal(sealer: &Sealer, kind: Kind<'_>, step: &impl Serialize) -> String {
    sealer.seal(kind, json::text(step).as_bytes())
}

/// Reads a step back; `None` where the text is not this provider's or of another page.
pub fn open<T: DeserializeOwned>(sealer: &Sealer, kind: Kind<'_>, text: &str) -> Option<T> {
    json::read(sealer.open(kind, text)?.as_slice()).ok()
}

//! Refresh tokens of the Python provider that this one has taken over from: they lead to the row that the import has made of them, and the successor is
//! this provider's own.

use crate::error::Fault;
use crate::jose::crypto::Cipher;
use crate::jose::jws::{self, Received};
use crate::oauth::ids::UserId;
use crate::oauth::{base64url, json};
use crate::platform::Platform;
use crate::seal::fernet::FernetKey;
use crate::seal::locator::Locator;
use crate::session::import::imported_token_id;
use serde::Deserialize;

/// How the class of a refresh token has been written.
const REFRESH: [&str; 2] = ["refresh_token", "R"];

/// The longest token that is looked at, in bytes.
const LIMIT: usize = 4096;

/// Where the row of an old refresh token is; `None` for anything but what holds a text that was sealed with the old provider's keys.
pub async fn locate<P: Platform>(platform: &P, token: &str) -> Result<Option<Locator>, Fault> {
    let keys = &platform.config().old_keys;
    if token.len() > LIMIT || (keys.refresh_token.is_none() && keys.session.is_none()) {
        return Ok(None);
    }
    let session_id = match jws::parse(token) {
        Some(signed) => session_of_signed(platform, &signed).await?,
        None => session_of_sealed(platform, token).await?,
    };
    let user = session_id.as_ref().and_then(|id| id.split_once(";;")).map(|(user, _)| user);
    Ok(user.and_then(UserId::from_username).map(|user| Locator {
        user,
        node: imported_token_id(token),
    }))
}

/// The session of a token that is sealed text: random characters, the class, the session id, the end.
async fn session_of_sealed<P: Platform>(platform: &P, token: &str) -> Result<Option<String>, Fault> {
    let keys = &platform.config().old_keys;
    let Some(key) = &keys.refresh_token else {
        return Ok(None);
    };
    let Some(parts) = open(platform, key, token).await? else {
        return Ok(None);
    };
    match parts.as_slice() {
        // In oidcop 2.0.0 the session id is in the clear.
        [_, class, session_id, ..] if REFRESH.contains(&class.as_str()) && session_id.contains(";;") => Ok(Some(session_id.clone())),
        [_, class, session_id, ..] if REFRESH.contains(&class.as_str()) => session(platform, session_id).await,
        _ => Ok(None),
    }
}

/// The session of a token that is a JWT. Its signature is not looked at: the row is named by the hash of the whole, and the session id is sealed.
async fn session_of_signed<P: Platform>(platform: &P, token: &Received<'_>) -> Result<Option<String>, Fault> {
    #[derive(Deserialize)]
    struct Claims {
        token_class: String,
        sid: String,
    }
    let claims: Option<Claims> = json::parse_as(&token.payload).ok();
    match claims.filter(|claims| REFRESH.contains(&claims.token_class.as_str())) {
        Some(claims) => session(platform, &claims.sid).await,
        None => Ok(None),
    }
}

/// The session id in a sealed one: random characters, the session id.
async fn session<P: Platform>(platform: &P, sealed: &str) -> Result<Option<String>, Fault> {
    match platform.config().old_keys.session_key() {
        Some(key) => Ok(open(platform, &key, sealed).await?.and_then(|parts| parts.get(1).cloned())),
        None => Ok(None),
    }
}

/// The texts that are packed into base64 of a Fernet token.
async fn open<P: Platform>(platform: &P, key: &FernetKey, text: &str) -> Result<Option<Vec<String>>, Fault> {
    let token = base64url::decode_base64(text).and_then(|bytes| String::from_utf8(bytes).ok());
    let Some(framed) = token.and_then(|token| key.authenticate(&token)) else {
        return Ok(None);
    };
    let plain = platform
        .decrypt(Cipher::Cbc { iv: &framed.iv }, key.cipher_key(), &framed.ciphertext)
        .await?;
    let plain = plain.and_then(|plain| String::from_utf8(plain.to_vec()).ok());
    Ok(plain.and_then(|plain| unpack(&plain)))
}

/// Texts, each behind the number of its characters and a colon; spaces fill up the end.
fn unpack(packed: &str) -> Option<Vec<String>> {
    let mut rest = packed;
    let mut parts = Vec::new();
    while !rest.trim_end_matches(' ').is_empty() {
        let (length, after) = rest.split_once(':')?;
        let length: usize = length.parse().ok()?;
        let part: String = after.chars().take(length).collect();
        rest = after.get(part.len()..).filter(|_| part.chars().count() == length)?;
        parts.push(part);
    }
    Some(parts)
}

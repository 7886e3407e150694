//! Refresh tokens of the Python provider that this one has taken over from: they lead to the row that the import has made of them, and the successor is
//! this provider's own.

use crate::error::Fault;
use crate::jose::crypto::Cipher;
use crate::oauth::base64url;
use crate::oauth::ids::UserId;
use crate::platform::Platform;
use crate::seal::fernet::FernetKey;
use crate::seal::locator::Locator;
use crate::session::import::imported_token_id;

/// What says that a token is a refresh token.
const REFRESH: &str = "R";

/// The longest token that is looked at, in bytes.
const LIMIT: usize = 4096;

/// Where the row of an old refresh token is; `None` for anything but what was sealed with the old provider's keys. It is sealed text within sealed text:
/// the session id that it names has been encrypted since oidcop 2.0.1.
pub async fn locate<P: Platform>(platform: &P, token: &str) -> Result<Option<Locator>, Fault> {
    let keys = &platform.config().old_keys;
    let Some(key) = keys.refresh_token.as_ref().filter(|_| token.len() <= LIMIT) else {
        return Ok(None);
    };
    let Some(parts) = open(platform, key, token).await? else {
        return Ok(None);
    };
    let [_, class, session_id, ..] = parts.as_slice() else {
        return Ok(None);
    };
    let session_id = match (keys.session_key(), session_id.contains(";;")) {
        (Some(key), false) => open(platform, &key, session_id).await?.and_then(|parts| parts.get(1).cloned()),
        _ => Some(session_id.clone()),
    };
    let user = session_id.as_ref().and_then(|id| id.split_once(";;")).map(|(user, _)| user);
    let user = user.filter(|_| class == REFRESH).and_then(UserId::from_username);
    Ok(user.map(|user| Locator {
        user,
        node: imported_token_id(token),
    }))
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

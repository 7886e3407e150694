//! Documents that a client has named the address of: its keys, its sector's list, its request objects.

use crate::oauth::uri::FetchUri;
use crate::platform::Platform;

/// Fetches a document; `None` where the address is not one that may be fetched (https to a public name other than the provider's; on a
/// developer's machine that machine too), or where its site does not give the document.
pub async fn fetch<P: Platform>(platform: &P, address: &str) -> Option<Vec<u8>> {
    let issuer = &platform.config().issuer;
    let address = FetchUri::of(address, issuer.as_str(), issuer.is_local())?;
    platform.fetch(&address).await
}

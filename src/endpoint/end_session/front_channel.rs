//! The pages of clients that are loaded in the person's browser, so that each client can forget the person there (OpenID Connect Front-Channel Logout,
//! section 3).

use crate::endpoint::client_lookup;
use crate::error::Fault;
use crate::oauth::ids::UserId;
use crate::oauth::params;
use crate::platform::Platform;
use crate::seal::Kind;
use crate::seal::locator::Locator;
use crate::session::delivery::Party;

/// The addresses to load: one for each session of a client that has registered `frontchannel_logout_uri`. `iss` and `sid` always go along.
pub async fn frames<P: Platform>(platform: &P, parties: &[(UserId, Party)]) -> Result<Vec<String>, Fault> {
    // A client that stands here twice is read once.
    let mut ids: Vec<_> = parties.iter().map(|(_, party)| party.client_id.clone()).collect();
    ids.dedup();
    let clients = client_lookup::find_all(platform, &ids).await?;
    let config = platform.config();
    let frame = |(user, party): &(UserId, Party)| {
        let client = clients.iter().flatten().find(|client| client.client_id == party.client_id)?;
        let uri = client.metadata.frontchannel_logout_uri.as_deref()?;
        let sid = Locator {
            user: user.clone(),
            node: party.sid,
        };
        let sid = sid.seal(&config.sealer, Kind::Sid);
        Some(params::append(uri, [("iss", config.issuer.as_str()), ("sid", &sid)]))
    };
    Ok(parties.iter().filter_map(frame).collect())
}

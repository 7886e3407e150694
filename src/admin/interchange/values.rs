//! The texts of tokens, made again for a dump: none is kept.

use crate::endpoint::token::access_token::AccessToken;
use crate::error::Fault;
use crate::oauth::ids::{NodeId, UserId};
use crate::oauth::usage::TokenClass;
use crate::platform::Platform;
use crate::seal::Kind;
use crate::seal::locator::Locator;
use crate::session::dump::{ClientNode, GrantNode, TokenNode, UserNode};

/// The text of every token in a tree, and of those that they are based on, in the order of their ids.
pub struct Values(Vec<(NodeId, String)>);

impl Values {
    /// Makes them.
    pub async fn of_tree<P: Platform>(platform: &P, user: &UserId, tree: &UserNode) -> Result<Self, Fault> {
        let mut values = Vec::new();
        for client in &tree.clients {
            for grant in &client.grants {
                for token in &grant.tokens {
                    values.push((token.id, value(platform, user, client, grant, token).await?));
                }
                // A parent that is gone was no code, since a code stays as long as what it has minted.
                let parents = grant.tokens.iter().filter_map(|token| token.based_on);
                let gone = parents.filter(|id| grant.tokens.iter().all(|token| token.id != *id));
                values.extend(gone.map(|id| (id, seal(platform, user, id, Kind::RefreshToken))));
            }
        }
        values.sort_unstable_by_key(|(id, _)| *id);
        Ok(Self(values))
    }

    /// The text of one.
    pub fn of(&self, id: NodeId) -> &str {
        let at = self.0.binary_search_by_key(&id, |(id, _)| *id).ok();
        at.and_then(|at| self.0.get(at)).map_or("", |(_, text)| text)
    }
}

/// A code or a refresh token is sealed again from its id, an access token written again over the same claims; what came from elsewhere is as it came.
async fn value<P: Platform>(
    platform: &P,
    user: &UserId,
    client: &ClientNode,
    grant: &GrantNode,
    token: &TokenNode,
) -> Result<String, Fault> {
    if let Some(imported) = &token.imported {
        let text = platform.config().sealer.open(Kind::ImportedToken, &imported.sealed);
        let text = text.and_then(|bytes| String::from_utf8(bytes.to_vec()).ok());
        return text.ok_or(Fault::Stored("an imported token"));
    }
    if token.class != TokenClass::AccessToken.name() {
        let is_refresh_token = token.class == TokenClass::RefreshToken.name();
        let kind = if is_refresh_token { Kind::RefreshToken } else { Kind::Code };
        return Ok(seal(platform, user, token.id, kind));
    }
    let locator = Locator {
        user: user.clone(),
        node: token.id,
    };
    let access_token = AccessToken {
        locator: &locator,
        format: grant.access_token_format,
        client_id: &client.client_id,
        sub: &grant.sub,
        scope: &token.scope,
        resources: &grant.resources,
        issued_at: token.issued_at,
        expires_at: token.expires_at,
        auth_time: grant.auth_time,
        acr: &grant.acr,
        claims: &grant.access_token_claims,
    };
    access_token.write(platform).await
}

fn seal<P: Platform>(platform: &P, user: &UserId, node: NodeId, kind: Kind<'_>) -> String {
    let user = user.clone();
    Locator { user, node }.seal(&platform.config().sealer, kind)
}

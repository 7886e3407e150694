//! The session tree of one user: user -> client session -> grant -> token. It runs inside the user's Durable Object, synchronously, and knows
//! nothing of HTTP.

pub mod account;
pub mod audit;
pub mod authorize;
pub mod claims;
pub mod consent;
pub mod delete;
pub mod delivery;
pub mod dump;
pub mod epoch;
pub mod expire;
pub mod grant;
pub mod import;
pub mod introspect;
pub mod login;
pub mod logout;
pub mod mint;
pub mod nodes;
pub mod own;
pub mod redeem;
pub mod refresh;
pub mod release;
pub mod revoke;
pub mod schema;

use crate::client::home::RevokeClient;
use crate::oauth::time::Timestamp;
use crate::object::sql::Sql;
use crate::object::{Call, Envelope, RunFault, run};

pub use expire::{next_alarm, sweep};

macro_rules! commands {
    ($($command:ty),* $(,)?) => {
        /// The names of all commands.
        pub const COMMANDS: &[&str] = &[$(<$command as Call>::NAME),*];

        /// Runs a call on the storage of a user's object.
        pub fn dispatch(sql: &impl Sql, call: &Envelope, now: Timestamp) -> Result<String, RunFault> {
            match call.command.as_str() {
                $(<$command as Call>::NAME => run::<$command>(sql, &schema::SCHEMA, call, now),)*
                unknown => Err(RunFault::Call(unknown.to_owned())),
            }
        }
    };
}

commands!(
    account::PutAccount,
    account::CreateAccount,
    account::ReadAccount,
    account::TryPassword,
    delete::DeleteAccount,
    login::OpenLogin,
    login::PasswordLogin,
    login::SignIn,
    authorize::Authorize,
    consent::GiveConsent,
    consent::DenyConsent,
    redeem::RedeemCode,
    refresh::RefreshTokens,
    claims::ReadClaims,
    revoke::RevokeToken,
    introspect::Introspect,
    dump::DumpTree,
    import::ImportTree,
    logout::EndSession,
    nodes::RevokeNode,
    nodes::ListNodes,
    audit::ListAudit,
    own::ViewAccount,
    own::ChangeAccount,
    RevokeClient,
);

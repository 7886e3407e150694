//! Changes of a client's record, one after another in the client's own object.

use crate::client::home::ReadRecord;
use crate::client::metadata::ClientMetadata;
use crate::client::policy::ClientPolicy;
use crate::client::record::ClientRecord;
use crate::oauth::time::Timestamp;
use crate::object::sql::{Sql, to_json};
use crate::object::{Call, Class, Command, Refusal, Stop};
use serde::{Deserialize, Serialize};

/// Changes the record, and gives it as it is then; refused where the client has been deleted. What the change does not say stays as the object has it:
/// whoever sends it may have read the record before another change.
#[derive(Debug, Serialize, Deserialize)]
pub struct ChangeRecord {
    /// The change.
    pub change: Change,
}

/// What is put in the place of what there is.
#[derive(Debug, Serialize, Deserialize)]
pub enum Change {
    /// Other metadata.
    Metadata(Box<NewMetadata>),
    /// Another secret, sealed; refused where the client needs none.
    Secret(String),
    /// Another policy.
    Policy(Box<ClientPolicy>),
    /// What was sealed, and the same sealed anew, which takes its place where it still stands.
    Seals(Vec<[String; 2]>),
}

/// Other metadata, with what may follow from it.
#[derive(Debug, Serialize, Deserialize)]
pub struct NewMetadata {
    /// The metadata.
    pub metadata: ClientMetadata,
    /// A sealed secret where the client needs one by now; it becomes the client's only where it has none.
    pub sealed_secret: Option<String>,
    /// When the client ends from now on, where that changes.
    pub expires_at: Option<Timestamp>,
}

impl Call for ChangeRecord {
    const CLASS: Class = Class::Registration;
    const NAME: &'static str = "ChangeRecord";
    type Reply = ClientRecord;
}

impl Command for ChangeRecord {
    fn run(self, sql: &impl Sql, now: Timestamp) -> Result<ClientRecord, Stop> {
        let current = ReadRecord {}.run(sql, now)?;
        let record = match self.change {
            Change::Metadata(new) => ClientRecord {
                sealed_secret: new.sealed_secret.map(|first| current.sealed_secret.unwrap_or(first)),
                expires_at: new.expires_at.unwrap_or(current.expires_at),
                metadata: new.metadata,
                ..current
            },
            Change::Secret(_) if !current.metadata.needs_secret() => return Err(Refusal::NotFound.into()),
            Change::Secret(sealed) => ClientRecord {
                sealed_secret: Some(sealed),
                ..current
            },
            Change::Seals(seals) => {
                let anew = |sealed: String| {
                    seals
                        .iter()
                        .find(|[old, _]| *old == sealed)
                        .map_or(sealed.clone(), |[_, new]| new.clone())
                };
                ClientRecord {
                    sealed_secret: current.sealed_secret.map(anew),
                    sealed_registration_token: anew(current.sealed_registration_token),
                    ..current
                }
            }
            Change::Policy(policy) => ClientRecord {
                policy: *policy,
                ..current
            },
        };
        sql.exec(
            "UPDATE client SET record = ?, expires_at = ? WHERE id = ? AND deleted_at IS NULL",
            &[to_json(&record), record.expires_at.into(), record.client_id.as_str().into()],
        )?;
        Ok(record)
    }
}

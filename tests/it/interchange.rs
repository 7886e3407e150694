//! Taking over from the Python providers, and giving back to them: their dumps and client databases come in and go out as they were.

mod clients;
mod dumps;
mod old_tokens;
mod pages;
mod refused;

use crate::world::{ADMIN_TOKEN, World, body, get, post};
use serde_json::{Map, Value};
use treeline::http::Response;

/// A Python provider that has been taken over: what it wrote, and what it was configured with.
pub struct Old {
    /// What `format` calls its form.
    pub format: &'static str,
    /// Its session dump.
    pub dump: Value,
    /// What the dump says of the salt, as `SUBJECT_SALT` has to be.
    pub salt: &'static str,
    /// The key of the session ids in it.
    pub session_key: Option<&'static str>,
    /// The user's client.
    pub client_id: &'static str,
    /// A moment at which its grants and tokens were good.
    pub now: i64,
}

impl Old {
    /// One of every form.
    pub fn all() -> [Self; 3] {
        let read = |text: &str| without_doubles(serde_json::from_str(text).expect("JSON"));
        [
            Self {
                format: "oidcop-2.0",
                dump: read(include_str!("../vectors/oidcop/session-dump-after-userinfo.json")),
                salt: "P3e1EPrBvoml1VDE8hBHXzALYI0AsMUP",
                session_key: None,
                client_id: "eWM0Hi7tcdJ5",
                now: 1_619_260_800,
            },
            Self {
                format: "oidcop-2.4",
                dump: read(include_str!("../vectors/oidcop/oidcop-2.4.3-session-dump.json")),
                salt: "kfKeVW1D_qrxAjeoES2BukCTjMIWgT4Fo1VrvU2W1sg",
                session_key: Some("eSU_GYHKBidVVlhIKYhjSK4gT6wJrKTz"),
                client_id: "1GGHPRJGH3pTtAWo8KLvPw",
                now: 1_795_407_200,
            },
            Self {
                format: "idpyoidc-5",
                dump: read(include_str!("../vectors/oidcop/idpyoidc-5.0.0-session-dump.json")),
                salt: r"b'4\xa2\xec\xb3\xf57H\x7f\xd1\xca<\x19Ef\xaa\xe5'",
                session_key: Some("BYTES:Bm6WYmY+QIFROM9hgIayJJ8yMbJedJgxW++B613DN2s="),
                client_id: "iTyXf3f5IKe_Y7eDEjS8tA",
                now: 1_795_407_200,
            },
        ]
    }

    /// A provider that takes over from it.
    pub fn successor(&self) -> World {
        let session = self.session_key.map_or(Value::Null, Value::from);
        let keys = serde_json::json!({ "refresh_token": PASSWORD, "session": session }).to_string();
        World::at(
            self.now,
            &[
                ("ISSUER", "https://127.0.0.1:5000"),
                ("SUBJECT_SALT", self.salt),
                ("OIDCOP_KEYS", &keys),
            ],
        )
    }

    /// The one grant of the dump.
    pub fn grant(&mut self) -> &mut Map<String, Value> {
        let db = self.dump["db"].as_object_mut().expect("db");
        let grant = db
            .values_mut()
            .find(|node| node[0].as_str().is_some_and(|class| class.ends_with(".Grant")));
        grant.expect("a grant")[1].as_object_mut().expect("an object")
    }
}

/// What the old provider's refresh tokens were sealed with.
pub const PASSWORD: &str = "drickyoghurt";

/// The grant that stands a second time under an encrypted session id is a fault of the systems that wrote it.
fn without_doubles(mut dump: Value) -> Value {
    let db = dump["db"].as_object_mut().expect("db");
    db.retain(|key, node| key.contains(";;") || node[0].as_str().is_some_and(|class| !class.ends_with(".Grant")));
    dump
}

/// Posts something to be taken over.
pub fn import(world: &World, what: &Value) -> Response {
    post("/admin/import").bearer(ADMIN_TOKEN).json(what).send(world)
}

/// Posts what has to be taken over; the answer.
#[track_caller]
pub fn imported(world: &World, what: &Value) -> Value {
    let response = import(world, what);
    assert_eq!(response.status, 200, "{}", response.body.as_str());
    body(&response)
}

/// A dump of diana's tree.
#[track_caller]
pub fn exported(world: &World, format: &str) -> Value {
    let response = get(&format!("/admin/sessions/diana?format={format}"))
        .bearer(ADMIN_TOKEN)
        .send(world);
    assert_eq!(response.status, 200, "{}", response.body.as_str());
    body(&response)
}

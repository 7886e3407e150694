//! The real objects: commands go in as calls and come out as answers, and what is owed is delivered when the test says so.

use super::step::{CLIENTS, USERS};
use super::storage::Sqlite;
use serde_json::json;
use treeline::client::home::CreateRecord;
use treeline::client::policy::ClientPolicy;
use treeline::client::record::ClientRecord;
use treeline::client::rules;
use treeline::oauth::ids::ClientId;
use treeline::oauth::time::Timestamp;
use treeline::object::{Call, Class, Posting, Refusal, Sweep, outbox, read_answer, read_call, write_call};
use treeline::objects;
use treeline::session::account::PutAccount;

pub struct Real {
    users: Vec<Sqlite>,
    clients: Vec<Sqlite>,
    pub now: Timestamp,
}

pub fn user_name(user: usize) -> &'static str {
    ["diana", "rigo"][user]
}

pub fn client_id(client: usize) -> ClientId {
    ClientId(format!("client-{client}"))
}

impl Real {
    pub fn new(now: Timestamp) -> Self {
        let databases = |count: usize| (0..count).map(|_| Sqlite::default()).collect();
        let real = Self {
            users: databases(USERS),
            clients: databases(CLIENTS),
            now,
        };
        for user in 0..USERS {
            let account = PutAccount {
                password_hash: None,
                claims: None,
                disabled: None,
            };
            real.ask(user_name(user), account).expect("an account");
        }
        for client in 0..CLIENTS {
            let record = ClientRecord {
                client_salt: None,
                client_id: client_id(client),
                issued_at: now,
                expires_at: Timestamp(0),
                sealed_secret: None,
                sealed_registration_token: String::new(),
                metadata: rules::register(json!({ "redirect_uris": ["https://rp.example/cb"] }), false).expect("metadata"),
                policy: ClientPolicy::default(),
            };
            real.ask(client_id(client).as_str(), CreateRecord { record }).expect("a client");
        }
        real
    }

    /// Sends a command as the platform does, in one transaction.
    pub fn ask<C: Call>(&self, name: &str, command: C) -> Result<C::Reply, Refusal> {
        let call = write_call(name, &command).expect("a call");
        let answer = self.run(C::CLASS, name, &call);
        if C::POSTING == Posting::BeforeAnswer {
            while self.deliver_from(self.database(C::CLASS, name)) {}
        }
        read_answer::<C>(&answer).expect("an answer")
    }

    /// Delivers until nothing is under way.
    pub fn deliver(&self) {
        let deliver_once = || {
            let senders = self.users.iter().chain(&self.clients);
            senders.filter(|sql| self.deliver_from(sql)).count()
        };
        while deliver_once() > 0 {}
    }

    pub fn sweep(&self, user: usize) {
        let swept = self.users[user].transaction(|sql| objects::sweep(Class::UserSession, sql, self.now));
        assert_eq!(swept, Ok(Sweep::Keep), "an account keeps its object");
    }

    fn deliver_from(&self, sql: &Sqlite) -> bool {
        let due = outbox::due(sql, self.now).expect("an outbox");
        for delivery in &due {
            self.run(delivery.class, &delivery.name, &delivery.call);
            outbox::delivered(sql, delivery).expect("an outbox");
        }
        !due.is_empty()
    }

    fn run(&self, class: Class, name: &str, call: &str) -> String {
        let envelope = read_call(call).expect("an envelope");
        let sql = self.database(class, name);
        sql.transaction(|sql| objects::dispatch(class, sql, &envelope, self.now))
            .expect("no fault")
    }

    fn database(&self, class: Class, name: &str) -> &Sqlite {
        let found = match class {
            Class::UserSession => (0..USERS).find(|user| user_name(*user) == name).map(|user| &self.users[user]),
            _ => (0..CLIENTS)
                .find(|client| client_id(*client).as_str() == name)
                .map(|client| &self.clients[client]),
        };
        found.unwrap_or_else(|| panic!("no {} {name}", class.name()))
    }
}

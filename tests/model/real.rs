//! The real objects: commands go in as calls and come out as answers, and what is owed is delivered when the test says so.

use super::objects::Objects;
use super::step::{CLIENTS, USERS};
use super::storage::Sqlite;
use treeline::oauth::ids::ClientId;
use treeline::oauth::time::Timestamp;
use treeline::object::sql::Sql;
use treeline::object::{Call, Class, Command, Envelope, Posting, Refusal, Stop, Sweep, VERSION, outbox, read_answer, read_call};
use treeline::objects;

pub struct Real {
    objects: Option<Objects>,
    pub now: Timestamp,
}

pub fn user_name(user: usize) -> &'static str {
    ["diana", "rigo"][user]
}

pub fn client_id(client: usize) -> ClientId {
    ClientId(format!("client-{client}"))
}

impl Drop for Real {
    fn drop(&mut self) {
        // What a failed run leaves may be in the middle of something.
        if let Some(objects) = self.objects.take().filter(|_| !std::thread::panicking()) {
            objects.leave();
        }
    }
}

impl Real {
    pub fn new(now: Timestamp) -> Self {
        Self {
            objects: Some(Objects::take(now)),
            now,
        }
    }

    fn objects(&self) -> &Objects {
        self.objects.as_ref().expect("objects")
    }

    fn user(&self, user: usize) -> &Sqlite {
        self.objects().users[user].storage()
    }

    /// Sends a command as the platform does, in one transaction. It stays a value on its way: as text it would take longer to read than to run.
    pub fn ask<C: Call>(&self, name: &str, command: C) -> Result<C::Reply, Refusal> {
        let call = Envelope {
            v: VERSION,
            command: C::NAME.to_owned(),
            name: name.to_owned(),
            access: C::ACCESS,
            posting: C::POSTING,
            body: serde_json::to_value(command).expect("a command"),
        };
        let answer = self.run(C::CLASS, name, &call);
        if C::POSTING == Posting::BeforeAnswer {
            while self.deliver_from(self.database(C::CLASS, name)) {}
        }
        read_answer::<C>(&answer).expect("an answer")
    }

    /// What a command that writes nothing answers. It runs for every token after every step, and so without a call around it.
    pub fn look<C: Command>(&self, user: usize, command: C) -> Result<C::Reply, Refusal> {
        match command.run(self.user(user), self.now) {
            Ok(reply) => Ok(reply),
            Err(Stop::Refused(refusal)) => Err(refusal),
            Err(Stop::Failed(fault)) => panic!("{fault}"),
        }
    }

    pub fn rows_written(&self, user: usize) -> u64 {
        self.user(user).rows_written()
    }

    /// The alarm comes ten minutes after the first end of a row that no other row holds, whatever the object remembers of that.
    pub fn check_alarm(&self, user: usize) {
        let statement = "SELECT min(ends) FROM (
            SELECT min(sweep_at) AS ends FROM grant_ UNION ALL
            SELECT min(expires_at) FROM login WHERE (entry IS NULL OR expires_at > ?) AND id NOT IN (SELECT login_id FROM grant_))";
        let rows = self.user(user).exec(statement, &[self.now.into()]).expect("rows");
        let Some(ends) = rows[0].optional_integer(0).expect("a moment") else {
            return;
        };
        let alarm = objects::next_alarm(Class::UserSession, self.user(user), self.now).expect("no fault");
        let latest = Timestamp(ends).plus(600).max(self.now);
        assert!(alarm.is_some_and(|alarm| alarm <= latest), "{alarm:?} is after {latest:?}");
    }

    /// The object of a user is dropped from memory, and opened again on the same storage.
    pub fn restart(&mut self, user: usize) {
        self.objects.as_mut().expect("objects").users[user].restart();
    }

    /// Delivers until nothing is under way.
    pub fn deliver(&self) {
        let deliver_once = || {
            let senders = self.objects().users.iter().chain(&self.objects().clients);
            senders.filter(|object| self.deliver_from(object.storage())).count()
        };
        while deliver_once() > 0 {}
    }

    pub fn sweep(&self, user: usize) {
        let swept = self.user(user).transaction(|sql| objects::sweep(Class::UserSession, sql, self.now));
        assert_eq!(swept, Ok(Sweep::Keep), "an account keeps its object");
    }

    fn deliver_from(&self, sql: &Sqlite) -> bool {
        let due = outbox::due(sql, self.now).expect("an outbox");
        for delivery in &due {
            let call = read_call(&delivery.call).expect("an envelope");
            self.run(delivery.class, &delivery.name, &call);
            outbox::delivered(sql, delivery).expect("an outbox");
        }
        !due.is_empty()
    }

    fn run(&self, class: Class, name: &str, call: &Envelope) -> String {
        let sql = self.database(class, name);
        sql.transaction(|sql| objects::dispatch(class, sql, call, self.now))
            .expect("no fault")
    }

    fn database(&self, class: Class, name: &str) -> &Sqlite {
        let objects = self.objects();
        let found = match class {
            Class::UserSession => (0..USERS).find(|user| user_name(*user) == name).map(|user| &objects.users[user]),
            _ => (0..CLIENTS)
                .find(|client| client_id(*client).as_str() == name)
                .map(|client| &objects.clients[client]),
        };
        found.unwrap_or_else(|| panic!("no {} {name}", class.name())).storage()
    }
}

//! The objects of a world: their storage, their alarms, and what they deliver to one another.

use super::{Sqlite, World};
use std::rc::Rc;
use treeline::error::Fault;
use treeline::oauth::time::Timestamp;
use treeline::object::{Class, Posting, Sweep, exists, outbox, read_call};
use treeline::objects;
use treeline::platform::Platform;

/// The class of an object, as it is named in the storage, and the object's name.
pub type ObjectName = (&'static str, String);

impl World {
    /// The names of the objects of a class that hold something.
    pub fn stored(&self, class: Class) -> Vec<String> {
        let objects = self.objects.borrow();
        let of_class = objects.iter().filter(|((of, _), _)| *of == class.name());
        let stored = of_class.filter(|(_, sql)| exists(sql.as_ref()).expect("a database"));
        stored.map(|((_, name), _)| name.clone()).collect()
    }

    /// The storage of an object, which begins empty.
    pub fn storage(&self, class: Class, name: &str) -> Rc<Sqlite> {
        let mut objects = self.objects.borrow_mut();
        let storage = objects
            .entry((class.name(), name.to_owned()))
            .or_insert_with(|| Rc::new(Sqlite::with_audit_lifetime(self.audit_lifetime)));
        Rc::clone(storage)
    }

    /// Runs every alarm that is due, again and again until none is: outboxes are delivered, and what has ended is swept.
    pub fn run_alarms(&self) {
        for _ in 0..1000 {
            let due = self.due();
            if due.is_empty() {
                return;
            }
            for (class, name) in due {
                if class == Class::KeyRing {
                    self.wake_ring();
                    continue;
                }
                self.deliver(class, &name);
                let sql = self.storage(class, &name);
                sql.alarm.set(None);
                if class == Class::UserSession && exists(sql.as_ref()).expect("a database") {
                    self.deliver_logout_tokens(&name);
                }
                let swept = sql.transaction(|sql| objects::sweep(class, sql, self.now())).expect("sweep");
                if swept == Sweep::DeleteAll {
                    self.objects.borrow_mut().remove(&(class.name(), name));
                }
            }
        }
        panic!("the alarms never come to rest: {:?}", self.due());
    }

    /// Sets the alarm as the edge does: by what it finds where none is known, otherwise by what the commands have wanted. They have to have wanted all that
    /// there is to be found.
    fn set_alarm(&self, class: Class, name: &str) {
        let wanted = self.next_alarm(class, name);
        let sql = self.storage(class, name);
        match sql.alarm.get().filter(|_| class == Class::UserSession) {
            None => sql.alarm.set(wanted),
            Some(known) => assert!(
                wanted.is_none_or(|wanted| known <= wanted),
                "{name}: {known:?} is later than {wanted:?}"
            ),
        }
    }

    /// When an object wants its next alarm.
    pub fn next_alarm(&self, class: Class, name: &str) -> Option<Timestamp> {
        objects::next_alarm(class, self.storage(class, name).as_ref(), self.now()).expect("next_alarm")
    }

    fn due(&self) -> Vec<(Class, String)> {
        let objects: Vec<(ObjectName, Rc<Sqlite>)> = self
            .objects
            .borrow()
            .iter()
            .map(|(key, sql)| (key.clone(), Rc::clone(sql)))
            .collect();
        let due = objects.into_iter().filter_map(|((class, name), sql)| {
            let class = class_of(class);
            let at = objects::next_alarm(class, sql.as_ref(), self.now()).expect("next_alarm")?;
            (at <= self.now()).then_some((class, name))
        });
        due.collect()
    }

    /// Delivers what an object owes others and is due, as its alarm does.
    fn deliver(&self, class: Class, name: &str) {
        let sql = self.storage(class, name);
        if !exists(sql.as_ref()).expect("a database") {
            return;
        }
        loop {
            let due = outbox::due(sql.as_ref(), self.now()).expect("outbox");
            if due.is_empty() {
                return;
            }
            for delivery in due {
                match self.run(delivery.class, &delivery.name, &delivery.call) {
                    Ok(_) => outbox::delivered(sql.as_ref(), &delivery),
                    Err(_) => outbox::failed(sql.as_ref(), &delivery, self.now()),
                }
                .expect("outbox");
            }
        }
    }

    /// Runs a call on an object as the runtime does: in one transaction, and then what the call wants delivered at once.
    pub(super) fn run(&self, class: Class, name: &str, call: &str) -> Result<String, Fault> {
        let fault = |reason: String| Fault::Object {
            class: class.name(),
            reason,
        };
        if self.unreachable.borrow().contains(&(class.name(), name.to_owned())) {
            return Err(fault("unreachable".to_owned()));
        }
        let envelope = read_call(call).map_err(|error| fault(error.to_string()))?;
        let sql = self.storage(class, name);
        let answer = sql
            .transaction(|sql| {
                objects::enter(class, sql, self.config().epoch, self.now())?;
                objects::dispatch(class, sql, &envelope, self.now())
            })
            .map_err(|error| fault(error.to_string()))?;
        self.set_alarm(class, name);
        if envelope.posting == Posting::BeforeAnswer {
            self.deliver(class, name);
        }
        Ok(answer)
    }
}

fn class_of(name: &str) -> Class {
    let classes = [Class::UserSession, Class::Registration, Class::Pending, Class::KeyRing];
    classes.into_iter().find(|class| class.name() == name).expect("a class")
}

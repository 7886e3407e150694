//! The object of a user that owes logout tokens, in a world.

use super::{Sqlite, World};
use std::rc::Rc;
use treeline::back_channel::{Sender, deliver_all};
use treeline::error::Fault;
use treeline::oauth::ids::UserId;
use treeline::object::Class;
use treeline::platform::Platform;
use treeline::session::delivery::{self, Delivery, Outcome};

struct WorldSender<'a> {
    world: &'a World,
    sql: Rc<Sqlite>,
    user: UserId,
}

impl World {
    /// Delivers the logout tokens that a user's object owes and are due, as its alarm does.
    pub(super) fn deliver_logout_tokens(&self, user: &str) {
        let sender = WorldSender {
            world: self,
            sql: self.storage(Class::UserSession, user),
            user: UserId::from_canonical(user.to_owned()),
        };
        pollster::block_on(deliver_all(&sender)).expect("deliveries");
    }
}

impl Sender for WorldSender<'_> {
    type Platform = World;

    fn platform(&self) -> &World {
        self.world
    }

    fn user(&self) -> &UserId {
        &self.user
    }

    fn take_up(&self) -> Result<Option<Delivery>, Fault> {
        Ok(self
            .sql
            .transaction(|sql| delivery::take_up(sql, self.world.now()))
            .expect("a delivery"))
    }

    fn note(&self, delivery: &Delivery, outcome: &Outcome) -> Result<(), Fault> {
        self.sql
            .transaction(|sql| delivery::note(sql, delivery, outcome, self.world.now()))
            .expect("a note");
        Ok(())
    }
}

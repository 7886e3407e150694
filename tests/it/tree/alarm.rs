//! The one alarm of a user's object, kept as src/edge/object.rs keeps it: after every command it is set where it has to come sooner, and
//! when it comes the object delivers, sweeps, and sets it anew.

use super::sweep;
use crate::world::World;
use treeline::oauth::time::Timestamp;
use treeline::object::Class;
use treeline::platform::Platform;

pub struct Alarm<'w> {
    world: &'w World,
    user: &'w str,
    /// What the storage has it set for; it is there whatever becomes of the object's memory.
    set_for: Option<Timestamp>,
    /// What the object remembers of that.
    known: Option<Timestamp>,
    /// How often the object has woken.
    pub wakes: usize,
}

impl<'w> Alarm<'w> {
    pub fn new(world: &'w World, user: &'w str) -> Self {
        Self {
            world,
            user,
            set_for: None,
            known: None,
            wakes: 0,
        }
    }

    /// What the object does after every command.
    pub fn set(&mut self) {
        let next = self.world.next_alarm(Class::UserSession, self.user);
        if let Some(next) = next.filter(|next| self.known.is_none_or(|known| *next < known)) {
            self.known = Some(next);
            self.set_for = Some(next.max(self.world.now()));
        }
    }

    /// The runtime drops the object from memory, as it does with those that are idle for a while.
    pub fn evict(&mut self) {
        self.known = None;
    }

    /// Lets time pass; the object wakes whenever its alarm comes.
    pub fn pass(&mut self, seconds: i64) {
        let until = self.world.now().plus(seconds);
        while let Some(at) = self.set_for.filter(|at| *at <= until) {
            self.world.advance(at.since(self.world.now()));
            self.wake();
        }
        self.world.advance(until.since(self.world.now()));
    }

    /// The alarm has come.
    pub fn wake(&mut self) {
        self.wakes += 1;
        self.set_for = None;
        self.known = None;
        // Delivers what is owed, here and by the objects that are told.
        self.world.run_alarms();
        sweep(self.world, self.user);
        self.set();
    }
}

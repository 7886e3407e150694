//! The session tree against a model of it: people sign in, consent and deny; clients redeem, refresh, use, ask about and give up their tokens, rightly and
//! wrongly; nodes are revoked, accounts disabled, clients deleted, rows swept, objects restarted and messages delivered, in any order and at any moment.
//! Every answer of the real tree has to be the model's, and at the end the tree itself has to show five things: one successor, no token that outlives
//! its login (unless it is for while the person is away), revocation that is final, scope that never grows, and used counts that add up.
//!
//! A million cases: `PROPTEST_CASES=1000000 cargo test --release --test model the_tree`
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects
)]

#[path = "model/check.rs"]
mod check;
#[path = "model/expected.rs"]
mod expected;
#[path = "model/objects.rs"]
mod objects;
#[path = "model/real.rs"]
mod real;
#[path = "model/refresh.rs"]
mod refresh;
#[allow(dead_code, reason = "a file of the native tests, of which the model needs a part")]
#[path = "it/tree/request.rs"]
mod request;
#[path = "model/revoke.rs"]
mod revoke;
#[path = "model/run.rs"]
mod run;
#[path = "model/step.rs"]
mod step;
#[allow(dead_code, reason = "likewise")]
#[path = "it/world/storage.rs"]
mod storage;
#[path = "model/tell.rs"]
mod tell;

use proptest::prelude::*;
use run::{Lifetimes, Run, Sweeping};
use step::steps;

/// Ten thousand cases of both properties together, unless `PROPTEST_CASES` says how many of each.
///
/// Found cases are written into this file by hand, as tests: no file of seeds that nobody reads.
fn config(cases: u32) -> ProptestConfig {
    ProptestConfig {
        cases,
        failure_persistence: None,
        max_shrink_iters: 20_000,
        ..ProptestConfig::default()
    }
}

fn lifetimes() -> impl Strategy<Value = Lifetimes> {
    // The usual order of the lifetimes, and grants that end before their own form does.
    prop_oneof![
        3 => Just(Lifetimes { interaction: 200, grant: 300 }),
        1 => Just(Lifetimes { interaction: 200, grant: 100 }),
        1 => Just(Lifetimes { interaction: 200, grant: 40 }),
    ]
}

proptest! {
    #![proptest_config(config(9_500))]

    #[test]
    fn the_tree_answers_as_its_model(lifetimes in lifetimes(), steps in steps()) {
        let mut run = Run::new(lifetimes, Sweeping::AsItComes);
        for step in &steps {
            run.take(step);
            run.check();
        }
        run.check_end();
    }
}

proptest! {
    #![proptest_config(config(500))]

    #[test]
    fn nobody_can_tell_whether_it_was_swept(lifetimes in lifetimes(), steps in steps()) {
        let answers = [Sweeping::Never, Sweeping::AfterEveryStep].map(|sweeping| {
            let mut run = Run::new(lifetimes, sweeping);
            for step in &steps {
                run.take(step);
                run.check();
            }
            run.answers()
        });
        prop_assert_eq!(&answers[0], &answers[1]);
    }
}

//! The session tree against a model of it: people sign in, consent and deny; clients redeem and refresh rightly and wrongly; accounts are disabled,
//! clients deleted, rows swept and messages delivered, in any order and at any moment. Every answer of the real tree has to be the model's.
//!
//! `PROPTEST_CASES=100000 cargo test --release --test model` looks longer.
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
#[path = "model/real.rs"]
mod real;
// Two files of the native tests, of which the model needs a part.
#[path = "model/refresh.rs"]
mod refresh;
#[allow(dead_code)]
#[path = "it/tree/request.rs"]
mod request;
#[path = "model/run.rs"]
mod run;
#[path = "model/step.rs"]
mod step;
#[allow(dead_code)]
#[path = "it/world/storage.rs"]
mod storage;

use proptest::prelude::*;
use run::{Lifetimes, Run, Sweeping};
use step::steps;

/// Found cases are written into this file by hand, as tests: no file of seeds that nobody reads.
fn config() -> ProptestConfig {
    ProptestConfig {
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
    #![proptest_config(config())]

    #[test]
    fn the_tree_answers_as_its_model(lifetimes in lifetimes(), steps in steps()) {
        let mut run = Run::new(lifetimes, Sweeping::AsItComes);
        for step in &steps {
            run.take(step);
            run.check();
        }
        run.check_counts();
    }

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

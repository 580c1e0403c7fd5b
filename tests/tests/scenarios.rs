//! Every folder of tests/scenarios, on every server it has SQL for, in every way of integrity.

use libtest_mimic::{Arguments, Trial};

fn main() {
    let trials = exodus_tests::scenario::trials();
    let trials = trials.into_iter().map(|trial| {
        Trial::test(trial.name(), move || {
            trial.run();
            Ok(())
        })
    });
    libtest_mimic::run(&Arguments::from_args(), trials.collect()).exit();
}

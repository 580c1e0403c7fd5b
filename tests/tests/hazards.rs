//! Every folder of schemas/hazards, on every server it has SQL for: the rule finds what it is named after on the schema,
//! the audit proves or refutes it on the rows, and after the fix neither finds it any more. And every rule is missed when
//! it is taken away.

#[path = "hazards/case.rs"]
mod case;
#[path = "hazards/dropped.rs"]
mod dropped;
#[path = "hazards/expected.rs"]
mod expected;

use std::collections::BTreeSet;

use libtest_mimic::{Arguments, Trial};

use crate::case::cases;

fn main() {
    let arguments = Arguments::from_args();
    let trials = cases().into_iter().map(|case| {
        Trial::test(case.name(), move || {
            case.run();
            Ok(())
        })
    });
    let mut trials: Vec<_> = trials.collect();
    trials.push(Trial::test("every_rule_has_a_schema", || {
        every_rule_has_a_schema();
        Ok(())
    }));
    for rule in exodus_classify::rules::ALL {
        trials.push(Trial::test(format!("dropped::{}", rule.id), || {
            dropped::is_missed(rule);
            Ok(())
        }));
    }
    libtest_mimic::run(&arguments, trials).exit();
}

/// A rule without a schema would not be tried on any server, and neither would one whose folder is misspelt.
fn every_rule_has_a_schema() {
    let folders: BTreeSet<_> = cases().into_iter().map(|case| case.rule).collect();
    let rules = exodus_classify::rules::ALL.iter().map(|rule| rule.id.to_owned());
    assert_eq!(folders, rules.collect());
}

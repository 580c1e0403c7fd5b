//! Many findings of one matter, as one entry: people read it once. Programs get each.

use std::collections::BTreeMap;

use crate::findings::Finding;
use crate::hazard::Verdict;

/// So many are worth folding: fewer are read as quickly as they are counted.
const LEAST: usize = 3;

/// What a report for people shows as one.
pub(super) enum Entry<'a> {
    /// A finding by itself.
    One(&'a Finding<'a>),
    /// Findings of one group that differ in their tables only.
    Many(Vec<&'a Finding<'a>>),
}

/// What must be the same of findings that are shown as one: the group, the verdict of the data, and what can be done.
type Alike<'a> = (&'a str, Option<(Verdict, bool)>, &'a str);

/// The findings with those of one group together, where the first of them stands.
pub(super) fn entries<'a>(findings: &[&'a Finding<'a>]) -> Vec<Entry<'a>> {
    let mut alike: BTreeMap<Alike<'_>, Vec<&'a Finding<'a>>> = BTreeMap::new();
    for finding in findings {
        if let Some(key) = key(finding) {
            alike.entry(key).or_default().push(finding);
        }
    }
    let mut entries = vec![];
    for finding in findings {
        match key(finding).and_then(|key| alike.get_mut(&key)) {
            Some(group) if group.len() >= LEAST => entries.push(Entry::Many(std::mem::take(group))),
            // Taken already with the first of its group.
            Some(group) if group.is_empty() => {}
            _ => entries.push(Entry::One(finding)),
        }
    }
    entries
}

/// What data prove of a finding is told with its numbers; nor is one folded of which there is more to tell.
fn key<'a>(finding: &'a Finding<'_>) -> Option<Alike<'a>> {
    let hazard = finding.hazard;
    let told = match &hazard.proof {
        Some(proof) if proof.verdict == Verdict::Proven || !proof.keys.is_empty() => return None,
        proof => proof.as_ref().map(|proof| (proof.verdict, proof.sampled)),
    };
    let group = hazard.group.as_deref()?;
    finding.expired.is_none().then_some((group, told, &hazard.fix))
}

/// Over the list of tables.
pub(super) fn title(group: &[&Finding<'_>]) -> String {
    let shape = group
        .first()
        .and_then(|first| first.hazard.group.as_deref())
        .unwrap_or_default();
    format!("{shape} ({} findings)", group.len())
}

/// How to see one with all that is known of it.
pub(super) fn hint(group: &[&Finding<'_>]) -> &'static str {
    let more = |finding: &&Finding<'_>| !finding.hazard.sql.is_empty() || finding.config.is_some();
    if group.iter().any(more) {
        "`--table NAME` shows one of them in full, with what to write."
    } else {
        "`--table NAME` shows one of them in full."
    }
}

//! What is done about references between clients, for people.

use exodus_transfer::policy::{References, RowsOf, Treated, Treatment};

use crate::text::{count, item, wrap};

/// A section of a plan; empty where nothing is done.
pub(super) fn references_text(references: &References, source: &str, target: &str) -> String {
    if references.is_empty() {
        return String::new();
    }
    let mut text = String::from("\nReferences between this client and others\n");
    for treated in &references.treated {
        text.push_str(&item("  ", &treated_line(treated), 4));
    }
    let mut listed = |head: &str, rows: &[RowsOf]| {
        if !rows.is_empty() {
            text.push_str(&item("  ", head, 4));
        }
        for of in rows {
            text.push_str(&item("    ", &format!("{}: {}", of.table, count(of.rows, "row")), 6));
        }
    };
    listed(
        &format!("Not copied to {target}; only `exodus purge --drop-skipped` removes them from {source}:"),
        &references.skipped,
    );
    listed(
        &format!("Copied, and kept on {source} by the purge for the rows of others that reference them:"),
        &references.kept,
    );
    listed(
        &format!("Context that {target} lacks and is given:"),
        &references.context,
    );
    text
}

fn treated_line(treated: &Treated) -> String {
    let rows = count(treated.rows, "row");
    let relation = &treated.relation;
    match treated.treatment {
        Treatment::SetNull => format!("{relation}: {} becomes NULL in {rows}", treated.columns.join(", ")),
        Treatment::SkipRow => format!("{relation}: {rows} not copied, for another client's are referenced"),
        Treatment::HangsBelow => format!("{relation}: {rows} not copied with what they reference"),
        Treatment::Keep => format!("{relation}: {rows} of others, what they reference is kept"),
    }
}

/// The same in a few words, once it is done.
pub(crate) fn done_text(references: &References) -> String {
    let sum = |rows: &[RowsOf]| rows.iter().map(|of| of.rows).sum::<u64>();
    let set = references
        .treated
        .iter()
        .filter(|one| one.treatment == Treatment::SetNull);
    let set: u64 = set.map(|one| one.rows).sum();
    let parts = [
        (set, "with references set to NULL"),
        (sum(&references.skipped), "not copied"),
        (sum(&references.kept), "to be kept on the source for others"),
        (sum(&references.context), "of context copied"),
    ];
    let parts: Vec<String> = parts
        .into_iter()
        .filter(|(rows, _)| *rows > 0)
        .map(|(rows, what)| format!("{} {what}", count(rows, "row")))
        .collect();
    if parts.is_empty() {
        return String::new();
    }
    wrap(&format!("References: {}.", parts.join("; ")), 2)
}

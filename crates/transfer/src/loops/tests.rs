use exodus_schema::TableName;
use exodus_schema::model::ColumnPair;

use super::*;

const POSTGRES: Capabilities = Capabilities {
    checks_off: false,
    silences_triggers: false,
    check_time: CheckTime::Statement,
    can_defer: true,
    locks_rows: true,
};
const MYSQL: Capabilities = Capabilities {
    check_time: CheckTime::Row,
    can_defer: false,
    ..POSTGRES
};
const SQLITE: Capabilities = Capabilities {
    check_time: CheckTime::Commit,
    ..POSTGRES
};

/// `child parent`, with `?` behind it if a column may be NULL, `d` if it is deferrable, `c` if removals cascade.
fn relations(texts: &[&str]) -> Vec<(usize, usize, Relation, Option<Vec<String>>)> {
    texts
        .iter()
        .map(|text| {
            let (tables, flags) = text.split_at(3);
            let number = |at: usize| usize::from(tables.as_bytes()[at] - b'0');
            let pair = ColumnPair::new("up", "id");
            let mut relation = Relation::new("r", TableName::bare("t"), vec![pair], Origin::Catalogue);
            if flags.contains('d') {
                relation.deferral = Deferral::InitiallyImmediate;
            }
            if flags.contains('c') {
                relation.on_delete = Action::Cascade;
            }
            let free = flags.contains('?').then(|| vec!["up".to_owned()]);
            (number(0), number(2), relation, free)
        })
        .collect()
}

/// The units and the ways in short, for tables 0, 1, 2, … in that copy order.
fn chosen(can: Capabilities, work: Work, tables: usize, texts: &[&str]) -> String {
    let relations = relations(texts);
    let constraints: Vec<Constraint<'_>> = relations
        .iter()
        .map(|(child, parent, relation, free)| Constraint {
            child: TableId(*child),
            parent: TableId(*parent),
            relation,
            free: free.clone(),
            name: String::new(),
        })
        .collect();
    let order: Vec<TableId> = (0..tables).map(TableId).collect();
    let choice = choose(&order, &constraints, can, work);
    let unit = |unit: &Unit| {
        let tables: String = unit.tables().iter().map(|table| table.0.to_string()).collect();
        match unit {
            Unit::Table(_) => tables,
            Unit::Rows(_) => format!("[{tables}]"),
        }
    };
    let units: Vec<_> = choice.units.iter().map(unit).collect();
    let ways = choice.ways.iter().map(|way| {
        let method = match way.method {
            LoopMethod::Proven => "proven",
            LoopMethod::Deferred => "deferred",
            LoopMethod::WithinStatement => "statement",
            LoopMethod::NullThenSet(_) => "null",
            LoopMethod::Sorted { .. } => "sorted",
        };
        format!("{} {method}", &texts[way.constraint][..3])
    });
    format!("{}: {}", units.join(" "), ways.collect::<Vec<_>>().join(", "))
}

#[track_caller]
fn check(can: Capabilities, tables: usize, texts: &[&str], written: &str) {
    assert_eq!(chosen(can, Work::Write, tables, texts), written, "{texts:?}");
}

#[test]
fn a_table_that_references_itself() {
    check(POSTGRES, 1, &["0 0"], "0: 0 0 statement");
    check(MYSQL, 1, &["0 0"], "[0]: 0 0 sorted");
    check(MYSQL, 1, &["0 0?"], "0: 0 0 null");
    check(SQLITE, 1, &["0 0"], "0: 0 0 deferred");
    check(POSTGRES, 1, &["0 0d"], "0: 0 0 deferred");
    // Two at once, of which one can be broken.
    check(MYSQL, 1, &["0 0", "0 0?"], "[0]: 0 0 sorted, 0 0 null");
}

#[test]
fn tables_that_reference_each_other() {
    check(POSTGRES, 2, &["0 1", "1 0"], "[01]: 0 1 sorted, 1 0 sorted");
    check(POSTGRES, 2, &["0 1d", "1 0"], "0 1: 0 1 deferred");
    check(MYSQL, 2, &["0 1d", "1 0"], "[01]: 0 1 sorted, 1 0 sorted");
    check(MYSQL, 2, &["0 1?", "1 0"], "0 1: 0 1 null");
    check(MYSQL, 2, &["0 1", "1 0?"], "1 0: 1 0 null");
    // Rows of a table that come in several statements no longer are within one.
    check(
        POSTGRES,
        2,
        &["0 1", "1 0", "0 0"],
        "[01]: 0 1 sorted, 1 0 sorted, 0 0 sorted",
    );
}

#[test]
fn what_stands_between_the_tables_of_a_loop_keeps_its_place() {
    // 1 is behind 0 and before 2, but is not part of the loop 0 ↔ 3.
    check(
        MYSQL,
        4,
        &["3 0", "0 3", "1 0", "2 1"],
        "[03] 1 2: 3 0 sorted, 0 3 sorted",
    );
    // A relation that may be NULL runs through a loop that may not.
    check(
        MYSQL,
        3,
        &["2 0", "0 2", "1 0", "2 1?"],
        "[02] 1: 2 0 sorted, 0 2 sorted, 2 1 null",
    );
}

/// The server leaves less to the commit when rows go.
#[test]
fn a_removal_defers_nothing_that_acts_at_once() {
    let removed = |can, texts: &[&str]| chosen(can, Work::Remove, 2, texts);
    assert_eq!(removed(SQLITE, &["0 0"]), "0 1: 0 0 deferred");
    assert_eq!(removed(SQLITE, &["0 0c"]), "[0] 1: 0 0 sorted");
    assert_eq!(removed(POSTGRES, &["0 1d", "1 0"]), "0 1: 0 1 deferred");
    assert_eq!(removed(POSTGRES, &["0 1dc", "1 0"]), "[01]: 0 1 sorted, 1 0 sorted");
    assert_eq!(removed(POSTGRES, &["0 1dc?", "1 0"]), "0 1: 0 1 null");
    assert_eq!(removed(POSTGRES, &["0 0c"]), "0 1: 0 0 statement");
}

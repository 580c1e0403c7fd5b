//! The tree of schemas whose answer is known: each shape is one that a tool of this kind got wrong.

mod common;

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use common::{grow, grow_cut, id, schema};
use exodus_schema::{Cuts, Graph, Selectors, Tree};

#[test]
fn t1_a_root_alone() {
    grow(&schema(&["t1", "elsewhere"]), "t1").expect(&["t1 0 root"]);
}

#[test]
fn t2_a_child() {
    let tree = grow(&schema(&["t1", "t2: t1"]), "t1");
    tree.expect(&["t1 0 root", "t2 1 complete t2.r0"]);
    assert_eq!(tree.witness["t2"], "t2.r0");
}

/// Two complete paths of different length: the shorter is taken, the order is of the longer.
#[test]
fn t3_the_shorter_complete_path() {
    let tree = grow(&schema(&["t1", "t2: t1", "t3: t1, t2"]), "t1");
    tree.expect(&["t1 0 root", "t2 1 complete t2.r0", "t3 2 complete t3.r0"]);
    assert_eq!(tree.owners["t3"], "t3.r0 t3.r1");
}

/// A short nullable path beside a long complete one: only the complete one reaches every row.
#[test]
fn t4_complete_beats_short() {
    let tree = grow(&schema(&["t1", "t2: t1", "t4: t1?, t2"]), "t1");
    tree.expect(&["t1 0 root", "t2 1 complete t2.r0", "t4 2 complete t2.r0 t4.r1"]);
    assert_eq!(tree.witness["t4"], "t4.r0");
}

/// A relation of two columns to columns that are no key.
#[test]
fn t5_several_columns() {
    let schema = schema(&["t1", "t2: t1", "t4: t1?, t2", "t5: t4(t1_id t2_id)"]);
    grow(&schema, "t1").expect(&[
        "t1 0 root",
        "t2 1 complete t2.r0",
        "t4 2 complete t2.r0 t4.r1",
        "t5 3 complete t2.r0 t4.r1 t5.r0",
    ]);
}

/// One nullable column of several already lets a row go without a parent.
#[test]
fn t5_one_nullable_column_makes_the_relation_optional() {
    let mut schema = schema(&["t1", "t5: t1(a b)"]);
    let column = schema.tables[1].columns.iter_mut().find(|column| column.name == "r0_b");
    column.expect("the builder names it so").nullable = true;
    grow(&schema, "t1").expect(&["t1 0 root", "t5 1 partial"]);
}

/// Nobody vouches for the rows of a relation that is NOT VALID, NOT ENFORCED or only declared.
#[test]
fn an_unvalidated_relation_is_optional() {
    grow(&schema(&["t1", "t2: t1~"]), "t1").expect(&["t1 0 root", "t2 1 partial"]);
}

#[test]
fn t6_self_loop() {
    let tree = grow(&schema(&["t1", "t6: t1, t6"]), "t1");
    tree.expect(&["t1 0 root", "t6 1 complete t6.r0"]);
    assert_eq!(tree.back, ["t6.r1"]);
}

/// Rows that are owned only through their own table.
#[test]
fn t6_self_loop_that_is_a_closure() {
    let tree = grow(&schema(&["t1", "t6: t1?, t6?"]), "t1");
    tree.expect(&["t1 0 root", "t6 1 closure t6"]);
    assert_eq!(tree.back, ["t6.r1"]);
}

#[test]
fn t7_t8_long_loop() {
    let tree = grow(&schema(&["t1", "t7: t1, t8", "t8: t1, t7"]), "t1");
    tree.expect(&["t1 0 root", "t7 1 complete t7.r0", "t8 2 complete t8.r0"]);
    assert_eq!(tree.back, ["t7.r1"]);
}

/// Two ways of equal right, none complete: the rows of either, each once.
#[test]
fn t9_horse_riddle() {
    let tree = grow(&schema(&["t1", "t9: t1?, t1?"]), "t1");
    tree.expect(&["t1 0 root", "t9 1 partial"]);
    assert_eq!(tree.owners["t9"], "t9.r0 t9.r1");
    assert!(tree.back.is_empty());
}

#[test]
fn a_diamond() {
    let tree = grow(&schema(&["r", "a: r", "b: r", "z: b, a"]), "r");
    tree.expect(&[
        "r 0 root",
        "a 1 complete a.r0",
        "b 1 complete b.r0",
        "z 2 complete b.r0 z.r0",
    ]);
}

/// Of equally short paths the one with an index on its child columns wins: the other would scan the table.
#[test]
fn an_indexed_path_wins() {
    let mut schema = schema(&["r", "a: r", "b: r", "z: b, a"]);
    schema.tables[3].indexes.push(vec!["r1_id".into()]);
    let tree = grow(&schema, "r");
    assert_eq!(tree.reach["z"], "complete a.r0 z.r1");
    assert_eq!(tree.witness["z"], "a.r0 z.r1");
}

/// A path is complete as a whole or not at all: one nullable relation far up spoils it.
#[test]
fn a_nullable_relation_above_makes_all_below_partial() {
    grow(&schema(&["r", "a: r?", "b: a", "c: b"]), "r").expect(&[
        "r 0 root",
        "a 1 partial",
        "b 2 partial",
        "c 3 partial",
    ]);
}

/// A table on a loop whose rows are all reached without it needs no closure, and what hangs below it neither.
#[test]
fn a_complete_path_leaves_the_loop_out() {
    let tree = grow(&schema(&["r", "a: r, b?", "b: a?", "c: b"]), "r");
    tree.expect(&["r 0 root", "a 1 complete a.r0", "b 2 partial", "c 3 partial"]);
    assert_eq!(tree.back, ["a.r1"]);
}

#[test]
fn l04_two_relations_between_one_pair_and_two_self_relations() {
    let tree = grow(&schema(&["r", "a: r?, r?, a?, a?"]), "r");
    tree.expect(&["r 0 root", "a 1 closure a"]);
    assert_eq!(tree.owners["a"], "a.r0 a.r1 a.r2 a.r3");
    assert_eq!(tree.back, ["a.r2", "a.r3"]);
}

#[test]
fn l05_overlapping_cycles_and_several_groups() {
    // Two figures of eight that share one table each, and a third group apart from them.
    let tree = grow(
        &schema(&[
            "r",
            "a: r?, c?, e?",
            "b: a?",
            "c: b?",
            "d: a?",
            "e: d?",
            "x: c?, y?",
            "y: x?",
        ]),
        "r",
    );
    assert_eq!(tree.reach["c"], "closure a b c d e");
    assert_eq!(tree.reach["e"], "closure a b c d e");
    assert_eq!(tree.reach["y"], "closure x y");
    assert_eq!(tree.back, ["a.r1", "a.r2", "x.r1"]);
    assert_eq!(tree.sequence, ["r", "a", "b", "d", "c", "e", "x", "y"]);
}

/// The root references what it owns: the commonest tenant cycle of all.
#[test]
fn l06_accounts_and_users() {
    for owner in ["users", "users?"] {
        let tree = grow(&schema(&[&format!("accounts: {owner}"), "users: accounts"]), "accounts");
        tree.expect(&["accounts 0 root", "users 1 complete users.r0"]);
        assert_eq!(tree.back, ["accounts.r0"], "{owner}");
        assert_eq!(tree.owners["accounts"], "", "the root row is owned by itself only");
    }
}

/// The nullable relation of a loop waits, not the one that must have a parent, wherever the names put them.
#[test]
fn the_nullable_relation_of_a_loop_runs_backwards() {
    for (tables, back) in [
        (["r", "a: r?, b", "b: r?, a?"], "b.r1"),
        (["r", "a: r?, b?", "b: r?, a"], "a.r1"),
        (["r", "z: r?, b", "b: r?, z?"], "b.r1"),
        (["r", "z: r?, b?", "b: r?, z"], "z.r1"),
    ] {
        assert_eq!(grow(&schema(&tables), "r").back, [back], "{tables:?}");
    }
}

/// What hangs below an unbreakable loop by NOT NULL relations is not part of the trouble.
#[test]
fn only_relations_of_an_unbreakable_loop_run_backwards() {
    let tree = grow(&schema(&["r", "c: r?, a", "a: c?, b", "b: a"]), "r");
    assert_eq!(tree.back, ["a.r0", "a.r1"]);
}

#[test]
fn cuts_take_relations_and_tables_out() {
    let schema = schema(&["r", "a: r, b?", "b: a", "c: b"]);
    let graph = Graph::new(&schema);
    let of_b = graph.parents(id(&graph, "b")).map(|edge| edge.id).collect();
    grow_cut(
        &schema,
        "r",
        &Cuts {
            relations: of_b,
            tables: BTreeSet::new(),
            ..Cuts::default()
        },
    )
    .expect(&["r 0 root", "a 1 complete a.r0"]);
    let tables = BTreeSet::from([id(&graph, "b")]);
    let tree = grow_cut(
        &schema,
        "r",
        &Cuts {
            relations: BTreeSet::new(),
            tables,
            ..Cuts::default()
        },
    );
    tree.expect(&["r 0 root", "a 1 complete a.r0"]);
    assert!(tree.back.is_empty());
}

#[test]
fn a_relation_to_a_table_that_was_not_read_is_left_out() {
    grow(&schema(&["r", "a: r?, unread"]), "r").expect(&["r 0 root", "a 1 partial"]);
}

fn ladder(layers: usize, mark: &str) -> Vec<String> {
    let mut tables = vec!["r".to_owned(), format!("a0000: r{mark}"), format!("b0000: r{mark}")];
    for layer in 1..layers {
        let above = layer - 1;
        for side in ["a", "b"] {
            tables.push(format!("{side}{layer:04}: a{above:04}{mark}, b{above:04}{mark}"));
        }
    }
    tables
}

/// 2⁵⁰⁰ chains. The bounds are a hundred times what it takes, and nothing to what enumerating would.
#[test]
fn l10_ladder_of_500_diamonds() {
    for mark in ["", "?"] {
        let schema = schema(&ladder(500, mark));
        let start = Instant::now();
        let graph = Graph::new(&schema);
        let tree = Tree::grow(&graph, id(&graph, "r"), &Cuts::default());
        let grown = start.elapsed();
        let last = tree.members().last().expect("the root at least");
        assert_eq!((tree.members().len(), last.order), (1001, 500));
        let key = ["id".to_owned()];
        assert!(Selectors::new(&graph, &tree, &key).of(last.table).is_some());
        println!(
            "ladder{mark}: tree {grown:?}, deepest selector {:?}",
            start.elapsed().saturating_sub(grown)
        );
        assert!(
            start.elapsed() < Duration::from_secs(5),
            "ladder{mark} took {:?}",
            start.elapsed()
        );
    }
}

/// Depth must not be the stack's: a chain of thousands of tables, straight, nullable, and closed to one loop.
#[test]
fn l10_chain_of_3_000_tables() {
    for (mark, closed) in [("", false), ("?", false), ("?", true)] {
        let mut tables = vec!["r".to_owned(), format!("t0000: r{mark}")];
        if closed {
            tables[1].push_str(", t2999?");
        }
        tables.extend((1..3_000).map(|at| format!("t{at:04}: t{:04}{mark}", at - 1)));
        let schema = schema(&tables);
        let graph = Graph::new(&schema);
        // Threads get 2 MiB; an eighth of it makes 3,000 tables as hard as 24,000.
        let grow = || {
            let tree = Tree::grow(&graph, id(&graph, "r"), &Cuts::default());
            let last = tree.members().last().expect("the root at least");
            assert_eq!(
                (tree.members().len(), last.order, last.witness.len()),
                (3_001, 3_000, 3_000)
            );
            assert_eq!(tree.back_relations().len(), usize::from(closed));
        };
        std::thread::scope(|scope| {
            let thread = std::thread::Builder::new()
                .stack_size(256 << 10)
                .spawn_scoped(scope, grow);
            thread.expect("a thread").join().expect("the tree grew");
        });
    }
}

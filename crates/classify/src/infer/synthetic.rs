//! Made schemas of a thousand tables in several styles of naming, with keys hidden and traps planted: how many of the
//! hidden ones are found, and how many guesses are wrong.
//!
//! The numbers are printed (`cargo nextest run -p exodus-classify synthetic --no-capture`), and asserted.

mod draw;
mod style;

use std::collections::BTreeSet;

use exodus_schema::{Cuts, Graph, Schema, TableName, Tree};

use self::draw::{Made, make};
use self::style::{STYLES, Style};
use super::fixture::column;
use super::{LIKELY, assume, infer};
use crate::find_table;

fn clients(schema: &Schema, root: &str) -> BTreeSet<TableName> {
    let graph = Graph::new(schema);
    let root = find_table(&graph, root).expect("the root");
    let tree = Tree::grow(&graph, root, &Cuts::default());
    let tables = tree.members().iter();
    tables.map(|member| graph.table(member.table).name.clone()).collect()
}

fn share(part: usize, whole: usize) -> f64 {
    let number = |n: usize| f64::from(u32::try_from(n).expect("a small number"));
    if whole == 0 { 1.0 } else { number(part) / number(whole) }
}

/// What is measured of one schema.
struct Figures {
    by_keys: f64,
    found: f64,
    wrong: f64,
    recall: f64,
    precision: f64,
}

fn measure(style: &Style, made: &Made) -> Figures {
    let truth = clients(&made.whole, &made.root);
    let by_keys = clients(&made.cut, &made.root);
    let (assumed, guesses) = assume(&made.cut, LIKELY);
    let found = clients(&assumed, &made.root);
    let right = |guess: &super::Inferred| {
        let key = (guess.child.clone(), guess.columns.clone());
        made.hidden.get(&key) == Some(&(guess.parent.clone(), guess.parent_columns.clone()))
    };
    let wrong: Vec<_> = guesses.iter().filter(|guess| !right(guess)).collect();
    for guess in wrong.iter().take(12) {
        println!(
            "{}: wrong {:.2} {}: {}",
            style.name,
            guess.confidence,
            guess.describe(),
            guess.reasons.join("; ")
        );
    }
    let hit = guesses.len() - wrong.len();
    let taken: BTreeSet<_> = guesses.iter().map(|guess| (&guess.child, &guess.columns)).collect();
    for ((child, columns), (parent, _)) in made
        .hidden
        .iter()
        .filter(|((c, k), _)| !taken.contains(&(c, k)))
        .take(12)
    {
        println!("{}: missed {child}({}) → {parent}", style.name, columns.join(", "));
    }
    Figures {
        by_keys: share(truth.intersection(&by_keys).count(), truth.len()),
        found: share(truth.intersection(&found).count(), truth.len()),
        wrong: share(found.difference(&truth).count(), truth.len()),
        recall: share(hit, made.hidden.len()),
        precision: share(hit, guesses.len()),
    }
}

#[test]
fn a_thousand_tables_in_every_style() {
    println!("style             keys alone  found  false  | hidden keys: recall  precision");
    let mut failed = vec![];
    for (seed, style) in (1..).zip(STYLES) {
        let made = make(style, seed, 1000);
        assert_eq!(made.whole.tables.len(), 1000);
        let figures = measure(style, &made);
        println!(
            "{:18} {:9.3} {:6.3} {:6.3}  |             {:6.3}  {:6.3}",
            style.name, figures.by_keys, figures.found, figures.wrong, figures.recall, figures.precision
        );
        if figures.found < 0.95 || figures.wrong > 0.03 || figures.recall < 0.9 || figures.precision < 0.9 {
            failed.push(style.name);
        }
        // Otherwise nothing was measured.
        assert!((0.6..0.9).contains(&figures.by_keys), "{}", style.name);
    }
    assert_eq!(failed, Vec::<&str>::new());
}

#[test]
fn all_keys_hidden_in_every_style() {
    // An alias says nothing without any key.
    for style in STYLES.iter().filter(|style| style.root_reference.is_empty()) {
        let mut made = make(style, 7, 400);
        for table in &mut made.cut.tables {
            table.relations.clear();
        }
        let truth = clients(&made.whole, &made.root);
        let (assumed, _) = assume(&made.cut, LIKELY);
        let found = clients(&assumed, &made.root);
        let (hit, wrong) = (truth.intersection(&found).count(), found.difference(&truth).count());
        println!(
            "{:18} {:.3} found, {:.3} false",
            style.name,
            share(hit, truth.len()),
            share(wrong, truth.len())
        );
        assert!(
            share(hit, truth.len()) >= 0.95 && share(wrong, truth.len()) <= 0.03,
            "{}",
            style.name
        );
    }
}

#[test]
fn guesses_do_not_depend_on_the_run() {
    let made = make(&STYLES[0], 3, 300);
    let graph = Graph::new(&made.cut);
    assert_eq!(infer(&graph), infer(&graph));
}

#[test]
fn time_grows_with_the_columns_and_not_faster() {
    let time = |tables| {
        let mut made = make(&STYLES[1], 5, tables);
        for table in &mut made.cut.tables {
            // What tables have besides: about twenty columns in all.
            let more = [
                "first name text",
                "city text",
                "note text",
                "created at timestamp",
                "total decimal(9,2)",
            ];
            let more = more.iter().chain(&[
                "rank int",
                "active boolean",
                "color text",
                "height int",
                "zip code text",
            ]);
            let names = more.map(|text| column(&text.replacen(' ', "_", text.matches(' ').count() - 1)));
            table.columns.extend(names);
        }
        let graph = Graph::new(&made.cut);
        let start = std::time::Instant::now();
        assert!(!infer(&graph).is_empty());
        start.elapsed()
    };
    // The machine may be busy with one of them and not with the other, but not every time.
    let least = |tables| (0..3).map(|_| time(tables)).min().unwrap_or_default();
    let (mut small, mut large) = (least(500), least(2000));
    for _ in 0..10 {
        if large < small * 12 {
            break;
        }
        (small, large) = (small.min(least(500)), large.min(least(2000)));
    }
    println!("500 tables {small:?}, 2,000 tables {large:?}");
    assert!(large < small * 12, "{small:?} became {large:?}");
    assert!(large.as_secs() < 20, "{large:?}");
}

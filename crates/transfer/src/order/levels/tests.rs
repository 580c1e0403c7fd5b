use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;

/// A row: its part, and the keys that it wants, each as (part, number of the row in the part).
type Row = (usize, Vec<(usize, i64)>);

async fn levels_of(rows: &[Row], kibibytes: u32) -> Levels {
    let mut levels = Levels::new(kibibytes).expect("opens");
    for (at, (part, wanted)) in rows.iter().enumerate() {
        let key = i64::try_from(at).expect("few");
        let keys = [(*part, Some(Value::Whole(key)))];
        let row = levels.add(*part, at.to_string().as_bytes(), &keys).expect("room");
        for (relation, (kind, value)) in wanted.iter().enumerate() {
            levels.want(row, relation, *kind, Value::Whole(*value)).expect("room");
        }
    }
    levels.sort().await.expect("sorts");
    levels
}

/// All batches in a direction: the part, and the numbers of the rows.
fn read(levels: &Levels, direction: Direction, most: usize) -> Vec<(usize, Vec<usize>)> {
    let (mut place, mut found) = (None, vec![]);
    while let Some((next, batch)) = levels.batch(place, direction, most, 30).expect("reads") {
        assert!(!batch.names.is_empty() && batch.names.len() <= most);
        let number = |name: &Vec<u8>| String::from_utf8_lossy(name).parse().expect("a number");
        found.push((batch.part, batch.names.iter().map(number).collect()));
        place = Some(next);
    }
    found
}

fn now<T>(work: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    runtime.expect("a runtime").block_on(work)
}

#[test]
fn parents_come_first_and_a_row_may_be_its_own_parent() {
    let rows = [
        (0, vec![(0, 1)]),
        (0, vec![(0, 2)]),
        (0, vec![(0, 2)]),
        (0, vec![(0, 99)]),
    ];
    let levels = now(levels_of(&rows, 1024));
    assert_eq!((levels.levels(), levels.stuck()), (3, 0));
    assert_eq!(levels.own_parents().expect("reads"), 1);
    let down = read(&levels, Direction::Down, 10);
    assert_eq!(down, [(0, vec![2, 3]), (0, vec![1]), (0, vec![0])]);
    assert_eq!(
        read(&levels, Direction::Up, 1),
        [(0, vec![0]), (0, vec![1]), (0, vec![3]), (0, vec![2])]
    );
}

#[test]
fn a_circle_has_no_place_nor_what_hangs_below_it() {
    let rows = [(0, vec![(1, 1)]), (1, vec![(0, 0)]), (1, vec![(0, 0)]), (0, vec![])];
    let levels = now(levels_of(&rows, 1024));
    assert_eq!(levels.stuck(), 3);
    assert_eq!(levels.stuck_by().expect("reads"), [0]);
    assert_eq!(read(&levels, Direction::Down, 10), [(0, vec![3])]);
}

#[test]
fn no_rows_have_no_levels() {
    let levels = now(levels_of(&[], 1024));
    assert_eq!((levels.levels(), levels.stuck()), (0, 0));
    assert_eq!(read(&levels, Direction::Up, 3), []);
}

/// The largest resident size that the process has had, in KiB.
#[cfg(target_os = "linux")]
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("of Linux");
    let line = status.lines().find(|line| line.starts_with("VmHWM")).expect("of Linux");
    line.split_whitespace()
        .nth(1)
        .and_then(|text| text.parse().ok())
        .expect("a number")
}

/// Forty thousand rows with keys of their own take some 6 MiB; of these a quarter of one is kept in memory.
#[test]
#[cfg(target_os = "linux")]
fn memory_is_bounded_and_the_rest_goes_to_the_disk() {
    const ROWS: i64 = 40_000;
    let row = |at: i64| (0, if at == 0 { vec![] } else { vec![(0, (at - 1) / 10)] });
    // The pages of the program's own code that this takes are not to be counted.
    drop(now(levels_of(&(0..2_000).map(row).collect::<Vec<Row>>(), 256)));
    let rows: Vec<Row> = (0..ROWS).map(row).collect();
    let before = peak();
    let levels = now(levels_of(&rows, 256));
    let grown = peak() - before;
    assert_eq!((levels.levels(), levels.stuck()), (6, 0));
    let read: usize = read(&levels, Direction::Down, 1000)
        .iter()
        .map(|(_, rows)| rows.len())
        .sum();
    assert_eq!(read, 40_000);
    assert!(grown < 4 * 1024, "{grown} KiB more, after {before}");
}

fn graphs() -> impl Strategy<Value = Vec<Row>> {
    let row = (0..3_usize, prop::collection::vec((0..3_usize, 0..40_i64), 0..3));
    prop::collection::vec(row, 0..40)
}

proptest! {
    /// The oracle takes away row after row that waits for none that is left.
    #[test]
    fn every_row_that_can_comes_once_and_behind_its_parents(rows in graphs(), most in 1..5_usize) {
        let parents: BTreeMap<usize, BTreeSet<usize>> = rows.iter().enumerate().map(|(at, (_, wanted))| {
            let parent = |(part, key): &(usize, i64)| {
                let key = usize::try_from(*key).ok()?;
                (key != at && rows.get(key)?.0 == *part).then_some(key)
            };
            (at, wanted.iter().filter_map(parent).collect())
        }).collect();
        let mut possible = BTreeSet::new();
        while let Some(next) = (0..rows.len()).find(|at| !possible.contains(at) && parents[at].is_subset(&possible)) {
            possible.insert(next);
        }
        let levels = now(levels_of(&rows, 64));
        prop_assert_eq!(levels.stuck(), (rows.len() - possible.len()) as u64);
        let mut come = BTreeSet::new();
        let down = read(&levels, Direction::Down, most);
        for (part, batch) in &down {
            // A statement may take the rows of a batch in any order.
            for at in batch {
                prop_assert_eq!(rows[*at].0, *part);
                prop_assert!(parents[at].is_subset(&come), "{} before its parents", at);
            }
            for at in batch {
                prop_assert!(come.insert(*at));
            }
        }
        prop_assert_eq!(&come, &possible);
        let mut gone = BTreeSet::new();
        for (_, batch) in read(&levels, Direction::Up, most) {
            for at in &batch {
                let below = possible.iter().filter(|child| parents[child].contains(at));
                prop_assert!(below.into_iter().all(|child| gone.contains(child)));
            }
            gone.extend(batch);
        }
        prop_assert_eq!(gone, possible);
    }
}

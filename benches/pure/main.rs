//! The parts of a move that need no server.
//!
//! Two modules of `exodus-engine` are nobody else's business and stay private: they are compiled here once more, from the
//! same files, so that nothing has to be public for the sake of being measured.

use std::collections::BTreeMap;
use std::hint::black_box;

use bytes::BytesMut;
use divan::Bencher;
use divan::counter::{BytesCount, ItemsCount};
use exodus_benches::{TABLES, bushy, copied, ladder, point, read};
use exodus_schema::{Cuts, Graph, Schema, Selectors, TableId, Tree};
use exodus_transfer::Recorded;

/// What the file of the private module takes from its own crate.
mod connection {
    pub(crate) use exodus_engine::ScanRow;
}
#[expect(
    dead_code,
    unused_imports,
    reason = "only a part of the module is measured, and none of its tests"
)]
#[path = "../../crates/engine/src/mysql/escape.rs"]
mod escape;
#[expect(dead_code, reason = "only a part of the module is measured, and none of its tests")]
#[path = "../../crates/engine/src/postgres/framing.rs"]
mod framing;

use framing::{RowCounter, RowParser};

/// Rows of the benches on rows.
const ROWS: usize = 100_000;
/// What the parts of a stream have that servers and clients send.
const PIECE: usize = 64 * 1024;

fn main() {
    divan::main();
}

fn schema(ddl: &str) -> Schema {
    read(ddl).expect("statements that make tables")
}

fn root(graph: &Graph<'_>) -> TableId {
    let is_root = |id: &TableId| graph.table(*id).name.name == "t0";
    graph.tables().find(is_root).expect("the first table")
}

/// Ten thousand tables.
mod tables {
    use super::{
        BTreeMap, Bencher, Cuts, Graph, ItemsCount, Schema, Selectors, TABLES, Tree, bushy, ladder, read, root, schema,
    };

    #[divan::bench(sample_count = 10)]
    fn read_from_sql(bencher: Bencher) {
        let ddl = bushy();
        bencher.counter(ItemsCount::new(TABLES)).bench(|| read(&ddl));
    }

    #[divan::bench(sample_count = 20)]
    fn graph_and_tree(bencher: Bencher) {
        grow(bencher, &schema(&bushy()));
    }

    /// Of a thousand tables.
    #[divan::bench(sample_count = 20)]
    fn graph_and_tree_of_a_ladder(bencher: Bencher) {
        grow(bencher, &schema(&ladder()));
    }

    fn grow(bencher: Bencher, schema: &Schema) {
        bencher.counter(ItemsCount::new(schema.tables.len())).bench(|| {
            let graph = Graph::new(schema);
            Tree::grow(&graph, root(&graph), &Cuts::default())
        });
    }

    /// Classes, triggers and all rules.
    #[divan::bench(sample_count = 10)]
    fn classify(bencher: Bencher) {
        let schema = schema(&bushy());
        let graph = Graph::new(&schema);
        let (root, none) = (root(&graph), BTreeMap::new());
        bencher
            .counter(ItemsCount::new(TABLES))
            .bench(|| exodus_classify::classify(&graph, root, &Cuts::default(), &none));
    }

    /// The selector of every table.
    #[divan::bench(sample_count = 10)]
    fn selectors(bencher: Bencher) {
        let schema = schema(&bushy());
        let graph = Graph::new(&schema);
        let tree = Tree::grow(&graph, root(&graph), &Cuts::default());
        let key = ["id".to_owned()];
        let selectors = Selectors::new(&graph, &tree, &key);
        bencher.counter(ItemsCount::new(TABLES)).bench(|| {
            let members = tree.members().iter();
            members.filter_map(|member| selectors.of(member.table)).count()
        });
    }
}

/// Values on their way into LOAD DATA.
mod escaping {
    use super::{Bencher, BytesCount, BytesMut, black_box, escape};

    const MEBIBYTE: usize = 1 << 20;

    #[divan::bench(args = ["plain text", "a tab in sixteen bytes", "every byte"])]
    fn load_data(bencher: Bencher, of: &str) {
        let byte = |at: usize| match of {
            "a tab in sixteen bytes" if at.is_multiple_of(16) => b'\t',
            "plain text" | "a tab in sixteen bytes" => b'x',
            _ => u8::try_from(at % 256).unwrap_or_default(),
        };
        let value: Vec<u8> = (0..MEBIBYTE).map(byte).collect();
        let mut out = BytesMut::with_capacity(2 * MEBIBYTE);
        bencher.counter(BytesCount::new(MEBIBYTE)).bench_local(move || {
            out.clear();
            escape::escape(black_box(&value), &mut out);
            out.len()
        });
    }
}

/// Rows as the verification sees them.
mod digests {
    use super::{Bencher, ItemsCount, ROWS, Recorded, point};

    #[divan::bench]
    fn of_short_rows(bencher: Bencher) {
        let rows: Vec<_> = (0..ROWS).map(point).collect();
        of(bencher, &rows);
    }

    #[divan::bench]
    fn of_rows_of_a_kilobyte(bencher: Bencher) {
        let row = |number: usize| vec![Some(number.to_string().into_bytes()), Some(vec![b'x'; 1000])];
        let rows: Vec<_> = (0..ROWS).map(row).collect();
        of(bencher, &rows);
    }

    fn of(bencher: Bencher, rows: &[Vec<Option<Vec<u8>>>]) {
        let rows: Vec<Vec<Option<&[u8]>>> = rows
            .iter()
            .map(|row| row.iter().map(Option::as_deref).collect())
            .collect();
        bencher
            .counter(ItemsCount::new(rows.len()))
            .bench(|| Recorded::of(rows.iter().map(Vec::as_slice), 1));
    }
}

/// PostgreSQL's binary COPY.
mod framing_of_copy {
    use super::{Bencher, BytesCount, PIECE, ROWS, RowCounter, RowParser, copied};

    /// What is done with rows that pass through undecoded.
    #[divan::bench]
    fn rows_counted(bencher: Bencher) {
        let stream = copied(ROWS);
        bencher.counter(BytesCount::new(stream.len())).bench(|| {
            let mut counter = RowCounter::binary();
            let feed = |piece: &[u8]| counter.feed(piece).unwrap_or_default();
            stream.chunks(PIECE).map(feed).sum::<u64>()
        });
    }

    /// What is done with rows that are verified.
    #[divan::bench]
    fn fields_found(bencher: Bencher) {
        let (stream, columns) = (copied(ROWS), super::point(0).len());
        bencher.counter(BytesCount::new(stream.len())).bench(|| {
            let mut fields = 0;
            let mut each = |row: &exodus_engine::ScanRow<'_>| fields += row.len();
            let consumed = RowParser::new(columns).consume(&stream, &mut each);
            (fields, consumed.unwrap_or_default())
        });
    }
}

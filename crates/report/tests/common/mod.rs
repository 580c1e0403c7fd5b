//! Schemas to draw.

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};
use std::path::{Path, PathBuf};

use exodus_classify::classify;
use exodus_classify::report::Report;
use exodus_report::{About, Content};
use exodus_schema::{Cuts, Engine, Graph, Schema, ddl};

/// A schema with its root.
pub(crate) struct Case {
    name: String,
    root: String,
    pub(crate) schema: Schema,
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

impl Case {
    pub(crate) fn new(name: &str, root: &str, sql: &str, engine: Option<Engine>) -> Self {
        let (schema, _) = ddl::read_with_lines(sql, engine).unwrap_or_else(|error| panic!("{name}: {error}"));
        Self {
            name: name.to_owned(),
            root: root.to_owned(),
            schema,
        }
    }

    /// Does something with what was found about it.
    pub(crate) fn with<T>(&self, then: impl FnOnce(&Content<'_>) -> T) -> T {
        let graph = Graph::new(&self.schema);
        let root = graph
            .tables()
            .find(|&id| graph.table(id).name.name == self.root)
            .unwrap_or_else(|| panic!("{self}: no table {}", self.root));
        let classes = classify(&graph, root, &Cuts::default(), &BTreeMap::new()).expect("classes");
        let report = Report::new(&graph, &classes);
        let about = About {
            source: self.name.clone(),
            date: "2026-11-23".to_owned(),
            fingerprint: "0".repeat(16),
            version: "1".to_owned(),
        };
        then(&Content::new(&report, about))
    }
}

fn folder(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// The car rental of the demo.
pub(crate) fn sample() -> Case {
    let sql = std::fs::read_to_string(folder("../../schemas/car-rental/postgres.sql")).expect("the sample");
    Case::new("car rental", "clients", &sql, Some(Engine::Postgres))
}

/// Everything there is to draw: the sample, real schemas where they are, made ones.
pub(crate) fn cases() -> Vec<Case> {
    let mut cases = vec![sample(), wide(60), weighed(dense(24, 3)), dense(40, 5), hostile()];
    let corpus = folder("../../../shared/corpus");
    if !corpus.is_dir() {
        eprintln!("SKIPPED: there are no real schemas at {}", corpus.display());
        return cases;
    }
    for (name, root) in [
        ("chinook_pg", "customer"),
        ("chinook_mysql", "Customer"),
        ("chinook_sqlite", "Customer"),
        ("sakila_mysql", "customer"),
        ("pagila_neon", "customer"),
        ("concourse", "teams"),
        ("kratos_postgres", "networks"),
        ("kratos_mysql", "networks"),
        ("kratos_sqlite3", "networks"),
        ("lago", "organizations"),
        ("orangehrm", "hs_hr_employee"),
    ] {
        let bytes = std::fs::read(corpus.join(name).join("dump.sql")).expect("a dump");
        let text = ddl::decode(&bytes).expect("text");
        cases.push(Case::new(name, root, &text, None));
    }
    cases
}

/// With estimates of all sizes.
fn weighed(mut case: Case) -> Case {
    for (table, digits) in case.schema.tables.iter_mut().zip((0..12).cycle()) {
        table.estimated_rows = Some(10_u64.pow(digits) + 1);
    }
    case
}

/// A product as they are: modules of a dozen tables around a main table each, some context, some neutral tables.
pub(crate) fn wide(tables: usize) -> Case {
    let mut sql = String::from("CREATE TABLE accounts (id bigint PRIMARY KEY, name text);\n");
    let mut add = |name: &str, parents: &[(&str, String, bool)]| {
        let _ = write!(sql, "CREATE TABLE {name} (id bigint PRIMARY KEY");
        for (column, parent, nullable) in parents {
            let null = if *nullable { "" } else { " NOT NULL" };
            let _ = write!(sql, ", {column} bigint{null} REFERENCES {parent}");
        }
        sql.push_str(", note text, created_at timestamptz);\n");
    };
    let mut made = 1;
    let mut module = 0;
    while made < tables {
        let root = ("account_id", "accounts".to_owned(), false);
        match module % 6 {
            4 => add(&format!("kind_{module}"), &[]),
            5 => add(&format!("log_{module}"), &[]),
            _ => {
                let kind = format!("kind_{}", module / 6 * 6 + 4);
                let main = format!("module_{module}");
                let mut parents = vec![root.clone()];
                if module >= 6 {
                    parents.push((
                        "kind_id",
                        kind.replace(&(module / 6 * 6 + 4).to_string(), &(module / 6 * 6 - 2).to_string()),
                        true,
                    ));
                }
                add(&main, &parents);
                made += 1;
                for part in 0..9 {
                    if made >= tables {
                        break;
                    }
                    let above = if part < 4 {
                        main.clone()
                    } else {
                        format!("module_{module}_part_{}", part - 4)
                    };
                    add(
                        &format!("module_{module}_part_{part}"),
                        &[root.clone(), ("parent_id", above, part % 3 == 1)],
                    );
                    made += 1;
                }
                module += 1;
                continue;
            }
        }
        made += 1;
        module += 1;
    }
    Case::new(&format!("{tables} tables"), "accounts", &sql, Some(Engine::Postgres))
}

/// Each table refers to several of those before it, to itself, or back: loops.
fn dense(tables: usize, relations: usize) -> Case {
    let mut sql = String::from("CREATE TABLE t0 (id bigint PRIMARY KEY);\n");
    let mut late = String::new();
    let mut dice = 7_u64;
    let mut throw = |sides: usize| {
        dice = dice
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(dice >> 33).unwrap_or(0) % sides.max(1)
    };
    for at in 1..tables {
        let _ = write!(
            sql,
            "CREATE TABLE t{at} (id bigint PRIMARY KEY, up bigint NOT NULL REFERENCES t{}",
            throw(at)
        );
        for number in 0..throw(relations + 1) {
            let _ = write!(sql, ", r{number} bigint REFERENCES t{}", throw(at + 1));
        }
        sql.push_str(");\n");
        if throw(5) == 0 {
            let child = throw(at);
            let _ = writeln!(
                late,
                "ALTER TABLE t{child} ADD COLUMN back{at} bigint REFERENCES t{at};"
            );
        }
    }
    Case::new(
        &format!("{tables} dense tables"),
        "t0",
        &(sql + &late),
        Some(Engine::Postgres),
    )
}

/// Names that mean something to whatever writes them.
pub(crate) fn hostile() -> Case {
    let names = [
        "<script>alert(1)</script>",
        "]]>",
        "\\end{document}",
        "a\"\"b",
        "it's",
        "&amp;",
        "客户",
        "${HOME}",
        "#quot;",
        "`code`",
        "=1+1",
        "|pipe|",
        "a very long name of a table that goes on and on",
        "new\nline",
        "\u{202e}turned",
        "--> end",
        "%%{init}%%",
    ];
    let mut sql = String::from("CREATE TABLE \"ro<o>t\" (id bigint PRIMARY KEY);\n");
    for name in names {
        let _ = writeln!(
            sql,
            "CREATE TABLE \"{name}\" (\"{name} id\" bigint PRIMARY KEY, \"up {name}\" bigint REFERENCES \"ro<o>t\");"
        );
    }
    Case::new("hostile names", "ro<o>t", &sql, Some(Engine::Postgres))
}

//! Schemas with loops, and databases that have them.

use std::collections::BTreeMap;

use exodus_tests::binary::{Output, Place};
use exodus_tests::database::{Database, Server};
use exodus_tests::dump::{self, Dump};

/// A foreign key: `child(columns) parent(columns)`, with what stands behind it.
pub(crate) struct Key {
    pub(crate) child: &'static str,
    pub(crate) columns: &'static str,
    pub(crate) parent: &'static str,
    pub(crate) parent_columns: &'static str,
    pub(crate) options: &'static str,
}

/// `child column parent options`, by its id.
pub(crate) const fn key(
    child: &'static str,
    columns: &'static str,
    parent: &'static str,
    options: &'static str,
) -> Key {
    Key {
        child,
        columns,
        parent,
        parent_columns: "id",
        options,
    }
}

/// Tables, loops among them, and rows.
pub(crate) struct Shape {
    pub(crate) name: &'static str,
    /// Tables with their columns.
    pub(crate) tables: &'static [(&'static str, &'static str)],
    pub(crate) keys: &'static [Key],
    /// Rows on both sides, one statement per line; they may reference each other.
    pub(crate) context: &'static str,
    /// Rows of the source.
    pub(crate) data: &'static str,
    /// Rows of the client's must reference themselves.
    pub(crate) has_own_parents: bool,
    /// Which rows are the client's.
    pub(crate) mine: &'static [(&'static str, &'static str)],
}

impl Shape {
    fn schema(&self, server: Server) -> String {
        let clause = |key: &Key| {
            format!(
                "FOREIGN KEY ({}) REFERENCES {} ({}) {}",
                key.columns, key.parent, key.parent_columns, key.options
            )
        };
        let mut sql = String::new();
        for (table, columns) in self.tables {
            let mut columns = (*columns).to_owned();
            if server == Server::Sqlite {
                for key in self.keys.iter().filter(|key| key.child == *table) {
                    columns = format!("{columns}, {}", clause(key));
                }
            }
            sql = format!("{sql}CREATE TABLE {table} ({columns});\n");
        }
        if server != Server::Sqlite {
            for key in self.keys {
                sql = format!("{sql}ALTER TABLE {} ADD {};\n", key.child, clause(key));
            }
        }
        sql
    }

    /// Two databases, and the place to move from one to the other.
    pub(crate) fn world(&self, server: Server) -> World {
        self.world_to(self, server)
    }

    /// The same, where the target is of another shape.
    pub(crate) fn world_to(&self, there: &Self, server: Server) -> World {
        let (mut source, mut target) = (Database::create(server), Database::create(server));
        for (database, shape, more) in [(&mut source, self, self.data), (&mut target, there, "")] {
            let (off, on) = match server.dialect() {
                "postgres" => (
                    "SET session_replication_role = replica",
                    "SET session_replication_role = origin",
                ),
                "mysql" => ("SET foreign_key_checks = 0", "SET foreign_key_checks = 1"),
                _ => ("SELECT 1", "SELECT 1"),
            };
            database.run(&shape.schema(server));
            database.run(&format!("{off};\n{}\n{more}\n{on};", self.context));
        }
        let place = Place::of("root = \"clients\"", &source, &target);
        place.run(&["dispatch", "init", "--enrol-from", "source"]).expect(0);
        World { source, target, place }
    }

    /// The client's rows.
    pub(crate) fn mine(&self, database: &mut Database) -> Dump {
        let conditions: BTreeMap<String, String> = self
            .mine
            .iter()
            .map(|(table, condition)| ((*table).to_owned(), (*condition).to_owned()))
            .collect();
        dump::only(database, &conditions)
    }
}

/// The databases and where commands run.
pub(crate) struct World {
    pub(crate) source: Database,
    pub(crate) target: Database,
    pub(crate) place: Place,
}

impl World {
    /// A move, or a dry run of one.
    pub(crate) fn moves(&self, way: &str, more: &[&str]) -> Output {
        let mut all = vec!["move", "--client", "42", "--to", "target", "--integrity", way];
        all.extend(more);
        self.place.run(&all)
    }

    /// A purge of what was moved last.
    pub(crate) fn purges(&self, way: &str) -> Output {
        let last = self.place.last_move();
        self.place.run(&["purge", &last, "--yes", "--integrity", way])
    }

    pub(crate) fn dumps(&mut self) -> (Dump, Dump) {
        (dump::all(&mut self.source), dump::all(&mut self.target))
    }
}

/// Text without its line breaks.
pub(crate) fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

//! An application that asks nobody.

use exodus_tests::beside::Beside;
use exodus_tests::database::{Database, Server};

/// One application's session on one database.
pub(super) struct Desk {
    session: Beside,
    server: Server,
}

impl Desk {
    pub(super) fn at(database: &Database) -> Self {
        let mut session = Beside::of(database);
        if database.server() == Server::Sqlite {
            session.run("PRAGMA foreign_keys = ON").expect("a pragma");
        }
        Self {
            session,
            server: database.server(),
        }
    }

    /// Whether the statements were acknowledged, in one transaction, and each had a row.
    pub(super) fn write(&mut self, statements: &[String]) -> bool {
        let begin = if self.server == Server::Sqlite {
            "BEGIN IMMEDIATE"
        } else {
            "BEGIN"
        };
        let mut write = || {
            self.session.run(begin)?;
            for statement in statements {
                if !changes(&mut self.session, self.server, statement)? {
                    return Err("no row".to_owned());
                }
            }
            self.session.run("COMMIT")
        };
        let written: Result<(), String> = write();
        if written.is_err() {
            self.session.run("ROLLBACK").ok();
        }
        written.is_ok()
    }
}

/// Whether a statement changes a row.
fn changes(session: &mut Beside, server: Server, statement: &str) -> Result<bool, String> {
    let count = match server.dialect() {
        "postgres" => format!("WITH changed AS ({statement} RETURNING 1) SELECT COUNT(*) FROM changed"),
        "mysql" => {
            session.run(statement)?;
            "SELECT ROW_COUNT()".to_owned()
        }
        _ => {
            session.run(statement)?;
            "SELECT changes()".to_owned()
        }
    };
    let rows = session.rows(&count)?;
    Ok(rows[0][0].as_deref() != Some("0"))
}

//! InnoDB's monitor, as `SHOW ENGINE INNODB STATUS` prints it: the one list of transactions in which MariaDB shows what is
//! now, whoever has looked before.
//!
//! ```text
//! LIST OF TRANSACTIONS FOR EACH SESSION:
//! ---TRANSACTION 21420, ACTIVE (PREPARED) 1 sec recovered trx
//! 1 lock struct(s), heap size 1128, 0 row lock(s), undo log entries 1
//! ---TRANSACTION (0x7fb6607fb180), ACTIVE 1 sec
//! 0 lock struct(s), heap size 1128, 0 row lock(s)
//! MariaDB thread id 2313, OS thread handle 140421272921792, query id 42398 127.0.0.1 app User sleep
//! ```

/// A transaction that is open.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Active {
    /// Its number, or something else where it has none.
    pub(super) number: String,
    /// Its session's number, if it has a session.
    pub(super) session: Option<String>,
    pub(super) prepared: bool,
    /// How many seconds ago it began.
    pub(super) age: u64,
}

/// All of them; `None` where the text is not whole. MySQL leaves out those that have written nothing.
///
/// A statement is printed at the end of its transaction: whatever stands in it can add a line that looks like another
/// transaction, and hide none.
pub(super) fn active(text: &str) -> Option<Vec<Active>> {
    let (_, list) = text.split_once("LIST OF TRANSACTIONS FOR EACH SESSION:")?;
    // Of a text that is too long, the server leaves out a part of this list.
    if text.contains("... truncated...") || !text.contains("END OF INNODB MONITOR OUTPUT") {
        return None;
    }
    let items = list.split("\n---TRANSACTION ").skip(1);
    Some(items.filter_map(read).collect())
}

fn read(item: &str) -> Option<Active> {
    let mut lines = item.lines();
    let (number, state) = lines.next()?.split_once(", ")?;
    if state.starts_with("not started") {
        return None;
    }
    let age = state
        .split_once(" sec")
        .and_then(|(before, _)| before.rsplit(' ').next());
    let session = lines.find_map(|line| {
        let (_, rest) = line.split_once(" thread id ")?;
        Some(rest.split(',').next()?.to_owned())
    });
    Some(Active {
        number: number.to_owned(),
        session,
        prepared: state.starts_with("ACTIVE (PREPARED)"),
        age: age.and_then(|age| age.parse().ok()).unwrap_or(0),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "
------------
TRANSACTIONS
------------
Trx id counter 21424
LIST OF TRANSACTIONS FOR EACH SESSION:
---TRANSACTION 21420, ACTIVE (PREPARED) 1 sec recovered trx
1 lock struct(s), heap size 1128, 0 row lock(s), undo log entries 1
---TRANSACTION (0x7fb6607fb180), ACTIVE 12 sec
0 lock struct(s), heap size 1128, 0 row lock(s)
MariaDB thread id 2313, OS thread handle 140421272921792, query id 42398 127.0.0.1 app User sleep
select ' thread id 5,
---TRANSACTION 9, not started'
---TRANSACTION 21423, ACTIVE 4 sec inserting
mysql tables in use 1, locked 1
MySQL thread id 7, OS thread handle 1, query id 2 localhost app
---TRANSACTION (0x7fb6607f9b80), not started
0 lock struct(s), heap size 1128, 0 row lock(s)
--------
FILE I/O
--------
END OF INNODB MONITOR OUTPUT
";

    #[test]
    fn who_is_active_is_read() {
        let active = active(TEXT).expect("a list");
        let told: Vec<_> = active
            .iter()
            .map(|one| (&*one.number, one.session.as_deref(), one.prepared, one.age))
            .collect();
        assert_eq!(
            told,
            [
                ("21420", None, true, 1),
                ("(0x7fb6607fb180)", Some("2313"), false, 12),
                ("21423", Some("7"), false, 4),
            ]
        );
    }

    #[test]
    fn a_list_that_is_not_whole_is_none() {
        assert_eq!(
            active(&TEXT.replace("---TRANSACTION 21423", "... truncated...\n---TRANSACTION 21423")),
            None
        );
        assert_eq!(active(&TEXT.replace("END OF INNODB", "")), None);
        assert_eq!(active("nothing"), None);
    }
}

//! What this user may see: `information_schema.TRIGGERS` leaves out, without a word, those of tables on which the TRIGGER
//! privilege is missing, and `information_schema.TABLES` the tables on which every privilege is.
//!
//! `SHOW GRANTS` is the one place where both products tell any user all that holds for the session, active roles
//! included.

use std::collections::BTreeSet;

/// Any of these on a database shows all of its tables.
const SHOWING: [&str; 12] = [
    "SELECT",
    "INSERT",
    "UPDATE",
    "DELETE",
    "CREATE",
    "DROP",
    "REFERENCES",
    "INDEX",
    "ALTER",
    "CREATE VIEW",
    "SHOW VIEW",
    "TRIGGER",
];

/// Whether all tables of a database are seen; where privileges were given table by table, others may be there.
pub(super) fn shows_all_tables(lines: &[&str], database: &str) -> bool {
    let shows = |privilege: &&str| Grants::read(lines.iter().copied(), privilege).cover_all(database);
    SHOWING.iter().any(shows)
}

/// Any of these on a table shows all of its columns; where they were given column by column, others may be there.
const SHOWING_COLUMNS: [&str; 4] = ["SELECT", "INSERT", "UPDATE", "REFERENCES"];

/// Where the session sees all columns of a table, one privilege after the other.
pub(super) fn showing_columns(lines: &[&str]) -> [Grants; 4] {
    SHOWING_COLUMNS.map(|privilege| Grants::read(lines.iter().copied(), privilege))
}

/// Where the session has one privilege.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Grants {
    everywhere: bool,
    /// Patterns of names of databases, and whether they have it.
    databases: Vec<(String, bool)>,
    /// Databases from which what holds everywhere is taken away.
    except: BTreeSet<String>,
    tables: BTreeSet<(String, String)>,
}

impl Grants {
    /// Reads the lines of `SHOW GRANTS`. Lines about roles, proxies and routines say nothing about tables.
    pub(super) fn read<'l>(lines: impl IntoIterator<Item = &'l str>, privilege: &str) -> Self {
        let mut grants = Self::default();
        for line in lines {
            let (taken, rest) = match (line.strip_prefix("GRANT "), line.strip_prefix("REVOKE ")) {
                (Some(rest), _) => (false, rest),
                (None, Some(rest)) => (true, rest),
                (None, None) => continue,
            };
            let Some((privileges, object)) = split(rest) else {
                continue;
            };
            let has_it = privileges
                .iter()
                .any(|word| *word == privilege || *word == "ALL PRIVILEGES");
            match (object, taken) {
                (Object::Everything, false) => grants.everywhere |= has_it,
                (Object::Database(name), false) => grants.databases.push((name, has_it)),
                (Object::Database(name), true) if has_it => drop(grants.except.insert(unescaped(&name))),
                (Object::Table(database, table), false) if has_it => drop(grants.tables.insert((database, table))),
                _ => {}
            }
        }
        grants
    }

    /// Whether the session has it on this table.
    pub(super) fn cover(&self, database: &str, table: &str) -> bool {
        self.cover_all(database) || self.tables.contains(&(database.to_owned(), table.to_owned()))
    }

    /// Whether the session has it on all tables of this database.
    fn cover_all(&self, database: &str) -> bool {
        let named = |(name, has_it): &(String, bool)| (unescaped(name) == database).then_some(*has_it);
        let alike = |(name, has_it): &(String, bool)| matches(name, database).then_some(*has_it);
        // A database's own name counts before patterns that it matches.
        let mut by_name = self.databases.iter().filter_map(named).peekable();
        let of_database = if by_name.peek().is_some() {
            by_name.any(|has_it| has_it)
        } else {
            self.databases.iter().filter_map(alike).any(|has_it| has_it)
        };
        (self.everywhere && !self.except.contains(database)) || of_database
    }
}

enum Object {
    Everything,
    Database(String),
    Table(String, String),
}

/// The privileges and the object of a line, behind its first word.
fn split(rest: &str) -> Option<(Vec<&str>, Object)> {
    let end = outside(rest, " ON ").next()?;
    let mut privileges = vec![];
    let mut start = 0;
    for at in outside(&rest[..end], ",") {
        privileges.push(rest[start..at].trim());
        start = at + 1;
    }
    privileges.push(rest[start..end].trim());
    let object = &rest[end + " ON ".len()..];
    if object.starts_with("*.*") {
        return Some((privileges, Object::Everything));
    }
    let (database, rest) = quoted(object)?;
    let rest = rest.strip_prefix('.')?;
    if rest.starts_with('*') {
        return Some((privileges, Object::Database(database)));
    }
    let (table, _) = quoted(rest)?;
    Some((privileges, Object::Table(database, table)))
}

/// Where `wanted` stands outside of names in quotes and lists of columns.
fn outside<'t>(text: &'t str, wanted: &'t str) -> impl Iterator<Item = usize> + 't {
    let (mut quoted, mut depth) = (false, 0_usize);
    text.char_indices().filter_map(move |(at, c)| {
        match c {
            '`' => quoted = !quoted,
            '(' if !quoted => depth += 1,
            ')' if !quoted => depth = depth.saturating_sub(1),
            _ => {}
        }
        (!quoted && depth == 0 && text[at..].starts_with(wanted)).then_some(at)
    })
}

/// A name in backticks, and what follows it.
fn quoted(text: &str) -> Option<(String, &str)> {
    let inside = text.strip_prefix('`')?;
    let mut name = String::new();
    let mut chars = inside.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        if c != '`' {
            name.push(c);
        } else if chars.next_if(|(_, next)| *next == '`').is_some() {
            name.push('`');
        } else {
            return Some((name, &inside[at + 1..]));
        }
    }
    None
}

/// The name that a pattern without wildcards stands for.
fn unescaped(pattern: &str) -> String {
    pattern.replace("\\_", "_").replace("\\%", "%")
}

/// Whether a name is like a pattern with `%`, `_` and backslashes.
fn matches(pattern: &str, name: &str) -> bool {
    let mut chars = pattern.chars();
    let rest_of = |text: &str| text.chars().next().map(|c| text[c.len_utf8()..].to_owned());
    match chars.next() {
        None => name.is_empty(),
        Some('%') => {
            let rest = chars.as_str();
            let mut ends = name.char_indices().map(|(at, _)| at).chain([name.len()]);
            ends.any(|at| matches(rest, &name[at..]))
        }
        Some('_') => rest_of(name).is_some_and(|rest| matches(chars.as_str(), &rest)),
        Some('\\') => {
            let literal = chars.next().unwrap_or('\\');
            name.strip_prefix(literal)
                .is_some_and(|rest| matches(chars.as_str(), rest))
        }
        Some(c) => name.strip_prefix(c).is_some_and(|rest| matches(chars.as_str(), rest)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_both_products_print() {
        let grants = Grants::read(
            [
                "GRANT `r`@`%` TO `u`@`%`",
                "GRANT USAGE ON *.* TO `u`@`%` IDENTIFIED BY PASSWORD '*00'",
                "GRANT SELECT, TRIGGER ON `shop\\_%`.* TO `u`@`%`",
                "GRANT SELECT ON `shop\\_2`.* TO `u`@`%`",
                "GRANT INSERT (`TRIGGER`, ` ON `), TRIGGER ON `odd``db`.`t ON u` TO `u`@`%`",
                "GRANT SELECT (`TRIGGER`) ON `other`.`t` TO `u`@`%`",
                "GRANT PROXY ON ''@'%' TO 'root'@'localhost' WITH GRANT OPTION",
                "GRANT EXECUTE ON FUNCTION `other`.`f` TO `u`@`%`",
            ],
            "TRIGGER",
        );
        assert!(grants.cover("shop_1", "t"));
        // The pattern has an escaped underscore, and a database's own entry counts first.
        assert!(!grants.cover("shopx1", "t"));
        assert!(!grants.cover("shop_2", "t"));
        assert!(grants.cover("odd`db", "t ON u"));
        assert!(!grants.cover("odd`db", "other"));
        assert!(!grants.cover("other", "t"));
    }

    #[test]
    fn everything_but_one_database() {
        let grants = Grants::read(
            [
                "GRANT ALL PRIVILEGES ON *.* TO `u`@`%`",
                "REVOKE TRIGGER ON `secret`.* FROM `u`@`%`",
            ],
            "TRIGGER",
        );
        assert!(grants.cover("shop", "t"));
        assert!(!grants.cover("secret", "t"));
    }

    /// Tables that nobody granted are not there, as far as `information_schema` is concerned.
    #[test]
    fn tables_that_may_be_hidden() {
        let lines = [
            "GRANT USAGE ON *.* TO `u`@`%` IDENTIFIED BY PASSWORD '*00'",
            "GRANT SELECT, INSERT ON `shop`.`clients` TO `u`@`%`",
            "GRANT EXECUTE, LOCK TABLES ON `shop`.* TO `u`@`%`",
            "GRANT INSERT ON `log\\_%`.* TO `u`@`%`",
            "GRANT ALL PRIVILEGES ON `own`.* TO `u`@`%`",
        ];
        assert!(!shows_all_tables(&lines, "shop"));
        assert!(shows_all_tables(&lines, "log_1"));
        assert!(shows_all_tables(&lines, "own"));
        // One privilege that is left is enough.
        let lines = [
            "GRANT SELECT, INSERT ON *.* TO `u`@`%`",
            "REVOKE SELECT ON `shop`.* FROM `u`@`%`",
        ];
        assert!(shows_all_tables(&lines, "shop"));
        let lines = [
            "GRANT SELECT ON *.* TO `u`@`%`",
            "REVOKE SELECT ON `shop`.* FROM `u`@`%`",
        ];
        assert!(!shows_all_tables(&lines, "shop"));
    }
}

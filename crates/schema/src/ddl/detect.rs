//! Which engine a file was written for.

use crate::model::Engine;

/// What a file tells of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Origin {
    /// Absent: nothing tells.
    pub(crate) engine: Option<Engine>,
    /// The server's version.
    pub(crate) version: Option<String>,
}

/// How much of a file is looked at: dumps say at their top what they are, and people don't write longer ones.
const HEAD: usize = 400_000;

/// Finds it out.
pub(crate) fn origin(text: &str) -> Origin {
    let mut end = HEAD.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let head = text[..end].to_ascii_lowercase();
    let version = after(&head, "-- dumped from database version ").or_else(|| after(&head, "-- server version"));
    let maria_version = version.as_ref().is_some_and(|version| version.contains("mariadb"));
    let has = |what: &str| head.contains(what);
    let engine = if has("-- postgresql database dump") || has("-- postgresql database cluster dump") {
        Some(Engine::Postgres)
    } else if has("-- mariadb dump") || maria_version || has("/*m!") {
        Some(Engine::MariaDb)
    } else if has("-- mysql dump") || has("-- host: ") && has("-- server version") {
        Some(Engine::MySql)
    } else {
        by_syntax(&head)
    };
    Origin { engine, version }
}

/// The rest of the line after the words.
fn after(head: &str, words: &str) -> Option<String> {
    let line = head.lines().find_map(|line| line.strip_prefix(words))?;
    let version = line.trim().trim_end_matches(')').split_whitespace().next()?;
    Some(version.to_owned())
}

/// What only one of the engines understands, counted.
fn by_syntax(head: &str) -> Option<Engine> {
    const POSTGRES: &[&str] = &[
        "::",
        "$$",
        "serial",
        "timestamptz",
        "timestamp with",
        "timestamp without",
        "character varying",
        "jsonb",
        "bytea",
        "create extension",
        "owner to",
        "search_path",
        "alter table only",
        "language plpgsql",
        "nextval(",
        "as identity",
        "create domain",
        "as enum",
        "execute function",
        "execute procedure",
        "comment on ",
        "tsvector",
        "set not null",
        "using btree",
        "\\connect",
        "text[]",
    ];
    const MYSQL: &[&str] = &[
        "engine=",
        "engine =",
        "auto_increment",
        "`",
        "delimiter ",
        "unsigned",
        "/*!",
        "charset=",
        "tinyint",
        "mediumtext",
        "longtext",
        "on update current_timestamp",
        "set names",
        "for each row begin",
        "enum(",
        "varbinary",
        "unique key",
        "fulltext key",
        "mediumint",
        "character set",
        " datetime",
    ];
    const SQLITE: &[&str] = &[
        "autoincrement",
        "pragma ",
        "without rowid",
        "strict;",
        "sqlite_",
        "create table [",
        "strftime(",
        "create virtual table",
        "integer primary key",
        "collate nocase",
        "select raise(",
        "instead of ",
        "datetime('now')",
        "begin transaction;",
        " datetime",
        "\" datetime",
        "\" text",
        "text primary key",
    ];
    // What PostgreSQL does not understand at all.
    const NOT_POSTGRES: &[&str] = &[" datetime", "`", "autoincrement", "auto_increment", "create table ["];
    let count = |signs: &[&str]| signs.iter().filter(|sign| head.contains(**sign)).count();
    let postgres = if count(NOT_POSTGRES) > 0 { 0 } else { count(POSTGRES) };
    let scores = [
        (postgres, Engine::Postgres),
        (count(MYSQL), mysql_kind(head)),
        (count(SQLITE), Engine::Sqlite),
    ];
    let best = scores
        .iter()
        .map(|(score, _)| *score)
        .max()
        .filter(|score| *score > 0)?;
    scores
        .into_iter()
        .find(|(score, _)| *score == best)
        .map(|(_, engine)| engine)
}

/// Which of the two: MariaDB's prints some things that MySQL does not understand.
fn mysql_kind(head: &str) -> Engine {
    let signs = [
        "current_timestamp()",
        "utf8mb4_uca1400",
        "with system versioning",
        "mariadb",
        " uuid ",
        "inet6",
        "create or replace table",
    ];
    if signs.iter().any(|sign| head.contains(sign)) {
        Engine::MariaDb
    } else {
        Engine::MySql
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dumps_say_what_they_are() {
        let engine = |text: &str| origin(text).engine;
        assert_eq!(
            origin("--\n-- PostgreSQL database dump\n--\n\n-- Dumped from database version 15.10 (Debian 15.10-0)\n"),
            Origin {
                engine: Some(Engine::Postgres),
                version: Some("15.10".to_owned())
            }
        );
        let mysql = "-- MySQL dump 10.13  Distrib 8.0.36\n-- Server version\t8.0.36\n";
        assert_eq!(
            origin(mysql),
            Origin {
                engine: Some(Engine::MySql),
                version: Some("8.0.36".to_owned())
            }
        );
        assert_eq!(
            engine("-- MySQL dump 10.19\n-- Server version\t10.5.1-MariaDB\n"),
            Some(Engine::MariaDb)
        );
        assert_eq!(
            engine("/*M!999999\\- enable the sandbox mode */ \n-- MariaDB dump"),
            Some(Engine::MariaDb)
        );
    }

    #[test]
    fn people_are_told_by_their_words() {
        let engine = |text: &str| origin(text).engine;
        assert_eq!(
            engine("create table t (id serial primary key, at timestamptz);"),
            Some(Engine::Postgres)
        );
        assert_eq!(
            engine("create table t (id int auto_increment primary key) engine=InnoDB;"),
            Some(Engine::MySql)
        );
        assert_eq!(
            engine("create table t (id integer primary key autoincrement);"),
            Some(Engine::Sqlite)
        );
        assert_eq!(engine("create table t (id int);"), None);
    }
}

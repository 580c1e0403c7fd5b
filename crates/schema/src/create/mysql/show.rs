//! `SHOW CREATE TABLE`, taken apart as far as it has to be changed.

use std::ops::Range;

/// The statement in three pieces.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Shown<'a> {
    /// Columns, keys, checks and foreign keys, without the commas between them.
    pub(super) items: Vec<&'a str>,
    /// What follows the closing parenthesis.
    pub(super) options: &'a str,
}

/// A foreign key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ForeignKey<'a> {
    /// Up to the parent's name.
    pub(super) head: &'a str,
    /// The database that it names, if it names one.
    pub(super) schema: Option<String>,
    /// The parent's name.
    pub(super) table: String,
    /// What follows it.
    pub(super) tail: &'a str,
}

/// Takes the statement apart; `None` if it is no such statement.
pub(super) fn split(sql: &str) -> Option<Shown<'_>> {
    let mut items = vec![];
    let (mut depth, mut start) = (0_usize, 0);
    for (at, c) in outside_quotes(sql, 0..sql.len()) {
        match c {
            '(' => {
                depth += 1;
                if depth == 1 {
                    start = at + 1;
                }
            }
            ',' if depth == 1 => {
                items.push(sql[start..at].trim());
                start = at + 1;
            }
            ')' => {
                depth = depth.checked_sub(1)?;
                if depth == 0 {
                    items.push(sql[start..at].trim());
                    let options = sql[at + 1..].trim_end();
                    return sql.starts_with("CREATE TABLE `").then_some(Shown { items, options });
                }
            }
            _ => {}
        }
    }
    None
}

/// The characters that are in no quotes. A backslash escapes in texts, never in names.
fn outside_quotes(sql: &str, range: Range<usize>) -> impl Iterator<Item = (usize, char)> {
    let mut open: Option<char> = None;
    let mut escaped = false;
    sql[range.clone()].char_indices().filter_map(move |(at, c)| {
        match open {
            Some(_) if escaped => escaped = false,
            Some('\'') if c == '\\' => escaped = true,
            Some(quote) if c == quote => open = None,
            Some(_) => {}
            // A doubled quote closes and opens again.
            None if matches!(c, '\'' | '`') => open = Some(c),
            None => return Some((range.start + at, c)),
        }
        None
    })
}

/// The item as a foreign key, if it is one.
pub(super) fn foreign_key(item: &str) -> Option<ForeignKey<'_>> {
    let behind_name = match item.strip_prefix("CONSTRAINT ") {
        Some(rest) => name(rest)?.1.trim_start(),
        None => item,
    };
    if !behind_name.starts_with("FOREIGN KEY") {
        return None;
    }
    let bare: Vec<(usize, char)> = outside_quotes(item, 0..item.len()).collect();
    let word: Vec<char> = " REFERENCES ".chars().collect();
    let at = bare.windows(word.len()).position(|window| {
        window.iter().map(|(_, c)| c).eq(&word) && window.windows(2).all(|pair| pair[1].0 == pair[0].0 + 1)
    })?;
    let start = bare[at].0 + word.len();
    let (first, rest) = name(&item[start..])?;
    let (schema, table, tail) = match rest.strip_prefix('.').and_then(name) {
        Some((table, tail)) => (Some(first), table, tail),
        None => (None, first, rest),
    };
    Some(ForeignKey {
        head: &item[..start],
        schema,
        table,
        tail,
    })
}

/// The quoted name in front, and what follows it.
fn name(text: &str) -> Option<(String, &str)> {
    let quoted = text.strip_prefix('`')?;
    let mut out = String::new();
    let mut chars = quoted.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        if c != '`' {
            out.push(c);
        } else if chars.next_if(|(_, next)| *next == '`').is_some() {
            out.push('`');
        } else {
            return Some((out, &quoted[at + 1..]));
        }
    }
    None
}

/// The options without what belongs to the one table they were read from: where its generator stands, and where its
/// files are.
pub(super) fn portable_options(options: &str) -> String {
    let mut out = String::from(options);
    for option in ["AUTO_INCREMENT=", "DATA DIRECTORY=", "INDEX DIRECTORY="] {
        while let Some(range) = option_at(&out, option) {
            out.replace_range(range, "");
        }
    }
    out
}

/// The statement with another comment of the table; `None` if it is none that can be read.
pub(in crate::create) fn with_comment(sql: &str, quoted: &str) -> Option<String> {
    let options = split(sql)?.options;
    let start = sql.len() - sql.trim_end().len();
    let start = sql.len() - start - options.len();
    // Of two comments the last one counts. What partitions there are stands on lines of its own.
    let line = outside_quotes(options, 0..options.len()).find(|(_, c)| *c == '\n');
    let at = start + line.map_or(options.len(), |(at, _)| at);
    Some(format!("{} COMMENT = {quoted}{}", &sql[..at], &sql[at..]))
}

/// Where an option and its value are, with the space in front.
fn option_at(options: &str, option: &str) -> Option<Range<usize>> {
    let bare: Vec<usize> = outside_quotes(options, 0..options.len()).map(|(at, _)| at).collect();
    let matches = |&&at: &&usize| options[at..].starts_with(option) && options[..at].ends_with([' ', '\n']);
    let start = *bare.iter().find(matches)?;
    let value = start + option.len();
    let end = if options[value..].starts_with('\'') {
        bare.iter().copied().find(|&at| at > value).unwrap_or(options.len())
    } else {
        options[value..]
            .find(|c: char| !c.is_ascii_digit())
            .map_or(options.len(), |length| value + length)
    };
    Some(start - 1..end)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHOWN: &str = "CREATE TABLE `a``(b` (\n  `id` int(11) NOT NULL AUTO_INCREMENT,\n  `t` varchar(9) DEFAULT 'it''s \\'),(' COMMENT 'x) AUTO_INCREMENT=9, y',\n  PRIMARY KEY (`id`),\n  KEY `k` (`t`(3) DESC),\n  CONSTRAINT ` REFERENCES ` FOREIGN KEY (`a`, `b`) REFERENCES `other``db`.`p` (`x`, `y`) ON DELETE CASCADE,\n  CONSTRAINT `c` CHECK (`t` in ('a',')'))\n) ENGINE=InnoDB AUTO_INCREMENT=43 DEFAULT CHARSET=utf8mb4 COMMENT='see AUTO_INCREMENT=43 (here)'\n PARTITION BY HASH (`id`)\nPARTITIONS 4";

    #[test]
    fn commas_parentheses_and_escapes_in_quotes_split_nothing() {
        let shown = split(SHOWN).expect("a statement");
        assert_eq!(shown.items.len(), 6);
        assert_eq!(
            shown.items[1],
            "`t` varchar(9) DEFAULT 'it''s \\'),(' COMMENT 'x) AUTO_INCREMENT=9, y'"
        );
        assert!(shown.options.starts_with(" ENGINE"));
        assert_eq!(split("CREATE VIEW `v` AS select (1)"), None);
        assert_eq!(split("CREATE TABLE `t` (`a` int"), None);
    }

    #[test]
    fn only_the_generator_of_the_options_goes() {
        let shown = split(SHOWN).expect("a statement");
        assert_eq!(
            portable_options(shown.options),
            " ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COMMENT='see AUTO_INCREMENT=43 (here)'\n PARTITION BY HASH (`id`)\nPARTITIONS 4"
        );
        assert_eq!(
            portable_options(" ENGINE=InnoDB DATA DIRECTORY='/a b''c/' ROW_FORMAT=DYNAMIC"),
            " ENGINE=InnoDB ROW_FORMAT=DYNAMIC"
        );
    }

    #[test]
    fn a_comment_stands_before_the_partitions() {
        let marked = with_comment(SHOWN, "'mine'").expect("a statement");
        assert!(marked.contains("(here)' COMMENT = 'mine'\n PARTITION BY"), "{marked}");
        let plain = with_comment("CREATE TABLE `t` (\n  `a` int\n) ENGINE = InnoDB", "'x'");
        assert_eq!(
            plain.as_deref(),
            Some("CREATE TABLE `t` (\n  `a` int\n) ENGINE = InnoDB COMMENT = 'x'")
        );
        assert_eq!(with_comment("ALTER TABLE `t` ADD `a` int", "'x'"), None);
    }

    #[test]
    fn a_foreign_key_is_told_by_its_words_not_by_its_name() {
        let shown = split(SHOWN).expect("a statement");
        let keys: Vec<_> = shown.items.iter().filter_map(|item| foreign_key(item)).collect();
        let [key] = &keys[..] else { panic!("{keys:?}") };
        assert_eq!((key.schema.as_deref(), key.table.as_str()), (Some("other`db"), "p"));
        assert_eq!(key.tail, " (`x`, `y`) ON DELETE CASCADE");
        assert!(key.head.ends_with("REFERENCES "));
        assert_eq!(foreign_key("`FOREIGN KEY` int COMMENT ' REFERENCES `x`'"), None);
    }
}

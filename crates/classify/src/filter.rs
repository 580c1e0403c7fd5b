//! Which findings are shown: `--only`, `--skip` and `--table`, the same in every command.

use std::collections::BTreeSet;

use exodus_schema::{Graph, TableId, TableName};

use crate::hazard::Hazard;
use crate::lookup::near;
use crate::rules;

/// What is shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    only: BTreeSet<&'static str>,
    skip: BTreeSet<&'static str>,
    patterns: Vec<String>,
    /// The tables, where not all.
    tables: Option<BTreeSet<TableId>>,
}

/// A filter names what is not there.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FilterError {
    /// No rule is called that.
    #[error("there is no rule `{name}`")]
    NoSuchRule {
        /// What was asked for.
        name: String,
        /// Rules that are called much like it, nearest first.
        near: Vec<&'static str>,
    },
    /// No table matches the pattern.
    #[error("no table matches `{pattern}`")]
    NoSuchTable {
        /// The pattern.
        pattern: String,
        /// Tables that are called much like it, nearest first.
        near: Vec<String>,
    },
}

impl FilterError {
    /// What to do about it.
    pub fn help(&self) -> String {
        match self {
            Self::NoSuchRule { near, .. } if near.is_empty() => {
                let all: Vec<_> = rules::ALL.iter().map(|rule| rule.id).collect();
                format!("there are {}", all.join(", "))
            }
            Self::NoSuchRule { near, .. } => did_you_mean(near),
            Self::NoSuchTable { near, .. } if near.is_empty() => {
                "`*` stands for any text, `?` for one character; names may go with their schema or without".to_owned()
            }
            Self::NoSuchTable { near, .. } => did_you_mean(near),
        }
    }
}

pub(crate) fn did_you_mean(names: &[impl AsRef<str>]) -> String {
    let quoted: Vec<_> = names.iter().map(|name| format!("`{}`", name.as_ref())).collect();
    format!("did you mean {}?", quoted.join(" or "))
}

/// Rules that are called much like this, nearest first; at most three.
pub fn near_rules(text: &str) -> Vec<&'static str> {
    let text = text.to_lowercase().replace(['_', ' '], "-");
    let mut scored: Vec<_> = rules::ALL
        .iter()
        .map(|rule| {
            // A word of a rule's name is how people remember it.
            let part = text.len() > 3 && rule.id.contains(&text);
            (
                strsim::jaro_winkler(rule.id, &text).max(if part { 0.9 } else { 0.0 }),
                rule.id,
            )
        })
        .filter(|(score, _)| *score >= 0.8)
        .collect();
    scored.sort_by(|(a, x), (b, y)| b.total_cmp(a).then_with(|| x.cmp(y)));
    scored.into_iter().take(3).map(|(_, id)| id).collect()
}

impl Filter {
    /// Shows findings of the rules `only` (all, if empty) but not of `skip`, of tables that match one of the patterns
    /// (all, if empty).
    pub fn new(graph: &Graph<'_>, only: &[String], skip: &[String], tables: &[String]) -> Result<Self, FilterError> {
        let table_patterns = tables;
        let patterns = tables.iter().map(|pattern| matching(graph, pattern));
        let tables = patterns.collect::<Result<Vec<_>, _>>()?;
        Ok(Self {
            only: known(only)?,
            skip: known(skip)?,
            patterns: table_patterns.to_vec(),
            tables: (!tables.is_empty()).then(|| tables.into_iter().flatten().collect()),
        })
    }

    /// Whether the table is shown.
    pub fn shows_table(&self, table: TableId) -> bool {
        self.tables.as_ref().is_none_or(|tables| tables.contains(&table))
    }

    /// The same of a table that may not be there any more.
    pub(crate) fn shows_name(&self, graph: &Graph<'_>, name: &str) -> bool {
        let Ok(name) = name.parse::<TableName>() else {
            return self.tables.is_none();
        };
        match graph.find(&name) {
            Some(table) => self.shows_table(table),
            None => self.tables.is_none() || self.patterns.iter().any(|pattern| fits_name(pattern, &name)),
        }
    }

    /// Whether findings of some rules are asked for, and so the tables beside them are not.
    pub fn is_about_rules(&self) -> bool {
        !self.only.is_empty()
    }

    /// Whether the finding is shown.
    pub fn shows(&self, hazard: &Hazard) -> bool {
        self.shows_rule(hazard.rule) && self.shows_table(hazard.table)
    }

    /// Whether findings of the rule are shown, at tables that are.
    pub(crate) fn shows_rule(&self, rule: &str) -> bool {
        (self.only.is_empty() || self.only.contains(rule)) && !self.skip.contains(rule)
    }
}

fn known(names: &[String]) -> Result<BTreeSet<&'static str>, FilterError> {
    let find = |name: &String| {
        rules::find(name)
            .map(|rule| rule.id)
            .ok_or_else(|| FilterError::NoSuchRule {
                name: name.clone(),
                near: near_rules(name),
            })
    };
    names.iter().map(find).collect()
}

fn fits_name(pattern: &str, name: &TableName) -> bool {
    let wanted: Vec<char> = pattern.to_lowercase().chars().collect();
    let fits = |text: &str| fits(&wanted, &text.to_lowercase().chars().collect::<Vec<_>>());
    fits(&name.to_string()) || fits(&name.name)
}

fn matching(graph: &Graph<'_>, pattern: &str) -> Result<Vec<TableId>, FilterError> {
    let found: Vec<_> = graph
        .tables()
        .filter(|&id| fits_name(pattern, &graph.table(id).name))
        .collect();
    if found.is_empty() {
        return Err(FilterError::NoSuchTable {
            pattern: pattern.to_owned(),
            near: near(graph.schema(), &pattern.replace(['*', '?'], "")),
        });
    }
    Ok(found)
}

/// Whether the text is what the pattern says, where `*` stands for any characters and `?` for one. It goes back to the
/// last star only, so that it can't take long.
fn fits(pattern: &[char], text: &[char]) -> bool {
    let (mut p, mut t) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while t < text.len() {
        match pattern.get(p) {
            Some('*') => {
                star = Some((p, t));
                p += 1;
            }
            Some(&c) if c == '?' || c == text[t] => {
                p += 1;
                t += 1;
            }
            _ => match star {
                Some((at, from)) => {
                    star = Some((at, from + 1));
                    p = at + 1;
                    t = from + 1;
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|&c| c == '*')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::Fixture;

    #[test]
    fn patterns() {
        for (pattern, text, expected) in [
            ("*", "", true),
            ("a*c", "abbc", true),
            ("a*c", "abcb", false),
            ("*a*b*", "xxaxxbxx", true),
            ("a?c", "abc", true),
            ("a?c", "ac", false),
            ("abc", "abc", true),
            ("abc", "abcd", false),
            ("*aaab", "aaaaaaaaab", true),
        ] {
            let chars = |text: &str| text.chars().collect::<Vec<_>>();
            assert_eq!(fits(&chars(pattern), &chars(text)), expected, "{pattern} {text}");
        }
    }

    fn filter(only: &[&str], skip: &[&str], tables: &[&str]) -> Result<Vec<String>, FilterError> {
        let schema = Fixture::new()
            .relation("public.invoices.client_id? public.clients")
            .relation("public.Invoice_lines.invoice_id public.invoices")
            .build();
        let graph = Graph::new(&schema);
        let owned = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect::<Vec<_>>();
        let filter = Filter::new(&graph, &owned(only), &owned(skip), &owned(tables))?;
        let hazard = |rule, table| Hazard::new(rule, crate::Severity::Note, table, "", "");
        let all = graph
            .tables()
            .flat_map(|table| ["self-loop", "horse-riddle"].map(|rule| hazard(rule, table)));
        Ok(all
            .filter(|hazard| filter.shows(hazard))
            .map(|hazard| format!("{} {}", hazard.rule, hazard.object(&graph)))
            .collect())
    }

    #[test]
    fn rules_and_tables_are_left_out() {
        let count = |only: &[&str], skip: &[&str], tables: &[&str]| filter(only, skip, tables).map(|found| found.len());
        assert_eq!(count(&[], &[], &[]), Ok(6));
        assert_eq!(count(&["self-loop"], &[], &[]), Ok(3));
        assert_eq!(count(&["self-loop"], &["self-loop"], &[]), Ok(0));
        assert_eq!(count(&[], &["self-loop"], &["INVOICE*"]), Ok(2));
        assert_eq!(count(&[], &[], &["public.*", "clients"]), Ok(6));
        assert_eq!(
            filter(&["self-loop"], &[], &["invoices"]),
            Ok(vec!["self-loop public.invoices".to_owned()])
        );
    }

    #[test]
    fn a_name_that_is_not_there_is_an_error_with_the_near_one() {
        let told = |result: Result<Vec<String>, FilterError>| {
            let error = result.expect_err("there is no such thing");
            format!("{error}; {}", error.help())
        };
        assert_eq!(
            told(filter(&["self-lop"], &[], &[])),
            "there is no rule `self-lop`; did you mean `self-loop`?"
        );
        assert!(told(filter(&[], &["riddle"], &[])).ends_with("did you mean `horse-riddle`?"));
        assert!(told(filter(&[], &["zzz"], &[])).contains("there are direct-client-relation, "));
        assert_eq!(
            told(filter(&[], &[], &["clint*"])),
            "no table matches `clint*`; did you mean `public.clients`?"
        );
    }
}

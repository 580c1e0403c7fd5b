//! How a server would find rows.

use exodus_schema::TextRow;

/// The plan of the statement that reads some rows of a table, as the server tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explained {
    /// Its lines.
    pub lines: Vec<String>,
    /// The table is read from its first row to its last, whatever part of it is wanted.
    pub reads_through: bool,
}

impl Explained {
    /// From PostgreSQL's lines.
    pub(crate) fn of_postgres(rows: Vec<TextRow>) -> Self {
        let lines = rows.into_iter().filter_map(|row| row.into_iter().next().flatten());
        let lines: Vec<String> = lines.map(without_lists).collect();
        let whole = |line: &String| {
            // A name may hold anything, so that the figures are looked for from the end.
            let node = line.rsplit_once("  (cost=").map_or(line.as_str(), |(node, _)| node);
            node.contains("Seq Scan on ") && node.ends_with(" t")
        };
        Self {
            reads_through: lines.iter().any(whole),
            lines,
        }
    }

    /// From SQLite's, of which the last column is for people, and the first two say what is below what.
    pub(crate) fn of_sqlite(rows: Vec<TextRow>) -> Self {
        let mut depths = std::collections::BTreeMap::new();
        let mut lines = vec![];
        for row in rows {
            let [Some(id), Some(parent), _, Some(detail)] = &row[..] else {
                continue;
            };
            let depth = depths.get(parent).map_or(0, |depth| depth + 1);
            depths.insert(id.clone(), depth);
            lines.push(format!("{}{detail}", "  ".repeat(depth)));
        }
        let whole = |line: &String| line.trim() == "SCAN t" || line.trim().starts_with("SCAN t USING");
        Self {
            reads_through: lines.iter().any(whole),
            lines,
        }
    }

    /// From the table that MySQL and MariaDB make, whose columns differ in number.
    pub(crate) fn of_mysql(rows: Vec<TextRow>) -> Self {
        let (mut lines, mut reads_through) = (vec![], false);
        for row in rows {
            let cell = |from_end: usize| row.len().checked_sub(from_end).and_then(|at| row.get(at)?.as_deref());
            // MySQL has `partitions` in front of the type, and `filtered` in front of the last.
            let (shift, kind) = if row.len() >= 12 { (1, 4) } else { (0, 3) };
            let (table, kind) = (
                row.get(2).and_then(Option::as_deref),
                row.get(kind).and_then(Option::as_deref),
            );
            let (key, number, extra) = (cell(5 + shift), cell(2 + shift), cell(1));
            reads_through |= table == Some("t") && matches!(kind, Some("ALL" | "index"));
            let mut line = format!("{}: {}", table.unwrap_or("-"), kind.unwrap_or("-"));
            for (what, value) in [(" by index ", key), (", about ", number)] {
                if let Some(value) = value {
                    line.push_str(what);
                    line.push_str(value);
                }
            }
            if number.is_some() {
                line.push_str(" rows");
            }
            if let Some(extra) = extra.filter(|extra| !extra.is_empty()) {
                line.push_str("; ");
                line.push_str(extra);
            }
            lines.push(line);
        }
        Self { lines, reads_through }
    }
}

/// A line without the lists in it, which may be long, and are of no use to whoever reads it.
fn without_lists(line: String) -> String {
    match (line.find("'{"), line.rfind("}'")) {
        (Some(from), Some(to)) if from < to => format!("{}'{{…{}", &line[..from], &line[to..]),
        _ => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(rows: &[&[Option<&str>]]) -> Vec<TextRow> {
        let text = |cell: Option<&str>| cell.map(str::to_owned);
        rows.iter().map(|row| row.iter().copied().map(text).collect()).collect()
    }

    /// Only the table itself counts, by its alias: its parents are small beside it.
    #[test]
    fn a_table_that_is_read_through_is_known() {
        let postgres = |lines: &[&str]| {
            let lines: Vec<_> = lines.iter().map(|line| vec![Some((*line).to_owned())]).collect();
            Explained::of_postgres(lines).reads_through
        };
        assert!(postgres(&[
            "Hash Join  (cost=1..2)",
            "  ->  Seq Scan on tracks t  (cost=0.00..9.00 rows=1 width=4)"
        ]));
        assert!(
            postgres(&["  ->  Parallel Seq Scan on \"a  (b\" t"]),
            "a name may hold anything"
        );
        let lists = "Recheck Cond: ((a = ANY ('{1,2}'::bigint[])) OR (b = ANY ('{\"}'\"}'::text[])))";
        let told = Explained::of_postgres(vec![vec![Some(lists.to_owned())]]);
        assert_eq!(told.lines, ["Recheck Cond: ((a = ANY ('{…}'::text[])))"]);
        assert!(!postgres(&[
            "->  Seq Scan on rentals p0  (cost=1)",
            "->  Index Scan using i on tracks t  (cost=1)"
        ]));

        let sqlite = |detail| Explained::of_sqlite(rows(&[&[Some("2"), Some("0"), Some("0"), Some(detail)]]));
        assert!(sqlite("SCAN t").reads_through);
        assert!(!sqlite("SEARCH t USING INDEX i (rental_id=?)").reads_through);
        assert!(!sqlite("SCAN t2").reads_through);
    }

    #[test]
    fn both_products_tables_are_read() {
        let maria = [
            Some("1"),
            Some("PRIMARY"),
            Some("t"),
            Some("ALL"),
            None,
            None,
            None,
            None,
            Some("990"),
            Some(""),
        ];
        let told = Explained::of_mysql(rows(&[&maria]));
        assert_eq!(
            (told.lines, told.reads_through),
            (vec!["t: ALL, about 990 rows".to_owned()], true)
        );
        let (index, where_) = (Some("fk"), Some("Using where"));
        let mysql = [
            Some("1"),
            Some("SIMPLE"),
            Some("t"),
            None,
            Some("ref"),
            index,
            index,
            Some("8"),
            Some("p.id"),
            Some("49"),
            Some("100.00"),
            where_,
        ];
        let told = Explained::of_mysql(rows(&[&mysql]));
        assert_eq!(told.lines, ["t: ref by index fk, about 49 rows; Using where"]);
        assert!(!told.reads_through);
    }
}

//! Selectors written as SQL.

use exodus_schema::selector::{Condition, Set, SetMember, SetRows, Step};
use exodus_schema::{Engine, Graph, RelationId, Selector, Table, TableId};

use crate::dialect::Dialect;

/// Whose rows a condition selects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Owner {
    /// The client with this key: a literal per column of the root key, from [`Dialect::literal`].
    Client(Vec<String>),
    /// Any client at all.
    Anyone,
}

/// Writes the conditions of one tree for one product.
#[derive(Clone, Debug)]
pub struct Render<'a> {
    dialect: Dialect,
    graph: &'a Graph<'a>,
    root: TableId,
    root_key: &'a [String],
    owner: &'a Owner,
}

impl<'a> Render<'a> {
    /// For the tree of `root`, whose clients are told apart by `root_key`.
    pub fn new(
        dialect: Dialect,
        graph: &'a Graph<'a>,
        root: TableId,
        root_key: &'a [String],
        owner: &'a Owner,
    ) -> Self {
        Self {
            dialect,
            graph,
            root,
            root_key,
            owner,
        }
    }

    /// The selector's condition on the table under `alias`, complete in itself: every subquery that needs sets
    /// carries its own `WITH`, since MariaDB knows none in front of DELETE.
    pub fn condition(&self, selector: &Selector, alias: &str) -> String {
        self.write(&selector.condition, alias, 0, Some(&selector.sets))
    }

    /// `sets`: the sets to define where they are used, or `None` inside a `WITH` that has defined them.
    fn write(&self, condition: &Condition, alias: &str, depth: usize, sets: Option<&[Set]>) -> String {
        match condition {
            Condition::Client => self.client(alias),
            Condition::ClientKey(relation) => self.client_key(*relation, alias),
            Condition::Parent { relation, condition } => {
                let inner = format!("p{depth}");
                let known = self.graph.relation(*relation);
                let rows = format!(
                    "SELECT {} FROM {} AS {inner} WHERE {}",
                    self.dialect.columns(&inner, known.parent_columns()),
                    self.dialect.table(&known.parent),
                    self.write(condition, &inner, depth + 1, sets),
                );
                self.among(*relation, alias, &rows)
            }
            Condition::InSet { relation, set, member } => {
                let parent_columns = || self.graph.relation(*relation).parent_columns();
                let source = match sets {
                    Some(sets) => format!("({}) AS d", self.with(sets, *set, *member, parent_columns())),
                    None => format!("s{set} AS d WHERE d.tag = {member}"),
                };
                let names = parent_columns().map(|column| format!("d.{}", self.member_column(*member, column)));
                let names = names.collect::<Vec<_>>().join(", ");
                self.among(*relation, alias, &format!("SELECT {names} FROM {source}"))
            }
            Condition::Any(any) if any.is_empty() => "1 = 0".to_owned(),
            Condition::Any(any) => {
                let parts: Vec<_> = any.iter().map(|one| self.write(one, alias, depth, sets)).collect();
                format!("({})", parts.join(" OR "))
            }
        }
    }

    fn client(&self, alias: &str) -> String {
        match self.owner {
            Owner::Anyone => "1 = 1".to_owned(),
            Owner::Client(key) => self
                .root_key
                .iter()
                .zip(key)
                .map(|(column, literal)| format!("{alias}.{} = {literal}", self.dialect.quote(column)))
                .collect::<Vec<_>>()
                .join(" AND "),
        }
    }

    fn client_key(&self, relation: RelationId, alias: &str) -> String {
        let known = self.graph.relation(relation);
        match self.owner {
            Owner::Client(key) => {
                let equal = known.columns.iter().filter_map(|pair| {
                    let at = self.root_key.iter().position(|column| *column == pair.parent)?;
                    let child = self
                        .dialect
                        .child_side(alias, self.child_of(relation), &known.when, pair);
                    Some(format!("{child} = {}", key.get(at)?))
                });
                let equal = equal.collect::<Vec<_>>().join(" AND ");
                self.limited(relation, alias, equal)
            }
            Owner::Anyone => {
                let rows = format!(
                    "SELECT {} FROM {} AS r",
                    self.dialect.columns("r", known.parent_columns()),
                    self.table(self.root),
                );
                self.among(relation, alias, &rows)
            }
        }
    }

    /// The row under `alias` references, by the relation, one of the rows of a query.
    fn among(&self, relation: RelationId, alias: &str, rows: &str) -> String {
        let known = self.graph.relation(relation);
        let child = |pair| {
            self.dialect
                .child_side(alias, self.child_of(relation), &known.when, pair)
        };
        let list = known.columns.iter().map(child).collect::<Vec<_>>().join(", ");
        let list = if known.columns.len() == 1 {
            list
        } else {
            format!("({list})")
        };
        self.limited(relation, alias, format!("{list} IN ({rows})"))
    }

    /// The condition, on those rows that reference by the relation at all.
    fn limited(&self, relation: RelationId, alias: &str, condition: String) -> String {
        let when = &self.graph.relation(relation).when;
        let when = self.dialect.when(alias, self.child_of(relation), when);
        match when {
            None => condition,
            Some(when) => format!("({when} AND {condition})"),
        }
    }

    fn child_of(&self, relation: RelationId) -> &'a Table {
        self.graph.table(relation.child)
    }

    fn table(&self, table: TableId) -> String {
        self.dialect.table(&self.graph.table(table).name)
    }

    /// A set's name for a column of its member: two members may have a column of one name.
    fn member_column(&self, member: usize, column: &str) -> String {
        self.dialect.quote(&format!("m{member}_{column}"))
    }

    /// `WITH … SELECT columns FROM s WHERE tag = member`, defining the sets up to this one.
    fn with<'c>(&self, sets: &[Set], last: usize, member: usize, columns: impl Iterator<Item = &'c str>) -> String {
        let defined: Vec<_> = sets[..=last]
            .iter()
            .enumerate()
            .map(|(at, set)| self.set(at, set))
            .collect();
        let recursive = sets[..=last].iter().any(|set| matches!(set, Set::Closure(_)));
        let columns: Vec<_> = columns.map(|column| self.member_column(member, column)).collect();
        format!(
            "WITH {}{} SELECT {} FROM s{last} WHERE tag = {member}",
            if recursive { "RECURSIVE " } else { "" },
            defined.join(", "),
            columns.join(", "),
        )
    }

    fn set(&self, at: usize, set: &Set) -> String {
        match set {
            Set::Rows(rows) => self.rows_set(at, rows),
            Set::Closure(members) => self.closure_set(at, members),
        }
    }

    fn rows_set(&self, at: usize, rows: &SetRows) -> String {
        let names: Vec<_> = rows
            .columns
            .iter()
            .map(|column| self.member_column(0, column))
            .collect();
        format!(
            "s{at}(tag, {}) AS (SELECT 0, {} FROM {} AS x WHERE {})",
            names.join(", "),
            self.dialect.columns("x", rows.columns.iter().map(String::as_str)),
            self.table(rows.table),
            self.write(&rows.condition, "x", 0, None),
        )
    }

    /// One recursive set for all tables of the loop. A row has the number of its table as tag, and columns for the
    /// keys of every member, NULL but for its own: so each keeps its own type and its index can be used.
    fn closure_set(&self, at: usize, members: &[SetMember]) -> String {
        let names: Vec<_> = members
            .iter()
            .enumerate()
            .flat_map(|(at, member)| member.columns.iter().map(move |column| (at, column)))
            .map(|(member, column)| self.member_column(member, column))
            .collect();
        let base = members.iter().enumerate().map(|(tag, member)| {
            let conditions = Condition::Any(member.base.clone());
            format!(
                "SELECT {} FROM {} AS x WHERE {}",
                self.closure_columns(members, tag, None),
                self.table(member.table),
                self.write(&conditions, "x", 0, None),
            )
        });
        let steps = members
            .iter()
            .enumerate()
            .flat_map(|(tag, member)| member.steps.iter().map(move |step| (tag, step)));
        let mut selects: Vec<String> = base.collect();
        let steps: Vec<_> = steps.collect();
        if !steps.is_empty() {
            selects.push(self.steps(at, members, &steps));
        }
        format!("s{at}(tag, {}) AS ({})", names.join(", "), selects.join(" UNION "))
    }

    /// The select list of member `tag`. With `outer`, other members' columns are NULLs of the recursive set's own
    /// type; otherwise a scalar subquery without rows gives the NULL its type.
    fn closure_columns(&self, members: &[SetMember], tag: usize, outer: Option<&str>) -> String {
        let mut list = vec![tag.to_string()];
        for (at, member) in members.iter().enumerate() {
            for column in &member.columns {
                list.push(if at == tag {
                    self.dialect.columns("x", [column.as_str()])
                } else if outer.is_some() {
                    "NULL".to_owned()
                } else {
                    let column = self.dialect.columns("n", [column.as_str()]);
                    format!("(SELECT {column} FROM {} AS n WHERE 1 = 0)", self.table(member.table))
                });
            }
        }
        list.join(", ")
    }

    fn steps(&self, at: usize, members: &[SetMember], steps: &[(usize, &Step)]) -> String {
        let parts: Vec<_> = steps
            .iter()
            .map(|&(tag, step)| {
                let known = self.graph.relation(step.relation);
                let matches = known.columns.iter().map(|pair| {
                    let child = self
                        .dialect
                        .child_side("x", self.child_of(step.relation), &known.when, pair);
                    format!("{child} = c.{}", self.member_column(step.parent, &pair.parent))
                });
                let on = self.limited(step.relation, "x", matches.collect::<Vec<_>>().join(" AND "));
                (tag, step, format!("c.tag = {} AND {on}", step.parent))
            })
            .collect();
        // PostgreSQL allows the recursive name once only: the steps go into one lateral subquery.
        if self.dialect.engine() == Engine::Postgres && parts.len() > 1 {
            let selects: Vec<_> = parts
                .iter()
                .map(|(tag, _, on)| {
                    format!(
                        "SELECT {} FROM {} AS x WHERE {on}",
                        self.closure_columns(members, *tag, None),
                        self.table(members[*tag].table),
                    )
                })
                .collect();
            return format!(
                "SELECT l.* FROM s{at} AS c CROSS JOIN LATERAL ({}) AS l",
                selects.join(" UNION ALL ")
            );
        }
        let selects: Vec<_> = parts
            .iter()
            .map(|(tag, _, on)| {
                format!(
                    "SELECT {} FROM {} AS x JOIN s{at} AS c ON {on}",
                    self.closure_columns(members, *tag, Some("c")),
                    self.table(members[*tag].table),
                )
            })
            .collect();
        selects.join(" UNION ")
    }
}

//! One step of what a text or a relation does: the tables that it writes, and what these writes set going.

use std::collections::BTreeSet;

use exodus_schema::model::{Action, Event};
use exodus_schema::{Engine, Relation, RelationId, TableId, TableName};

use super::super::Verb;
use super::super::code::Statement;
use super::super::reaches::Link;
use super::{Effects, Session, Unit};

/// What happens, at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Node {
    /// A text is run.
    Run(Unit),
    /// A relation passes such a change of its parent's rows on to the child's.
    Pass(RelationId, Verb),
}

/// A write.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Leaf {
    /// The table, where it is one that was read.
    pub(super) table: Option<TableId>,
    /// Its name; as the body has it where it was not read.
    pub(super) name: TableName,
    pub(super) verb: Verb,
}

impl Leaf {
    pub(super) fn link(&self) -> Link {
        Link::Write {
            table: self.table,
            name: self.name.clone(),
            verb: self.verb,
        }
    }
}

/// What is set going.
#[derive(Clone, Copy, Debug)]
pub(super) struct Next {
    pub(super) node: Node,
    /// Which of the writes did it; none of a call.
    pub(super) by: Option<usize>,
}

/// All that a node does.
#[derive(Clone, Debug, Default)]
pub(super) struct Step {
    pub(super) writes: Vec<Leaf>,
    pub(super) next: Vec<Next>,
    /// Why it can't be told what else it does.
    pub(super) doubts: Vec<String>,
    pub(super) raises: bool,
}

/// Rows of a table that are written.
struct Touch<'c> {
    table: TableId,
    verb: Verb,
    /// The columns that an update sets, where they are known.
    columns: Option<&'c BTreeSet<String>>,
    /// TRUNCATE … CASCADE.
    cascades: bool,
    /// A relation wrote them, which fires triggers on some engines only.
    passed_on: bool,
}

impl Effects<'_> {
    /// What the node does.
    pub(super) fn step(&self, node: Node) -> Step {
        let mut step = Step::default();
        match node {
            Node::Run(unit) => self.run(unit, &mut step),
            Node::Pass(relation, cause) => self.pass(relation, cause, &mut step),
        }
        step
    }

    /// How the node is called on a way.
    pub(super) fn link(&self, node: Node) -> Link {
        match node {
            Node::Run(Unit::Routine(at)) => Link::Routine(self.names.group(at)[0].name.clone()),
            Node::Run(Unit::Trigger(table, at)) => Link::Trigger {
                table,
                name: self.graph.table(table).triggers[at].name.clone(),
            },
            Node::Run(Unit::Defaults(table)) => Link::Defaults(table),
            Node::Pass(relation, _) => Link::Cascade(relation),
        }
    }

    /// A doubt as it is told of another trigger, which comes to this node.
    pub(super) fn told(&self, node: Node, reason: &str) -> String {
        match node {
            Node::Run(Unit::Trigger(table, at)) => {
                let table = self.graph.table(table);
                format!("trigger {} of {}: {reason}", table.triggers[at].name, table.name)
            }
            Node::Run(Unit::Routine(at)) => format!("{}: {reason}", self.names.group(at)[0].name),
            Node::Run(Unit::Defaults(table)) => format!("a default of {}: {reason}", self.graph.table(table).name),
            Node::Pass(..) => reason.to_owned(),
        }
    }

    /// The routines that a text calls.
    pub(super) fn called(&self, unit: Unit) -> Vec<Unit> {
        let homes = self.homes(unit);
        let homes: Vec<&str> = homes.iter().map(String::as_str).collect();
        let calls = self.code(unit).calls.iter();
        calls
            .flat_map(|call| self.names.routines(call, &homes).groups)
            .map(Unit::Routine)
            .collect()
    }

    fn run(&self, unit: Unit, step: &mut Step) {
        let code = self.code(unit);
        let homes = self.homes(unit);
        let homes: Vec<&str> = homes.iter().map(String::as_str).collect();
        step.raises = code.raises;
        step.doubts.extend(code.unknown.iter().cloned());
        for call in &code.calls {
            let called = self.names.routines(call, &homes);
            if (called.groups.is_empty() || called.doubtful) && !call.built_in {
                step.doubts.push(call.reason());
            }
            step.next.extend(called.groups.into_iter().map(|group| Next {
                node: Node::Run(Unit::Routine(group)),
                by: None,
            }));
        }
        for statement in &code.statements {
            self.write(statement, &homes, step);
        }
    }

    fn write(&self, statement: &Statement, homes: &[&str], step: &mut Step) {
        let (name, verb) = (&statement.write.table, statement.write.verb);
        let tables = self.names.tables(name, homes);
        if tables.is_empty() {
            let doubt = format!("it writes {name}, which is no table that was read");
            step.doubts.extend((!step.doubts.contains(&doubt)).then_some(doubt));
            step.writes.push(Leaf {
                table: None,
                name: name.clone(),
                verb,
            });
        }
        for table in tables {
            let touch = Touch {
                table,
                verb,
                columns: statement.columns.as_ref(),
                cascades: statement.cascades,
                passed_on: false,
            };
            self.touch(&touch, step);
        }
    }

    /// The child's rows are written as the relation says.
    fn pass(&self, id: RelationId, cause: Verb, step: &mut Step) {
        let relation = self.graph.relation(id);
        let Some(verb) = consequence(cause, relation) else {
            return;
        };
        let columns = relation.child_columns().map(str::to_lowercase).collect();
        let touch = Touch {
            table: id.child,
            verb,
            columns: Some(&columns),
            cascades: cause == Verb::Truncate,
            passed_on: true,
        };
        self.touch(&touch, step);
    }

    fn touch(&self, touch: &Touch<'_>, step: &mut Step) {
        let (table, verb) = (touch.table, touch.verb);
        let by = Some(step.writes.len());
        step.writes.push(Leaf {
            table: Some(table),
            name: self.graph.table(table).name.clone(),
            verb,
        });
        // MySQL and MariaDB cascade below the level at which triggers are.
        let silent = touch.passed_on && matches!(self.engine(), Engine::MySql | Engine::MariaDb);
        if !silent {
            let fired = self.fired(table, verb).into_iter();
            step.next.extend(fired.map(|unit| Next {
                node: Node::Run(unit),
                by,
            }));
        }
        if self.session == Session::Ordinary {
            for edge in self.graph.children(table) {
                let causes = causes(touch, self.graph.relation(edge.id)).into_iter();
                step.next.extend(causes.map(|cause| Next {
                    node: Node::Pass(edge.id, cause),
                    by,
                }));
            }
        }
    }

    /// The triggers that a write fires, and the defaults that it fills columns from.
    fn fired(&self, table: TableId, verb: Verb) -> Vec<Unit> {
        let events = self.events(verb, table);
        let triggers = self.graph.table(table).triggers.iter().enumerate();
        let fires = triggers.filter(|(_, trigger)| {
            self.session.fires(trigger) && trigger.events.iter().any(|event| events.contains(event))
        });
        let mut units: Vec<_> = fires.map(|(at, _)| Unit::Trigger(table, at)).collect();
        let defaults = Unit::Defaults(table);
        if events.contains(&Event::Insert) && !self.code(defaults).calls.is_empty() {
            units.push(defaults);
        }
        units
    }
}

/// The kinds of change by which a write of parent rows concerns the rows that refer to them.
fn causes(touch: &Touch<'_>, relation: &Relation) -> Vec<Verb> {
    let removes = matches!(touch.verb, Verb::Delete | Verb::Replace | Verb::Merge);
    let key = |column: &str| match touch.columns {
        Some(columns) => columns.contains(&column.to_lowercase()),
        None => true,
    };
    let rekeys = matches!(touch.verb, Verb::Update | Verb::Merge) && relation.parent_columns().any(key);
    let caused = [
        (Verb::Delete, removes),
        (Verb::Update, rekeys),
        (Verb::Truncate, touch.verb == Verb::Truncate && touch.cascades),
    ];
    let caused = caused.into_iter().filter(|(_, caused)| *caused).map(|(cause, _)| cause);
    caused.filter(|cause| consequence(*cause, relation).is_some()).collect()
}

/// How such a change of the parent's rows writes the child's.
fn consequence(cause: Verb, relation: &Relation) -> Option<Verb> {
    let by = |action: Action, cascaded: Verb| match action {
        Action::Cascade => Some(cascaded),
        Action::SetNull | Action::SetDefault => Some(Verb::Update),
        Action::NoAction | Action::Restrict => None,
    };
    match cause {
        Verb::Delete => by(relation.on_delete, Verb::Delete),
        Verb::Truncate => Some(Verb::Truncate),
        _ => by(relation.on_update, Verb::Update),
    }
}

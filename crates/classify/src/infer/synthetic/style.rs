//! Styles of naming, as frameworks and habits make them.

use exodus_schema::Engine;

/// How words are put together.
#[derive(Clone, Copy)]
pub(super) enum Case {
    Snake,
    Pascal,
    Camel,
    Glued,
    Upper,
}

/// A style of naming.
pub(super) struct Style {
    pub(super) name: &'static str,
    pub(super) engine: Engine,
    /// In front of every table's name; `{module}` stands for one of a few modules.
    pub(super) prefix: &'static str,
    pub(super) plural: bool,
    pub(super) tables: Case,
    pub(super) columns: Case,
    /// The name of a key: `{}` stands for the table in the singular.
    pub(super) key: &'static str,
    /// The name of a reference.
    pub(super) reference: &'static str,
    /// The type of keys, and of references if it differs.
    pub(super) key_type: &'static str,
    pub(super) reference_type: &'static str,
    /// The key of a client's table begins with the client's.
    pub(super) composite: bool,
    /// What references to the root are called, if not as the others are.
    pub(super) root_reference: &'static str,
}

const PLAIN: Style = Style {
    name: "rails",
    engine: Engine::Postgres,
    prefix: "",
    plural: true,
    tables: Case::Snake,
    columns: Case::Snake,
    key: "id",
    reference: "{} id",
    key_type: "bigint",
    reference_type: "bigint",
    composite: false,
    root_reference: "",
};

pub(super) const STYLES: &[Style] = &[
    PLAIN,
    Style {
        name: "django",
        prefix: "{module} ",
        plural: false,
        key_type: "integer",
        reference_type: "integer",
        ..PLAIN
    },
    Style {
        name: "hibernate",
        plural: false,
        tables: Case::Pascal,
        columns: Case::Camel,
        ..PLAIN
    },
    Style {
        name: "prisma",
        plural: false,
        tables: Case::Pascal,
        columns: Case::Camel,
        key_type: "text",
        reference_type: "text",
        ..PLAIN
    },
    Style {
        name: "php",
        engine: Engine::MariaDb,
        prefix: "tbl ",
        plural: false,
        reference: "id {}",
        key_type: "int(10) unsigned",
        reference_type: "int(11)",
        ..PLAIN
    },
    Style {
        name: "own keys",
        engine: Engine::MySql,
        plural: false,
        key: "{} id",
        key_type: "int(11)",
        reference_type: "int(11)",
        ..PLAIN
    },
    Style {
        name: "sql server",
        tables: Case::Pascal,
        columns: Case::Pascal,
        key: "{} id",
        key_type: "integer",
        reference_type: "integer",
        ..PLAIN
    },
    Style {
        name: "glued",
        engine: Engine::MySql,
        prefix: "app ",
        tables: Case::Glued,
        columns: Case::Glued,
        key_type: "bigint(20)",
        reference_type: "bigint(20)",
        ..PLAIN
    },
    Style {
        name: "fk first",
        engine: Engine::Sqlite,
        reference: "fk {}",
        key_type: "INTEGER",
        reference_type: "INT",
        ..PLAIN
    },
    Style {
        name: "fk last, upper",
        plural: false,
        tables: Case::Upper,
        columns: Case::Upper,
        reference: "{} fk",
        key_type: "uuid",
        reference_type: "uuid",
        ..PLAIN
    },
    Style {
        name: "tenant in keys",
        composite: true,
        key_type: "uuid",
        reference_type: "uuid",
        ..PLAIN
    },
    Style {
        name: "char uuids",
        engine: Engine::MySql,
        key_type: "char(36)",
        reference_type: "varchar(36)",
        ..PLAIN
    },
    Style {
        name: "root by alias",
        root_reference: "nid",
        ..PLAIN
    },
    Style {
        name: "bare names",
        engine: Engine::MySql,
        prefix: "mdl ",
        plural: false,
        reference: "{}",
        key_type: "bigint(10)",
        reference_type: "bigint(10)",
        ..PLAIN
    },
];

impl Style {
    /// The words as a name of a table.
    pub(super) fn table(&self, module: &str, words: &str) -> String {
        let words = if self.plural { plural(words) } else { words.to_owned() };
        let prefix = self.prefix.replace("{module}", module);
        match (self.tables, prefix.as_str()) {
            // The prefix stays apart even where nothing else does.
            (Case::Glued, prefix) => format!("{}{}", prefix.replace(' ', "_"), join(self.tables, &words)),
            (case, prefix) => join(case, &format!("{prefix}{words}")),
        }
    }

    /// The words as a name of a column.
    pub(super) fn column(&self, words: &str) -> String {
        join(self.columns, words)
    }
}

fn capital(word: &str) -> String {
    let mut chars = word.chars();
    chars
        .next()
        .map_or(String::new(), |first| first.to_uppercase().chain(chars).collect())
}

fn join(case: Case, words: &str) -> String {
    let parts: Vec<&str> = words.split(' ').collect();
    match case {
        Case::Snake => parts.join("_"),
        Case::Upper => parts.join("_").to_uppercase(),
        Case::Glued => parts.concat(),
        Case::Pascal => parts.iter().map(|part| capital(part)).collect(),
        Case::Camel => {
            let (first, rest) = parts.split_first().expect("a word");
            std::iter::once((*first).to_owned())
                .chain(rest.iter().map(|part| capital(part)))
                .collect()
        }
    }
}

/// English, as Rails has it.
fn plural(words: &str) -> String {
    let (front, last) = words
        .rsplit_once(' ')
        .map_or(("", words), |(front, last)| (front, last));
    let last = match last {
        "person" => "people".to_owned(),
        "child" => "children".to_owned(),
        "medium" => "media".to_owned(),
        _ if last.ends_with('y') && !last.ends_with("ay") && !last.ends_with("ey") => {
            format!("{}ies", &last[..last.len() - 1])
        }
        _ if last.ends_with(['s', 'x', 'z']) || last.ends_with("ch") || last.ends_with("sh") => format!("{last}es"),
        _ => format!("{last}s"),
    };
    if front.is_empty() {
        last
    } else {
        format!("{front} {last}")
    }
}

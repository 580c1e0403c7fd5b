//! What a definition makes of a table.

use super::column::Definition;
use super::constraint::Constraint;
use super::cursor::Cursor;
use super::keys;
use super::lexer::What;
use super::state::{Draft, State};
use super::types::{self, Type, quote_identifier};
use crate::model::{Column, Engine, Generator};

/// Adds a column, or puts it in the place of the one that is called so (MySQL's MODIFY and CHANGE).
pub(crate) fn column(draft: &mut Draft, definition: Definition<'_, '_>, replaced: Option<usize>, state: &mut State) {
    let type_ = types::read(definition.type_, state);
    let column = made(draft, &definition, &type_, state);
    let spelling = state.spelling();
    let place = match &definition.position {
        Some(after) if after.is_empty() => Some(0),
        Some(after) => draft.column(after, spelling).map(|at| at + 1),
        None => replaced,
    };
    if let Some(at) = replaced {
        let old = draft.table.columns.remove(at);
        rename(draft, &old.name, &column.name);
    } else if draft.column(&column.name, spelling).is_some() {
        state.warn(format!("{} has a column `{}` already", draft.name(), column.name));
        return;
    }
    let place = place.unwrap_or(usize::MAX).min(draft.table.columns.len());
    draft.table.columns.insert(place, column);
    for key in definition.keys {
        keys::add(draft, key, state);
    }
    for key in definition.references {
        keys::add_inline_reference(draft, key, state);
    }
    if state.is_mysql() && type_.serial {
        let part = super::state::Part::column(definition.name);
        keys::add(
            draft,
            super::state::Key::new(crate::introspect::shape::Role::Unique, vec![part]),
            state,
        );
    }
}

fn made(draft: &Draft, definition: &Definition<'_, '_>, type_: &Type, state: &State) -> Column {
    let mysql = state.is_mysql();
    let mut column = Column {
        name: definition.name.clone(),
        native_type: type_.native.clone(),
        kind: type_.kind,
        nullable: definition.nullable.unwrap_or(true) && !type_.serial && !type_.not_null,
        default: None,
        generator: definition.generator,
        generated: definition.generated.clone(),
        charset: definition.charset.clone().or_else(|| type_.charset.clone()),
        collation: definition.collation.clone().or_else(|| type_.collation.clone()),
        invisible: definition.invisible,
        text_only: type_.text_only,
        comment: definition.comment.clone(),
    };
    if column.generated.is_none() {
        column.default = definition
            .default
            .and_then(|text| default(&text, &type_.word, state.engine));
    }
    if let (Engine::MySql, Some(generated)) = (state.engine, &mut column.generated) {
        generated.expression = in_catalogue(&generated.expression);
    }
    if type_.serial && mysql {
        column.generator = Some(Generator::AutoIncrement);
    } else if type_.serial {
        column.default = Some(sequence_default(draft, &column.name));
    }
    keys_of_default(&mut column, state.engine);
    if mysql {
        charset(&mut column, draft, type_, state);
    } else if column
        .collation
        .as_deref()
        .is_some_and(|name| name.eq_ignore_ascii_case("BINARY"))
        && state.engine == Engine::Sqlite
    {
        column.collation = None;
    }
    column
}

/// A default that draws from a sequence is a generator.
pub(crate) fn keys_of_default(column: &mut Column, engine: Engine) {
    if engine != Engine::Postgres || column.generator.is_some_and(|known| known != Generator::Sequence) {
        return;
    }
    let draws = column.default.as_ref().is_some_and(|text| text.contains("nextval("));
    column.generator = draws.then_some(Generator::Sequence);
}

/// What serial becomes.
fn sequence_default(draft: &Draft, column: &str) -> String {
    let table = draft.name();
    let sequence = keys::object_name(&table.name, column, "seq");
    let name = format!("{}.{}", quote_identifier(&table.schema), quote_identifier(&sequence));
    format!("nextval('{}'::regclass)", name.replace('\'', "''"))
}

/// A default as the catalogue prints it.
pub(crate) fn default(expression: &Cursor<'_, '_>, type_: &str, engine: Engine) -> Option<String> {
    let mut inside = *expression;
    let source = expression.source();
    match engine {
        Engine::Postgres => (!expression.is("NULL") || expression.len() > 1).then(|| source.to_owned()),
        Engine::Sqlite => Some(
            inside
                .group()
                .map_or_else(|| source.to_owned(), |inside| inside.source().to_owned()),
        ),
        Engine::MariaDb | Engine::MySql if expression.is("NULL") => None,
        Engine::MariaDb => Some(match inside.group() {
            Some(inside) => inside.source().to_owned(),
            None => now(expression, "current_timestamp").unwrap_or_else(|| source.to_owned()),
        }),
        Engine::MySql => Some(mysql_default(expression, type_)),
    }
}

/// MySQL prints the value of a literal, and the text of an expression with its quotes escaped.
fn mysql_default(expression: &Cursor<'_, '_>, type_: &str) -> String {
    let mut inside = *expression;
    if let Some(group) = inside.group() {
        return in_catalogue(group.source());
    }
    let source = expression.source();
    let literal = expression.peek().is_some_and(|token| token.what == What::Text);
    if let Some(text) = inside.text().filter(|_| literal) {
        return match type_ {
            "binary" | "varbinary" => {
                let hex = |digits: String, byte: u8| format!("{digits}{byte:02X}");
                text.bytes().fold("0x".to_owned(), hex)
            }
            _ => text,
        };
    }
    now(expression, "CURRENT_TIMESTAMP").unwrap_or_else(|| match source.to_ascii_lowercase().as_str() {
        "true" => "1".to_owned(),
        "false" => "0".to_owned(),
        _ => source.to_owned(),
    })
}

/// The one spelling of the present moment.
fn now(expression: &Cursor<'_, '_>, spelled: &str) -> Option<String> {
    let mut rest = *expression;
    let names = ["CURRENT_TIMESTAMP", "NOW", "LOCALTIME", "LOCALTIMESTAMP"];
    if !rest.take_any(&names) {
        return None;
    }
    let digits = rest.group().map_or("", |inside| inside.source());
    let brackets = spelled.starts_with('c') || !digits.is_empty();
    Some(if brackets {
        format!("{spelled}({digits})")
    } else {
        spelled.to_owned()
    })
}

/// MySQL's information_schema prints expressions with quotes and backslashes escaped.
fn in_catalogue(expression: &str) -> String {
    expression.replace('\\', "\\\\").replace('\'', "\\'")
}

/// Character set and collation, of which the one tells the other.
fn charset(column: &mut Column, draft: &Draft, type_: &Type, state: &State) {
    charset_of(
        column,
        draft.charset.as_ref(),
        draft.collation.as_ref(),
        &type_.word,
        state,
    );
}

/// The same for a column of a type of that name, in a table with these defaults.
pub(crate) fn charset_of(
    column: &mut Column,
    table_charset: Option<&String>,
    table_collation: Option<&String>,
    type_: &str,
    state: &State,
) {
    let texts = [
        "char",
        "varchar",
        "tinytext",
        "text",
        "mediumtext",
        "longtext",
        "enum",
        "set",
    ];
    if !texts.contains(&type_) {
        column.charset = None;
        column.collation = None;
        return;
    }
    let modern = |name: &str| match name.to_ascii_lowercase() {
        name if name == "utf8" => "utf8mb3".to_owned(),
        name if name.starts_with("utf8_") => name.replacen("utf8_", "utf8mb3_", 1),
        name => name,
    };
    let of_collation = |name: &String| name.split('_').next().map(str::to_owned);
    let own = column.charset.as_deref().map(modern);
    let binary = column.collation.as_deref() == Some("bin");
    let collation = column.collation.as_deref().filter(|_| !binary).map(modern);
    let table = table_charset.or(state.charset.as_ref()).map(|name| modern(name));
    let table_collation = table_collation.or(state.collation.as_ref()).map(|name| modern(name));
    let charset = own
        .clone()
        .or_else(|| collation.as_ref().and_then(of_collation))
        .or_else(|| table_collation.as_ref().and_then(of_collation))
        .or(table)
        .unwrap_or_else(|| "utf8mb4".to_owned());
    let of_table = table_collation.filter(|name| {
        // A character set that is named brings its own collation, even if it is the table's.
        collation.is_none() && !binary && own.is_none() && name.starts_with(charset.as_str())
    });
    column.collation = Some(match (collation, of_table) {
        (Some(named), _) | (None, Some(named)) => named,
        (None, None) if binary => format!("{charset}_bin"),
        (None, None) => types::collation_of(&charset, state),
    });
    column.charset = Some(charset);
}

/// A constraint of a table.
pub(crate) fn constraint(draft: &mut Draft, constraint: Constraint, state: &mut State) {
    match constraint {
        Constraint::Key(mut key) => {
            if let (Engine::Sqlite, [only]) = (state.engine, key.parts.as_mut_slice()) {
                // Only behind the column itself does DESC keep an INTEGER key from being the row id.
                only.descending = false;
            }
            keys::add(draft, key, state);
        }
        Constraint::ForeignKey(key) => keys::add_foreign_key(draft, key, state),
        Constraint::NotNull(columns) => draft.require(&columns, state.spelling()),
        Constraint::UsingIndex { role, name, index } => keys::promote(draft, role, name, &index, state),
        Constraint::Nothing => {}
    }
}

/// Gives a column another name in the table's own keys; what other tables' foreign keys say is not touched.
pub(crate) fn rename(draft: &mut Draft, old: &str, new: &str) {
    if old == new {
        return;
    }
    let swap = |name: &mut String| {
        if name == old {
            new.clone_into(name);
        }
    };
    for key in &mut draft.keys {
        key.parts
            .iter_mut()
            .filter_map(|part| part.column.as_mut())
            .for_each(swap);
    }
    for key in &mut draft.foreign_keys {
        key.columns.iter_mut().for_each(swap);
    }
}

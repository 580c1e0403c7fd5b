//! PostgreSQL's types, as `format_type` prints them.

use super::super::cursor::{Cursor, Written};
use super::super::lexer::What;
use super::super::state::{State, UserType};
use super::postgres_words::{BUILT_IN, RESERVED};
use super::{Type, bare};
use crate::introspect::postgres::kind;
use crate::model::Kind;

/// Reads the pieces of a type.
pub(super) fn read(pieces: Cursor<'_, '_>, state: &State) -> Type {
    let mut rest = pieces;
    let Some(base) = base(&mut rest, state) else {
        return Type::plain(pieces.source().to_owned(), Kind::Other);
    };
    let array = rest.take("ARRAY") || rest.is_sign('[');
    if !array {
        return base;
    }
    Type {
        native: format!("{}[]", base.native),
        kind: Kind::Array,
        // The binary form of an array names its elements' type by its object id.
        text_only: base.text_only || !base.word.is_empty(),
        collation: None,
        not_null: false,
        ..base
    }
}

/// The type without the brackets of an array. `word` is filled where its object id differs between databases, or where
/// its arrays can't be passed in their binary form for another reason.
fn base(rest: &mut Cursor<'_, '_>, state: &State) -> Option<Type> {
    let is_quoted = rest.peek().is_some_and(|token| token.what == What::Name);
    let qualified = rest.ahead(1).is_some_and(|token| token.is_sign('.'));
    if is_quoted || qualified {
        let name = rest.written()?;
        return Some(match name.schema.as_deref() {
            Some("pg_catalog") => builtin(&name.name, rest).unwrap_or_else(|| user(&name, rest, state)),
            None if name.name == "char" => Type::plain("\"char\"".to_owned(), kind::of("char")),
            _ => user(&name, rest, state),
        });
    }
    let name = rest.name()?;
    if let Some(known) = builtin(&name, rest) {
        return Some(known);
    }
    Some(user(&bare(&name), rest, state))
}

/// A type that the server brings along.
fn builtin(name: &str, rest: &mut Cursor<'_, '_>) -> Option<Type> {
    let mut arguments = |default: Option<&str>| {
        let given = rest.group().map(|inside| inside.source().replace(' ', ""));
        given
            .or(default.map(str::to_owned))
            .map_or_else(String::new, |text| format!("({text})"))
    };
    let typed = |native: String, word: &str| Some(Type::plain(native, kind::of(word)));
    let serial = |native: &str, word: &str| {
        Some(Type {
            serial: true,
            ..Type::plain(native.to_owned(), kind::of(word))
        })
    };
    match name {
        "int" | "int4" | "integer" => typed("integer".to_owned(), "int4"),
        "int2" | "smallint" => typed("smallint".to_owned(), "int2"),
        "int8" | "bigint" => typed("bigint".to_owned(), "int8"),
        "serial" | "serial4" => serial("integer", "int4"),
        "bigserial" | "serial8" => serial("bigint", "int8"),
        "smallserial" | "serial2" => serial("smallint", "int2"),
        "bool" | "boolean" => typed("boolean".to_owned(), "bool"),
        "real" | "float4" => typed("real".to_owned(), "float4"),
        "float8" => typed("double precision".to_owned(), "float8"),
        "double" => {
            rest.take("PRECISION");
            typed("double precision".to_owned(), "float8")
        }
        "float" => {
            let digits = arguments(None).trim_matches(['(', ')']).parse().unwrap_or(53);
            let (native, word) = if digits < 25 {
                ("real", "float4")
            } else {
                ("double precision", "float8")
            };
            typed(native.to_owned(), word)
        }
        "decimal" | "dec" | "numeric" => {
            let precision = arguments(None);
            let full = match precision.strip_suffix(')') {
                Some(open) if !open.contains(',') => format!("{open},0)"),
                _ => precision,
            };
            typed(format!("numeric{full}"), "numeric")
        }
        "varchar" => typed(format!("character varying{}", arguments(None)), "varchar"),
        "bpchar" => match arguments(None) {
            none if none.is_empty() => typed("bpchar".to_owned(), "bpchar"),
            length => typed(format!("character{length}"), "bpchar"),
        },
        "char" | "character" | "nchar" | "national" => {
            if name == "national" {
                rest.next();
            }
            if rest.take("VARYING") {
                let length = rest
                    .group()
                    .map_or_else(String::new, |inside| format!("({})", inside.source()));
                return typed(format!("character varying{length}"), "varchar");
            }
            let length = rest.group().map_or("1", |inside| inside.source());
            typed(format!("character({length})"), "bpchar")
        }
        "varbit" => typed(format!("bit varying{}", arguments(None)), "varbit"),
        "bit" => {
            if rest.take("VARYING") {
                let length = rest
                    .group()
                    .map_or_else(String::new, |inside| format!("({})", inside.source()));
                return typed(format!("bit varying{length}"), "varbit");
            }
            let length = rest.group().map_or("1", |inside| inside.source());
            typed(format!("bit({length})"), "bit")
        }
        "timestamp" | "time" | "timestamptz" | "timetz" => Some(clock(name, rest)),
        "interval" => {
            let fields = rest.until(0, |rest| rest.is_sign('(') || rest.is_sign('['));
            let precision = rest
                .group()
                .map_or_else(String::new, |inside| format!("({})", inside.source()));
            let words = fields.source().to_ascii_lowercase();
            let space = if words.is_empty() { "" } else { " " };
            typed(format!("interval{space}{words}{precision}"), "interval")
        }
        _ if BUILT_IN.contains(&name) => Some(other(name)),
        _ => None,
    }
}

/// A type whose name is printed as it is.
fn other(name: &str) -> Type {
    let text_only = (name.starts_with("reg") && name != "regtype[]")
        || ["int2vector", "oidvector", "aclitem", "tsquery", "xml"].contains(&name);
    let word = if text_only { name } else { "" };
    Type {
        text_only,
        word: word.to_owned(),
        ..Type::plain(name.to_owned(), kind::of(name))
    }
}

/// `timestamp(3) with time zone` and its kin.
fn clock(name: &str, rest: &mut Cursor<'_, '_>) -> Type {
    let precision = rest
        .group()
        .map_or_else(String::new, |inside| format!("({})", inside.source()));
    let zoned = name.ends_with("tz") || rest.take("WITH TIME ZONE");
    rest.take("WITHOUT TIME ZONE");
    let base = name.trim_end_matches("tz");
    let (zone, suffix) = if zoned { ("with", "tz") } else { ("without", "") };
    Type::plain(
        format!("{base}{precision} {zone} time zone"),
        kind::of(&format!("{base}{suffix}")),
    )
}

/// A type that users or extensions made.
fn user(name: &Written, rest: &mut Cursor<'_, '_>, state: &State) -> Type {
    let known = state.user_type(name);
    let schema = match (&name.schema, known) {
        (_, Some((found, _))) => found.schema.clone(),
        (Some(schema), None) => schema.clone(),
        (None, None) => state.extensions.clone().unwrap_or_else(|| state.first_schema()),
    };
    let modifier = rest
        .group()
        .map_or_else(String::new, |inside| format!("({})", inside.source()));
    let native = format!(
        "{}.{}{modifier}",
        quote_identifier(&schema),
        quote_identifier(&name.name)
    );
    let mut made = Type::plain(native, kind::of(&name.name));
    made.word.clone_from(&name.name);
    match known.map(|(_, known)| known) {
        Some(UserType::Enum(_)) => made.kind = Kind::Enum,
        Some(UserType::Composite) => {
            made.kind = Kind::Other;
            made.text_only = true;
        }
        Some(UserType::Domain(domain)) => {
            made.kind = domain.kind;
            made.text_only = domain.text_only;
            made.not_null = domain.not_null;
            made.collation.clone_from(&domain.collation);
        }
        Some(UserType::Base) | None => {}
    }
    made
}

/// A collation or type as PostgreSQL prints it inside expressions: `pg_catalog` goes without saying.
pub(crate) fn quoted(name: &Written) -> String {
    match name.schema.as_deref() {
        None | Some("pg_catalog") => quote_identifier(&name.name),
        Some(schema) => format!("{}.{}", quote_identifier(schema), quote_identifier(&name.name)),
    }
}

/// In quotes, where the server would put it in quotes.
pub(crate) fn quote_identifier(name: &str) -> String {
    let mut chars = name.chars();
    let starts = chars.next().is_some_and(|c| c.is_ascii_lowercase() || c == '_');
    let plain = starts && chars.all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    if plain && !RESERVED.contains(&name) {
        name.to_owned()
    } else {
        format!("\"{}\"", name.replace('"', "\"\""))
    }
}

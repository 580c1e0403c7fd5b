//! MySQL's and MariaDB's types, as `COLUMN_TYPE` prints them.

use super::super::cursor::Cursor;
use super::super::lexer::What;
use super::super::state::State;
use super::Type;
use crate::introspect::mysql::kind;
use crate::model::Engine;

/// Reads the pieces of a type.
pub(super) fn read(pieces: Cursor<'_, '_>, state: &State) -> Type {
    let mut rest = pieces;
    let first = rest
        .next()
        .map_or_else(String::new, |token| token.text.to_ascii_lowercase());
    let word = name(&first, &mut rest);
    let mut arguments = rest.group().map(|inside| argument_text(&inside));
    let mut flags = Flags::default();
    flags.read(&mut rest);
    let maria = state.engine == Engine::MariaDb;
    match word {
        "tinyint" if ["bool", "boolean"].contains(&first.as_str()) => arguments = Some("1".to_owned()),
        "char" | "binary" | "bit" if arguments.is_none() => arguments = Some("1".to_owned()),
        "decimal" => {
            let given = arguments.unwrap_or_else(|| "10".to_owned());
            arguments = Some(if given.contains(',') {
                given
            } else {
                format!("{given},0")
            });
        }
        "year" => arguments = maria.then(|| "4".to_owned()),
        "tinyint" | "smallint" | "mediumint" | "int" | "bigint" => {
            arguments = width(word, arguments, &flags, state);
        }
        // The server takes the number for a length and picks the smallest type that holds it.
        "text" | "blob" | "float" if arguments.as_ref().is_some_and(|text| !text.contains(',')) => arguments = None,
        _ => {}
    }
    let mut native = word.to_owned();
    if let Some(arguments) = arguments {
        native = format!("{native}({arguments})");
    }
    if flags.unsigned || flags.zerofill || first == "serial" {
        native.push_str(" unsigned");
    }
    if flags.zerofill {
        native.push_str(" zerofill");
    }
    let json = word == "longtext" && first == "json";
    Type {
        serial: first == "serial",
        charset: if json {
            Some("utf8mb4".to_owned())
        } else {
            flags.charset.clone()
        },
        collation: (json || flags.binary).then(|| "bin".to_owned()),
        word: word.to_owned(),
        ..Type::plain(native, kind::of(word))
    }
    .of_engine(maria, json)
}

impl Type {
    /// JSON is a text of its own on MariaDB, with a collation of its own.
    fn of_engine(mut self, maria: bool, json: bool) -> Self {
        if json && maria {
            self.collation = Some("utf8mb4_bin".to_owned());
        }
        self
    }
}

/// What may stand behind a type.
#[derive(Default)]
struct Flags {
    unsigned: bool,
    zerofill: bool,
    binary: bool,
    charset: Option<String>,
}

impl Flags {
    fn read(&mut self, rest: &mut Cursor<'_, '_>) {
        while let Some(token) = rest.next() {
            self.unsigned |= token.is("UNSIGNED");
            self.zerofill |= token.is("ZEROFILL");
            self.binary |= token.is("BINARY");
            if token.is("ASCII") {
                self.charset = Some("latin1".to_owned());
            } else if token.is("UNICODE") {
                self.charset = Some("ucs2".to_owned());
            }
        }
    }
}

/// The one name that the server knows a type by.
fn name<'n>(first: &'n str, rest: &mut Cursor<'_, '_>) -> &'n str {
    match first {
        "integer" | "int4" => "int",
        "int1" | "bool" | "boolean" => "tinyint",
        "int2" => "smallint",
        "int3" | "middleint" => "mediumint",
        "int8" | "serial" => "bigint",
        "float4" => "float",
        "float8" | "real" => "double",
        "double" => {
            rest.take("PRECISION");
            "double"
        }
        "dec" | "numeric" | "fixed" | "number" => "decimal",
        "character" | "char" | "nchar" | "national" => {
            let varying = rest.take_any(&["VARYING", "VARCHAR", "CHARACTER VARYING", "CHAR VARYING"]);
            rest.take_any(&["CHARACTER", "CHAR"]);
            if varying { "varchar" } else { "char" }
        }
        "nvarchar" | "varcharacter" | "varchar2" => "varchar",
        "long" => {
            if rest.take("VARBINARY") {
                return "mediumblob";
            }
            rest.take_any(&["VARCHAR", "CHAR VARYING"]);
            "mediumtext"
        }
        "json" if rest.engine == Engine::MariaDb => "longtext",
        "geomcollection" | "geometrycollection" if rest.engine == Engine::MySql => "geomcollection",
        other => other,
    }
}

/// Display widths: MariaDB has them, MySQL dropped them in version 8.0.19, but for booleans and ZEROFILL.
fn width(word: &str, given: Option<String>, flags: &Flags, state: &State) -> Option<String> {
    let modern = state.engine == Engine::MySql && state.major().is_none_or(|major| major >= 8);
    if modern && !flags.zerofill {
        return given.filter(|width| word == "tinyint" && width == "1" && !flags.unsigned);
    }
    let unsigned = flags.unsigned || flags.zerofill;
    let usual = match (word, unsigned) {
        ("tinyint", false) => "4",
        ("tinyint", true) => "3",
        ("smallint", false) => "6",
        ("smallint", true) => "5",
        ("mediumint", false) => "9",
        ("mediumint", true) => "8",
        ("int", false) => "11",
        ("int", true) => "10",
        _ => "20",
    };
    Some(given.unwrap_or_else(|| usual.to_owned()))
}

/// Arguments without spaces; the labels of an ENUM in single quotes.
fn argument_text(inside: &Cursor<'_, '_>) -> String {
    let one = |item: &Cursor<'_, '_>| {
        let mut item = *item;
        match item.peek() {
            Some(token) if token.what == What::Text => {
                let label = item.text().unwrap_or_default();
                format!("'{}'", label.replace('\'', "''"))
            }
            _ => item.source().to_owned(),
        }
    };
    inside.items().iter().map(one).collect::<Vec<_>>().join(",")
}

/// The collation that a character set has unless another is named.
pub(crate) fn collation_of(charset: &str, state: &State) -> String {
    let suffix = match charset {
        "binary" => return "binary".to_owned(),
        "utf8" => "mb3_general_ci",
        "utf8mb4" if state.engine == Engine::MySql && state.major().is_none_or(|major| major >= 8) => "_0900_ai_ci",
        "latin1" | "dec8" | "swe7" => "_swedish_ci",
        "big5" | "gb2312" | "gbk" | "gb18030" => "_chinese_ci",
        "hp8" => "_english_ci",
        "ujis" | "sjis" | "cp932" | "eucjpms" => "_japanese_ci",
        "euckr" => "_korean_ci",
        "tis620" => "_thai_ci",
        "latin5" => "_turkish_ci",
        _ => "_general_ci",
    };
    format!("{charset}{suffix}")
}

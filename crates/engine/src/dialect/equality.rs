//! Which texts a column takes for equal that are not the same text.

use exodus_schema::{Column, Engine, Kind};

use super::Dialect;
use crate::value::codec::write_hex;

impl Dialect {
    /// The expression by which the column's collation tells texts apart: of two texts that the column takes for equal it is
    /// one and the same. `None` where only one and the same text is equal, as far as the column's type and collation say so.
    pub fn sort_key(self, column: &Column, text: &str) -> Option<String> {
        let told = self.tells_apart(column)?;
        let mut hex = vec![];
        write_hex(text.as_bytes(), &mut hex);
        let hex = String::from_utf8_lossy(&hex);
        Some(match told {
            Told::Weights {
                charset,
                collation,
                pads,
            } => {
                let text = format!("CONVERT(_utf8mb4 x'{hex}' USING {charset})");
                let text = if pads {
                    format!("TRIM(TRAILING ' ' FROM {text})")
                } else {
                    text
                };
                format!("HEX(WEIGHT_STRING({text} COLLATE {collation}))")
            }
            Told::LowerCase => format!("pg_catalog.lower(pg_catalog.convert_from('\\x{hex}'::bytea, 'UTF8'))"),
            Told::Function(function) => format!("{function}(CAST(x'{hex}' AS TEXT))"),
        })
    }

    /// Whether the column takes other texts for equal, too.
    pub fn takes_others_for_equal(self, column: &Column) -> bool {
        self.tells_apart(column).is_some()
    }

    /// The expressions that a `SELECT DISTINCT` of a value's text takes beside it, where the text alone would be compared by
    /// the session's collation.
    pub fn beside_distinct(self, value: &str, column: &Column) -> Option<String> {
        (self.is_mysql_family() && matches!(column.kind, Kind::Text | Kind::Enum)).then(|| format!("HEX({value})"))
    }

    fn tells_apart(self, column: &Column) -> Option<Told<'_>> {
        if column.kind != Kind::Text {
            return None;
        }
        match self.engine {
            Engine::Postgres => {
                let name = column.native_type.rsplit('.').next();
                (name == Some("citext")).then_some(Told::LowerCase)
            }
            Engine::Sqlite => match column.collation.as_deref()?.to_ascii_uppercase().as_str() {
                "NOCASE" => Some(Told::Function("lower")),
                "RTRIM" => Some(Told::Function("rtrim")),
                _ => None,
            },
            Engine::MySql | Engine::MariaDb => by_weights(column),
        }
    }
}

/// How texts are told apart.
enum Told<'c> {
    Weights {
        charset: &'c str,
        collation: &'c str,
        /// Blanks at the end don't count.
        pads: bool,
    },
    /// PostgreSQL's `citext`.
    LowerCase,
    Function(&'static str),
}

/// MySQL's and MariaDB's collations, by what is in their names.
fn by_weights(column: &Column) -> Option<Told<'_>> {
    let (charset, collation) = (column.charset.as_deref()?, column.collation.as_deref()?);
    let plain = |name: &str| name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if collation == "binary" || !plain(charset) || !plain(collation) {
        return None;
    }
    let pads = !collation.contains("_nopad_") && !collation.contains("_0900_");
    let exact = collation.ends_with("_bin") && !pads;
    (!exact).then_some(Told::Weights {
        charset,
        collation,
        pads,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(native_type: &str, charset: Option<&str>, collation: Option<&str>) -> Column {
        Column {
            name: "id".into(),
            native_type: native_type.into(),
            kind: Kind::Text,
            nullable: false,
            default: None,
            generator: None,
            generated: None,
            charset: charset.map(str::to_owned),
            collation: collation.map(str::to_owned),
            invisible: false,
            text_only: false,
            comment: None,
        }
    }

    #[test]
    fn only_what_sees_every_byte_is_exact() {
        let my = |collation| {
            let column = column("varchar(9)", Some("utf8mb4"), Some(collation));
            Dialect::of(Engine::MySql).takes_others_for_equal(&column)
        };
        assert!(!my("utf8mb4_0900_bin") && !my("utf8mb4_nopad_bin") && !my("binary"));
        assert!(my("utf8mb4_bin") && my("utf8mb4_0900_as_cs") && my("utf8mb4_general_ci"));
        let lite = |collation| Dialect::of(Engine::Sqlite).sort_key(&column("TEXT", None, collation), "A ");
        assert_eq!(lite(Some("NoCase")).as_deref(), Some("lower(CAST(x'4120' AS TEXT))"));
        assert_eq!((lite(Some("BINARY")), lite(None)), (None, None));
        let citext = column("public.citext", None, None);
        assert!(Dialect::of(Engine::Postgres).takes_others_for_equal(&citext));
    }

    #[test]
    fn blanks_at_the_end_count_where_the_collation_says_so() {
        let key = |collation| {
            let column = column("varchar(9)", Some("utf8mb4"), Some(collation));
            Dialect::of(Engine::MariaDb).sort_key(&column, "a")
        };
        assert_eq!(
            key("utf8mb4_bin").as_deref(),
            Some(
                "HEX(WEIGHT_STRING(TRIM(TRAILING ' ' FROM CONVERT(_utf8mb4 x'61' USING utf8mb4)) COLLATE utf8mb4_bin))"
            )
        );
        assert!(!key("utf8mb4_general_nopad_ci").expect("a key").contains("TRIM"));
    }
}

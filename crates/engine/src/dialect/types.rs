//! Types that are one type under two spellings.

use super::Dialect;

impl Dialect {
    /// Whether two native types of this product family are one type.
    pub fn same_type(self, one: &str, other: &str) -> bool {
        if self.is_mysql_family() {
            match (members(one), members(other)) {
                // What stands in the quotes is the members' own text.
                (Some(one), Some(other)) => one == other,
                _ => plain_name(one) == plain_name(other),
            }
        } else {
            one.eq_ignore_ascii_case(other)
        }
    }
}

/// The kind and the list of `enum('a','b')` or `set(…)`.
fn members(native_type: &str) -> Option<(String, &str)> {
    let (head, list) = native_type.split_once('(')?;
    let head = head.to_ascii_lowercase();
    matches!(head.as_str(), "enum" | "set").then_some((head, list))
}

/// What a type is called beside its other name, and without the remark by which MariaDB says how it stores it.
fn plain_name(native_type: &str) -> String {
    let name = native_type.split("/*").next().unwrap_or(native_type).trim_end();
    match name.to_ascii_lowercase().as_str() {
        "geomcollection" => "geometrycollection".to_owned(),
        other => integer_width_cut(other),
    }
}

/// `int(11) unsigned` as `int unsigned`: the display width means nothing, and MySQL 8 no longer prints it.
fn integer_width_cut(native_type: &str) -> String {
    let lower = native_type.to_ascii_lowercase();
    let Some((head, tail)) = lower.split_once('(') else {
        return lower;
    };
    if !matches!(head, "tinyint" | "smallint" | "mediumint" | "int" | "bigint" | "year") {
        return lower;
    }
    let after = tail.split_once(')').map_or("", |(_, after)| after);
    format!("{head}{after}")
}

#[cfg(test)]
mod tests {
    use exodus_schema::Engine;

    use super::*;

    #[test]
    fn types_that_differ_in_spelling_only_are_one() {
        let my = Dialect::of(Engine::MySql);
        assert!(my.same_type("int(11) unsigned", "INT unsigned"));
        assert!(my.same_type("ENUM('a','b')", "enum('a','b')"));
        // Members differ by case, and by their order: each is stored as its number.
        assert!(!my.same_type("enum('a')", "enum('A')"));
        assert!(!my.same_type("set('a','b')", "set('b','a')"));
        assert!(!my.same_type("enum('a')", "set('a')"));
        assert!(!my.same_type("varchar(10)", "varchar(20)"));
        assert!(my.same_type("varchar(10) /*M!100301 COMPRESSED*/", "varchar(10)"));
        assert!(my.same_type("geomcollection", "geometrycollection"));
    }
}

use super::*;
use crate::ddl;

fn table() -> Table {
    let sql = "CREATE TABLE events (payload text, \"key\" text, date text, \"Odd one\" text)";
    let schema = ddl::read(sql, Some(Engine::Sqlite)).expect("a schema");
    schema.tables.into_iter().next().expect("one table")
}

fn marked(engine: Engine, text: &str) -> Result<String, ExpressionError> {
    let expression = Expression::read(engine, &table(), text)?;
    let pieces = expression.pieces().iter().map(|piece| match piece {
        Piece::Sql(sql) => sql.clone(),
        Piece::Column(column) => format!("<{column}>"),
    });
    Ok(pieces.collect())
}

#[test]
fn columns_are_told_from_everything_else() {
    let pg = |text: &str| marked(Engine::Postgres, text).unwrap();
    assert_eq!(pg("(payload ->> 'key')::bigint"), "(<payload> ->> 'key')::bigint");
    assert_eq!(pg(" PAYLOAD||\"Odd one\" "), "<payload>||<Odd one>");
    assert_eq!(pg("CAST(date AS date)"), "CAST(<date> AS date)");
    assert_eq!(pg("date::date"), "<date>::date");
    assert_eq!(
        pg("pg_catalog.split_part(key, ':', 2)"),
        "pg_catalog.split_part(<key>, ':', 2)"
    );
    // A function of a column's name, and a name in quotes that is folded no more.
    assert_eq!(pg("date(key)"), "date(<key>)");
    assert_eq!(pg("key || \"KEY\""), "<key> || \"KEY\"");
    let my = |text: &str| marked(Engine::MySql, text).unwrap();
    assert_eq!(my("JSON_VALUE(Payload, \"$.key\")"), "JSON_VALUE(<payload>, \"$.key\")");
    assert_eq!(my("`odd one` + 0"), "<Odd one> + 0");
    assert_eq!(marked(Engine::Sqlite, "[key] || 'key'").unwrap(), "<key> || 'key'");
}

#[test]
fn what_is_no_expression_over_the_row_is_refused() {
    let no = |text: &str| marked(Engine::Postgres, text).unwrap_err();
    assert_eq!(no("(SELECT id FROM clients)"), ExpressionError::Subquery);
    assert_eq!(no("events.key"), ExpressionError::Qualified("events".into()));
    assert_eq!(no("1 + 2"), ExpressionError::NoColumn("events".into()));
    for text in [
        "",
        "key)",
        "(key",
        "key; key",
        "key, date",
        "key -- all\n || key",
        "key /* all */",
        "key || 'x",
    ] {
        assert!(matches!(no(text), ExpressionError::Broken(_)), "{text}");
    }
}

#[test]
fn its_text_is_what_was_written() {
    let text = "lower(key) || ':' || payload";
    assert_eq!(
        Expression::read(Engine::Sqlite, &table(), text).unwrap().to_string(),
        text
    );
}

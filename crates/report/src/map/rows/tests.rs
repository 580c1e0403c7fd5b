use super::*;
use crate::{map, testing};

const SQL: &str = "CREATE TABLE clients (id bigint PRIMARY KEY);
    CREATE TABLE orders (client_id bigint NOT NULL REFERENCES clients, number int NOT NULL, seller_id int REFERENCES sellers,
        PRIMARY KEY (client_id, number));
    CREATE TABLE sellers (id int PRIMARY KEY, name text);
    CREATE TABLE positions (client_id bigint NOT NULL, number int NOT NULL, position int NOT NULL, item text,
        PRIMARY KEY (client_id, number, position), FOREIGN KEY (client_id, number) REFERENCES orders (client_id, number));";

/// Key, text and the rest of each row of a table's box.
fn rows_of(detail: Detail, name: &str) -> Vec<(&'static str, String, String)> {
    testing::with(SQL, "clients", |content| {
        let options = MapOptions {
            detail,
            ..MapOptions::default()
        };
        let drawn = map::arrange(content, &options).expect("a map");
        let mut boxes = drawn.panels.iter().flat_map(|panel| &panel.boxes);
        let one = boxes.find(|one| one.name == name).expect("its box");
        let rows = one.rows.iter().filter(|row| !row.text.is_empty());
        rows.map(|row| (row.key, row.text.clone(), row.about.clone())).collect()
    })
}

#[test]
fn columns_of_relations_have_their_types_as_others_have() {
    let rows = rows_of(Detail::All, "orders");
    let about = |name: &str| {
        let row = rows.iter().find(|(_, text, _)| text.starts_with(name));
        row.map(|(_, _, about)| about.as_str())
    };
    assert_eq!(about("number"), Some("integer"));
    assert_eq!(about("client_id"), Some("bigint"));
    assert_eq!(about("seller_id"), Some("integer null"));
    assert!(
        rows_of(Detail::Keys, "orders")
            .iter()
            .all(|(_, _, about)| about.is_empty())
    );
}

#[test]
fn the_columns_of_a_key_stand_once_and_a_relation_of_several_is_none() {
    for detail in [Detail::Keys, Detail::All] {
        let rows = rows_of(detail, "positions");
        let of = |key: &str| -> Vec<_> {
            let of = rows.iter().filter(|(word, ..)| *word == key);
            of.map(|(_, text, _)| text.split(" →").next().unwrap_or(text)).collect()
        };
        assert_eq!(of("PK"), ["client_id", "number", "position"]);
        assert_eq!(of("FK"), ["client_id, number"]);
    }
}

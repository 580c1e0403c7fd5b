//! `--explain`: a table that is read through for a few rows is pointed out, and only then.

use exodus_tests::world::{World, servers};

const EXPLAIN: [&str; 9] = [
    "move",
    "--client",
    "42",
    "--to",
    "target",
    "--dry-run",
    "--explain",
    "--format",
    "json",
];

#[test]
fn a_missing_index_is_named() {
    // MySQL and MariaDB make an index for every foreign key.
    for server in servers().filter(|server| server.dialect() != "mysql") {
        let mut world = World::new(server);
        let orders: Vec<_> = (1000..6000).map(|id| format!("({id}, 7, 'x')")).collect();
        world
            .source
            .run(&format!("INSERT INTO orders VALUES {}", orders.join(", ")));
        world.source.rows("ANALYZE");
        let before = world.dumps();
        let told = |world: &World| {
            let explained = world.place.run(&EXPLAIN).expect(0).json()["explain"].clone();
            let orders = explained.as_array().into_iter().flatten().find(|table| {
                table["table"]
                    .as_str()
                    .map_or_else(|| table["table"]["name"] == "orders", |name| name.ends_with("orders"))
            });
            orders.unwrap_or_else(|| panic!("no orders in {explained:#}")).clone()
        };
        let orders = told(&world);
        assert_eq!(orders["reads_through"], true, "{orders:#}");
        let warning = orders["warning"].as_str().unwrap_or_default().to_owned();
        assert!(warning.contains("orders starts with (client_id)"), "{orders:#}");
        let text = world.place.run(&EXPLAIN[..7]).expect(0).stdout;
        assert!(
            text.contains("How the rows are found") && text.contains("  ! about "),
            "{text}"
        );
        world.source.run("CREATE INDEX by_client ON orders (client_id)");
        world.source.rows("ANALYZE");
        let orders = told(&world);
        assert_eq!(
            (&orders["reads_through"], &orders["warning"]),
            (&false.into(), &serde_json::Value::Null),
            "{orders:#}"
        );
        assert_eq!(world.dumps(), before);
    }
}

/// The products that always have the index tell how they use it.
#[test]
fn every_product_tells_its_plan() {
    for server in servers() {
        let world = World::new(server);
        let explained = world.place.run(&EXPLAIN).expect(0).json()["explain"].clone();
        let tables = explained.as_array().expect("a list");
        assert_eq!(tables.len(), 2, "{explained:#}");
        let lines = |table: &serde_json::Value| table["plan"].as_array().map_or(0, Vec::len);
        assert!(tables.iter().all(|table| lines(table) > 0), "{explained:#}");
        assert!(!explained.to_string().contains("planted-secret"));
        // Only what will be done is explained.
        world
            .place
            .run(&["move", "--client", "42", "--to", "target", "--explain"])
            .expect(2);
    }
}

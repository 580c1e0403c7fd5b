//! How many rows may be left behind or kept: the number that the documentation says, and not one more.

use exodus_tests::database::Server;
use exodus_tests::world::servers;

use crate::support::{Pair, rows_of};

/// What docs/references.md says of both.
const MOST: u64 = 20_000;

const SCHEMA: &str = "
    CREATE TABLE clients (id INT PRIMARY KEY);
    CREATE TABLE cars (id INT PRIMARY KEY, client_id INT NOT NULL, lent_to INT,
        FOREIGN KEY (client_id) REFERENCES clients (id), FOREIGN KEY (lent_to) REFERENCES clients (id));
    CREATE INDEX cars_client ON cars (client_id);
    CREATE TABLE rides (id INT PRIMARY KEY, client_id INT NOT NULL, car_id INT NOT NULL,
        FOREIGN KEY (client_id) REFERENCES clients (id), FOREIGN KEY (car_id) REFERENCES cars (id));
    CREATE INDEX rides_client ON rides (client_id);
    CREATE INDEX rides_car ON rides (car_id);
    INSERT INTO clients VALUES (42), (7);
";

/// The statements are the same in all products, so the product with the most to do and the one with none will do.
fn limited() -> impl Iterator<Item = Server> {
    servers().filter(|server| matches!(server, Server::Postgres | Server::Sqlite))
}

/// A query of the numbers from 1.
fn numbers(count: u64) -> String {
    let digits: Vec<String> = (0..10).map(|digit| format!("SELECT {digit} AS d")).collect();
    let digits = format!("({})", digits.join(" UNION ALL "));
    format!(
        "(SELECT 1 + a.d + 10 * b.d + 100 * c.d + 1000 * e.d + 10000 * f.d AS n
          FROM {digits} a, {digits} b, {digits} c, {digits} e, {digits} f) AS numbers WHERE n <= {count}"
    )
}

/// Client 7 rides in every car of 42, which stays with its cars. One row too many was let pass once, up to twice as
/// many, and beyond the first 20,001 of a table the purge would have removed what others reference.
#[test]
fn rows_are_kept_up_to_the_limit() {
    let incoming = ["--incoming", "rides(car_id)=keep"];
    for server in limited() {
        // With the client's own row.
        let fill = |cars: u64| {
            format!(
                "INSERT INTO cars SELECT n, 42, NULL FROM {0}; INSERT INTO rides SELECT n, 7, n FROM {0};",
                numbers(cars)
            )
        };
        let mut pair = Pair::new(server, "", SCHEMA, "", &fill(MOST - 1));
        pair.target.run("DELETE FROM clients");
        let plan = pair.planned(&incoming);
        assert_eq!(
            rows_of(&plan["references"]["kept"]),
            ["clients 1".to_owned(), format!("cars {}", MOST - 1)],
            "{plan:#}"
        );
        for more in [1, 10_000] {
            pair.source.run(&format!(
                "INSERT INTO cars SELECT {0} + n, 42, NULL FROM {1}; INSERT INTO rides SELECT {0} + n, 7, {0} + n FROM {1}",
                if more == 1 { MOST - 1 } else { MOST },
                numbers(more)
            ));
            let before = pair.dumps();
            let refused = pair.moved(&incoming);
            pair.refused(&refused, 3, &["more than 20000 rows would have to stay"], &before);
        }
    }
}

/// Every car of 42 is lent to 7, and stays behind.
#[test]
fn rows_are_left_behind_up_to_the_limit() {
    let outgoing = ["--outgoing", "cars(lent_to)=skip-row"];
    for server in limited() {
        let fill = format!("INSERT INTO cars SELECT n, 42, 7 FROM {}", numbers(MOST));
        let mut pair = Pair::new(server, "", SCHEMA, "", &fill);
        pair.target.run("DELETE FROM clients");
        let plan = pair.planned(&outgoing);
        assert_eq!(
            rows_of(&plan["references"]["skipped"]),
            [format!("cars {MOST}")],
            "{plan:#}"
        );
        pair.source
            .run(&format!("INSERT INTO cars VALUES ({}, 42, 7)", MOST + 1));
        let before = pair.dumps();
        let refused = pair.moved(&outgoing);
        pair.refused(&refused, 3, &["more than 20000 rows would not arrive"], &before);
    }
}

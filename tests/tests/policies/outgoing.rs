//! References of the client's rows to another client's: set to NULL, or left behind with their rows.

use exodus_tests::world::servers;

use crate::support::{Pair, WAYS, event, rows_of, says_all, treated};

pub(crate) const SCHEMA: &str = "
    CREATE TABLE colours (id INT PRIMARY KEY, name VARCHAR(20) NOT NULL);
    CREATE TABLE clients (id INT PRIMARY KEY, name VARCHAR(20) NOT NULL);
    CREATE TABLE cars (id INT PRIMARY KEY, client_id INT NOT NULL, lent_to INT, twin_id INT, colour_id INT,
        CONSTRAINT car_client FOREIGN KEY (client_id) REFERENCES clients (id),
        CONSTRAINT car_lent FOREIGN KEY (lent_to) REFERENCES clients (id),
        CONSTRAINT car_twin FOREIGN KEY (twin_id) REFERENCES cars (id),
        CONSTRAINT car_colour FOREIGN KEY (colour_id) REFERENCES colours (id));
    CREATE TABLE rides (id INT PRIMARY KEY, car_id INT NOT NULL, back_id INT NOT NULL,
        CONSTRAINT ride_car FOREIGN KEY (car_id) REFERENCES cars (id),
        CONSTRAINT ride_back FOREIGN KEY (back_id) REFERENCES cars (id));
    CREATE TABLE stops (ride_id INT NOT NULL, place VARCHAR(20),
        CONSTRAINT stop_ride FOREIGN KEY (ride_id) REFERENCES rides (id));
    CREATE TABLE notes (id INT PRIMARY KEY, client_id INT NOT NULL, car_id INT, text VARCHAR(20),
        CONSTRAINT note_client FOREIGN KEY (client_id) REFERENCES clients (id),
        CONSTRAINT note_car FOREIGN KEY (car_id) REFERENCES cars (id));
";
pub(crate) const BOTH: &str = "INSERT INTO colours VALUES (1, 'red');";
/// Car 2 is lent to client 7, and of a colour that the target lacks; 3 is its twin, and so is 5 of 3; 6 is lent to its own.
pub(crate) const DATA: &str = "
    INSERT INTO colours VALUES (2, 'blue');
    INSERT INTO clients VALUES (42, 'mine'), (7, 'other');
    INSERT INTO cars VALUES (1, 42, NULL, NULL, 1), (2, 42, 7, NULL, 2);
    INSERT INTO cars VALUES (3, 42, NULL, 2, 1), (4, 7, NULL, NULL, 2), (6, 42, 42, NULL, NULL);
    INSERT INTO cars VALUES (5, 42, NULL, 3, NULL);
    INSERT INTO rides VALUES (1, 1, 1), (2, 2, 2), (3, 1, 2), (4, 2, 3), (5, 6, 6), (6, 4, 4);
    INSERT INTO stops VALUES (1, 'a'), (1, 'a'), (2, 'b'), (2, 'b'), (6, 'c');
    INSERT INTO notes VALUES (1, 42, 1, 'x'), (2, 42, 2, 'y'), (3, 42, NULL, 'z'), (4, 7, 4, 'w');
";
/// What stays with client 7 on the source.
pub(crate) const OTHERS: &str = "
    INSERT INTO colours VALUES (1, 'red'), (2, 'blue');
    INSERT INTO clients VALUES (7, 'other');
    INSERT INTO cars VALUES (4, 7, NULL, NULL, 2);
    INSERT INTO rides VALUES (6, 4, 4);
    INSERT INTO stops VALUES (6, 'c');
    INSERT INTO notes VALUES (4, 7, 4, 'w');
";

/// Only in the rows that leave is the reference NULL; the plan, the journal and the summary say in how many.
#[test]
fn references_to_others_become_null() {
    for (server, way) in servers().flat_map(|server| WAYS.map(|way| (server, way))) {
        let both = "INSERT INTO colours VALUES (1, 'red'), (2, 'blue');";
        let data = DATA.replace("INSERT INTO colours VALUES (2, 'blue');", "");
        let mut pair = Pair::new(server, "", SCHEMA, both, &data);
        let before = pair.dumps();
        let refused = pair.moved(&["--integrity", way]);
        pair.refused(&refused, 3, &["cars(lent_to)", "another client owns: 1"], &before);

        let flags = ["--integrity", way, "--outgoing", "cars(lent_to)=set-null"];
        let plan = pair.planned(&flags);
        let said = ["cars(lent_to) → clients(id) set-null 1"];
        assert_eq!(treated(&plan["references"]), said, "{plan:#}");
        assert_eq!(plan["problems"].as_array().map(Vec::len), Some(0));
        let moved = pair.moved(&flags).expect(0).json();
        assert_eq!(treated(&moved["move"]["references"]), said);
        assert_eq!(treated(&event(&pair, "copy")["references"]), said);
        let arrived = pair.with(
            "INSERT INTO colours VALUES (1, 'red'), (2, 'blue');
             INSERT INTO clients VALUES (42, 'mine');
             INSERT INTO cars VALUES (1, 42, NULL, NULL, 1), (2, 42, NULL, NULL, 2);
             INSERT INTO cars VALUES (3, 42, NULL, 2, 1), (6, 42, 42, NULL, NULL);
             INSERT INTO cars VALUES (5, 42, NULL, 3, NULL);
             INSERT INTO rides VALUES (1, 1, 1), (2, 2, 2), (3, 1, 2), (4, 2, 3), (5, 6, 6);
             INSERT INTO stops VALUES (1, 'a'), (1, 'a'), (2, 'b'), (2, 'b');
             INSERT INTO notes VALUES (1, 42, 1, 'x'), (2, 42, 2, 'y'), (3, 42, NULL, 'z');",
        );
        assert_eq!(pair.dumps(), (before.0, arrived.clone()), "{} {way}", server.name());
        pair.purged(&[]).expect(0);
        assert_eq!(pair.dumps(), (pair.with(OTHERS), arrived), "{} {way}", server.name());
    }
}

/// What hangs below a row that is left behind, by two ways, through its own table, without a key, stays behind too; what
/// only that needs is not asked for; nothing of it goes before somebody says so.
#[test]
fn rows_are_left_behind_with_what_hangs_below() {
    for (server, way) in servers().flat_map(|server| WAYS.map(|way| (server, way))) {
        let mut pair = Pair::new(server, "", SCHEMA, BOTH, DATA);
        let before = pair.dumps();
        let flags = ["--integrity", way, "--outgoing", "cars(lent_to)=skip-row"];
        let plan = pair.planned(&flags);
        let skipped = ["cars 3", "notes 1", "rides 3", "stops 2"];
        assert_eq!(rows_of(&plan["references"]["skipped"]), skipped, "{plan:#}");
        assert_eq!(
            treated(&plan["references"])[0],
            "cars(lent_to) → clients(id) skip-row 1"
        );
        let moved = pair.moved(&flags).expect(0).json();
        assert_eq!(rows_of(&moved["move"]["references"]["skipped"]), skipped);
        assert_eq!(
            moved["move"]["rows"],
            plan["tables"]
                .as_array()
                .into_iter()
                .flatten()
                .map(|table| table["rows"].as_u64().unwrap_or(0))
                .sum::<u64>()
        );
        assert_eq!(rows_of(&event(&pair, "verify")["skipped"]), skipped);
        let arrived = pair.with(
            "INSERT INTO colours VALUES (1, 'red');
             INSERT INTO clients VALUES (42, 'mine');
             INSERT INTO cars VALUES (1, 42, NULL, NULL, 1), (6, 42, 42, NULL, NULL);
             INSERT INTO rides VALUES (1, 1, 1), (5, 6, 6);
             INSERT INTO stops VALUES (1, 'a'), (1, 'a');
             INSERT INTO notes VALUES (1, 42, 1, 'x'), (3, 42, NULL, 'z');",
        );
        let after = (before.0, arrived.clone());
        assert_eq!(pair.dumps(), after, "{} {way}", server.name());

        let kept = pair.purged(&[]);
        pair.refused(
            &kept,
            3,
            &["cars: rows that did not arrive are on source only: 3", "--drop-skipped"],
            &after,
        );
        pair.source.run("UPDATE notes SET text = 'late' WHERE id = 2");
        let changed = pair.dumps();
        let kept = pair.purged(&["--drop-skipped"]);
        pair.refused(&kept, 4, &["verification failed"], &changed);
        pair.source.run("UPDATE notes SET text = 'y' WHERE id = 2");
        pair.purged(&["--drop-skipped"]).expect(0);
        assert_eq!(pair.dumps(), (pair.with(OTHERS), arrived), "{} {way}", server.name());
    }
}

/// Where both are asked for, what hangs below by a reference that becomes NULL arrives.
#[test]
fn a_reference_to_a_row_left_behind_becomes_null_where_that_is_asked() {
    for (server, way) in servers().flat_map(|server| WAYS.map(|way| (server, way))) {
        let lines = "
            [[references]]
            relation = \"cars(lent_to)\"
            outgoing = \"skip-row\"
            reason = \"lent cars stay\"
            [[references]]
            table = \"cars\"
            constraint = \"car_twin\"
            outgoing = \"set-null\"
            reason = \"twins part\"
            [[references]]
            relation = \"notes(car_id)\"
            outgoing = \"set-null\"
            reason = \"notes are kept\"
        ";
        // SQLite has no names of foreign keys.
        let lines = match server.dialect() {
            "sqlite" => lines.replace(
                "table = \"cars\"\n            constraint = \"car_twin\"",
                "relation = \"cars(twin_id)\"",
            ),
            _ => lines.to_owned(),
        };
        let mut pair = Pair::new(server, &lines, SCHEMA, BOTH, DATA);
        let moved = pair.moved(&["--integrity", way]).expect(0).json();
        let references = &moved["move"]["references"];
        assert_eq!(rows_of(&references["skipped"]), ["cars 1", "rides 3", "stops 2"]);
        let said = treated(references);
        assert!(
            said.contains(&"cars(twin_id) → cars(id) set-null 1".to_owned()),
            "{said:?}"
        );
        assert!(
            said.contains(&"notes(car_id) → cars(id) set-null 1".to_owned()),
            "{said:?}"
        );
        let arrived = pair.with(
            "INSERT INTO colours VALUES (1, 'red');
             INSERT INTO clients VALUES (42, 'mine');
             INSERT INTO cars VALUES (1, 42, NULL, NULL, 1), (3, 42, NULL, NULL, 1), (6, 42, 42, NULL, NULL);
             INSERT INTO cars VALUES (5, 42, NULL, 3, NULL);
             INSERT INTO rides VALUES (1, 1, 1), (5, 6, 6);
             INSERT INTO stops VALUES (1, 'a'), (1, 'a');
             INSERT INTO notes VALUES (1, 42, 1, 'x'), (2, 42, NULL, 'y'), (3, 42, NULL, 'z');",
        );
        assert_eq!(pair.dumps().1, arrived, "{} {way}", server.name());
        pair.purged(&["--drop-skipped"]).expect(0);
        assert_eq!(pair.dumps(), (pair.with(OTHERS), arrived), "{} {way}", server.name());
    }
}

/// Of two columns only the one that may be NULL and means nothing else becomes NULL.
#[test]
fn of_a_composite_reference_only_what_may_be_null_is_set() {
    const COMPOSITE: &str = "
        CREATE TABLE clients (id INT PRIMARY KEY);
        CREATE TABLE carts (client_id INT NOT NULL, id INT NOT NULL, PRIMARY KEY (client_id, id),
            FOREIGN KEY (client_id) REFERENCES clients (id));
        CREATE TABLE items (id INT PRIMARY KEY, client_id INT NOT NULL, cart_client INT NOT NULL, cart_id INT,
            FOREIGN KEY (client_id) REFERENCES clients (id),
            FOREIGN KEY (cart_client, cart_id) REFERENCES carts (client_id, id));
    ";
    for (server, way) in servers().flat_map(|server| WAYS.map(|way| (server, way))) {
        let data = "INSERT INTO clients VALUES (42), (7);
                    INSERT INTO carts VALUES (42, 1), (7, 1);
                    INSERT INTO items VALUES (1, 42, 42, 1), (2, 42, 7, 1), (3, 42, 7, NULL), (4, 7, 7, 1);";
        let mut pair = Pair::new(server, "", COMPOSITE, "", data);
        let flag = "items(cart_client, cart_id) → carts(client_id, id)=set-null";
        // The parts of a plan can be copied into a flag.
        let flag = if server.dialect() == "postgres" {
            "public.items(cart_client,cart_id)->public.carts(client_id,id)=set-null"
        } else {
            flag
        };
        let moved = pair.moved(&["--integrity", way, "--outgoing", flag]).expect(0).json();
        assert_eq!(
            moved["move"]["references"]["treated"][0]["columns"],
            serde_json::json!(["cart_id"])
        );
        let arrived = pair.with(
            "INSERT INTO clients VALUES (42);
             INSERT INTO carts VALUES (42, 1);
             INSERT INTO items VALUES (1, 42, 42, 1), (2, 42, 7, NULL), (3, 42, 7, NULL);",
        );
        assert_eq!(pair.dumps().1, arrived, "{} {way}", server.name());
        pair.purged(&[]).expect(0);
        let rest =
            "INSERT INTO clients VALUES (7); INSERT INTO carts VALUES (7, 1); INSERT INTO items VALUES (4, 7, 7, 1);";
        assert_eq!(pair.dumps().0, pair.with(rest));
    }
}

/// What a policy can't do is refused with the reason, before anything is written.
#[test]
fn policies_that_can_not_be_followed_are_refused() {
    for server in servers() {
        let schema = "
            CREATE TABLE clients (id INT PRIMARY KEY, friend_id INT NOT NULL, FOREIGN KEY (friend_id) REFERENCES clients (id));
            CREATE TABLE cars (id INT PRIMARY KEY, client_id INT NOT NULL, lent_to INT NOT NULL,
                FOREIGN KEY (client_id) REFERENCES clients (id), FOREIGN KEY (lent_to) REFERENCES clients (id));
            CREATE TABLE parts (id INT PRIMARY KEY, client_id INT, spare_of INT,
                FOREIGN KEY (client_id) REFERENCES clients (id), FOREIGN KEY (spare_of) REFERENCES clients (id));
        ";
        let data = "INSERT INTO clients VALUES (7, 7);
                    INSERT INTO clients VALUES (42, 7);
                    INSERT INTO cars VALUES (1, 42, 7);
                    INSERT INTO parts VALUES (1, 42, 7);";
        let mut pair = Pair::new(server, "", schema, "", data);
        let before = pair.dumps();
        let flags = [
            "--outgoing",
            "clients(friend_id)=skip-row",
            "--outgoing",
            "cars(lent_to)=set-null",
            "--outgoing",
            "parts(spare_of)=skip-row",
        ];
        let refused = pair.moved(&flags);
        let says = [
            "the client's own row can't be left behind",
            "cars: this reference can't become NULL: none of its columns may be NULL by itself",
            "parts: these rows can't be left behind: the other client owns them as well",
        ];
        pair.refused(&refused, 3, &says, &before);
        let text = pair.place.run(&[
            "move",
            "--client",
            "42",
            "--to",
            "target",
            "--dry-run",
            "--outgoing",
            "cars(lent_to)=skip-row",
        ]);
        says_all(
            &text,
            &[
                "References between this client and others",
                "cars(lent_to)",
                "1 row not copied",
                "purge --drop-skipped",
            ],
        );
    }
}

/// A relation may lead to another client's rows, to rows that nobody owns and to the client's own: only the first become
/// NULL, and only the others are looked for on the target.
#[test]
fn references_to_rows_of_nobody_stay_what_they_are() {
    let schema = "
        CREATE TABLE clients (id INT PRIMARY KEY);
        CREATE TABLE albums (id INT PRIMARY KEY, client_id INT, template_id INT,
            FOREIGN KEY (client_id) REFERENCES clients (id), FOREIGN KEY (template_id) REFERENCES albums (id));
    ";
    for (server, way) in servers().flat_map(|server| WAYS.map(|way| (server, way))) {
        let both = "INSERT INTO albums VALUES (1, NULL, NULL);";
        let data = "INSERT INTO clients VALUES (42), (7);
                    INSERT INTO albums VALUES (2, 7, 1), (3, 42, 1), (7, NULL, NULL);
                    INSERT INTO albums VALUES (4, 42, 2), (5, 42, 3), (6, NULL, 3);";
        let mut pair = Pair::new(server, "", schema, both, data);
        let flags = ["--integrity", way, "--outgoing", "albums(template_id)=set-null"];
        let moved = pair.moved(&flags).expect(0).json();
        assert_eq!(
            treated(&moved["move"]["references"]),
            ["albums(template_id) → albums(id) set-null 1"]
        );
        let arrived = pair.with(&format!(
            "{both} INSERT INTO clients VALUES (42); INSERT INTO albums VALUES (3, 42, 1), (4, 42, NULL);
             INSERT INTO albums VALUES (5, 42, 3), (6, NULL, 3);"
        ));
        assert_eq!(pair.dumps().1, arrived, "{} {way}", server.name());
        pair.purged(&[]).expect(0);
        let rest =
            format!("{both} INSERT INTO clients VALUES (7); INSERT INTO albums VALUES (2, 7, 1), (7, NULL, NULL);");
        assert_eq!(pair.dumps(), (pair.with(&rest), arrived), "{} {way}", server.name());
    }
}

//! Rows of the client that rows of others reference: they can stay on the source as long as they are needed there.

use exodus_tests::binary::Place;
use exodus_tests::world::servers;

use crate::support::{Pair, WAYS, event, rows_of, says_all, treated};

pub(crate) const SCHEMA: &str = "
    CREATE TABLE clients (id INT PRIMARY KEY, name VARCHAR(20) NOT NULL);
    CREATE TABLE garages (id INT PRIMARY KEY, client_id INT NOT NULL,
        CONSTRAINT garage_client FOREIGN KEY (client_id) REFERENCES clients (id));
    CREATE TABLE cars (id INT PRIMARY KEY, garage_id INT NOT NULL, twin_id INT,
        CONSTRAINT car_garage FOREIGN KEY (garage_id) REFERENCES garages (id),
        CONSTRAINT car_twin FOREIGN KEY (twin_id) REFERENCES cars (id));
    CREATE TABLE rides (id INT PRIMARY KEY, client_id INT NOT NULL, car_id INT,
        CONSTRAINT ride_client FOREIGN KEY (client_id) REFERENCES clients (id),
        CONSTRAINT ride_car FOREIGN KEY (car_id) REFERENCES cars (id));
";
/// Client 7 has a ride in car 1 of client 42, which stands in garage 1 and has car 2 for a twin, in garage 2.
pub(crate) const DATA: &str = "
    INSERT INTO clients VALUES (42, 'mine'), (7, 'other');
    INSERT INTO garages VALUES (1, 42), (2, 42), (3, 42), (4, 7);
    INSERT INTO cars VALUES (2, 2, NULL), (3, 3, NULL);
    INSERT INTO cars VALUES (1, 1, 2), (5, 1, 1);
    INSERT INTO rides VALUES (1, 42, 1), (2, 7, 1), (3, 7, NULL), (4, 42, 5);
";
pub(crate) const MINE: &str = "
    INSERT INTO clients VALUES (42, 'mine');
    INSERT INTO garages VALUES (1, 42), (2, 42), (3, 42);
    INSERT INTO cars VALUES (2, 2, NULL), (3, 3, NULL);
    INSERT INTO cars VALUES (1, 1, 2), (5, 1, 1);
    INSERT INTO rides VALUES (1, 42, 1), (4, 42, 5);
";
/// What client 7 needs of it.
pub(crate) const KEPT: &str = "
    INSERT INTO clients VALUES (42, 'mine'), (7, 'other');
    INSERT INTO garages VALUES (1, 42), (2, 42), (4, 7);
    INSERT INTO cars VALUES (2, 2, NULL);
    INSERT INTO cars VALUES (1, 1, 2);
    INSERT INTO rides VALUES (2, 7, 1), (3, 7, NULL);
";

/// l49: what stays behind is told.
///
/// Exactly those rows stay that others need; the client lives elsewhere all the same, and what is no longer needed goes
/// with another purge.
#[test]
fn what_others_reference_stays_until_nobody_does() {
    for (server, way) in servers().flat_map(|server| WAYS.map(|way| (server, way))) {
        let mut pair = Pair::new(server, "", SCHEMA, "", DATA);
        let before = pair.dumps();
        let refused = pair.moved(&["--integrity", way]);
        pair.refused(
            &refused,
            3,
            &["that are not this client's reference its rows: 1"],
            &before,
        );

        let flags = ["--integrity", way, "--incoming", "rides(car_id)=keep"];
        let plan = pair.planned(&flags);
        let kept = ["clients 1", "garages 2", "cars 2"];
        assert_eq!(rows_of(&plan["references"]["kept"]), kept, "{plan:#}");
        assert_eq!(treated(&plan["references"]), ["rides(car_id) → cars(id) keep 1"]);
        let moved = pair.moved(&flags).expect(0).json();
        assert_eq!(rows_of(&moved["move"]["references"]["kept"]), kept);
        let arrived = pair.with(MINE);
        assert_eq!(pair.dumps(), (before.0, arrived.clone()), "{} {way}", server.name());

        // The move was told what to keep; the purge needs no flag.
        let purged = pair.purged(&["--integrity", way, "--format", "json"]).expect(0).json();
        assert_eq!(rows_of(&purged["purge"]["kept"]), kept);
        assert_eq!(rows_of(&event(&pair, "finish")["kept"]), kept);
        let stays = pair.with(KEPT);
        assert_eq!(
            pair.dumps(),
            (stays.clone(), arrived.clone()),
            "{} {way}",
            server.name()
        );

        // Nothing has changed: nothing more goes, and the way back is barred by name.
        pair.purged(&["--integrity", way]).expect(0);
        assert_eq!(pair.dumps().0, stays);
        let id = pair.place.last_move();
        let back = pair.place.run(&["move", "--client", "42", "--to", "source"]);
        let barred = format!("kept there by the purge of move {id}, because rows of others reference them");
        pair.refused(
            &back,
            3,
            &[&barred, &format!("`exodus purge {id}` removes them")],
            &(stays, arrived.clone()),
        );

        // The client has changed its rows since: what stays is known by itself.
        pair.target.run("UPDATE clients SET name = 'changed' WHERE id = 42");
        let arrived = pair.dumps().1;
        pair.source.run("UPDATE rides SET car_id = NULL WHERE id = 2");
        pair.purged(&["--integrity", way]).expect(0);
        let rest = pair.with(
            "INSERT INTO clients VALUES (7, 'other'); INSERT INTO garages VALUES (4, 7);
             INSERT INTO rides VALUES (2, 7, NULL), (3, 7, NULL);",
        );
        assert_eq!(pair.dumps(), (rest, arrived), "{} {way}", server.name());
        let again = pair.purged(&[]);
        assert_eq!(again.code, 2, "{}", again.text());
        says_all(&again, &["has been purged already"]);
    }
}

/// What was kept and then changed is not removed: nobody knows whose change it was.
#[test]
fn what_stays_and_is_changed_is_told() {
    for server in servers() {
        let mut pair = Pair::new(server, "", SCHEMA, "", DATA);
        pair.moved(&["--keep-referenced"]).expect(0);
        pair.purged(&[]).expect(0);
        pair.source.run("UPDATE rides SET car_id = NULL WHERE id = 2; ");
        pair.source.run("UPDATE clients SET name = 'late' WHERE id = 42");
        let before = pair.dumps();
        let kept = pair.purged(&[]);
        pair.refused(&kept, 4, &["verification failed"], &before);
    }
}

/// A reference that came after the move is found by the purge, which keeps the row only if it is told to.
#[test]
fn a_reference_that_came_later_needs_a_flag() {
    for server in servers() {
        let data = DATA.replace("(2, 7, 1), ", "");
        let mut pair = Pair::new(server, "", SCHEMA, "", &data);
        pair.moved(&[]).expect(0);
        pair.source.run("UPDATE rides SET car_id = 2 WHERE id = 3");
        let before = pair.dumps();
        let refused = pair.purged(&[]);
        pair.refused(
            &refused,
            3,
            &["that are not this client's reference its rows: 1"],
            &before,
        );
        pair.purged(&["--keep-referenced"]).expect(0);
        let stays = pair.with(
            "INSERT INTO clients VALUES (42, 'mine'), (7, 'other');
             INSERT INTO garages VALUES (2, 42), (4, 7);
             INSERT INTO cars VALUES (2, 2, NULL);
             INSERT INTO rides VALUES (3, 7, 2);",
        );
        assert_eq!(pair.dumps(), (stays, before.1), "{}", server.name());
    }
}

/// A purge that dies between its commit and the journal is finished by the next one.
#[test]
fn a_purge_that_dies_after_its_commit_is_finished() {
    for server in servers() {
        let mut pair = Pair::new(server, "", SCHEMA, "", DATA);
        pair.moved(&["--keep-referenced"]).expect(0);
        let before = pair.dumps();
        held(&pair.place, "purge-removed");
        assert_eq!(pair.dumps(), before);
        held(&pair.place, "purge-committed");
        let after = pair.dumps();
        assert_eq!(after.0, pair.with(KEPT), "{}", server.name());
        pair.purged(&[]).expect(0);
        assert_eq!(pair.dumps(), after);
        assert_eq!(
            rows_of(&event(&pair, "finish")["kept"]),
            ["clients 1", "garages 2", "cars 2"]
        );
    }
}

fn held(place: &Place, failpoint: &str) {
    let id = place.last_move();
    place.hold(&["purge", &id, "--yes"], failpoint).kill();
}

//! A target that has no more room: the move is undone, and goes through once there is some.

use std::collections::BTreeMap;
use std::process::Command;
use std::time::{Duration, Instant};

use exodus_tests::beside::Beside;
use exodus_tests::binary::{Output, Place};
use exodus_tests::database::{Database, Server};
use exodus_tests::dump;
use exodus_tests::private::Private;
use exodus_tests::secrets;
use exodus_tests::world::{MOVE, World};

use super::case::{Case, Role};

const COLUMNS: &str = "id INT PRIMARY KEY, client_id INT NOT NULL, body TEXT NOT NULL";

/// Half a thousand rows of two kilobytes, which nobody stores in less.
fn rows(first: usize) -> String {
    let body = "planted-secret ".repeat(127);
    let values: Vec<_> = (first..first + 500).map(|id| format!("({id}, 42, '{body}')")).collect();
    format!("INSERT INTO papers VALUES {}", values.join(", "))
}

/// A client with so many rows.
fn large(mut world: World, count: usize, store: String) -> Case {
    for database in [&mut world.source, &mut world.target] {
        database.run(&format!(
            "CREATE TABLE papers ({COLUMNS}, FOREIGN KEY (client_id) REFERENCES clients (id))"
        ));
    }
    for first in (0..count).step_by(500) {
        world.source.run(&rows(first));
    }
    let papers = BTreeMap::from([("papers".to_owned(), "client_id = 42".to_owned())]);
    let papers = dump::only(&mut world.source, &papers);
    Case::of(world, store).and(&papers)
}

fn is_undone(case: &mut Case, what: &str, output: &Output) {
    println!("{what}: {}", case.outcome(output));
    assert_eq!(output.code, 3, "{what}: {}", output.text());
    case.is_told(what, Role::Target, output);
    assert_eq!(case.status(), "aborted", "{what}");
    case.is_as_before(what);
}

/// PostgreSQL's files may not grow over a limit; the tablespace of MySQL and MariaDB doesn't grow, and something else fills
/// it up.
pub(super) fn on_a_server(private: &Private, server: Server) {
    let what = format!("{}, no room", server.name());
    let store = Database::create(server);
    let name = store.name().to_owned();
    let world = World::of(Database::create(server), private.database(), Some(store));
    let mut case = large(world, 2_500, name);
    let mut filler = private.database();
    if server == Server::Postgres {
        private.limit(Some(4 << 20));
    } else {
        filler.run(&format!("CREATE TABLE papers ({COLUMNS})"));
        let mut beside = Beside::of(&filler);
        let taken = (0..100_000)
            .step_by(500)
            .take_while(|first| beside.run(&rows(*first)).is_ok());
        assert!(taken.count() < 100, "{what}: it has room for everything");
    }
    let output = case.world.place.run(&MOVE);
    is_undone(&mut case, &what, &output);
    private.limit(None);
    drop(filler);
    // A server may take a while to give the room back.
    let begun = Instant::now();
    while case.world.place.run(&MOVE).code != 0 {
        assert!(begun.elapsed() < Duration::from_mins(1), "{what}: there is room again");
    }
    case.ends_well(&what);
}

/// The files that exodus writes itself may not grow over a limit.
#[test]
fn of_a_file() {
    let mut case = large(World::new(Server::Sqlite), 2_000, "dispatch".to_owned());
    let output = limited(&case.world.place, &MOVE);
    is_undone(&mut case, "sqlite, no room", &output);
    case.ends_well("sqlite, no room");
}

/// The disk itself is full: the target's folder is a small file system, which only that process sees.
#[test]
fn of_a_disk() {
    let what = "sqlite, a full disk";
    let mut case = large(World::new(Server::Sqlite), 2_000, "dispatch".to_owned());
    let file = case.world.target.path().expect("a file");
    let folder = file.parent().expect("a folder").to_owned();
    let aside = case.world.place.path().join("aside");
    let plain = case.world.place.command(&MOVE);
    let script = format!(
        "cp -R '{0}' '{1}' && mount -t tmpfs -o size=1m none '{0}' || exit 99
         cp '{1}'/* '{0}' || exit 99; \"$0\" \"$@\"; code=$?; rm -r '{1}'; cp -R '{0}' '{1}'; exit $code",
        folder.display(),
        aside.display()
    );
    let output = Command::new("unshare")
        .args(["--map-root-user", "--mount", "sh", "-c", &script])
        .arg(plain.get_program())
        .args(plain.get_args())
        .current_dir(case.world.place.path())
        .env_remove("EXODUS_CONFIG")
        .output();
    let Some(output) = output
        .ok()
        .filter(|output| output.status.code() != Some(99) && aside.exists())
    else {
        println!("SKIPPED: this system lets nobody make a small file system");
        return;
    };
    // What the process left there, on the disk that others see.
    for left in std::fs::read_dir(&aside).expect("a folder") {
        let left = left.expect("a file");
        std::fs::copy(left.path(), folder.join(left.file_name())).expect("copied");
    }
    case.reconnect(Role::Target);
    let output = said(&output);
    assert!(output.text().contains("full"), "{what}: {}", output.text());
    is_undone(&mut case, what, &output);
    case.ends_well(what);
}

/// Two megabytes; without the signal, which would end any program.
fn limited(place: &Place, arguments: &[&str]) -> Output {
    let plain = place.command(arguments);
    let output = Command::new("sh")
        .args(["-c", "trap '' XFSZ; ulimit -f 4096; exec \"$0\" \"$@\""])
        .arg(plain.get_program())
        .args(plain.get_args())
        .current_dir(place.path())
        .env_remove("EXODUS_CONFIG")
        .output()
        .expect("a shell");
    said(&output)
}

fn said(output: &std::process::Output) -> Output {
    secrets::none_in_output("a move without room", &output.stdout, &output.stderr);
    Output {
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

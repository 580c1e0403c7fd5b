//! Folders of Parquet files: what is damaged in them, and what other programs read from them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::thread;
use std::time::Duration;

use exodus_tests::binary::Place;
use exodus_tests::database::{Database, Server};
use exodus_tests::world::servers;

use crate::support::{Ends, client};

fn file(ends: &Ends, number: &str) -> PathBuf {
    let names = fs::read_dir(ends.place.path().join("x")).expect("a folder");
    let mut paths = names.map(|entry| entry.expect("an entry").path());
    let is_it = |path: &PathBuf| {
        path.file_name()
            .is_some_and(|name| name.to_string_lossy().starts_with(number))
    };
    paths.find(is_it).expect("a file of that number")
}

fn manifest(folder: &Path) -> serde_json::Value {
    let text = fs::read_to_string(folder.join("manifest.json")).expect("a manifest");
    serde_json::from_str(&text).expect("JSON")
}

/// Cut off, altered, exchanged for another, or gone.
#[test]
fn a_damaged_file_leaves_nothing() {
    for server in servers() {
        let mut ends = Ends::on(server);
        ends.export(&["--to", "x", "--format", "parquet"]).expect(0);
        let path = file(&ends, "001_clients");
        let whole = fs::read(&path).expect("the file");
        let mut altered = whole.clone();
        let secret = whole.windows(17).position(|part| part == b"planted-secret-42");
        // Where the text is compressed away any byte of the values will do.
        altered[secret.unwrap_or(30)] ^= 1;
        let other = fs::read(file(&ends, "002")).expect("the file");
        for damaged in [
            &whole[..0],
            &whole[..whole.len() / 2],
            &whole[..whole.len() - 1],
            &altered,
            &other,
        ] {
            fs::write(&path, damaged).expect("written");
            let refused = ends.place.run(&["import", "x", "--to", "target"]).expect(3);
            assert!(refused.stderr.contains("cut off or altered"), "{}", refused.stderr);
            assert!(!refused.text().contains("planted-secret"), "{}", refused.text());
            ends.assert_only_clients(&[]);
        }
        fs::remove_file(&path).expect("removed");
        ends.place.run(&["import", "x", "--to", "target"]).expect(3);
        ends.assert_only_clients(&[]);
        fs::write(&path, &whole).expect("written");
        ends.place.run(&["import", "x", "--to", "target"]).expect(0);
        ends.assert_arrived();
    }
}

/// Another client's file under this one's manifest: whole, with the same columns, and not what the manifest tells of.
#[test]
fn rows_of_another_export_are_found_by_their_digest() {
    let mut ends = Ends::on(Server::Sqlite);
    ends.export(&["--to", "x", "--format", "parquet"]).expect(0);
    let digest = manifest(&ends.place.path().join("x"))["end"]["tables"][0]["file"].clone();
    ends.source.run("UPDATE clients SET phone = 'changed' WHERE id = 42");
    ends.export(&["--to", "y", "--format", "parquet"]).expect(0);
    let other = manifest(&ends.place.path().join("y"))["end"]["tables"][0]["file"].clone();
    fs::copy(ends.place.path().join("y/001_clients.parquet"), file(&ends, "001")).expect("copied");
    let path = ends.place.path().join("x/manifest.json");
    let text = fs::read_to_string(&path).expect("a manifest");
    let text = text.replace(digest.as_str().expect("a digest"), other.as_str().expect("a digest"));
    fs::write(&path, text).expect("written");
    let refused = ends.place.run(&["import", "x", "--to", "target"]).expect(3);
    assert!(
        refused
            .stderr
            .contains("rows of clients are not those that were written"),
        "{}",
        refused.stderr
    );
    ends.assert_only_clients(&[]);
}

#[test]
fn a_folder_lies_beside_no_other_files() {
    let ends = Ends::on(Server::Sqlite);
    ends.export(&["--to", "x.parquet"]).expect(0);
    let names = fs::read_dir(ends.place.path().join("x.parquet")).expect("a folder");
    let mut names: Vec<_> = names
        .map(|entry| entry.expect("an entry").file_name().display().to_string())
        .collect();
    names.sort();
    assert_eq!(names[0], "001_clients.parquet");
    assert_eq!(names.len(), 4, "three tables and the manifest: {names:?}");
    let refused = ends
        .place
        .run(&["import", "x.parquet/001_clients.parquet", "--to", "target"])
        .expect(2);
    assert!(
        refused.stderr.contains("one table's Parquet file"),
        "{}",
        refused.stderr
    );
    ends.export(&["--to", "x.parquet"]).expect(3);
    ends.export(&["--to", "x.parquet", "--force"]).expect(0);
}

/// Masked values must not be in the files, not even in what they tell of the smallest and the largest value.
#[test]
fn masks_hold_in_statistics_too() {
    for server in servers() {
        let mut ends = Ends::on(server);
        ends.export(&[
            "--to",
            "x",
            "--format",
            "parquet",
            "--mask",
            "clients.email=fake-email",
            "--mask",
            "clients.phone=null",
        ])
        .expect(0);
        for entry in fs::read_dir(ends.place.path().join("x")).expect("a folder") {
            let bytes = fs::read(entry.expect("an entry").path()).expect("the file");
            assert!(!bytes.windows(14).any(|part| part == b"planted-secret"));
        }
        ends.place.run(&["import", "x", "--to", "target"]).expect(0);
        let found = client(&mut ends.target);
        assert!(
            found[0][2]
                .as_ref()
                .is_some_and(|email| email.ends_with("@example.com"))
        );
        assert_eq!(found[1..], client(&mut ends.source)[1..], "all else is as it was");
    }
}

/// Runs a command and asks again and again how much memory it holds, beside its code and what it maps; the most, in KiB.
fn watched(place: &Place, arguments: &[&str]) -> u64 {
    let mut child = place
        .command(arguments)
        .stdout(Stdio::null())
        .spawn()
        .expect("it starts");
    let path = format!("/proc/{}/status", child.id());
    let mut most = 0;
    loop {
        if let Some(status) = child.try_wait().expect("a child") {
            assert!(status.success(), "{arguments:?}: {status}");
            return most;
        }
        let status = fs::read_to_string(&path).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:"));
        let held = line.and_then(|line| line.trim().strip_suffix(" kB")?.parse().ok());
        most = most.max(held.unwrap_or(0));
        // Nothing is waited for: so often a sample is taken.
        thread::sleep(Duration::from_millis(5));
    }
}

/// A value that no group before had any like: the table is read a second time, nothing is doubled, and no more than a
/// group is held.
#[test]
fn many_rows_of_which_the_last_fit_no_type() {
    let (mut source, mut target) = (Database::create(Server::Sqlite), Database::create(Server::Sqlite));
    for database in [&mut source, &mut target] {
        database.run(
            "CREATE TABLE clients (id INTEGER PRIMARY KEY);
             CREATE TABLE notes (id INTEGER PRIMARY KEY, client_id INTEGER NOT NULL REFERENCES clients (id), v, w TEXT);",
        );
    }
    // All rows together are more than the bound.
    source.run(
        "INSERT INTO clients VALUES (42);
         WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 80000)
             INSERT INTO notes SELECT i, 42, CASE i WHEN 80000 THEN 'last' ELSE i END, hex(randomblob(400)) FROM n;",
    );
    let place = Place::of("root = \"clients\"", &source, &target);
    let export = ["export", "--client", "42", "--from", "source", "--to", "x.parquet"];
    let import = ["import", "x.parquet", "--to", "target"];
    for arguments in [&export[..], &import] {
        let most = watched(&place, arguments);
        println!("{}: {most} KiB", arguments[0]);
        assert!(most < 64 * 1024, "{}: {most} KiB", arguments[0]);
    }
    let sums = "SELECT count(*), sum(id), count(DISTINCT w), min(typeof(v)), max(typeof(v)), sum(v) FROM notes";
    assert_eq!(target.rows(sums), source.rows(sums));
    assert_eq!(target.rows(sums)[0][3].as_deref(), Some("integer"));
}

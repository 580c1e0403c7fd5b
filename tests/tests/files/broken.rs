//! Files that are not whole, and places where none can be.

use std::fs::{self, File};
use std::process::Stdio;

use exodus_tests::database::Server;
use exodus_tests::secrets;
use exodus_tests::world::servers;

use crate::support::Ends;

/// The property for every byte is tested in the crate; here a server must have kept nothing.
#[test]
fn a_file_that_was_cut_off_leaves_nothing() {
    for server in servers() {
        let mut ends = Ends::on(server);
        ends.export(&["--to", "x.jsonl"]).expect(0);
        ends.export(&["--to", "x.jsonl.zst"]).expect(0);
        ends.export(&["--to", "x.jsonl.gz"]).expect(0);
        for name in ["x.jsonl", "x.jsonl.zst", "x.jsonl.gz"] {
            let whole = fs::read(ends.place.path().join(name)).expect("the file");
            let row = whole
                .windows(10)
                .rposition(|part| part == b"{\"table\":\"")
                .unwrap_or(whole.len() / 2);
            for cut in [0, 10, whole.len() / 2, row, row + 30, whole.len() - 1] {
                fs::write(ends.place.path().join("cut"), &whole[..cut]).expect("written");
                let refused = ends.place.run(&["import", "cut", "--to", "target"]).expect(3);
                assert!(!refused.text().contains("planted-secret"), "{}", refused.text());
                ends.assert_only_clients(&[]);
            }
        }
    }
}

/// One altered character.
#[test]
fn a_file_that_was_altered_leaves_nothing() {
    for server in servers() {
        let mut ends = Ends::on(server);
        ends.export(&["--to", "x.jsonl"]).expect(0);
        let text = fs::read_to_string(ends.place.path().join("x.jsonl")).expect("the file");
        for (from, to) in [
            ("planted-secret-42@", "planted-secret-43@"),
            ("\"phone\":null", "\"phone\":\"\""),
            ("\"rows\":3", "\"rows\":2"),
            ("\"client\":\"42\"", "\"client\":\"7\""),
            ("{\"table\":\"clients\"", "{\"table\":\"empties\""),
        ] {
            assert!(text.contains(from) || server.dialect() == "postgres", "{from}");
            let altered = text.replacen(from, to, 1);
            if altered == text {
                continue;
            }
            fs::write(ends.place.path().join("altered"), altered).expect("written");
            let refused = ends.place.run(&["import", "altered", "--to", "target"]).expect(3);
            assert!(!refused.text().contains("planted-secret"), "{}", refused.text());
            ends.assert_only_clients(&[]);
        }
    }
}

/// Rows of a table's file that are missing, doubled, or of another table.
#[test]
fn a_folder_that_was_altered_leaves_nothing() {
    let mut ends = Ends::on(Server::Sqlite);
    ends.export(&["--to", "x", "--format", "csv"]).expect(0);
    let clients = ends.place.path().join("x/001_clients.csv");
    let text = fs::read_to_string(&clients).expect("the file");
    let last = text.trim_end().lines().last().expect("a row");
    for altered in [
        text.replacen("planted-secret-42", "planted-secret-43", 1),
        text.replacen(last, "", 1).trim_end().to_owned() + "\r\n",
        format!("{text}{last}\r\n"),
        text.replacen("email", "phone", 1),
        text[..text.len() - 1].to_owned(),
        text.replacen("example.org,", "example.org,\"\"", 1),
    ] {
        assert_ne!(altered, text);
        fs::write(&clients, &altered).expect("written");
        ends.place.run(&["import", "x", "--to", "target"]).expect(3);
        ends.assert_only_clients(&[]);
    }
    fs::remove_file(&clients).expect("removed");
    ends.place.run(&["import", "x", "--to", "target"]).expect(3);
    fs::write(&clients, &text).expect("written");
    fs::remove_file(ends.place.path().join("x/manifest.json")).expect("removed");
    ends.place.run(&["import", "x", "--to", "target"]).expect(3);
}

/// What is there is not overwritten, and what failed is not there.
#[test]
fn places_that_take_no_file() {
    let ends = Ends::on(Server::Sqlite);
    let path = ends.place.path().join("x.jsonl");
    fs::write(&path, "precious").expect("written");
    let refused = ends.export(&["--to", "x.jsonl"]).expect(3);
    assert!(refused.stderr.contains("--force"), "{}", refused.stderr);
    assert_eq!(fs::read_to_string(&path).expect("still there"), "precious");
    ends.export(&["--to", "x.jsonl", "--force"]).expect(0);
    assert!(
        fs::read_to_string(&path)
            .expect("replaced")
            .starts_with("{\"manifest\"")
    );
    let refused = ends.export(&["--to", "no/such/folder/x.jsonl"]).expect(3);
    assert!(
        refused.stderr.contains("the folder has to be there"),
        "{}",
        refused.stderr
    );
    ends.export(&["--to", "unnamed"]).expect(2);
    ends.export(&["--to", "x.csv", "--format", "csv", "--dialect", "mysql"])
        .expect(2);
    for format in ["csv", "parquet"] {
        let refused = ends.export(&["--to", "-", "--format", format]).expect(2);
        assert!(refused.stderr.contains("can't go through a pipe"), "{}", refused.stderr);
    }
    let refused = ends.export(&["--to", "x.parquet.zst"]).expect(2);
    assert!(refused.stderr.contains("compressed inside"), "{}", refused.stderr);
    let known = fs::read_dir(ends.place.path()).expect("a folder").count();
    assert_eq!(known, 2, "the configuration and one file");
}

/// A full disk is told as one.
#[test]
fn a_full_disk_is_told() {
    let Ok(full) = File::options().write(true).open("/dev/full") else {
        println!("SKIPPED: there is no /dev/full here");
        return;
    };
    let ends = Ends::on(Server::Sqlite);
    let mut export = ends
        .place
        .command(&["export", "--client", "42", "--from", "source", "--to", "-"]);
    let output = export.stdout(Stdio::from(full)).output().expect("it runs");
    secrets::none_in("export", &output.stderr);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(3), "{said}");
    assert!(
        said.contains("No space left") && said.contains("help: make room"),
        "{said}"
    );
}

//! Files that exodus makes are their owner's alone, and a link that somebody has put in the way leads nowhere.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use exodus_tests::database::Server;
use exodus_tests::world::World;

/// The files below, and the rights of each.
fn files(folder: &Path) -> Vec<(PathBuf, u32)> {
    let mut found = vec![];
    for entry in fs::read_dir(folder).expect("a folder") {
        let entry = entry.expect("an entry");
        let about = entry.metadata().expect("a file");
        if about.is_dir() {
            found.extend(files(&entry.path()));
        } else {
            found.push((entry.path(), about.permissions().mode() & 0o777));
        }
    }
    found
}

#[test]
fn nobody_else_reads_them() {
    let world = World::new(Server::Sqlite);
    let place = &world.place;
    for to in ["42.sql", "42.jsonl.gz", "42.sqlite", "csv", "parquet"] {
        let mut arguments = vec!["export", "--client", "42", "--from", "source", "--to", to];
        if !to.contains('.') {
            arguments.extend(["--format", to]);
        }
        place.run(&arguments).expect(0);
    }
    let make = [
        "move",
        "--client",
        "42",
        "--to",
        "alone.sqlite",
        "--create-tables",
        "--with-context",
    ];
    place.run(&make).expect(0);
    let files = files(place.path());
    let found: Vec<_> = files
        .iter()
        .filter(|(path, _)| !path.ends_with("exodus.toml"))
        .collect();
    assert!(found.len() > 10, "{found:?}");
    for (path, rights) in found {
        assert_eq!(*rights, 0o600, "{}", path.display());
    }
}

#[test]
fn links_are_not_followed() {
    let world = World::new(Server::Sqlite);
    let place = &world.place;
    let elsewhere = place.path().join("elsewhere");
    for (link, arguments) in [
        (
            "42.sql",
            &["export", "--client", "42", "--from", "source", "--to", "42.sql"][..],
        ),
        (
            "42.sqlite",
            &["export", "--client", "42", "--from", "source", "--to", "42.sqlite"],
        ),
        (
            "alone.sqlite",
            &[
                "move",
                "--client",
                "42",
                "--to",
                "alone.sqlite",
                "--create-tables",
                "--with-context",
            ],
        ),
        ("other.toml", &["--config", "other.toml", "init", "--from", "source"]),
    ] {
        symlink(&elsewhere, place.path().join(link)).expect("a link");
        let output = place.run(arguments);
        assert!(output.code != 0, "{arguments:?}: {output:?}");
        assert!(!elsewhere.exists(), "{arguments:?} wrote through a link");
    }
    let store = place.path().join("exodus-dispatch.sqlite");
    fs::remove_file(&store).expect("the store");
    symlink(&elsewhere, &store).expect("a link");
    let refused = place.run(&["dispatch", "init", "--enrol-from", "source"]);
    assert!(
        refused.code != 0 && refused.stderr.contains("symbolic link"),
        "{refused:?}"
    );
    assert!(!elsewhere.exists(), "the store was made through a link");
}

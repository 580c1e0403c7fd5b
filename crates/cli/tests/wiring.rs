//! What every command has in common, through the real binary: the configuration, exit codes, output, passwords.

mod support;

use std::fs;
use std::io::Read;
use std::process::Stdio;

use support::{Place, Ran};

const SHARDS: &str = "[databases]\nmonolith = \"monolith.sqlite\"\nshard3 = \"shard3.sqlite\"\n";

/// l51: each way to end has its code, whatever the command; and the codes are the ones in exit.rs.
#[test]
fn l51_exit_codes() {
    let place = Place::new(SHARDS);
    place.run(&["--help"]).ends(0);
    place.run(&["no-such-command"]).ends(2);
    place.run(&["moves", "--status", "nonsense"]).ends(2).says(&["aborted"]);
    place
        .run(&["moves"])
        .ends(3)
        .says(&["error: ", "help: ", "exodus dispatch init"]);
    place.run(&["dispatch", "init"]).ends(0);
    place.run(&["dispatch", "init"]).ends(0);
    place.run(&["moves"]).ends(0);
    place.run(&["moves", "show", "7"]).ends(2).says(&["no move 7"]);
    place.run(&["dispatch", "show", "--client", "1"]).ends(2);
    place
        .run(&["dispatch", "set", "--client", "1", "--shard", "shard4"])
        .ends(2)
        .says(&["`shard4`", "`shard3`"]);
    place
        .run(&["dispatch", "set", "--client", "1", "--shard", "shard3"])
        .ends(0);
    place
        .run(&["dispatch", "init", "--enrol-from", "monolith"])
        .ends(3)
        .says(&["monolith"]);
    place
        .run(&["--config", "nowhere.toml", "moves"])
        .ends(2)
        .says(&["nowhere.toml", "exodus init"]);

    // A store that can't be read is a failure, not an empty one.
    fs::write(
        place.path().join("exodus-dispatch.sqlite"),
        "this is no database at all",
    )
    .expect("damage");
    place.run(&["moves"]).ends(3);
}

#[test]
fn failures_are_json_where_json_was_asked_for() {
    let place = Place::new(SHARDS);
    let ran = place.run(&["moves", "--format", "json"]).ends(3);
    let error = &ran.json()["error"];
    assert_eq!(
        (error["code"].as_i64(), error["kind"].as_str()),
        (Some(3), Some("runtime"))
    );
    assert!(
        error["help"]
            .as_str()
            .is_some_and(|help| help.contains("exodus dispatch init")),
        "{ran:?}"
    );
    assert_eq!(ran.err, "", "one stream is enough for a program");
}

#[test]
fn l61_unknown_keys_stop_every_command_that_reads_the_configuration() {
    let place = Place::new("\ndispach = \"x.sqlite\"\n");
    for args in [&["moves"][..], &["dispatch", "show"], &["classify"]] {
        place.run(args).ends(2).says(&[
            "error: exodus.toml:2:1: unknown key `dispach`",
            "help: did you mean `dispatch`?",
        ]);
    }
    // From a folder below, the path says where the file is.
    let below = place.path().join("a/b");
    fs::create_dir_all(&below).expect("folders");
    let ran = Ran::of(place.command(&["moves"]).current_dir(&below).output().expect("it runs")).ends(2);
    assert!(ran.err.contains("exodus.toml:2:1"), "{ran:?}");
}

#[test]
fn variables_of_the_environment() {
    let place = Place::new("dispatch = \"${STORE}\"\n");
    place
        .run(&["dispatch", "init"])
        .ends(2)
        .says(&["exodus.toml:1:12", "`STORE` is not set", "${STORE:-value}"]);
    let ran = Ran::of(
        place
            .command(&["dispatch", "init"])
            .env("STORE", "here.sqlite")
            .output()
            .expect("it runs"),
    );
    ran.ends(0);
    assert!(
        place.path().join("here.sqlite").exists(),
        "the path starts at the configuration's folder"
    );

    let place = Place::new("dispatch = \"store\"\n[databases]\nstore = \"${STORE:-a.sqlite}\"\n");
    place.run(&["dispatch", "init"]).ends(0);
    assert!(place.path().join("a.sqlite").exists());
}

/// What it recommends goes on working when there is a second database.
#[test]
fn init_says_whose_tables_are_to_be_classified() {
    let place = Place::new("dispatch = \"store\"\n[databases]\nstore = \"a.sqlite\"\n");
    place.run(&["dispatch", "init"]).ends(0);
    let told = |args: &[&str]| {
        let ran = place.run(&[&["init", "--force"], args].concat()).ends(0);
        ran.out.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let bare = told(&[]);
    assert!(bare.contains("`exodus classify --from NAME`"), "{bare}");
    let found = told(&["--from", "a.sqlite", "--root", "exodus_clients"]);
    assert!(found.contains("Next: `exodus classify --from monolith`"), "{found}");
}

/// l63: wherever a password comes from and whatever goes wrong, nobody sees it.
#[test]
fn l63_no_output_holds_a_password() {
    const SECRET: &str = "hunter2-s3cret";
    let urls = [
        format!("postgres://u:{SECRET}@127.0.0.1:1/d"),
        format!("mysql://u:{SECRET}@127.0.0.1:1/d"),
        format!("postgres://u:{SECRET}@127.0.0.1:1/d?sslmode=nonsense"),
        format!("postgres://u:{SECRET}/@127.0.0.1:1/d"),
        format!("oracle://u:{SECRET}@127.0.0.1:1/d"),
        format!("u:{SECRET}@127.0.0.1/d"),
    ];
    for url in &urls {
        for text in [url.replace(SECRET, "${SECRET}"), url.clone()] {
            let place = Place::new(&format!("dispatch = \"store\"\n[databases]\nstore = \"{text}\"\n"));
            for format in ["text", "json"] {
                for args in [
                    &["moves", "-vvv", "--log-format", format][..],
                    &["dispatch", "init", "--enrol-from", url],
                    &["init", "--force", "--from", url],
                ] {
                    let args = [args, &["--format", format]].concat();
                    let mut command = place.command(&args);
                    command
                        .env("SECRET", SECRET)
                        .env("PGPASSWORD", SECRET)
                        .env("MYSQL_PWD", SECRET);
                    let ran = Ran::of(command.output().expect("it runs"));
                    assert_ne!(ran.code, Some(0), "{ran:?}");
                    assert!(!ran.out.contains(SECRET) && !ran.err.contains(SECRET), "{ran:?}");
                }
            }
        }
    }
}

/// `exodus dispatch show | head`: no panic, and no complaint either.
#[test]
fn a_reader_that_leaves_is_no_failure() {
    let place = Place::new(SHARDS);
    place.run(&["dispatch", "init"]).ends(0);
    for client in 0..3 {
        place
            .run(&["dispatch", "set", "--client", &client.to_string(), "--shard", "shard3"])
            .ends(0);
    }
    for args in [
        &["dispatch", "show"][..],
        &["dispatch", "show", "--format", "json"],
        &["moves", "show", "9", "--format", "json"],
    ] {
        let mut child = place
            .command(args)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("it starts");
        drop(child.stdout.take());
        let mut err = String::new();
        child
            .stderr
            .take()
            .expect("piped")
            .read_to_string(&mut err)
            .expect("UTF-8");
        let code = child.wait().expect("it ends").code();
        assert_eq!(err, "");
        assert_eq!(code, Some(if args[0] == "moves" { 2 } else { 0 }), "{args:?}");
    }
}

#[test]
fn text_fits_80_columns_and_has_no_colour_in_a_pipe() {
    let place = Place::new(&format!(
        "{SHARDS}{} = \"far.sqlite\"\n",
        "a-very-long-name-of-a-shard".repeat(4)
    ));
    place.run(&["dispatch", "init"]).ends(0);
    let long = "k".repeat(200);
    let far = "a-very-long-name-of-a-shard".repeat(4);
    for (client, shard) in [("-5", "shard3"), (&long, &far), ("a\u{1b}[31m", "shard3")] {
        place
            .run(&["dispatch", "set", "--client", client, "--shard", shard])
            .ends(0);
    }
    let mut printed = vec![place.run(&["dispatch", "show"]).ends(0).out];
    for args in [
        &["--help"][..],
        &["help", "dispatch"],
        &["dispatch", "init", "--help"],
        &["dispatch", "show", "--help"],
        &["moves", "--help"],
        &["init", "--help"],
    ] {
        printed.push(place.run(args).ends(0).out);
    }
    for line in printed.iter().flat_map(|text| text.lines()) {
        assert!(line.chars().count() <= 80 && !line.contains('\u{1b}'), "{line:?}");
    }
    let shown = place.run(&["dispatch", "show", "--format", "json"]).ends(0).json();
    let keys: Vec<_> = shown["clients"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|row| row["client"].clone())
        .collect();
    assert_eq!(keys, ["-5", "a\u{1b}[31m", &long], "numbers first; keys as they are");
}

#[test]
fn init_writes_what_every_command_reads_and_overwrites_nothing() {
    let place = Place::new("root = \"mine\"\n");
    place.run(&["init"]).ends(2).says(&["exodus.toml", "--force"]);
    assert_eq!(
        fs::read_to_string(place.path().join("exodus.toml")).expect("it is there"),
        "root = \"mine\"\n"
    );
    place.run(&["init", "--force", "--root", "odd \"name\""]).ends(0);
    place.run(&["dispatch", "init"]).ends(0);
    place.run(&["--config", "other.toml", "init"]).ends(0);
    place.run(&["--config", "other.toml", "moves"]).ends(0);
    place.run(&["init", "--force", "--from", "missing.sqlite"]).ends(3);
    assert!(!place.path().join("missing.sqlite").exists(), "looking makes no file");
}

//! What can't be kept is an error, and never no waiting.

use exodus_tests::database::Server;
use exodus_tests::world::{MOVE, World};

use super::{WAITS, says};

/// An empty or unusable setting never stands for no waiting: l46.
#[test]
fn l46_settings_that_can_not_be_kept_are_errors() {
    let world = World::new(Server::Sqlite);
    for (flags, words) in [
        (&["--drain", ""][..], "500ms, 10s or 5m"),
        (&["--drain-limit", "30"], "500ms, 10s or 5m"),
        (&["--drain-limit=-1s"], "500ms, 10s or 5m"),
        (&["--freeze-budget", "0s"], "can't be kept"),
        (&["--freeze-budget", "1s", "--drain", "2s"], "can't be kept"),
        (&["--drain-blind"], "would wait for nobody"),
    ] {
        says(&world.place.run(&[&MOVE[..], flags].concat()).expect(2), words);
    }
    let path = world.place.path().join("exodus.toml");
    let text = std::fs::read_to_string(&path).expect("a configuration");
    for (lines, words) in [
        ("drain = \"\"", "exodus.toml:8:9: the value should be a duration"),
        (
            "drain_limit = \"soon\"",
            "exodus.toml:8:15: the value should be a duration",
        ),
        ("budget = 5", "exodus.toml:8:10: the value should be"),
        ("limit = \"5s\"", "unknown key `limit`"),
        ("budget = \"0s\"", "can't be kept"),
    ] {
        std::fs::write(&path, format!("{text}\n[freeze]\n{lines}\n")).expect("a configuration");
        says(&world.place.run(&MOVE).expect(2), words);
    }
    std::fs::write(&path, format!("{text}\n[freeze]\ndrain = \"700ms\"\n")).expect("a configuration");
    let moved = world.place.run(&MOVE).expect(0);
    says(&moved, WAITS);
}

//! Room on the target: what is known to be too little is said before a move, and keeps nobody from trying.

use std::process::Command;

use exodus_tests::database::Server;
use exodus_tests::secrets;
use exodus_tests::world::{MOVE, World};

const LOOK: [&str; 6] = ["move", "--client", "42", "--to", "target", "--dry-run"];

fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A limit of the server's, for this database alone.
#[test]
fn a_limit_of_the_server_is_told() {
    for server in [Server::Postgres, Server::Postgres18] {
        if !server.is_there() {
            continue;
        }
        let mut world = World::new(server);
        let look = world.fails(&LOOK, 0);
        assert!(!look.stdout.contains("temp_file_limit"), "{}", look.stdout);
        let name = world.target.name().to_owned();
        world
            .target
            .run(&format!("ALTER DATABASE {name} SET temp_file_limit = '1kB'"));
        let look = words(&world.fails(&LOOK, 0).stdout);
        for says in [
            "target: a session's sorts and hashes may take (temp_file_limit) 1024 bytes, and the client's rows need about",
            "raise temp_file_limit for this user",
        ] {
            assert!(look.contains(says), "`{says}`: {look}");
        }
        let moved = world.place.run(&MOVE).expect(0);
        assert!(
            words(&moved.stderr).contains("(temp_file_limit) 1024 bytes"),
            "{moved:#?}"
        );
    }
}

/// The file system of an SQLite file: a small one, which only this process sees.
#[test]
fn the_file_system_of_a_file_is_told() {
    let mut world = World::new(Server::Sqlite);
    let folder = world.place.path().join("small");
    std::fs::create_dir(&folder).expect("a folder");
    let (source, target) = (world.source.path(), world.target.path());
    let (source, target) = (source.expect("a file"), target.expect("a file"));
    let config = format!(
        "root = \"clients\"\n[databases]\nsource = 'sqlite:{}'\ntarget = 'sqlite:{}/db.sqlite'\n",
        source.display(),
        folder.display()
    );
    std::fs::write(world.place.path().join("exodus.toml"), config).expect("a configuration");
    let plain = world.place.command(&LOOK);
    let mount = format!(
        "mount -t tmpfs -o size=256k none '{0}' || exit 99; cp '{1}' '{0}/db.sqlite' && exec \"$0\" \"$@\"",
        folder.display(),
        target.display()
    );
    let run = || {
        Command::new("unshare")
            .args(["--map-root-user", "--mount", "sh", "-c", &mount])
            .arg(plain.get_program())
            .args(plain.get_args())
            .current_dir(world.place.path())
            .output()
    };
    let Some(first) = run().ok().filter(|output| output.status.code() != Some(99)) else {
        println!("SKIPPED: this system lets nobody make a small file system");
        return;
    };
    if first.status.code() == Some(1) && first.stdout.is_empty() {
        println!("SKIPPED: {}", String::from_utf8_lossy(&first.stderr));
        return;
    }
    secrets::none_in_output("move --dry-run", &first.stdout, &first.stderr);
    let text = words(&String::from_utf8_lossy(&first.stdout));
    assert_eq!(first.status.code(), Some(0), "{first:#?}");
    assert!(!text.contains("the file system of its file"), "{text}");
    let values: Vec<_> = (100..200)
        .map(|id| format!("({id}, 42, '{}')", "x".repeat(5_000)))
        .collect();
    world
        .source
        .run(&format!("INSERT INTO orders VALUES {}", values.join(", ")));
    let second = run().expect("unshare");
    let text = words(&String::from_utf8_lossy(&second.stdout));
    assert_eq!(second.status.code(), Some(0), "{second:#?}");
    for says in [
        "target: the file system of its file has",
        "the client's rows need about 50",
    ] {
        assert!(text.contains(says), "`{says}`: {text}");
    }
}

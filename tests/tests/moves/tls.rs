//! `tls` and `tls_ca` of a configuration, on live servers.

use std::path::{Path, PathBuf};

use exodus_tests::binary::{Output, Place};
use exodus_tests::database::{Database, Server};
use exodus_tests::secrets;
use exodus_tests::tls;
use exodus_tests::world::networked;

/// Good until 2021, for localhost and 127.0.0.1; nothing else was ever made with this key.
const OLD: &str = include_str!("expired/server.pem");
const OLD_KEY: &str = include_str!("expired/server.key");

/// The authority of the servers' certificates, which are for localhost and 127.0.0.1.
fn authority() -> Option<PathBuf> {
    let file = std::env::var_os("EXODUS_TEST_TLS_CA").map(PathBuf::from);
    if file.is_none() {
        println!("SKIPPED: EXODUS_TEST_TLS_CA is not set; tests/run starts the servers");
        assert!(std::env::var_os("CI").is_none(), "CI has to test TLS");
    }
    file
}

/// An authority that has signed nothing here.
fn somebody_else() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/engine/tests/postgres/somebody-else-ca.pem")
}

/// Runs `schema` on a database that is configured with these keys.
fn read(database: &Database, keys: &str) -> Output {
    read_at(&database.address(), keys)
}

/// The same where it is found by another address.
fn read_at(address: &str, keys: &str) -> Output {
    let place = Place::new("", &[]);
    let text = format!("[databases.shop]\nurl = {}\n{keys}\n", toml::Value::from(address));
    std::fs::write(place.path().join("exodus.toml"), text).expect("a configuration");
    place.run(&["schema", "--from", "shop"])
}

fn keys(tls: &str, authority: &Path) -> String {
    let authority = authority.display().to_string();
    format!("tls = \"{tls}\"\ntls_ca = {}", toml::Value::from(authority))
}

#[test]
fn the_configured_authority_is_believed_and_no_other() {
    let Some(authority) = authority() else { return };
    for server in networked() {
        let mut database = Database::create(server);
        database.run("CREATE TABLE here (id INT PRIMARY KEY)");
        for tls in ["verify-full", "verify-ca", "require"] {
            let output = read(&database, &keys(tls, &authority)).expect(0);
            assert!(output.stdout.contains("here"), "{}", output.text());
            let output = read(&database, &keys(tls, &somebody_else())).expect(3);
            for says in ["shop", "trusted authority", "tls_ca"] {
                assert!(output.stderr.contains(says), "{tls}: {}", output.stderr);
            }
        }
        // The system's authorities don't know ours.
        read(&database, "tls = \"verify-full\"").expect(3);
        read(&database, "tls = \"require\"").expect(0);
        read(&database, "tls = \"disable\"").expect(0);
    }
}

/// Which of the three it is, and what to do about it: another name, a certificate that was good once, an authority that
/// nobody knows.
#[test]
fn a_certificate_is_refused_for_what_is_wrong_with_it() {
    let Some(authority) = authority() else { return };
    for server in networked() {
        let mut database = Database::create(server);
        database.run("CREATE TABLE here (id INT PRIMARY KEY)");
        let elsewhere = tls::under_another_name(&database.address());
        let refused = |address: &str, keys: &str, words: &[&str]| {
            let output = read_at(address, keys).expect(3);
            for says in [&["shop"], words].concat() {
                assert!(output.stderr.contains(says), "{server:?}: `{says}`: {}", output.stderr);
            }
            assert!(!output.text().contains("here"), "{server:?}: it was read");
        };
        let full = keys("verify-full", &authority);
        refused(&elsewhere, &full, &["is not for 127.0.0.2", "sslmode=verify-ca"]);
        // With everything but the name it would do.
        read_at(&elsewhere, &keys("verify-ca", &authority)).expect(0);

        let old = tls::with_certificate(&database.address(), OLD, OLD_KEY);
        let its_own = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/moves/expired/authority.pem");
        for mode in ["verify-full", "verify-ca", "require"] {
            refused(&old, &keys(mode, &its_own), &["has expired", "renew it"]);
        }
        refused(
            &database.address(),
            &keys("verify-full", &somebody_else()),
            &["trusted authority", "tls_ca"],
        );
    }
}

#[test]
fn a_file_that_is_no_authority_is_named() {
    let Some(_) = authority() else { return };
    let database = Database::create(Server::Postgres);
    let output = read(&database, &keys("verify-full", Path::new("/nowhere/ca.pem"))).expect(3);
    assert!(output.stderr.contains("/nowhere/ca.pem"), "{}", output.stderr);
    let output = read(&database, &keys("verify-full", Path::new("exodus.toml"))).expect(3);
    assert!(output.stderr.contains("no certificate"), "{}", output.stderr);
}

/// As all paths of a configuration, `tls_ca` starts at the file's directory, wherever the command runs.
#[test]
fn an_authority_is_looked_for_beside_the_configuration() {
    let Some(authority) = authority() else { return };
    let database = Database::create(Server::Postgres);
    let place = Place::new("", &[]);
    let text = format!(
        "[databases.shop]\nurl = {}\ntls = \"verify-full\"\ntls_ca = \"ca.pem\"\n",
        toml::Value::from(database.address())
    );
    std::fs::write(place.path().join("exodus.toml"), text).expect("a configuration");
    std::fs::copy(authority, place.path().join("ca.pem")).expect("a certificate");
    let mut command = place.command(&["--config"]);
    command
        .arg(place.path().join("exodus.toml"))
        .args(["schema", "--from", "shop"]);
    let output = command.current_dir("/").output().expect("the binary");
    secrets::none_in_output("schema", &output.stdout, &output.stderr);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

use std::collections::HashMap;
use std::fs;

use proptest::prelude::*;

use super::*;

/// An environment of these variables only.
fn env<'a>(variables: &'a [(&'a str, &'a str)]) -> impl Fn(&str) -> Option<String> + 'a {
    let variables: HashMap<_, _> = variables.iter().copied().collect();
    move |name| variables.get(name).map(|value| (*value).to_owned())
}

const ME: &[(&str, &str)] = &[("USER", "me"), ("HOME", "/home/me")];

fn parse(text: &str) -> Result<Address, AddressError> {
    Address::parse_with(text, &env(ME))
}

fn server(text: &str) -> Server {
    match parse(text) {
        Ok(Address::Postgres(server) | Address::MySql(server)) => server,
        other => panic!("{text}: {other:?}"),
    }
}

fn problem(text: &str) -> String {
    match parse(text) {
        Err(error) => error.to_string(),
        Ok(address) => panic!("{text} was read as {address:?}"),
    }
}

#[test]
fn the_parts_of_a_url() {
    // text, host, port, user, password, database
    let cases = [
        ("postgres://u:p@h/d", "h", 5432, "u", Some("p"), "d"),
        ("postgresql://u@h:6000/d", "h", 6000, "u", None, "d"),
        ("POSTGRES://u@h", "h", 5432, "u", None, "u"),
        (" postgres://h/d\n", "h", 5432, "me", None, "d"),
        ("postgres://u@h/", "h", 5432, "u", None, "u"),
        ("postgres://u:@h:/d", "h", 5432, "u", Some(""), "d"),
        ("postgres:///d", "localhost", 5432, "me", None, "d"),
        ("postgres://", "localhost", 5432, "me", None, "me"),
        (
            "postgres://u%40x:p%3a%2F%40%25%20%E2%82%AC@h/d%2Fe%20f",
            "h",
            5432,
            "u@x",
            Some("p:/@% €"),
            "d/e f",
        ),
        ("postgres://u@cloud:p@h/d", "h", 5432, "u@cloud", Some("p"), "d"),
        ("postgres://u:p@q:r+s@h/d", "h", 5432, "u", Some("p@q:r+s"), "d"),
        ("postgres://u@[2001:db8::1]:6000/d", "2001:db8::1", 6000, "u", None, "d"),
        ("postgres://u@[::1]/d", "::1", 5432, "u", None, "d"),
        (
            "postgres://u@/d?host=/var/run/postgresql",
            "/var/run/postgresql",
            5432,
            "u",
            None,
            "d",
        ),
        ("postgres://u@%2Ftmp%2Fpg:6000/d", "/tmp/pg", 6000, "u", None, "d"),
        ("postgres://u@/d?host=/tmp&port=6000", "/tmp", 6000, "u", None, "d"),
        ("mysql://u:p@h/d", "h", 3306, "u", Some("p"), "d"),
        ("mariadb://u@h:3307/d", "h", 3307, "u", None, "d"),
        (
            "mysql://u@/d?socket=/run/mysqld/mysqld.sock",
            "/run/mysqld/mysqld.sock",
            3306,
            "u",
            None,
            "d",
        ),
        ("mysql:///d", "localhost", 3306, "me", None, "d"),
    ];
    for (text, host, port, user, password, database) in cases {
        let got = server(text);
        assert_eq!(
            (
                &*got.host,
                got.port,
                &*got.user,
                got.password.as_ref().map(Secret::reveal),
                &*got.database
            ),
            (host, port, user, password, database),
            "{text}"
        );
    }
}

#[test]
fn tls_in_every_spelling() {
    let cases = [
        ("", TlsMode::Prefer, None),
        ("?sslmode=disable", TlsMode::Disable, None),
        ("?sslmode=allow", TlsMode::Prefer, None),
        ("?ssl-mode=PREFERRED", TlsMode::Prefer, None),
        ("?tls=require", TlsMode::Require, None),
        ("?ssl-mode=REQUIRED", TlsMode::Require, None),
        ("?ssl-mode=VERIFY_CA", TlsMode::VerifyCa, None),
        ("?sslmode=verify-full", TlsMode::VerifyFull, None),
        ("?tls=Verify_Identity", TlsMode::VerifyFull, None),
        (
            "?sslmode=verify-ca&sslrootcert=/etc/ca%20x.pem",
            TlsMode::VerifyCa,
            Some("/etc/ca x.pem"),
        ),
        // Naming an authority means that it should count.
        ("?ssl-ca=ca.pem", TlsMode::VerifyFull, Some("ca.pem")),
        ("?tls-ca=ca.pem&tls=require", TlsMode::VerifyCa, Some("ca.pem")),
        ("?sslrootcert=system", TlsMode::VerifyFull, None),
    ];
    for scheme in ["postgres", "mysql"] {
        for (keys, mode, ca) in cases {
            let got = server(&format!("{scheme}://u@h/d{keys}"));
            assert_eq!((got.tls, got.tls_ca), (mode, ca.map(PathBuf::from)), "{keys}");
        }
    }
}

#[test]
fn the_environment_fills_gaps_only() {
    let variables = [("PGHOST", "db1"), ("PGPORT", "7000"), ("PGUSER", "app"), ("USER", "me")];
    let read = |text: &str| match Address::parse_with(text, &env(&variables)) {
        Ok(Address::Postgres(s) | Address::MySql(s)) => (s.host, s.port, s.user, s.database),
        other => panic!("{other:?}"),
    };
    let place =
        |host: &str, port, user: &str, database: &str| (host.to_owned(), port, user.to_owned(), database.to_owned());
    assert_eq!(read("postgres:///d"), place("db1", 7000, "app", "d"));
    assert_eq!(read("postgres://"), place("db1", 7000, "app", "app"));
    assert_eq!(read("postgres://:7001"), place("db1", 7001, "app", "app"));
    assert_eq!(read("postgres://h/d"), place("h", 5432, "app", "d"));
    assert_eq!(read("postgres://u@/d?host=/tmp"), place("/tmp", 5432, "u", "d"));
    assert_eq!(read("mysql:///d"), place("localhost", 3306, "me", "d"));

    let none = env(&[]);
    assert!(Address::parse_with("postgres://h/d", &none).is_err_and(|e| e.to_string().contains("no user")));
    let bad = [("PGPORT", "x"), ("USER", "me")];
    assert!(Address::parse_with("postgres:///d", &env(&bad)).is_err_and(|e| e.to_string().contains("PGPORT")));
}

#[test]
fn files() {
    let cases = [
        ("sqlite:a.db", "a.db"),
        ("sqlite:a/b", "a/b"),
        ("sqlite://a.db", "a.db"),
        ("sqlite:///srv/a.db", "/srv/a.db"),
        ("sqlite:/srv/a", "/srv/a"),
        ("SQLite:~/a", "/home/me/a"),
        ("sqlite:50%25.db", "50%25.db"),
        ("a.sqlite", "a.sqlite"),
        ("./x/../a.SQLite3", "./x/../a.SQLite3"),
        ("~/a.db", "/home/me/a.db"),
        ("/a b/c.db", "/a b/c.db"),
        ("sqlite:file:a.db", "file:a.db"),
    ];
    for (text, path) in cases {
        assert_eq!(parse(text), Ok(Address::Sqlite(path.into())), "{text}");
    }
    for (text, part) in [
        (":memory:", "memory"),
        ("sqlite::memory:", "memory"),
        ("sqlite://:memory:", "memory"),
        ("sqlite:", "empty"),
        ("sqlite://", "empty"),
        ("sqlite:a.db?mode=ro", "`?`"),
        ("file:a.db", "sqlite:path"),
        ("clients", "sqlite:path"),
        ("", "sqlite:path"),
        (".db", "sqlite:path"),
        ("a.txt", "sqlite:path"),
    ] {
        assert!(problem(text).contains(part), "{text}: {}", problem(text));
    }
    let homeless = Address::parse_with("~/a.db", &env(&[("USER", "me")]));
    assert!(homeless.is_err_and(|error| error.to_string().contains("HOME")));
}

#[test]
fn what_is_wrong_is_said() {
    for (text, part) in [
        ("mysql://u@h", "names no database"),
        ("mysql://u@h/?tls=require", "names no database"),
        ("postgre://u@h/d", "did you mean `postgres`"),
        ("mysqll://u@h/d", "did you mean `mysql`"),
        ("mongodb://u@h/d", "unknown scheme `mongodb`; known are"),
        ("postgres://u@h/d?sslmod=require", "did you mean `sslmode`"),
        ("mysql://u@h/d?tls_ca=x", "did you mean `tls-ca`"),
        ("postgres://u@h/d?socket=/x", "unknown key `socket`"),
        ("mysql://u@h/d?host=x", "unknown key `host`"),
        ("postgres://u@h/d?connect_timeout=3", "unknown key `connect_timeout`"),
        ("postgres://u@h/d?sslmode=on", "`sslmode` is none of"),
        ("postgres://u@h/d?sslmode=require&tls=disable", "says again"),
        ("postgres://u@h/d?host=/x", "before and behind"),
        ("mysql://u@/d?socket=x", "absolute"),
        ("postgres://u@h:0/d", "1 and 65535"),
        ("postgres://u@h:65536/d", "1 and 65535"),
        ("postgres://u@h:+5/d", "1 and 65535"),
        ("postgres://u@::1/d", "brackets"),
        ("postgres://u@[::1/d", "no `]`"),
        ("postgres://u@[h]/d", "IPv6"),
        ("postgres://u@[::1]5/d", "port"),
        ("postgres://u@a,b/d", "list of hosts"),
        ("postgres://u@h h/d", "no host name"),
        ("postgres://u@h/d/e", "%2F"),
        ("postgres://u:p%@h/d", "the password has a %"),
        ("postgres://u:p%4@h/d", "the password has a %"),
        ("postgres://u:%ff@h/d", "UTF-8"),
        ("postgres://u:%00@h/d", "NUL"),
        ("postgres://u:p/q@h/d", "%2F"),
        ("postgres://u:p?q@h/d", "%3F"),
        ("postgres://u:p#q@h/d", "%23"),
        ("postgres://u@h/d#x", "#"),
        ("u:p@h/x.db", "no scheme"),
        ("u:p@h/d", "postgres://…"),
    ] {
        assert!(problem(text).contains(part), "{text}: {}", problem(text));
    }
    let shown = "`postgres://u:…@h/db` is not a database address";
    assert!(problem("postgres://u:geheim@h/db?sslmod=x").starts_with(shown));
    // A forgotten host: what stands where the port belongs may be the password.
    assert!(!problem("postgres://u:geheim/db").contains("geheim"));
}

#[test]
fn text_form_reads_back() {
    for text in [
        "postgres://u@h/d",
        "postgres://u%40x@h:6000/d%2Fe%3F?sslmode=verify-full&sslrootcert=/a%20b.pem",
        "postgres://u@[2001:db8::1]/d?sslmode=require",
        "postgres://u@/d?host=/var/run/postgresql",
        "postgres://u@:6000/d?host=/tmp&sslmode=disable",
        "mysql://u@h/d?sslmode=verify-ca&sslrootcert=ca.pem",
        "mysql://u@/d?socket=/run/mysqld/mysqld.sock",
        "sqlite:/a b/c.db",
    ] {
        let address = parse(text).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(address.to_string(), text);
        assert_eq!(address.display().to_string(), text);
    }
    let address = parse("postgres://u:geheim@h/d").unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(address.to_string(), "postgres://u@h/d");
    assert!(!format!("{address:?}").contains("geheim"));
    assert_eq!(address.with_database("e/f").to_string(), "postgres://u@h/e%2Ff");
}

#[test]
fn other_databases() {
    let environment = env(ME);
    let server = Address::parse_server("mysql://u:p@h", &environment).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(server.with_database("x").to_string(), "mysql://u@h/x");
    assert_eq!(
        Address::Sqlite("/a/b.db".into()).with_database("c.db"),
        Address::Sqlite("/a/c.db".into())
    );
}

#[test]
fn passwords_from_the_environment() {
    let find = |url: &str, variables: &[(&str, &str)]| {
        let mut address = parse(url).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(address.find_password(&env(variables)), None);
        address
            .server()
            .and_then(|server| server.password.clone())
            .map(|p| p.reveal().to_owned())
    };
    assert_eq!(
        find("postgres://u@h/d", &[("PGPASSWORD", "x"), ("MYSQL_PWD", "y")]).as_deref(),
        Some("x")
    );
    assert_eq!(
        find("mysql://u@h/d", &[("PGPASSWORD", "x"), ("MYSQL_PWD", "y")]).as_deref(),
        Some("y")
    );
    assert_eq!(find("postgres://u:z@h/d", &[("PGPASSWORD", "x")]).as_deref(), Some("z"));
    assert_eq!(find("postgres://u:@h/d", &[("PGPASSWORD", "x")]).as_deref(), Some(""));
    assert_eq!(find("postgres://u@h/d", &[("PGPASSWORD", "")]), None);

    assert!(parse("postgres://u@h/d").is_ok_and(|address| address.needs_password()));
    assert!(parse("postgres://u:@h/d").is_ok_and(|address| !address.needs_password()));
    assert!(parse("a.db").is_ok_and(|address| !address.needs_password()));
}

#[cfg(unix)]
#[test]
fn the_password_file() {
    use std::os::unix::fs::PermissionsExt;

    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join(".pgpass");
    let lines = "# h:5432:d:u:comment\r\n\
        not a line\n\
        h:5432:d:other:wrong user\n\
        h:5432:d\\:x:u\\\\v:with\\:colon and \\\\\r\n\
        \\*:5432:d:u:the host named star\n\
        2001\\:db8\\:\\:1:*:d:u:six\n\
        localhost:*:*:u:socket\n\
        h:*:*:u:first\n\
        *:*:*:u:second:ignored\n";
    fs::write(&file, lines).expect("written");
    let set_mode = |mode| fs::set_permissions(&file, fs::Permissions::from_mode(mode)).expect("chmod");
    set_mode(0o600);
    let path = file.display().to_string();
    let home = folder.path().display().to_string();
    let find = |url: &str, variables: &[(&str, &str)]| {
        let mut address = parse(url).unwrap_or_else(|error| panic!("{error}"));
        let warning = address.find_password(&env(variables));
        (
            address
                .server()
                .and_then(|server| server.password.clone())
                .map(|p| p.reveal().to_owned()),
            warning,
        )
    };
    let passfile = [("PGPASSFILE", &*path)];
    for (url, password) in [
        ("postgres://u@h/d", Some("first")),
        ("postgres://u%5Cv@h/d%3Ax", Some("with:colon and \\")),
        ("postgres://u@[2001:db8::1]:9/d", Some("six")),
        ("postgres://u@/d?host=/var/run/postgresql", Some("socket")),
        ("postgres://u@/d?host=/elsewhere", Some("second")),
        ("postgres://u@%2A/d", Some("the host named star")),
        ("postgres://nobody@h/d", None),
        ("mysql://u@h/d", None),
    ] {
        assert_eq!(find(url, &passfile), (password.map(str::to_owned), None), "{url}");
    }
    assert_eq!(find("postgres://u@h/d", &[("HOME", &home)]).0.as_deref(), Some("first"));
    assert_eq!(find("postgres://u@h/d", &[("PGPASSFILE", "/nowhere")]), (None, None));
    for mode in [0o640, 0o604, 0o660] {
        set_mode(mode);
        let (password, warning) = find("postgres://u@h/d", &passfile);
        assert_eq!(password, None);
        assert!(warning.is_some_and(|text| text.contains("chmod 0600") && !text.contains("first")));
    }
    let (_, warning) = find("postgres://u@h/d", &[("PGPASSFILE", &home)]);
    assert!(warning.is_some_and(|text| text.contains("plain file")));
}

/// Whatever a password is made of, none of its two recognisable halves is shown.
fn assert_hidden(text: &str, place: &str) {
    for half in ["S3cr", "T0k3n"] {
        assert!(!text.contains(half), "{place}: {text}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn no_error_shows_a_password(
        scheme in "postgres|postgresql|mysql|mariadb|mysqll|nosql|postgres:|",
        user in "[a-z]{0,3}(%40|@| )?[a-z]{0,2}",
        glue in r"[@:/?#%&=+ \[\]a-f0-9-]{1,4}",
        host in r"(h|h h|\[::1\]|\[::1|a,b|)(:1|:x|:0|:)?",
        tail in r"(/d|/d/e|/|)(\?(sslmod|sslmode|tls|host|x|socket)=(require|on|/x|%))?(#f)?",
    ) {
        let text = format!("{scheme}://{user}:S3cr{glue}T0k3n@{host}{tail}");
        match parse(&text) {
            Err(error) => {
                assert_hidden(&error.to_string(), &text);
                assert_hidden(&format!("{error:?}"), &text);
            }
            Ok(address) => {
                assert_hidden(&address.to_string(), &text);
                assert_hidden(&format!("{address:?}"), &text);
            }
        }
    }

    #[test]
    fn encoded_parts_arrive(password in "\\PC{1,12}", user in "\\PC{1,12}", database in "\\PC{1,12}") {
        let encode = |text: &str| {
            percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
        };
        let text = format!("mysql://{}:{}@h/{}", encode(&user), encode(&password), encode(&database));
        let got = server(&text);
        prop_assert_eq!(got.password.as_ref().map(Secret::reveal), Some(&*password));
        prop_assert_eq!((&*got.user, &*got.database), (&*user, &*database));
        let again = server(&Address::MySql(got.clone()).to_string());
        prop_assert_eq!((again.user, again.database, again.password), (user, database, None));
    }
}

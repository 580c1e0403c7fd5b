//! Where findings are shown: at the statement of the dump, at the entry of the configuration, or at neither.

use std::fs;
use std::process::Command;

use serde_json::Value;

use super::support::{Place, Ran};

/// What `pg_dump --schema-only` prints of clients, their rentals, a trigger and a log without a foreign key.
const DUMP: &str = "\
--
-- PostgreSQL database dump
--

-- Dumped from database version 15.4

SET search_path = '';

CREATE FUNCTION public.double() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
  INSERT INTO public.rentals (client_id) VALUES (NEW.id);
  RETURN NEW;
END $$;

CREATE TABLE public.clients (
    id bigint NOT NULL,
    invited_by bigint
);

CREATE TABLE public.logs (
    id bigint NOT NULL,
    who text
);

CREATE TABLE public.rentals (
    id bigint NOT NULL,
    client_id bigint
);

ALTER TABLE ONLY public.clients
    ADD CONSTRAINT clients_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.logs
    ADD CONSTRAINT logs_pkey PRIMARY KEY (id);

CREATE TRIGGER double AFTER INSERT ON public.clients FOR EACH ROW EXECUTE FUNCTION public.double();

ALTER TABLE ONLY public.clients
    ADD CONSTRAINT clients_invited_by_fkey FOREIGN KEY (invited_by) REFERENCES public.clients(id);

ALTER TABLE ONLY public.rentals
    ADD CONSTRAINT rentals_client_id_fkey FOREIGN KEY (client_id) REFERENCES public.clients(id);
";

const CONFIG: &str = "root = \"clients\"

[[declare]]
child = \"logs\"
columns = [\"who\"]
parent = \"clients\"
reason = \"the log never had keys\"
";

fn place(config: &str, dump: &str) -> Place {
    let place = Place::new(config);
    fs::create_dir(place.path().join("db")).expect("a folder");
    fs::write(place.path().join("db/dump.sql"), dump).expect("a dump");
    place
}

fn classify(place: &Place, format: &str) -> Ran {
    place
        .run(&[
            "classify",
            "--schema",
            "db/dump.sql",
            "--fail-on",
            "never",
            "--format",
            format,
        ])
        .ends(0)
}

/// Rule, object and place of each result, and the fingerprints.
fn results(ran: &Ran) -> (Vec<String>, Vec<Value>) {
    let log = ran.json();
    let results = log["runs"][0]["results"].as_array().expect("results").clone();
    let line = |result: &Value| {
        let location = &result["locations"][0];
        let physical = &location["physicalLocation"];
        format!(
            "{} {} {}:{}",
            result["ruleId"].as_str().unwrap_or_default(),
            location["logicalLocations"][0]["fullyQualifiedName"]
                .as_str()
                .unwrap_or_default(),
            physical["artifactLocation"]["uri"].as_str().unwrap_or("nowhere"),
            physical["region"]["startLine"]
        )
    };
    let prints = results.iter().map(|result| result["partialFingerprints"].clone());
    (results.iter().map(line).collect(), prints.collect())
}

#[track_caller]
fn holds(lines: &[String], expected: &[&str]) {
    for line in expected {
        assert!(lines.iter().any(|one| one == line), "{line} is not among {lines:#?}");
    }
}

#[test]
fn sarif_points_at_the_statement() {
    let place = place(CONFIG, DUMP);
    let (lines, prints) = results(&classify(&place, "sarif"));
    let expected = [
        "row-writing-trigger public.clients [trigger double] db/dump.sql:38",
        "direct-client-relation public.clients(invited_by) db/dump.sql:40",
        "unindexed-relation public.rentals(client_id) db/dump.sql:43",
        "missing-primary-key public.rentals db/dump.sql:27",
        "unenforced-relation public.logs(who) exodus.toml:4",
    ];
    holds(&lines, &expected);
    let log = classify(&place, "sarif").json();
    let kinds = log["runs"][0]["results"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|result| {
            let of = |key: &str| {
                result["locations"][0]["logicalLocations"][0][key]
                    .as_str()
                    .unwrap_or_default()
            };
            format!("{} {}", of("kind"), of("name"))
        });
    let kinds: Vec<_> = kinds.collect();
    holds(
        &kinds,
        &[
            "trigger public.clients [trigger double]",
            "columns public.logs(who)",
            "table rentals",
        ],
    );
    // Comments before it, another order: other lines, the same findings.
    let (head, keys) = DUMP.split_once("CREATE TABLE public.logs").expect("a table");
    let other = format!("\n\n{head}-- moved\nCREATE TABLE public.logs{keys}");
    fs::write(place.path().join("db/dump.sql"), other).expect("a dump");
    let (moved, same) = results(&classify(&place, "sarif"));
    assert_ne!(lines, moved);
    assert_eq!(prints, same);
}

#[test]
fn annotations_and_code_quality_point_there_too() {
    let place = place(CONFIG, DUMP);
    let lines: Vec<_> = classify(&place, "github").out.lines().map(str::to_owned).collect();
    let starts = |start: &str| lines.iter().any(|line| line.starts_with(start));
    for start in [
        "::error file=db/dump.sql,line=38,col=1,title=exodus%3A row-writing-trigger on public.clients [trigger double]::",
        "::warning file=db/dump.sql,line=40,col=1,title=exodus%3A direct-client-relation ",
        "::warning file=exodus.toml,line=4,col=9,title=exodus%3A unenforced-relation ",
    ] {
        assert!(starts(start), "{start} is not among {lines:#?}");
    }
    let issues = classify(&place, "gitlab").json();
    let issue = issues
        .as_array()
        .into_iter()
        .flatten()
        .find(|one| one["check_name"] == "missing-primary-key");
    let location = &issue.expect("an issue")["location"];
    assert_eq!(
        (&location["path"], &location["lines"]["begin"]),
        (&"db/dump.sql".into(), &27.into())
    );
    let value = classify(&place, "json").json();
    let hazard = value["hazards"]
        .as_array()
        .into_iter()
        .flatten()
        .find(|one| one["rule"] == "missing-primary-key");
    assert_eq!(hazard.expect("a hazard")["place"], "db/dump.sql:27:1");
}

/// Of a database nothing stands in a file but what the configuration says; without one there is no file at all.
#[test]
fn a_live_database_is_no_file() {
    let place = place(
        &format!("{CONFIG}\n[[class]]\ntable = \"jobs\"\nclass = \"context\"\nreason = \"r\"\n"),
        "",
    );
    let sql = "CREATE TABLE clients (id integer PRIMARY KEY, invited_by integer REFERENCES clients);
        CREATE TABLE jobs (id integer PRIMARY KEY, client_id integer);
        CREATE TABLE logs (id integer PRIMARY KEY, who integer);
        CREATE TABLE rentals (id integer PRIMARY KEY, client_id integer REFERENCES clients);";
    let made = Command::new("sqlite3")
        .arg(place.path().join("shop.sqlite"))
        .arg(sql)
        .status();
    if !made.is_ok_and(|status| status.success()) {
        assert!(std::env::var_os("CI").is_none(), "there is no sqlite3");
        println!("SKIPPED: there is no sqlite3 to make a database with");
        return;
    }
    let run = |more: &[&str]| {
        let args = [
            "classify",
            "--from",
            "shop.sqlite",
            "--fail-on",
            "never",
            "--format",
            "sarif",
        ];
        results(&place.run(&[&args, more].concat()).ends(0)).0
    };
    holds(
        &run(&[]),
        &[
            "unenforced-relation logs(who) exodus.toml:4",
            // No line of its own: the file is there for those who show nothing without one.
            "direct-client-relation clients(invited_by) exodus.toml:1",
        ],
    );
    fs::remove_file(place.path().join("exodus.toml")).expect("it is there");
    let lines = run(&["--root", "clients"]);
    holds(&lines, &["direct-client-relation clients(invited_by) nowhere:null"]);
}

/// A schema that another tool wrote as JSON tells no lines; the file is named.
#[test]
fn json_tells_no_lines() {
    let place = place(CONFIG, DUMP);
    let schema = place.run(&[
        "classify",
        "--schema",
        "db/dump.sql",
        "--format",
        "json",
        "--fail-on",
        "never",
    ]);
    assert_eq!(schema.json()["root"], "public.clients");
    super::write(&place, true);
    let args = [
        "classify",
        "--schema",
        "schema.json",
        "--root",
        "clients",
        "--fail-on",
        "never",
        "--format",
        "sarif",
    ];
    fs::write(place.path().join("exodus.toml"), "").expect("a configuration");
    let (lines, _) = results(&place.run(&args).ends(0));
    assert!(
        !lines.is_empty() && lines.iter().all(|line| line.ends_with("schema.json:1")),
        "{lines:?}"
    );
}

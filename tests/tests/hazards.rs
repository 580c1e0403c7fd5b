//! Every folder of schemas/hazards, on every server it has SQL for: the rule finds what it is named after on the schema,
//! the audit proves or refutes it on the rows, and after the fix neither finds it any more.
//!
//! `expected.toml` says what must be found: `object` (without the schema's name), the severity on the `schema` and after looking at the `data` (absent:
//! nothing is found), more `configuration`; a table named like the SQL file says what differs there. With `statistics`
//! what is found on the schema may be the same as on the data: it depends on what the server has counted by then.

use std::path::{Path, PathBuf};

use exodus_tests::binary::Place;
use exodus_tests::database::{Database, Server};
use libtest_mimic::{Arguments, Trial};
use serde::Deserialize;

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Expected {
    object: Option<String>,
    schema: Option<String>,
    data: Option<String>,
    #[serde(default)]
    statistics: bool,
    #[serde(default)]
    configuration: String,
    postgres: Option<Box<Self>>,
    mysql: Option<Box<Self>>,
    sqlite: Option<Box<Self>>,
}

impl Expected {
    fn read(folder: &Path, dialect: &str) -> Self {
        let path = folder.join("expected.toml");
        let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let all: Self = toml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let own = match dialect {
            "postgres" => all.postgres.clone(),
            "mysql" => all.mysql.clone(),
            _ => all.sqlite.clone(),
        };
        let own = own.map_or_else(Self::default, |own| *own);
        Self {
            object: own.object.or(all.object),
            schema: own.schema.or(all.schema),
            data: own.data.or(all.data),
            statistics: own.statistics || all.statistics,
            configuration: own.configuration + &all.configuration,
            ..Self::default()
        }
    }
}

struct Case {
    folder: PathBuf,
    rule: String,
    server: Server,
}

fn main() {
    let arguments = Arguments::from_args();
    let trials = cases().into_iter().map(|case| {
        Trial::test(format!("{}::{}", case.rule, case.server.name()), move || {
            case.run();
            Ok(())
        })
    });
    let mut trials: Vec<_> = trials.collect();
    trials.push(Trial::test("every_rule_has_a_schema", || {
        every_rule_has_a_schema();
        Ok(())
    }));
    libtest_mimic::run(&arguments, trials).exit();
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../schemas/hazards")
}

fn cases() -> Vec<Case> {
    let folders = std::fs::read_dir(root()).expect("schemas/hazards").flatten();
    let mut folders: Vec<_> = folders.map(|entry| entry.path()).filter(|path| path.is_dir()).collect();
    folders.sort();
    let cases = folders.into_iter().flat_map(|folder| {
        let rule = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        Server::ALL.into_iter().map(move |server| Case {
            folder: folder.clone(),
            rule: rule.clone(),
            server,
        })
    });
    cases.filter(|case| case.file("sql").exists()).collect()
}

/// A rule without a schema would not be tried on any server, and neither would one whose folder is misspelt.
fn every_rule_has_a_schema() {
    let folders: std::collections::BTreeSet<_> = cases().into_iter().map(|case| case.rule).collect();
    let rules: std::collections::BTreeSet<_> = exodus_classify::rules::ALL
        .iter()
        .map(|rule| rule.id.to_owned())
        .collect();
    assert_eq!(folders, rules);
}

impl Case {
    fn file(&self, ending: &str) -> PathBuf {
        self.folder.join(format!("{}.{ending}", self.server.dialect()))
    }

    fn run(&self) {
        if !self.server.is_there() {
            return;
        }
        let expected = Expected::read(&self.folder, self.server.dialect());
        let mut database = Database::create(self.server);
        database.run(&std::fs::read_to_string(self.file("sql")).expect("the schema"));
        let place = Place::new(&expected.configuration, &[("here", database.address())]);
        let object = expected.object.as_deref().unwrap_or_default();
        let found = self.found(&place, "classify", object);
        if !(expected.statistics && found == expected.data) {
            assert_eq!(found, expected.schema, "classify {object}");
        }
        assert_eq!(self.found(&place, "audit", object), expected.data, "audit {object}");
        let Ok(fix) = std::fs::read_to_string(self.file("fix.sql")) else {
            return;
        };
        database.run(&fix);
        for command in ["classify", "audit"] {
            assert_eq!(
                self.found(&place, command, object),
                None,
                "{command} {object} after the fix"
            );
        }
    }

    /// The severity of the rule's finding about the object.
    fn found(&self, place: &Place, command: &str, object: &str) -> Option<String> {
        let arguments = [
            command,
            "--from",
            "here",
            "--root",
            "clients",
            "--format",
            "json",
            "--fail-on",
            "never",
        ];
        let found = place.run(&arguments).expect(0).json();
        let hazards = found["hazards"].as_array().expect("hazards").iter();
        let mut about = hazards.filter(|hazard| {
            let own = hazard["object"].as_str().unwrap_or_default();
            hazard["rule"] == self.rule.as_str() && own.replace("public.", "") == object
        });
        let severity = about.next()?["severity"].as_str().map(str::to_owned);
        assert!(about.next().is_none(), "two findings of {} about {object}", self.rule);
        severity
    }
}

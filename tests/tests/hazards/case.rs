//! A folder of schemas/hazards on one server.

use std::path::{Path, PathBuf};

use exodus_tests::binary::Place;
use exodus_tests::database::{Database, Server};
use serde_json::Value;
use url::Url;

use crate::expected::Expected;

pub(crate) struct Case {
    folder: PathBuf,
    pub(crate) rule: String,
    /// Which of several schemas of the rule.
    part: Option<String>,
    pub(crate) server: Server,
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../schemas/hazards")
}

/// All of them: `<rule>/` and `<rule>/<part>/`.
pub(crate) fn cases() -> Vec<Case> {
    let mut found = vec![];
    for folder in folders(&root()) {
        let rule = name(&folder);
        let parts = folders(&folder).into_iter().map(|part| (Some(name(&part)), part));
        for (part, folder) in std::iter::once((None, folder.clone())).chain(parts) {
            found.extend(Server::ALL.into_iter().map(|server| Case {
                folder: folder.clone(),
                rule: rule.clone(),
                part: part.clone(),
                server,
            }));
        }
    }
    found.retain(|case| case.file("sql").exists());
    found
}

fn folders(of: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(of).unwrap_or_else(|error| panic!("{}: {error}", of.display()));
    let mut folders: Vec<_> = entries
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.is_dir())
        .collect();
    folders.sort();
    folders
}

fn name(folder: &Path) -> String {
    folder.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

impl Case {
    pub(crate) fn name(&self) -> String {
        let part = self.part.as_ref().map_or_else(String::new, |part| format!("::{part}"));
        format!("{}{part}::{}", self.rule, self.server.name())
    }

    pub(crate) fn expected(&self) -> Expected {
        Expected::read(&self.folder, self.server.dialect())
    }

    fn file(&self, ending: &str) -> PathBuf {
        self.folder.join(format!("{}.{ending}", self.server.dialect()))
    }

    pub(crate) fn sql(&self) -> String {
        let path = self.file("sql");
        std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    fn database(&self, sql: &str, options: Option<&str>) -> Database {
        let mut database = match options {
            Some(options) => Database::create_with(self.server, options),
            None => Database::create(self.server),
        };
        database.run(sql);
        database
    }

    pub(crate) fn run(&self) {
        if !self.server.is_there() {
            return;
        }
        let expected = self.expected();
        let mut database = self.database(&self.sql(), expected.create.as_deref());
        // Another database to compare with.
        let other = std::fs::read_to_string(self.file("against.sql"));
        let other = other.ok().map(|sql| self.database(&sql, None));
        let reader = expected.reader.then(|| Reader::of(&mut database));
        let here = reader
            .as_ref()
            .map_or_else(|| database.address(), |reader| reader.address.clone());
        let there = other.as_ref().map(Database::address);
        let places: Vec<_> = [("here", Some(here)), ("there", there)]
            .into_iter()
            .filter_map(|(name, address)| Some((name, address?)))
            .collect();
        let against: &[&str] = if other.is_some() { &["--against", "there"] } else { &[] };
        let object = expected.object.as_deref().unwrap_or_default();
        let place = Place::new(&expected.configuration, &places);
        let on_schema = self.found(&place, &["classify"], object);
        if let Err(wrong) = expected.on_schema(severity(on_schema.as_ref())) {
            panic!("classify {object}: {wrong}");
        }
        let audit = [&["audit"], against].concat();
        let found = self.found(&place, &audit, object);
        if let Some(reader) = reader {
            reader.drop(&mut database);
        }
        assert_eq!(severity(found.as_ref()), expected.data.as_deref(), "audit {object}");
        let message = found
            .as_ref()
            .and_then(|found| found["message"].as_str())
            .unwrap_or_default();
        let says = expected.says.as_deref().unwrap_or_default();
        assert!(message.contains(says), "`{says}` is not said: {message}");
        if let Some(settled) = &expected.entries {
            let entries = found.as_ref().and_then(|found| found["config"].as_str());
            let entries = entries.unwrap_or_else(|| panic!("no entries: {found:#?}"));
            let place = Place::new(&format!("{}\n{entries}", expected.configuration), &places);
            let found = self.found(&place, &audit, object);
            assert_eq!(
                severity(found.as_ref()),
                Some(settled.as_str()),
                "audit {object} with\n{entries}\n{found:#?}"
            );
        }
        let Ok(fix) = std::fs::read_to_string(self.file("fix.sql")) else {
            return;
        };
        database.run(&fix);
        for command in [&["classify"][..], &audit] {
            let found = self.found(&place, command, object);
            assert_eq!(found, None, "{command:?} {object} after the fix");
        }
    }

    /// The rule's finding about the object.
    fn found(&self, place: &Place, command: &[&str], object: &str) -> Option<Value> {
        let options = [
            "--from",
            "here",
            "--root",
            "clients",
            "--format",
            "json",
            "--fail-on",
            "never",
        ];
        let found = place.run(&[command, &options].concat()).expect(0).json();
        let hazards = found["hazards"].as_array().expect("hazards").iter();
        let mut about = hazards.filter(|hazard| {
            let own = hazard["object"].as_str().unwrap_or_default();
            hazard["rule"] == self.rule.as_str() && is_about(own, object)
        });
        let found = about.next()?.clone();
        assert!(about.next().is_none(), "two findings of {} about {object}", self.rule);
        Some(found)
    }
}

/// A role that may read a database of PostgreSQL.
struct Reader {
    name: String,
    address: String,
}

impl Reader {
    fn of(database: &mut Database) -> Self {
        let name = format!("{}_reader", database.name());
        database.run(&format!(
            "CREATE ROLE {name} LOGIN PASSWORD 'reader'; GRANT SELECT ON ALL TABLES IN SCHEMA public TO {name}"
        ));
        let mut url = Url::parse(&database.address()).expect("it was a URL");
        let set = url.set_username(&name).and_then(|()| url.set_password(Some("reader")));
        set.expect("a URL with a host takes a user");
        Self {
            name,
            address: url.to_string(),
        }
    }

    fn drop(self, database: &mut Database) {
        database.run(&format!("DROP OWNED BY {0}; DROP ROLE {0}", self.name));
    }
}

fn severity(found: Option<&Value>) -> Option<&str> {
    found?["severity"].as_str()
}

/// Whether the object is the one that `expected.toml` writes. What else tells findings of an object from each other (in
/// brackets) is no matter where that says nothing of it.
pub(crate) fn is_about(own: &str, object: &str) -> bool {
    let plain = own.replace("public.", "");
    plain == object || plain.split(" [").next() == Some(object)
}

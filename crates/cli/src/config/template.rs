//! The commented configuration that `exodus init` writes.

use std::fmt;

use exodus_engine::Address;

/// The variable that stands for a password which was given on the command line.
const VARIABLE: &str = "MONOLITH_PASSWORD";

/// A table that may be the root.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    /// Its name.
    pub(crate) name: String,
    /// Why; empty if it was asked for.
    pub(crate) reason: String,
}

/// What is known when the file is written.
#[derive(Clone, Debug, Default)]
pub(crate) struct Template {
    monolith: Option<String>,
    has_password: bool,
    /// Tables that may be the root, the likeliest first.
    pub(crate) roots: Vec<Found>,
}

impl Template {
    /// The monolith's address. Where it came with a password, a variable takes the password's place.
    pub(crate) fn set_monolith(&mut self, address: &Address, has_password: bool) {
        self.has_password = has_password;
        // What the user wrote must not be taken for a variable.
        let url = address.to_string().replace("${", "$${");
        self.monolith = Some(if has_password {
            url.replacen('@', &format!(":${{{VARIABLE}}}@"), 1)
        } else {
            url
        });
    }

    /// The variable that has to be set now.
    pub(crate) fn variable(&self) -> Option<&'static str> {
        self.has_password.then_some(VARIABLE)
    }
}

/// The text as a TOML string.
fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

/// The text as comment lines.
fn comment(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    // Indented by as much as the sign of a comment takes.
    let lines = crate::text::item("  ", text, 2);
    lines
        .lines()
        .try_for_each(|line| writeln!(f, "# {}", line.trim_start()))
}

impl fmt::Display for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "# The configuration of exodus. Everything that is commented out is optional.\n\
             # docs/exodus.schema.json describes every key; unknown keys are errors.\n\n\
             # The root table: each of its rows is a client, together with all rows that\n\
             # belong to it.\n",
        )?;
        match self.roots.split_first() {
            None => f.write_str("# root = \"clients\"\n")?,
            Some((first, others)) => {
                if !first.reason.is_empty() {
                    comment(f, &format!("The likeliest one: {}.", first.reason))?;
                }
                writeln!(f, "root = {}", quoted(&first.name))?;
                for other in others {
                    comment(f, &format!("Or {}: {}.", other.name, other.reason))?;
                }
            }
        }
        f.write_str(
            "\n# The columns that tell clients apart, if not its primary key.\n\
             # root_key = [\"id\"]\n\n\
             # The schemas to read, if not all (MySQL, MariaDB: databases).\n\
             # schemas = [\"public\"]\n\n\
             # Where it is written down which client is on which shard: the name of one of\n\
             # the databases below, a URL, or the path of an SQLite file.\n\
             # dispatch = \"exodus-dispatch.sqlite\"\n\n\
             # The databases: name = URL. ${NAME} and ${NAME:-default} stand for variables of\n\
             # the environment. Leave passwords out: PGPASSWORD, ~/.pgpass and MYSQL_PWD are\n\
             # looked at, and you are asked.\n\
             [databases]\n",
        )?;
        match &self.monolith {
            Some(url) => writeln!(f, "monolith = {}", quoted(url))?,
            None => f.write_str("# monolith = \"postgres://user:${MONOLITH_PASSWORD}@localhost/shop\"\n")?,
        }
        f.write_str(
            "# shard1 = \"mysql://user@shard1.example/shop\"\n\
             # shard2 = \"shards/shard2.sqlite\"\n\n\
             # With more to say, a database is a table of its own.\n\
             # [databases.shard3]\n\
             # url = \"postgres://user@shard3.example:6432/shop\"\n\
             # tls = \"verify-full\"\n\
             # tls_ca = \"certificates/ca.pem\"\n\n\
             # A reference that the database has no foreign key for.\n\
             # [[declare]]\n\
             # child = \"comments\"\n\
             # columns = [\"author\"]\n\
             # parent = \"clients\"\n\
             # parent_columns = [\"login\"]\n\
             # reason = \"the forum never had foreign keys\"\n\n\
             # A polymorphic link: one entry for each type.\n\
             # [[declare]]\n\
             # child = \"comments\"\n\
             # columns = [\"subject_id\"]\n\
             # parent = \"posts\"\n\
             # when = { subject_type = \"Post\" }\n\
             # reason = \"subject_id is a post's id where subject_type says so\"\n\n\
             # A reference to be treated as if it were not there; a wrong guess, too.\n\
             # [[ignore_relations]]\n\
             # relation = \"clients(invited_by)\"\n\
             # reason = \"who invited whom is not moved\"\n\n\
             # What becomes of references between clients when one of them moves.\n\
             # [[references]]\n\
             # relation = \"cars(lent_to)\"\n\
             # outgoing = \"set-null\"\n\
             # reason = \"who has the car is forgotten when it moves\"\n\n\
             # The class of a table, set by hand: client, context or neutral.\n\
             # [[class]]\n\
             # table = \"audit_log\"\n\
             # class = \"neutral\"\n\
             # reason = \"stays with the monolith\"\n\n\
             # A hazard that somebody has looked at. `exodus classify` fails if it is gone,\n\
             # until the entry is taken out. `--write-baseline` accepts all there are.\n\
             # [[accept]]\n\
             # rule = \"horse-riddle\"\n\
             # object = \"skins(client_id)\"\n\
             # reason = \"skins without a client are for sale\"\n\
             # until = 2099-12-31\n",
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::File;

    /// The comments are examples that people copy: each must be right.
    #[test]
    fn the_template_is_a_configuration_with_and_without_its_comments() {
        let mut template = Template::default();
        let address: Address = "postgres://u:s3cret@h/d".parse().expect("an address");
        template.set_monolith(&address, true);
        template.roots = vec![
            Found {
                name: "public.\"odd \\ name\"".into(),
                reason: "a\nlong ".repeat(20),
            },
            Found {
                name: "other".into(),
                reason: "why not".into(),
            },
        ];
        let text = template.to_string();
        assert!(
            !text.contains("s3cret") && text.lines().all(|line| line.chars().count() <= 80),
            "{text}"
        );
        assert!(text.contains("postgres://u:${MONOLITH_PASSWORD}@h/d"), "{text}");
        let file: File = toml::from_str(&text).expect(&text);
        assert_eq!(file.root.expect("a root").into_inner(), "public.\"odd \\ name\"");

        let code = |line: &str| {
            line.starts_with('[') || line.split_once(" = ").is_some_and(|(key, _)| !key.contains([' ', ':']))
        };
        let bare = Template::default().to_string();
        let bare: Vec<_> = bare
            .lines()
            .map(|line| line.trim_start_matches("# "))
            .filter(|line| code(line))
            .collect();
        let text = bare.join("\n");
        let file: File = toml::from_str(&text).unwrap_or_else(|error| panic!("{text}\n{error}"));
        assert!(file.root.is_some() && file.dispatch.is_some() && !file.root_key.is_empty());
        assert_eq!(file.databases.len(), 4);
        assert_eq!(
            (
                file.declare.len(),
                file.ignore_relations.len(),
                file.class.len(),
                file.accept.len()
            ),
            (2, 1, 1, 1)
        );
    }
}

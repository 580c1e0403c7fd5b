//! Policies for what isn't there, and words that mean nothing.

use exodus_tests::database::Server;

use crate::support::{Pair, says_all};

const SCHEMA: &str = "
    CREATE TABLE clients (id INT PRIMARY KEY);
    CREATE TABLE cars (id INT PRIMARY KEY, client_id INT NOT NULL, lent_to INT,
        FOREIGN KEY (client_id) REFERENCES clients (id), FOREIGN KEY (lent_to) REFERENCES clients (id));
";

#[test]
fn a_policy_for_a_relation_that_is_not_there_names_the_near_ones() {
    let pair = Pair::new(Server::Sqlite, "", SCHEMA, "", "INSERT INTO clients VALUES (42);");
    for (flag, says) in [
        (
            "cars(lentto)=set-null",
            &["--outgoing: cars has no column `lentto`", "did you mean `lent_to`?"][..],
        ),
        (
            "car(lent_to)=set-null",
            &["--outgoing: there is no table `car`", "did you mean `cars`?"],
        ),
        (
            "cars(id)=set-null",
            &[
                "--outgoing: there is no relation `cars(id)`",
                "cars(client_id)",
                "cars(lent_to)",
            ],
        ),
        ("cars(lent_to) -> cars(id)=set-null", &["there is no relation"]),
        (
            "cars(lent_to)=null",
            &["--outgoing: `null` is not one of refuse, set-null, skip-row"],
        ),
        (
            "cars(lent_to)",
            &["names no policy", "--outgoing 'table(column)=set-null'"],
        ),
    ] {
        let output = pair.moved(&["--outgoing", flag]);
        assert_eq!(output.code, 2, "{flag}: {}", output.text());
        says_all(&output, says);
    }
    let output = pair.moved(&["--incoming", "cars(lent_to)=set-null"]);
    assert_eq!(output.code, 2);
    says_all(&output, &["--incoming: `set-null` is not one of refuse, keep"]);
}

#[test]
fn the_configuration_says_where_it_is_wrong() {
    let pair = Pair::new(Server::Sqlite, "", SCHEMA, "", "INSERT INTO clients VALUES (42);");
    let path = pair.place.path().join("exodus.toml");
    let text = std::fs::read_to_string(&path).expect("a configuration");
    for (entry, says) in [
        (
            "relation = \"cars(lent)\"\noutgoing = \"set-null\"\nreason = \"r\"",
            &["exodus.toml:", "no column `lent`", "lent_to"][..],
        ),
        (
            "relation = \"cars(lent_to)\"\nreason = \"r\"",
            &["an entry of `references` says nothing"],
        ),
        (
            "relation = \"cars(lent_to)\"\noutgoing = \"setnull\"\nreason = \"r\"",
            &["unknown word", "set-null"],
        ),
        (
            "relation = \"cars(lent_to)\"\noutgoing = \"refuse\"\nreason = \" \"",
            &["the reason is empty"],
        ),
        (
            "outgoing = \"refuse\"\nreason = \"r\"",
            &["an entry of `references` names no relation"],
        ),
        (
            "relation = \"cars(lent_to)\"\noutgoing = \"refuse\"\nreason = \"r\"\n[[references]]\nrelation = \"cars( lent_to )\"\noutgoing = \"set-null\"\nreason = \"r\"",
            &["is said twice"],
        ),
    ] {
        std::fs::write(&path, format!("{text}\n[[references]]\n{entry}\n")).expect("a configuration");
        let output = pair.moved(&["--dry-run"]);
        assert_eq!(output.code, 2, "{entry}: {}", output.text());
        says_all(&output, says);
    }
}

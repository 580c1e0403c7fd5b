//! Columns that look like a reference and are something else.

use exodus_schema::{Table, TableId};

use super::index::Index;
use super::words;

/// Whether the table speaks OAuth or one of its kin, where a `client_id` names an application and no client of ours.
pub(super) fn speaks_oauth(index: &Index<'_>, table: TableId) -> bool {
    const NAMES: [&str; 4] = ["oauth", "openid", "oidc", "saml"];
    const COLUMNS: [&str; 10] = [
        "clientsecret",
        "redirecturi",
        "redirecturis",
        "redirecturl",
        "granttype",
        "granttypes",
        "accesstoken",
        "refreshtoken",
        "codechallenge",
        "authorizationcode",
    ];
    let spoken = |word: &String| word == "sso" || NAMES.iter().any(|name| word.contains(name));
    index.words[table.0].iter().any(spoken)
        || index.names[table.0]
            .iter()
            .any(|name| COLUMNS.contains(&name.plain.as_str()))
}

/// Words that mean an application where OAuth is spoken.
pub(super) fn oauth_word(word: &str) -> bool {
    ["client", "app", "application", "consumer", "tenant"].contains(&word)
}

/// Whether the table keeps what was, so that its rows may outlive what they refer to.
pub(super) fn keeps_history(index: &Index<'_>, table: TableId) -> bool {
    index.words[table.0].iter().any(|word| words::log_word(word))
}

/// Whether the table's rows are people who use the system.
pub(super) fn of_people(words: &[String]) -> bool {
    words.last().is_some_and(|word| {
        let people = [
            "user", "employee", "staff", "member", "person", "people", "contact", "agent", "worker",
        ];
        words::singulars(word).iter().any(|one| people.contains(&one.as_str()))
    })
}

/// Whether values of the column are made in this very table.
pub(super) fn makes_values(table: &Table, column: &str) -> bool {
    table.column(column).is_some_and(|column| column.generator.is_some())
}

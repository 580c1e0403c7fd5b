//! The words of names, and what the common ones mean.

use std::collections::BTreeSet;

/// The words of `snake_case`, `camelCase`, `PascalCase`, `HTTPServer` and `kebab-case` names, in lower case.
pub(super) fn split(name: &str) -> Vec<String> {
    let chars: Vec<char> = name.chars().collect();
    let mut words = vec![String::new()];
    for (at, &c) in chars.iter().enumerate() {
        if !c.is_alphanumeric() {
            words.push(String::new());
            continue;
        }
        let before = at.checked_sub(1).map(|at| chars[at]);
        let starts = c.is_uppercase()
            && (before.is_some_and(|b| b.is_lowercase() || b.is_ascii_digit())
                // The last capital of several begins the next word: HTTPServer.
                || before.is_some_and(char::is_uppercase) && chars.get(at + 1).is_some_and(|next| next.is_lowercase()));
        if starts {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut() {
            word.extend(c.to_lowercase());
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

/// Plurals that no rule gives, with their singulars.
const IRREGULAR: [(&str, &str); 24] = [
    ("people", "person"),
    ("persons", "person"),
    ("children", "child"),
    ("men", "man"),
    ("women", "woman"),
    ("staff", "staff"),
    ("media", "medium"),
    ("data", "datum"),
    ("criteria", "criterion"),
    ("phenomena", "phenomenon"),
    ("schemata", "schema"),
    ("indices", "index"),
    ("matrices", "matrix"),
    ("vertices", "vertex"),
    ("appendices", "appendix"),
    ("analyses", "analysis"),
    ("bases", "basis"),
    ("crises", "crisis"),
    ("theses", "thesis"),
    ("mice", "mouse"),
    ("feet", "foot"),
    ("teeth", "tooth"),
    ("geese", "goose"),
    ("quizzes", "quiz"),
];

/// What the word may be the plural of, itself first. More than one where spelling does not tell (`houses`, `statuses`).
pub(super) fn singulars(word: &str) -> Vec<String> {
    let mut found = vec![word.to_owned()];
    let mut add = |text: String| {
        if text.chars().count() > 1 && !found.contains(&text) {
            found.push(text);
        }
    };
    if let Some((_, one)) = IRREGULAR.iter().find(|(many, _)| *many == word) {
        add((*one).to_owned());
    }
    if let Some(stem) = word.strip_suffix("ies") {
        add(format!("{stem}y"));
        add(format!("{stem}ie"));
    } else if let Some(stem) = word.strip_suffix("ves") {
        add(format!("{stem}ve"));
        add(format!("{stem}f"));
        add(format!("{stem}fe"));
    } else if let Some(stem) = word.strip_suffix("es") {
        if stem.ends_with(['s', 'x', 'z', 'o']) || stem.ends_with("ch") || stem.ends_with("sh") {
            add(stem.to_owned());
        }
        add(format!("{stem}e"));
    } else if let Some(stem) = word.strip_suffix('s')
        && !stem.ends_with(['s', 'u', 'i'])
    {
        add(stem.to_owned());
    } else if word.ends_with("en") && word.chars().count() > 4 {
        // German and Dutch: Kunden, Rechnungen.
        add(word[..word.len() - 1].to_owned());
        add(word[..word.len() - 2].to_owned());
    }
    found
}

/// All ways to write the words as one, without separators: the last word as it is and in the singular, and all of them
/// in the singular (`customers_taxes` is found as `customertax`).
pub(super) fn forms(words: &[String]) -> BTreeSet<String> {
    let Some((last, rest)) = words.split_last() else {
        return BTreeSet::new();
    };
    let plain = rest.concat();
    let single: String = rest
        .iter()
        .map(|word| singulars(word).pop().unwrap_or_default())
        .collect();
    singulars(last)
        .into_iter()
        .flat_map(|last| [format!("{plain}{last}"), format!("{single}{last}")])
        .collect()
}

/// What a column's name says beside the thing it refers to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Marker {
    /// `id`, `fk` and the like: it is a reference to whatever identifies the thing.
    Id,
    /// `code`, `number`, `name`: a natural key, if the thing has such a column.
    Natural,
}

const IDS: [&str; 11] = [
    "id", "fk", "uuid", "guid", "ref", "key", "oid", "pk", "sk", "xref", "ident",
];
const NATURALS: [&str; 13] = [
    "code", "cd", "no", "nr", "num", "nbr", "number", "name", "slug", "login", "abbr", "handle", "sku",
];
const LEADING: [&str; 8] = ["fk", "id", "ref", "cod", "xref", "uuid", "guid", "kd"];

/// Whether the word marks a reference.
pub(super) fn marker(word: &str) -> Option<Marker> {
    if IDS.contains(&word) {
        Some(Marker::Id)
    } else if NATURALS.contains(&word) {
        Some(Marker::Natural)
    } else {
        None
    }
}

/// Whether the word in front of a name marks a reference: `fk_city`, `id_client`.
pub(super) fn leading_marker(word: &str) -> bool {
    LEADING.contains(&word)
}

/// Two words that mean the same in the name of a key.
pub(super) fn same_marker(one: &str, other: &str) -> bool {
    const SAME: [&[&str]; 3] = [
        &["no", "nr", "num", "nbr", "number"],
        &["code", "cd", "cod"],
        &["id", "uuid", "guid", "oid", "key", "pk", "fk", "ref"],
    ];
    one == other || SAME.iter().any(|set| set.contains(&one) && set.contains(&other))
}

/// Words that say which part the parent plays, beside those that [`role`] knows by their ending.
const ROLES: [&str; 59] = [
    "parent",
    "child",
    "root",
    "primary",
    "secondary",
    "default",
    "main",
    "alt",
    "current",
    "active",
    "last",
    "first",
    "latest",
    "next",
    "prev",
    "previous",
    "new",
    "old",
    "original",
    "initial",
    "final",
    "by",
    "to",
    "from",
    "for",
    "of",
    "in",
    "on",
    "with",
    "at",
    "source",
    "src",
    "target",
    "dest",
    "destination",
    "origin",
    "home",
    "host",
    "guest",
    "left",
    "right",
    "base",
    "lead",
    "head",
    "chief",
    "co",
    "self",
    "other",
    "own",
    "sub",
    "super",
    "start",
    "end",
    "true",
    "up",
    "down",
    "top",
    "legal",
    "local",
];

/// Whether the word only says which part the parent plays (`billing_address_id`, `created_by_user_id`,
/// `sender_account_id`).
pub(super) fn role(word: &str) -> bool {
    const ENDINGS: [&str; 8] = ["ed", "ing", "er", "or", "ee", "ary", "bound", "ian"];
    const THINGS: [&str; 24] = [
        "order", "customer", "user", "number", "server", "folder", "letter", "paper", "offer", "tender", "computer",
        "filter", "chapter", "header", "footer", "counter", "tier", "supplier", "meter", "color", "vendor", "floor",
        "door", "sector",
    ];
    ROLES.contains(&word) || word.len() > 3 && !THINGS.contains(&word) && ENDINGS.iter().any(|end| word.ends_with(end))
}

/// Short words that say what type the column has, or nothing (`lngClientId`, `f_client_id`).
pub(super) fn hungarian(word: &str) -> bool {
    [
        "i", "n", "f", "c", "s", "x", "int", "lng", "str", "num", "fld", "col", "vch",
    ]
    .contains(&word)
}

/// Words by which a column says that its values come from somebody else's database.
const FOREIGN: [&str; 66] = [
    "external",
    "ext",
    "remote",
    "foreign",
    "legacy",
    "upstream",
    "imported",
    "import",
    "partner",
    "provider",
    "third",
    "stripe",
    "paypal",
    "braintree",
    "adyen",
    "square",
    "mollie",
    "klarna",
    "google",
    "facebook",
    "fb",
    "twitter",
    "linkedin",
    "instagram",
    "tiktok",
    "github",
    "gitlab",
    "bitbucket",
    "apple",
    "microsoft",
    "azure",
    "aws",
    "slack",
    "discord",
    "telegram",
    "whatsapp",
    "salesforce",
    "sf",
    "hubspot",
    "zendesk",
    "intercom",
    "jira",
    "xero",
    "quickbooks",
    "netsuite",
    "shopify",
    "woocommerce",
    "magento",
    "amazon",
    "ebay",
    "twilio",
    "sendgrid",
    "mailchimp",
    "mailgun",
    "firebase",
    "auth0",
    "okta",
    "ldap",
    "sap",
    "saml",
    "oidc",
    "openid",
    "oauth",
    "oauth2",
    "steam",
    "segment",
];

/// Whether the word says that the values are somebody else's (`stripe_customer_id`).
pub(super) fn foreign(word: &str) -> bool {
    FOREIGN.contains(&word)
}

/// Words that a table of the same row as its parent in time, or of what was, has in its name.
pub(super) fn log_word(word: &str) -> bool {
    [
        "log",
        "logs",
        "history",
        "histories",
        "audit",
        "audits",
        "archive",
        "archived",
        "archives",
        "backup",
        "backups",
        "bak",
        "trail",
        "journal",
        "changelog",
        "deleted",
        "tombstones",
        "snapshot",
        "snapshots",
        "staging",
        "tmp",
        "temp",
        "old",
        "hist",
        "aud",
    ]
    .contains(&word)
}

/// Names of columns that hold a number of their own although a table may be called the same.
pub(super) fn quantity(word: &str) -> bool {
    [
        "order", "position", "rank", "sequence", "seq", "level", "version", "status", "type", "state", "count", "size",
        "priority", "year", "month", "week", "day", "date", "time", "hour", "minute", "index", "sort", "weight",
        "score", "value", "amount", "total", "quantity", "qty", "price", "duration", "interval", "length", "width",
        "height", "age", "point", "credit", "balance", "rate", "rating", "tax", "discount", "number", "step", "stage",
        "phase", "progress", "limit", "offset", "port", "view", "hit", "like", "vote", "visit", "page", "line",
        "stock", "mark", "grade", "percent", "degree", "budget", "cost", "fee", "flag", "mode", "lock", "salary",
    ]
    .contains(&word)
}

/// Names by which a row refers to another one of its own table.
pub(super) fn own_row(stem: &str) -> bool {
    [
        "parent",
        "reportsto",
        "root",
        "ancestor",
        "predecessor",
        "successor",
        "superior",
        "previous",
        "prev",
        "next",
        "original",
        "duplicateof",
        "replaces",
        "replacedby",
        "supersededby",
        "mergedinto",
        "inreplyto",
        "replyto",
        "copiedfrom",
        "clonedfrom",
        "revisionof",
        "parentref",
        "belowto",
    ]
    .contains(&stem)
}

/// Abbreviations that everybody uses; others are found as beginnings of words.
pub(super) fn abbreviated(word: &str) -> Option<&'static str> {
    const KNOWN: [(&str, &str); 22] = [
        ("acct", "account"),
        ("addr", "address"),
        ("cat", "category"),
        ("cust", "customer"),
        ("dept", "department"),
        ("emp", "employee"),
        ("grp", "group"),
        ("img", "image"),
        ("inv", "invoice"),
        ("loc", "location"),
        ("mgr", "manager"),
        ("msg", "message"),
        ("ord", "order"),
        ("org", "organization"),
        ("pmt", "payment"),
        ("prod", "product"),
        ("proj", "project"),
        ("qst", "question"),
        ("subs", "subscription"),
        ("txn", "transaction"),
        ("usr", "user"),
        ("whs", "warehouse"),
    ];
    KNOWN.iter().find(|(short, _)| *short == word).map(|(_, whole)| *whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_every_spelling_have_the_same_words() {
        for name in [
            "sales_order_id",
            "salesOrderId",
            "SalesOrderID",
            "SALES_ORDER_ID",
            "sales-order id",
        ] {
            assert_eq!(split(name), ["sales", "order", "id"], "{name}");
        }
        assert_eq!(split("HTTPServerID"), ["http", "server", "id"]);
        assert_eq!(split("address2Id"), ["address2", "id"]);
        assert_eq!(split("__größe_Äste"), ["größe", "äste"]);
        assert!(split("_").is_empty());
    }

    #[test]
    fn plurals_find_their_singulars() {
        for (many, one) in [
            ("companies", "company"),
            ("movies", "movie"),
            ("addresses", "address"),
            ("statuses", "status"),
            ("houses", "house"),
            ("buses", "bus"),
            ("boxes", "box"),
            ("caches", "cache"),
            ("branches", "branch"),
            ("heroes", "hero"),
            ("knives", "knife"),
            ("leaves", "leaf"),
            ("archives", "archive"),
            ("children", "child"),
            ("people", "person"),
            ("media", "medium"),
            ("analyses", "analysis"),
            ("kunden", "kunde"),
            ("rechnungen", "rechnung"),
            ("cars", "car"),
        ] {
            assert!(
                singulars(many).contains(&one.to_owned()),
                "{many}: {:?}",
                singulars(many)
            );
        }
        for word in ["address", "status", "news", "analysis", "bus", "media"] {
            assert_eq!(singulars(word)[0], word);
        }
        assert_eq!(singulars("status"), ["status"]);
        assert_eq!(singulars("address"), ["address"]);
    }

    #[test]
    fn compounds_are_found_by_the_singular_of_every_word() {
        let forms = forms(&split("customers_taxes"));
        assert!(
            forms.contains("customertax") && forms.contains("customerstaxes"),
            "{forms:?}"
        );
    }
}

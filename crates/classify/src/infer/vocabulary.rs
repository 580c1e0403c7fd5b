//! What the common words in names mean: lists of them, in one place.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

/// A list that is read once.
type Words = LazyLock<HashSet<&'static str>>;

fn words(text: &'static str) -> HashSet<&'static str> {
    text.split_ascii_whitespace().collect()
}

/// `short=long` in words.
pub(super) fn pairs(text: &'static str) -> HashMap<&'static str, &'static str> {
    let pairs = text.split_ascii_whitespace();
    pairs.filter_map(|pair| pair.split_once('=')).collect()
}

/// What a column's name says beside the thing it refers to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Marker {
    /// `id`, `fk` and the like: it is a reference to whatever identifies the thing.
    Id,
    /// `code`, `number`, `name`: a natural key, if the thing has such a column.
    Natural,
}

static IDS: Words = Words::new(|| {
    words(
        "\
    id fk uuid guid ref key oid pk sk xref ident",
    )
});
static NATURALS: Words = Words::new(|| {
    words(
        "\
    code cd no nr num nbr number name slug login abbr handle sku",
    )
});
static LEADING: Words = Words::new(|| {
    words(
        "\
    fk id ref cod codigo xref uuid guid kd",
    )
});

/// Whether the word marks a reference.
pub(super) fn marker(word: &str) -> Option<Marker> {
    if IDS.contains(word) {
        Some(Marker::Id)
    } else if NATURALS.contains(word) {
        Some(Marker::Natural)
    } else {
        None
    }
}

/// Whether the word in front of a name marks a reference: `fk_city`, `id_client`.
pub(super) fn leading_marker(word: &str) -> bool {
    LEADING.contains(word)
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
static ROLES: Words = Words::new(|| {
    words(
        "\
    parent child root primary secondary default main alt current active last first latest next prev \
    previous new old original initial final by to from for of in on with at source src target dest \
    destination origin home host guest left right base lead head chief co self other own sub super start \
    end true up down top legal local",
    )
});

/// Words with such an ending that are things.
static THINGS: Words = Words::new(|| {
    words(
        "\
    order customer user number server folder letter paper offer tender computer filter chapter header \
    footer counter tier supplier meter color vendor floor door sector",
    )
});

/// Whether the word only says which part the parent plays (`billing_address_id`, `created_by_user_id`,
/// `sender_account_id`).
pub(super) fn role(word: &str) -> bool {
    const ENDINGS: [&str; 8] = ["ed", "ing", "er", "or", "ee", "ary", "bound", "ian"];
    ROLES.contains(word) || word.len() > 3 && !THINGS.contains(word) && ENDINGS.iter().any(|end| word.ends_with(end))
}

/// Short words that say what type the column has, or nothing (`lngClientId`, `f_client_id`).
pub(super) fn hungarian(word: &str) -> bool {
    [
        "i", "n", "f", "c", "s", "x", "int", "lng", "str", "num", "fld", "col", "vch",
    ]
    .contains(&word)
}

/// Words by which a column says that its values come from somebody else's database.
static FOREIGN: Words = Words::new(|| {
    words(
        "\
    external ext remote foreign legacy upstream imported import partner provider third stripe paypal \
    braintree adyen square mollie klarna google facebook fb twitter linkedin instagram tiktok github \
    gitlab bitbucket apple microsoft azure aws slack discord telegram whatsapp salesforce sf hubspot \
    zendesk intercom jira xero quickbooks netsuite shopify woocommerce magento amazon ebay twilio \
    sendgrid mailchimp mailgun firebase auth0 okta ldap sap saml oidc openid oauth oauth2 steam segment",
    )
});

/// Whether the word says that the values are somebody else's (`stripe_customer_id`).
pub(super) fn foreign(word: &str) -> bool {
    FOREIGN.contains(word)
}

static LOGS: Words = Words::new(|| {
    words(
        "\
    log logs history histories audit audits archive archived archives backup backups bak trail journal \
    changelog deleted tombstones snapshot snapshots staging tmp temp old hist aud",
    )
});

/// Whether the word says that a table keeps what was.
pub(super) fn log_word(word: &str) -> bool {
    LOGS.contains(word)
}

static TABLES: Words = Words::new(|| {
    words(
        "\
    entity entities master mst tbl table tab base main header hdr record records dim model",
    )
});

/// Words in front of a table's name that only say that it is a table (`tbl_client`).
pub(super) fn table_prefix(word: &str) -> bool {
    ["t", "tb", "tbl", "tab", "dim", "mst"].contains(&word)
}

/// Words at the end of a table's name that only say that it is a table (`customer_master`).
pub(super) fn table_word(word: &str) -> bool {
    TABLES.contains(word)
}

static ANY: Words = Words::new(|| {
    words(
        "\
    object record row entity item subject target source model owner parent resource reference related \
    document content node element holder actor creator trackable causer sender recipient context origin \
    ref rel author",
    )
});

/// Names of the other side of a pair that may be a row of any table.
pub(super) fn any_row(word: &str) -> bool {
    ANY.contains(word) || word.len() > 5 && (word.ends_with("able") || word.ends_with("ible"))
}

static QUANTITIES: Words = Words::new(|| {
    words(
        "\
    order position rank sequence seq level version status type state count size priority year month week \
    day date time hour minute index sort weight score value amount total quantity qty price duration \
    interval length width height age point credit balance rate rating tax discount number step stage \
    phase progress limit offset port view hit like vote visit page line stock mark grade percent degree \
    budget cost fee flag mode lock salary",
    )
});

/// Names of columns that hold a number of their own although a table may be called the same.
pub(super) fn quantity(word: &str) -> bool {
    QUANTITIES.contains(word)
}

static OWN_ROWS: Words = Words::new(|| {
    words(
        "\
    parent reportsto root ancestor predecessor successor superior previous prev next original \
    duplicateof replaces replacedby supersededby mergedinto inreplyto replyto copiedfrom clonedfrom \
    revisionof parentref belowto",
    )
});

/// Names by which a row refers to another one of its own table.
pub(super) fn own_row(stem: &str) -> bool {
    OWN_ROWS.contains(stem)
}

static PERSONS: Words = Words::new(|| {
    words(
        "\
    author creator owner assignee editor approver modifier assigner uploader operator requester \
    moderator",
    )
});

/// Names of people by what they did to a row.
pub(super) fn person(word: &str) -> bool {
    PERSONS.contains(word)
}

/// Abbreviations that everybody uses, with the word; others are found as beginnings of words.
static ABBREVIATIONS: LazyLock<HashMap<&str, &str>> = LazyLock::new(|| {
    pairs(
        "\
    acct=account addr=address cat=category cust=customer dept=department emp=employee grp=group \
    img=image inv=invoice ctry=country lang=language loc=location mgr=manager msg=message ord=order \
    org=organization pmt=payment prod=product proj=project qst=question subs=subscription \
    txn=transaction usr=user whs=warehouse",
    )
});

/// What a common abbreviation stands for.
pub(super) fn abbreviated(word: &str) -> Option<&'static str> {
    ABBREVIATIONS.get(word).copied()
}

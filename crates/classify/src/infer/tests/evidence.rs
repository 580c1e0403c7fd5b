//! What else speaks for a guess, or against it, and what becomes of it.

use exodus_schema::model::Origin;
use exodus_schema::{Cuts, Graph, Tree};

use super::{found, guesses, likely, made, not_found};
use crate::find_table;
use crate::infer::{LIKELY, assume, infer, polymorphic_pairs};

#[test]
fn namesakes_with_keys_tell_what_a_name_means() {
    let lines = [
        "networks: *id uuid",
        "a: *id uuid, nid uuid → networks.id",
        "b: *id uuid, nid uuid → networks.id",
        "c: *id uuid, nid uuid",
        "d: *id uuid, nid text",
    ];
    assert_eq!(likely(&lines, "c"), ["nid → networks(id)"]);
    assert!(likely(&lines, "d").is_empty(), "text is no uuid");
    let torn = [
        "x: *+id",
        "y: *+id",
        "a: *+id, zid → x.id",
        "b: *+id, zid → y.id",
        "c: *+id, zid",
    ];
    assert!(guesses(&torn, "c").is_empty(), "they do not agree");
    let parents = ["a: *+id, up_id → a.id", "b: *+id, up_id → b.id", "c: *+id, up_id"];
    assert_eq!(likely(&parents, "c"), ["up_id → c(id)"]);
}

#[test]
fn columns_with_a_relation_are_left_out() {
    assert!(guesses(&["clients: *+id", "t: *+id, client_id → clients.id"], "t").is_empty());
}

#[test]
fn pairs_of_type_and_key_are_no_references() {
    let lines = [
        "owners: *+id",
        "t: *+id, owner_type text, owner_id, commentable_type text, commentable_id",
        "u: *+id, content_type_id integer, object_id",
        "v: *+id, table_name text, record_id",
        "accounts: *+id",
        "w: *+id, account_type text, account_id",
        "attachments: *+attachment_id, attachment_type text",
    ];
    let schema = made(&lines);
    let pairs: Vec<_> = polymorphic_pairs(&Graph::new(&schema))
        .into_iter()
        .map(|pair| {
            format!(
                "{} {} {} {}",
                pair.table,
                pair.type_column,
                pair.id_column,
                pair.names_table.is_some()
            )
        })
        .collect();
    assert_eq!(
        pairs,
        [
            "t commentable_type commentable_id false",
            "t owner_type owner_id true",
            "u content_type_id object_id false",
            "v table_name record_id false",
            "w account_type account_id true",
        ]
    );
    for child in ["t", "u", "v"] {
        assert!(
            likely(&lines, child).is_empty(),
            "{child}: {:?}",
            guesses(&lines, child)
        );
    }
    // Accounts have types; a pair would rather be called by a role.
    assert_eq!(likely(&lines, "w"), ["account_id → accounts(id)"]);
    assert_eq!(guesses(&lines, "t"), [("owner_id → owners(id)".to_owned(), 0.5)]);
}

#[test]
fn the_client_of_oauth_is_an_application() {
    let lines = [
        "clients: *+id",
        "oauth_tokens: *+id, client_id, user_id",
        "grants: *+id, client_id, redirect_uri text",
        "users: *+id",
        "invoices: *+id, client_id",
    ];
    assert_eq!(likely(&lines, "oauth_tokens"), ["user_id → users(id)"]);
    assert!(likely(&lines, "grants").is_empty());
    assert_eq!(likely(&lines, "invoices"), ["client_id → clients(id)"]);
    let with_own: Vec<_> = lines
        .iter()
        .copied()
        .chain(["oauth_clients: *+id, redirect_uri text"])
        .collect();
    let found = likely(&with_own, "oauth_tokens");
    assert!(!found.iter().any(|guess| guess.contains("→ clients")), "{found:?}");
}

#[test]
fn keys_of_other_peoples_databases_are_none() {
    for column in [
        "stripe_client_id",
        "external_client_id",
        "github_client_id",
        "legacy_client_id",
    ] {
        not_found("clients: *+id", column);
    }
    // Unless the table is called so.
    found(
        "external_clients: *+id",
        "external_client_id",
        "external_client_id → external_clients(id)",
    );
}

#[test]
fn composite_keys() {
    let lines = [
        "tenants: *id uuid",
        "orders: *tenant_id uuid, *id uuid",
        "lines: *tenant_id uuid, *id uuid, order_id uuid",
    ];
    assert_eq!(
        likely(&lines, "lines"),
        ["tenant_id → tenants(id)", "tenant_id, order_id → orders(tenant_id, id)"]
    );
    let lines = [
        "orders: *+order_id",
        "order_items: *order_id, *item_no integer",
        "order_item_notes: *+id, order_id, item_no integer",
    ];
    assert!(
        likely(&lines, "order_item_notes").contains(&"order_id, item_no → order_items(order_id, item_no)".to_owned())
    );
    // Columns of a table that joins others do not make a reference to it.
    let lines = [
        "actors: *+actor_id",
        "films: *+film_id",
        "film_actors: *actor_id, *film_id",
        "awards: *+id, actor_id, film_id",
    ];
    assert_eq!(
        likely(&lines, "awards"),
        ["actor_id → actors(actor_id)", "film_id → films(film_id)"]
    );
}

#[test]
fn same_names_in_several_schemas() {
    let lines = [
        "a.clients: *+id",
        "b.clients: *+id",
        "a.t: *+id, client_id",
        "b.t: *+id, client_id",
    ];
    assert_eq!(likely(&lines, "a.t"), ["client_id → a.clients(id)"]);
    assert_eq!(likely(&lines, "b.t"), ["client_id → b.clients(id)"]);
    assert_eq!(
        likely(&["a.clients: *+id", "b.t: *+id, client_id"], "b.t"),
        ["client_id → a.clients(id)"]
    );
}

#[test]
fn logs_and_actors_are_less_sure() {
    let lines = [
        "users: *+id",
        "orders: *+id, user_id, created_by",
        "order_history: *+id, user_id",
    ];
    let of = |child: &str, column: &str| {
        let found = guesses(&lines, child).into_iter();
        found
            .filter(|(text, _)| text.starts_with(column))
            .map(|(_, confidence)| confidence)
            .next()
    };
    assert!(of("orders", "user_id") > of("order_history", "user_id"));
    assert!(of("order_history", "user_id") > Some(LIKELY));
    let actor = of("orders", "created_by").expect("a guess");
    assert!(actor < LIKELY, "who did it need not be whose it is: {actor}");
}

#[test]
fn assumed_relations_are_marked_and_vouched_for_by_nobody() {
    let before = made(&["clients: *+id", "rentals: *+id, client_id", "shops: *+id, owner text"]);
    let (after, taken) = assume(&before, LIKELY);
    assert_eq!(taken.len(), 1);
    let rentals = after.table(&taken[0].child).expect("the table");
    let relation = &rentals.relations[0];
    assert_eq!((relation.origin, relation.validated), (Origin::Inferred, false));
    let graph = Graph::new(&after);
    let root = find_table(&graph, "clients").expect("the root");
    assert_eq!(Tree::grow(&graph, root, &Cuts::default()).members().len(), 2);
    assert_eq!(assume(&before, 1.0), (before, vec![]));
}

#[test]
fn what_goes_into_the_configuration_is_toml() {
    let schema = made(&["clients: *+id", "\"odd \"\"one\"\"\": *+id, client_id"]);
    let found = infer(&Graph::new(&schema));
    let text = found[0].config_line();
    assert!(
        text.starts_with("[[declare]]\nchild = \"\\\"odd \\\"\\\"one\\\"\\\"\\\"\"\n"),
        "{text}"
    );
    assert!(
        text.contains("columns = [\"client_id\"]\nparent = \"clients\"\nparent_columns = [\"id\"]\n"),
        "{text}"
    );
    assert!(
        text.contains("reason = \"inferred (0.93): `client_id` is named after"),
        "{text}"
    );
    assert!(text.ends_with("\"\n") && text.lines().count() == 6, "{text}");
}

#[test]
fn every_guess_says_why() {
    let schema = made(&[
        "users: *+id",
        "clients: *+id",
        "t: *+id, client_id, parent_id, created_by, owner_type text, owner_id",
    ]);
    for guess in infer(&Graph::new(&schema)) {
        assert!(
            !guess.reasons.is_empty() && (0.0..1.0).contains(&guess.confidence),
            "{guess:?}"
        );
    }
}

#[test]
fn odd_schemas_do_no_harm() {
    for lines in [
        &["_: _"][..],
        &[],
        &["a:"],
        &["id: *id, id_id, fk_id_id"],
        &["x: fk, id, _id, id_"],
    ] {
        let _ = infer(&Graph::new(&made(lines)));
    }
}

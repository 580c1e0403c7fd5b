//! Findings through the real binary: what is accepted, filtered, explained and supposed, and in which forms it is told.

mod accepted;
mod asking;
mod documented;
mod drift;
mod forms;
mod places;
mod refused;
mod stranger;
#[path = "../support/mod.rs"]
mod support;

use std::fs;

use serde_json::{Value, json};
use support::{Place, Ran};

/// A schema file: clients, their posts and comments, and skins of which nobody knows whose they are.
fn schema(skins_nullable: bool) -> Value {
    let column = |name: &str, nullable: bool| json!({"name": name, "native_type": "bigint", "kind": "integer", "nullable": nullable});
    let key = json!({"name": "pk", "columns": ["id"], "total": true});
    let relation = |column: &str, parent: &str| json!({"name": format!("fk_{column}"), "parent": parent, "validated": true, "columns": [{"child": column, "parent": "id"}]});
    let table = |name: &str, columns: Value, relations: Value| json!({"name": name, "columns": columns, "primary_key": key, "indexes": [["client_id"], ["post_id"]], "relations": relations});
    let id = column("id", false);
    json!({"version": 1, "engine": "sqlite", "server_version": "3", "tables": [
        table("clients", json!([id]), json!([])),
        table("comments", json!([id, column("post_id", false)]), json!([relation("post_id", "posts")])),
        table("notes", json!([id, column("client_id", false)]), json!([])),
        table("posts", json!([id, column("client_id", false)]), json!([relation("client_id", "clients")])),
        table("skins", json!([id, column("client_id", skins_nullable)]), json!([relation("client_id", "clients")])),
    ]})
}

fn place(more: &str) -> Place {
    let place = Place::new(&format!("root = \"clients\"\n{more}"));
    write(&place, true);
    place
}

fn write(place: &Place, skins_nullable: bool) {
    let text = schema(skins_nullable).to_string();
    fs::write(place.path().join("schema.json"), text).expect("a schema file");
}

fn classify(place: &Place, args: &[&str]) -> Ran {
    place.run(&[&["classify", "--schema", "schema.json"], args].concat())
}

/// Only one rule, so that these tests don't hang on what others find.
fn riddles(place: &Place, args: &[&str]) -> Ran {
    classify(
        place,
        &[&["--only", "horse-riddle", "--fail-on", "warning"], args].concat(),
    )
}

const ACCEPT: &str = "\n[[accept]]\nrule = \"horse-riddle\"\nobject = \"skins(client_id)\"\nreason = \"they stay\"\n";

//! What differs between two schemas, by the names of things.

use std::collections::{BTreeMap, BTreeSet};

use exodus_schema::Schema;
use serde_json::Value;

/// The differences, one on a line; empty where there is none.
pub(crate) fn differences(live: &Schema, dump: &Schema) -> Vec<String> {
    let mut found = vec![];
    let value = |schema: &Schema| serde_json::to_value(schema).expect("a schema can be written");
    compare("", &value(live), &value(dump), &mut found);
    found
}

fn compare(path: &str, live: &Value, dump: &Value, found: &mut Vec<String>) {
    match (live, dump) {
        (Value::Object(one), Value::Object(other)) => {
            let keys: BTreeSet<&String> = one.keys().chain(other.keys()).collect();
            for key in keys {
                let of = |object: &serde_json::Map<String, Value>| object.get(key).cloned().unwrap_or(Value::Null);
                compare(&format!("{path}.{key}"), &of(one), &of(other), found);
            }
        }
        (Value::Array(one), Value::Array(other)) if named(one) && named(other) => {
            let (one, other) = (by_name(one), by_name(other));
            let names: BTreeSet<&String> = one.keys().chain(other.keys()).collect();
            for name in names {
                let of = |map: &BTreeMap<String, Value>| map.get(name).cloned().unwrap_or(Value::Null);
                compare(&format!("{path}[{name}]"), &of(&one), &of(&other), found);
            }
            if found.is_empty() && one.keys().ne(other.keys()) {
                found.push(format!("{path}: another order"));
            }
        }
        _ if live != dump => found.push(format!("{path}:\n      live {live}\n      dump {dump}")),
        _ => {}
    }
}

fn named(list: &[Value]) -> bool {
    !list.is_empty() && list.iter().all(|item| item.get("name").is_some())
}

fn by_name(list: &[Value]) -> BTreeMap<String, Value> {
    let mut out = BTreeMap::new();
    for item in list {
        let name = item["name"].as_str().unwrap_or_default().to_owned();
        let mut numbered = name.clone();
        while out.contains_key(&numbered) {
            numbered.push('+');
        }
        out.insert(numbered, item.clone());
    }
    out
}

//! What the journal holds besides, in words.

use exodus_schema::grouped;
use serde_json::Value;

/// What a move's own lines say already.
const SAID: [&str; 4] = ["id", "client", "source", "target"];

/// A summary, without what stands above it.
pub(super) fn of_summary(summary: &Value) -> String {
    let mut summary = summary.clone();
    if let Value::Object(map) = &mut summary {
        map.retain(|name, _| !SAID.contains(&&**name));
    }
    facts(&summary)
}

/// `rows 8, seconds 0.2` of `{"rows": 8, "seconds": 0.2}`.
pub(super) fn facts(detail: &Value) -> String {
    let Value::Object(map) = detail else {
        return if detail.is_null() {
            String::new()
        } else {
            detail.to_string()
        };
    };
    let told = map.iter().filter(|(name, _)| !name.ends_with("_ms"));
    told.filter_map(|(name, value)| fact(&name.replace('_', " "), value))
        .collect::<Vec<_>>()
        .join(", ")
}

fn fact(name: &str, value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(format!("{name} {text}")),
        Value::Number(number) => Some(format!("{name} {}", shown(number))),
        // What there is of each table is for programs: `--format json`.
        Value::Array(list) => counted(list.len(), name),
        Value::Object(map) if map.values().any(Value::is_object) => counted(map.len(), name),
        Value::Object(_) => Some(facts(value))
            .filter(|inner| !inner.is_empty())
            .map(|inner| format!("{name} ({inner})")),
        other => Some(format!("{name} {other}")),
    }
}

fn counted(count: usize, name: &str) -> Option<String> {
    match count {
        0 => None,
        1 => Some(format!("1 {}", name.strip_suffix('s').unwrap_or(name))),
        more => Some(format!("{more} {name}")),
    }
}

/// Whole numbers in groups of three digits, large ones without and small ones with three digits behind the point.
fn shown(number: &serde_json::Number) -> String {
    if let Some(whole) = number.as_i128() {
        return grouped(whole);
    }
    match number.as_f64() {
        #[expect(clippy::cast_possible_truncation, reason = "for people")]
        Some(large) if large.abs() >= 1_000.0 => grouped(large.round() as i128),
        Some(small) => {
            let text = format!("{small:.3}");
            text.trim_end_matches('0').trim_end_matches('.').to_owned()
        }
        None => number.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn numbers_are_for_people() {
        let detail =
            json!({"rows": 20126, "rows_per_second": 516_051.282, "snapshot_seconds": 0.024_96, "waited": 0.0});
        assert_eq!(
            facts(&detail),
            "rows 20,126, rows per second 516,051, snapshot seconds 0.025, waited 0"
        );
    }

    #[test]
    fn steps_are_told_and_tables_counted() {
        let summary = json!({
            "id": 1, "client": "42", "source": "a", "target": "b", "rows": 3,
            "seconds": {"copy": 0.25, "freeze": 0.001}, "tables": [{"table": "x"}], "references": {"set_null": [], "kept": [1, 2]},
            "made": [],
        });
        assert_eq!(
            of_summary(&summary),
            "rows 3, seconds (copy 0.25, freeze 0.001), 1 table, references (2 kept)"
        );
    }

    #[test]
    fn nothing_is_no_text() {
        assert_eq!(facts(&json!(null)), "");
        assert_eq!(facts(&json!({"held_ms": 5})), "");
        let sums = json!({"tables": {"a": {"rows": 1}, "b": {"rows": 2}}});
        assert_eq!(facts(&sums), "2 tables");
    }
}

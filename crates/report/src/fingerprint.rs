//! A digest of a schema: equal for equal schemas, whatever their tables hold.

use exodus_schema::Schema;
use sha2::{Digest, Sha256};

/// 16 hexadecimal digits. Estimates of rows and bytes change by themselves, the server's version with an upgrade, and
/// what was seen on the way with privileges: they are left out.
pub fn of(schema: &Schema) -> String {
    let mut schema = schema.clone();
    schema.server_version.clear();
    schema.warnings.clear();
    for table in &mut schema.tables {
        table.estimated_rows = None;
        table.bytes = None;
    }
    // Plain data with text keys can always be written.
    let text = serde_json::to_string(&schema).unwrap_or_default();
    let digest = Sha256::digest(text.as_bytes());
    let first = digest
        .iter()
        .take(8)
        .fold(0, |number, &byte| number << 8 | u64::from(byte));
    format!("{first:016x}")
}

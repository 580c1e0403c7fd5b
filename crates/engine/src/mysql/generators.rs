//! Where AUTO_INCREMENT stands.

use exodus_schema::Table;

use super::connection::MySqlConnection;
use crate::connection::Connection as _;
use crate::error::Result;
use crate::generators::KeyGenerator;

impl MySqlConnection {
    /// The table's AUTO_INCREMENT. What it gives is told by the server's settings, which sessions of applications have, and
    /// this one need not. The catalogue may be behind, so that the greatest key counts, too.
    pub(super) async fn auto_increment(&mut self, table: &Table) -> Result<Vec<KeyGenerator>> {
        let Some(column) = table.columns.iter().find(|column| column.generator.is_some()) else {
            return Ok(vec![]);
        };
        let doing = format!("looking at the AUTO_INCREMENT of {}", table.name);
        let dialect = self.dialect();
        let (name, quoted) = (dialect.table(&table.name), dialect.quote(&column.name));
        let schema = match table.name.schema.as_str() {
            "" => "DATABASE()".to_owned(),
            named => dialect.text(named),
        };
        let sql = format!(
            "SELECT @@GLOBAL.auto_increment_offset, @@GLOBAL.auto_increment_increment, \
             (SELECT s.AUTO_INCREMENT FROM information_schema.TABLES AS s \
             WHERE s.TABLE_SCHEMA = {schema} AND s.TABLE_NAME = {}), (SELECT MAX(t.{quoted}) FROM {name} AS t)",
            dialect.text(&table.name.name)
        );
        let rows = self.query(&sql).await.map_err(|error| error.while_doing(&doing))?;
        let row = rows.into_iter().next().unwrap_or_default();
        let number = |at: usize| row.get(at)?.as_deref()?.parse::<i128>().ok();
        let (offset, increment) = (number(0).unwrap_or(1), number(1).unwrap_or(1).max(1));
        let mut generator = KeyGenerator {
            column: column.name.clone(),
            name: "AUTO_INCREMENT".to_owned(),
            next: None,
            // An offset that is greater than the increment is ignored.
            start: if offset > increment { 1 } else { offset },
            increment,
            minimum: 1,
            maximum: i128::from(u64::MAX),
            follows: true,
        };
        let next = number(2).unwrap_or(1).max(number(3).map_or(1, |greatest| greatest + 1));
        generator.next = Some(generator.at_or_beyond(next));
        Ok(vec![generator])
    }
}

//! Limits that a large transaction meets, and disks, where the server shows them.

use super::connection::MySqlConnection;
use crate::connection::Connection as _;
use crate::error::{Error, ErrorKind, Result};
use crate::room::Room;

const DOING: &str = "asking for limits of the server";
/// A limit that nobody has set.
const NO_LIMIT: u64 = 1 << 62;

impl MySqlConnection {
    /// What is known of it.
    pub(super) async fn room_left(&mut self) -> Result<Vec<Room>> {
        let sql = "SELECT @@GLOBAL.log_bin, @@GLOBAL.max_binlog_cache_size, @@GLOBAL.innodb_file_per_table, \
                   @@GLOBAL.innodb_data_file_path, @@GLOBAL.datadir";
        let rows = self.query(sql).await.map_err(|error: Error| error.while_doing(DOING))?;
        let row: Vec<String> = rows.into_iter().flatten().map(Option::unwrap_or_default).collect();
        let [binlog, cache, per_table, files, folder] = <[String; 5]>::try_from(row).unwrap_or_default();
        let mut found = vec![];
        if let (true, Ok(cache @ 0..NO_LIMIT)) = (binlog == "1", cache.parse()) {
            let help = "a larger transaction fails and is undone: raise max_binlog_cache_size";
            found.push(Room::new(
                "a transaction may write to the binary log (max_binlog_cache_size)",
                Some(cache),
                help,
            ));
        }
        if per_table == "0" && ends(&files) {
            let help = "a move that finds no more room is undone: let the last file of innodb_data_file_path grow, or set \
                        innodb_file_per_table";
            let what =
                "InnoDB keeps tables in files that do not grow for ever (innodb_data_file_path), of which free are";
            found.push(Room::new(what, self.free_in_tablespace().await?, help));
        }
        if let Some(free) = self.free_on_disk(&folder).await? {
            let help = "a move that finds no more room is undone: make room there";
            found.push(Room::new("the disk of its data has", Some(free), help));
        }
        Ok(found)
    }

    /// What InnoDB says is free in the files that tables share; a table of these tells it for all of them.
    async fn free_in_tablespace(&mut self) -> Result<Option<u64>> {
        let sql = "SELECT MAX(t.DATA_FREE) FROM information_schema.TABLES AS t \
                   WHERE t.TABLE_SCHEMA = DATABASE() AND t.ENGINE = 'InnoDB'";
        self.known(sql).await
    }

    /// By a plugin of MariaDB's, where it is there and this user may ask it.
    async fn free_on_disk(&mut self, folder: &str) -> Result<Option<u64>> {
        let plugin =
            "SELECT COUNT(*) FROM information_schema.PLUGINS WHERE PLUGIN_NAME = 'DISKS' AND PLUGIN_STATUS = 'ACTIVE'";
        if self.known(plugin).await?.is_none_or(|there| there == 0) {
            return Ok(None);
        }
        let sql = format!(
            "SELECT d.Available * 1024 FROM information_schema.DISKS AS d \
             WHERE LEFT({folder}, CHAR_LENGTH(d.Path)) = d.Path ORDER BY CHAR_LENGTH(d.Path) DESC LIMIT 1",
            folder = self.dialect().text(folder)
        );
        self.known(&sql).await
    }

    /// A number, if this user may know it.
    async fn known(&mut self, sql: &str) -> Result<Option<u64>> {
        match self.query(sql).await {
            Ok(rows) => Ok(rows
                .into_iter()
                .flatten()
                .flatten()
                .next()
                .and_then(|text| text.parse().ok())),
            Err(error) if error.kind() == ErrorKind::Lost => Err(error.while_doing(DOING)),
            Err(error) => {
                tracing::debug!(%error, "the room is not known");
                Ok(None)
            }
        }
    }
}

/// Whether the last of these files does not grow for ever: `ibdata1:12M:autoextend:max:500M`.
fn ends(files: &str) -> bool {
    let last = files.rsplit(';').next().unwrap_or_default();
    let mut words = last.split(':');
    !words.any(|word| word == "autoextend") || words.any(|word| word == "max")
}

#[cfg(test)]
mod tests {
    use super::ends;

    #[test]
    fn files_that_do_not_grow_for_ever() {
        assert!(!ends("ibdata1:12M:autoextend"));
        assert!(!ends("ibdata1:12M;ibdata2:12M:autoextend"));
        assert!(ends("ibdata1:12M"));
        assert!(ends("ibdata1:12M:autoextend;ibdata2:10M"));
        assert!(ends("ibdata1:12M:autoextend:max:500M"));
    }
}

//! Defaults of the database, other ones on each end, that a session starts with: values arrive all the same.

use exodus_tests::database::{Database, Server};

use crate::values;

const ON_SOURCE: &str = "timezone = 'Asia/Kathmandu'; datestyle = 'SQL, DMY'; intervalstyle = 'iso_8601'; extra_float_digits = -15; bytea_output = 'escape'; \
    lc_monetary = 'C.UTF-8'; xmloption = 'document'; array_nulls = off; xmlbinary = 'hex'; standard_conforming_strings = off; quote_all_identifiers = on; \
    search_path = 'pg_temp'; client_encoding = 'LATIN1'; default_transaction_isolation = 'serializable'; backslash_quote = on; default_text_search_config = 'pg_catalog.german'";
const ON_TARGET: &str = "timezone = 'America/St_Johns'; datestyle = 'German, MDY'; intervalstyle = 'sql_standard'; extra_float_digits = 0; bytea_output = 'hex'; \
    lc_monetary = 'C'; xmloption = 'content'; transform_null_equals = on; client_encoding = 'WIN1252'; default_transaction_read_only = on; row_security = on; \
    search_path = 'public'; default_transaction_deferrable = on; statement_timeout = '1min'; jit = on; exit_on_error = on; synchronous_commit = off";

/// The databases' own sessions are older than the defaults, and keep theirs.
fn set(database: &mut Database, settings: &str) {
    for setting in settings.split(';') {
        let sql = format!("ALTER DATABASE {} SET {}", database.name(), setting.trim());
        database.run(&sql);
    }
}

fn defaults_change_nothing(server: Server, integrity: &str) {
    if !server.is_there() {
        return;
    }
    let mut case = values::case(server);
    set(&mut case.source, ON_SOURCE);
    set(&mut case.target, ON_TARGET);
    case.there_and_back(integrity);
}

#[test]
fn l25_defaults_of_postgres_change_nothing() {
    defaults_change_nothing(Server::Postgres, "proven");
}

#[test]
fn l25_defaults_of_postgres18_change_nothing() {
    defaults_change_nothing(Server::Postgres18, "enforced");
}

const HOSTILE: &[&str] = &[
    "time_zone = '-11:30'",
    "sql_mode = 'ANSI,NO_BACKSLASH_ESCAPES,NO_ZERO_DATE,NO_ZERO_IN_DATE,STRICT_ALL_TABLES,HIGH_NOT_PRECEDENCE,PIPES_AS_CONCAT,PAD_CHAR_TO_FULL_LENGTH,REAL_AS_FLOAT,TIME_TRUNCATE_FRACTIONAL'",
    "character_set_server = 'latin1'",
    "character_set_client = 'latin1'",
    "character_set_results = 'latin1'",
    "character_set_connection = 'latin1'",
    "collation_connection = 'latin1_german2_ci'",
    "local_infile = 0",
    "completion_type = 1",
    "sql_select_limit = 1",
    "sql_safe_updates = 1",
    "sql_auto_is_null = 1",
    "explicit_defaults_for_timestamp = 0",
    "foreign_key_checks = 0",
    "unique_checks = 0",
    "group_concat_max_len = 4",
    "div_precision_increment = 0",
    "lc_time_names = 'de_DE'",
    "default_week_format = 3",
    "max_join_size = 1",
    "sql_big_selects = 0",
    "autocommit = 0",
    "sql_notes = 0",
    "net_read_timeout = 1",
    "default_storage_engine = 'MyISAM'",
    "default_tmp_storage_engine = 'MyISAM'",
    "sql_require_primary_key = 1",
    "sql_warnings = 1",
    "transaction_isolation = 'READ-UNCOMMITTED'",
    "tx_isolation = 'READ-UNCOMMITTED'",
    "max_error_count = 0",
    "innodb_strict_mode = 0",
    "old_mode = 'ZERO_DATE_TIME_CAST,NO_PROGRESS_INFO'",
    "time_truncate_fractional = 1",
    "default_collation_for_utf8mb4 = 'utf8mb4_general_ci'",
    "information_schema_stats_expiry = 86400",
    "max_execution_time = 60000",
    "max_statement_time = 60",
    "use_stat_tables = 'never'",
];

/// A server of the test's own, whose defaults nobody else has to live with.
struct Private {
    folder: tempfile::TempDir,
    url: url::Url,
}

impl Private {
    fn start(server: Server) -> Option<Self> {
        let folder = tempfile::TempDir::new().expect("a folder for temporary files");
        let output = script(&folder, &["start", server.name()]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let told = String::from_utf8(script(&folder, &["env"]).stdout).expect("a text");
        let variable = format!("export EXODUS_TEST_{}='", server.name().to_ascii_uppercase());
        let url = told
            .lines()
            .find_map(|line| line.strip_prefix(&variable)?.strip_suffix('\''));
        let Some(url) = url else {
            println!(
                "SKIPPED: no {} of its own: {}",
                server.name(),
                String::from_utf8_lossy(&output.stderr)
            );
            assert!(std::env::var("CI").is_err(), "CI has to test {}", server.name());
            return None;
        };
        let url = url::Url::parse(url).expect("a URL");
        Some(Self { folder, url })
    }
}

impl Drop for Private {
    fn drop(&mut self) {
        script(&self.folder, &["stop"]);
    }
}

fn script(folder: &tempfile::TempDir, arguments: &[&str]) -> std::process::Output {
    let mut command =
        std::process::Command::new(std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("servers/servers"));
    command
        .args(arguments)
        .env("EXODUS_TEST_STATE", folder.path().join("state"));
    for name in ["POSTGRES", "POSTGRES18", "MARIADB", "MYSQL", "TLS_CA"] {
        command.env_remove(format!("EXODUS_TEST_{name}"));
    }
    command.output().expect("tests/servers/servers runs")
}

/// One end is an ordinary server, the other one the worst that could be thought of, which also refuses LOAD DATA LOCAL.
fn defaults_of_a_server(server: Server) {
    if !server.is_there() {
        return;
    }
    let Some(private) = Private::start(server) else { return };
    let target = Database::create_at(server, private.url.clone());
    let mut maintenance = Database::create_at(server, private.url.clone());
    let mut case = crate::case::Case::new(Database::create(server), target, "", "", crate::mysql::tables(server));
    let mut clocks = values::clocks(
        Database::create(server),
        Database::create_at(server, private.url.clone()),
    );
    let set = HOSTILE
        .iter()
        .filter(|setting| maintenance.try_rows(&format!("SET GLOBAL {setting}")).is_ok());
    println!("{}: {} of {} settings", server.name(), set.count(), HOSTILE.len());
    case.there_and_back("proven");
    values::clocks_stand_still(&mut clocks);
}

#[test]
fn l23_defaults_of_mysql_change_nothing() {
    defaults_of_a_server(Server::MySql);
}

#[test]
fn l23_defaults_of_mariadb_change_nothing() {
    defaults_of_a_server(Server::MariaDb);
}

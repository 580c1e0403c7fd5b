//! Words before a parenthesis that write nothing: syntax, types, and built-in functions.
//!
//! A function that is missing here makes a trigger `unknown`, which costs somebody a look; one that is here wrongly would
//! make a writing trigger look safe. So the lists hold what is common in triggers, and nothing that can run SQL given as
//! text, or another function.

use std::collections::HashSet;
use std::sync::LazyLock;

use exodus_schema::Engine;

/// Syntax and types of all engines.
const SYNTAX: &str = "
    all and any array as asc assert atomic begin between bigint binary bit by case char character check collate
    conflict constraint cross cube cursor date datetime dec decimal declare default desc distinct do double each else
    elseif elsif end enum except exception exists exit false filter fixed float for from full group grouping having if
    ilike in index inner insert int integer intersect interval into is join key lateral left like limit loop match
    materialized mediumint mod natural nchar not null number numeric nvarchar of offset on open or order outer over
    overlaps partition perform precision primary print query raise range real recursive references regexp repeat
    replace return returning right rlike rollup row rows select set setof sets signed similar smallint some text then
    time timestamp timestamptz timetz tinyint to truncate truncation union unique unsigned until update using value
    values varbinary varbit varchar varying when where while window with within xor year
";

/// Functions that all engines, or most, have.
const COMMON: &str = "
    abs acos ascii asin atan atan2 avg cast ceil ceiling char_length character_length chr coalesce concat concat_ws
    convert cos count current_date current_time current_timestamp current_user degrees dense_rank div exp extract
    first_value floor format greatest json json_array json_array_length json_object lag last_value lead least length
    ln localtime localtimestamp log log10 log2 lower lpad ltrim max md5 min mod now ntile nullif octet_length overlay
    pi position pow power radians random rank replace reverse round row_number rpad rtrim sha256 sign sin sqrt strpos
    substr substring sum tan total translate trim trunc upper user variance
";

const POSTGRES: &str = "
    age any_value array_agg array_append array_cat array_dims array_length array_lower array_ndims array_position
    array_positions array_prepend array_remove array_replace array_to_json array_to_string array_to_tsvector
    array_upper bit_and bit_count bit_length bit_or bool_and bool_or box btrim bytea cardinality cbrt citext
    clock_timestamp corr current_database current_schema current_schemas current_setting currval date_bin date_part
    date_trunc daterange decode digest encode every format_type gen_random_bytes gen_random_uuid generate_series
    generate_subscripts get_bit get_byte hashtext hashtextextended host hstore inet_client_addr initcap int4range
    int8range isempty isfinite json_agg json_array_elements json_array_elements_text json_build_array
    json_build_object json_each json_each_text json_extract_path json_extract_path_text json_object_agg
    json_object_keys json_populate_record json_strip_nulls json_to_record json_typeof jsonb jsonb_agg
    jsonb_array_elements jsonb_array_elements_text jsonb_array_length jsonb_build_array jsonb_build_object jsonb_each
    jsonb_each_text jsonb_extract_path jsonb_extract_path_text jsonb_insert jsonb_object jsonb_object_agg
    jsonb_object_keys jsonb_path_exists jsonb_path_query jsonb_path_query_array jsonb_path_query_first
    jsonb_populate_record jsonb_pretty jsonb_set jsonb_strip_nulls jsonb_to_record jsonb_typeof justify_days
    justify_hours justify_interval lastval left lower_inc lower_inf ltree make_date make_interval make_time
    make_timestamp make_timestamptz mode nextval nlevel normalize num_nonnulls num_nulls numrange oid parse_ident
    percentile_cont percentile_disc pg_advisory_lock pg_advisory_unlock pg_advisory_xact_lock pg_backend_pid
    pg_column_size pg_current_xact_id pg_get_serial_sequence pg_notify pg_sleep pg_trigger_depth
    pg_try_advisory_xact_lock pg_typeof phraseto_tsquery plainto_tsquery point quote_ident quote_literal
    quote_nullable regclass regexp_count regexp_like regexp_match regexp_matches regexp_replace regexp_split_to_array
    regexp_split_to_table regexp_substr regproc regtype right row_to_json scale session_user set_bit set_byte
    set_config setseed setval setweight similarity split_part st_area st_centroid st_distance st_makepoint st_point
    st_setsrid st_transform st_x st_y starts_with statement_timestamp stddev string_agg string_to_array
    string_to_table strip subpath timeofday timezone to_ascii to_char to_date to_hex to_json to_jsonb to_number
    to_regclass to_timestamp to_tsquery to_tsvector transaction_timestamp trim_array trim_scale tsrange tstzrange
    txid_current txid_current_if_assigned txid_snapshot_xmax unaccent unnest upper_inc upper_inf uuid uuid_generate_v1
    uuid_generate_v4 uuid_generate_v5 uuidv4 uuidv7 websearch_to_tsquery width_bucket xmlelement
";

const MYSQL: &str = "
    adddate addtime aes_decrypt aes_encrypt any_value benchmark bin bin_to_uuid bit_and bit_count bit_or bit_xor
    compress connection_id conv convert_tz crc32 curdate curtime database date_add date_format date_sub datediff day
    dayname dayofmonth dayofweek dayofyear elt export_set field find_in_set found_rows from_base64 from_days
    from_unixtime get_lock group_concat hex hour if ifnull inet6_aton inet6_ntoa inet_aton inet_ntoa insert instr
    interval is_uuid isnull json_array_append json_array_insert json_arrayagg json_compact json_contains
    json_contains_path json_depth json_extract json_insert json_keys json_length json_merge json_merge_patch
    json_merge_preserve json_objectagg json_overlaps json_query json_quote json_remove json_replace json_search
    json_set json_type json_unquote json_valid json_value last_day last_insert_id lastval lcase left locate log
    make_set makedate maketime microsecond mid minute month monthname nextval oct ord period_add period_diff point
    quarter quote rand random_bytes regexp_instr regexp_like regexp_replace regexp_substr release_lock right row_count
    schema sec_to_time second session_user setval sha sha1 sha2 sleep soundex space st_distance_sphere st_geomfromtext
    st_srid st_x st_y std stddev str_to_date strcmp subdate substring_index subtime sysdate system_user time_format
    time_to_sec timediff timestampadd timestampdiff to_base64 to_days to_seconds truncate ucase uncompress unhex
    unix_timestamp utc_date utc_time utc_timestamp uuid uuid_short uuid_to_bin version week weekday weekofyear
    weight_string yearweek
";

const SQLITE: &str = "
    changes char glob group_concat hex ifnull iif instr json_each json_extract json_group_array json_group_object
    json_insert json_patch json_quote json_remove json_replace json_set json_tree json_type json_valid jsonb
    jsonb_extract jsonb_set julianday last_insert_rowid likelihood likely printf quote randomblob soundex
    sqlite_version strftime time timediff total_changes typeof unhex unicode unixepoch unlikely zeroblob
";

/// The words of a list.
type Words = LazyLock<HashSet<&'static str>>;

static SYNTAX_WORDS: Words = LazyLock::new(|| SYNTAX.split_ascii_whitespace().collect());
static COMMON_WORDS: Words = LazyLock::new(|| COMMON.split_ascii_whitespace().collect());
static POSTGRES_WORDS: Words = LazyLock::new(|| POSTGRES.split_ascii_whitespace().collect());
static MYSQL_WORDS: Words = LazyLock::new(|| MYSQL.split_ascii_whitespace().collect());
static SQLITE_WORDS: Words = LazyLock::new(|| SQLITE.split_ascii_whitespace().collect());

/// Whether `name(` is syntax or calls a function that writes nothing.
pub(super) fn is_harmless(engine: Engine, name: &str, quoted: bool) -> bool {
    let of_engine = match engine {
        Engine::Postgres => &POSTGRES_WORDS,
        Engine::MySql | Engine::MariaDb => &MYSQL_WORDS,
        Engine::Sqlite => &SQLITE_WORDS,
    };
    // In PostgreSQL a quoted name is taken as it stands: "Now" is not now.
    let exact = quoted && engine == Engine::Postgres;
    let name = if exact {
        name.to_owned()
    } else {
        name.to_ascii_lowercase()
    };
    let name = name.as_str();
    (!quoted && SYNTAX_WORDS.contains(name)) || COMMON_WORDS.contains(name) || of_engine.contains(name)
}

//! What is written is read again, whatever the values are, and what is not whole is not.

use std::fs::{self, File};
use std::path::Path;

use exodus_engine::value::{Form, Value};
use exodus_schema::Kind;
use parquet::file::reader::{FileReader, SerializedFileReader};

use crate::{Column, Ended, Error, Reader, Stored, Texts, Writer};

fn write_text(form: Form, value: &Value<'_>, out: &mut Vec<u8>) {
    if form == Form::Any {
        out.extend_from_slice(match value {
            Value::Integer(_) => b"i:",
            _ => b"t:",
        });
    }
    value.write_text(out);
}

fn read_text(form: Form, text: &str) -> Option<Value<'static>> {
    match (form, text.split_at_checked(2)) {
        (Form::Any, Some(("i:", rest))) => rest.parse().ok().map(Value::Integer),
        (Form::Any, Some(("t:", rest))) => Some(Value::Text(rest.to_owned().into())),
        (Form::Any, _) => None,
        _ => Value::of_text(form, text).ok().map(Value::into_owned),
    }
}

const TEXTS: Texts = Texts {
    write: write_text,
    read: read_text,
};

fn column(form: Form, native_type: &str) -> Column {
    Column {
        name: "v".to_owned(),
        form,
        native_type: native_type.to_owned(),
        kind: Kind::Other,
    }
}

type Rows = Vec<Vec<Value<'static>>>;

/// Writes in groups of a few bytes, as often as is asked for; what the columns are stored as, and how often.
fn write(path: &Path, columns: &[Column], rows: &Rows, group: usize) -> (Vec<Stored>, usize) {
    let (mut stored, mut tries) = (None, 0);
    loop {
        tries += 1;
        assert!(tries < 3, "it asks again and again");
        let file = File::create(path).expect("a file");
        let writer = Writer::new(file, columns.to_vec(), stored.clone(), vec![], TEXTS).expect("a writer");
        let mut writer = writer.with_groups_of(group);
        for row in rows {
            writer.row(row).expect("a row");
        }
        match writer.finish().expect("an end") {
            Ended::Again(what) => stored = Some(what),
            Ended::Whole(_) => break,
        }
    }
    let reader = Reader::open(File::open(path).expect("the file"), columns.to_vec(), TEXTS).expect("a reader");
    (reader.stored(), tries)
}

fn read(path: &Path, columns: &[Column]) -> Result<Rows, Error> {
    let mut reader = Reader::open(File::open(path)?, columns.to_vec(), TEXTS)?;
    let mut rows = vec![];
    while let Some(row) = reader.next()? {
        rows.push(row);
    }
    Ok(rows)
}

/// One column with these texts of its form; `-` is NULL.
fn one(form: Form, native_type: &str, texts: &[&str]) -> (Vec<Column>, Rows) {
    let value = |text: &&str| match *text {
        "-" => vec![Value::Null],
        text => vec![read_text(form, text).unwrap_or_else(|| panic!("{form:?} {text}"))],
    };
    (vec![column(form, native_type)], texts.iter().map(value).collect())
}

/// A value that does not fit what its column began as must not be lost, nor the column's type without need.
#[test]
#[expect(clippy::too_many_lines, reason = "a list")]
fn columns_are_stored_as_their_values_let_them() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("x.parquet");
    for (form, native_type, texts, stored, tries) in [
        (Form::Integer, "smallint", &["-32768", "-", "32767"][..], "int16", 1),
        (
            Form::Integer,
            "bigint unsigned",
            &["0", "18446744073709551615"],
            "uint64",
            1,
        ),
        (Form::Integer, "int(10) unsigned", &["4294967295"], "uint32", 1),
        (Form::Integer, "tinyint", &["-128", "127"], "int8", 1),
        (Form::Integer, "smallint", &["1", "2", "3", "4", "40000"], "written", 2),
        (Form::Boolean, "boolean", &["true", "false", "-"], "boolean", 1),
        (
            Form::Decimal,
            "numeric(9,2)",
            &["1.50", "-9999999.99"],
            "decimal(9,2)",
            1,
        ),
        (
            Form::Decimal,
            "decimal(18,0)",
            &["-999999999999999999"],
            "decimal(18,0)",
            1,
        ),
        (
            Form::Decimal,
            "numeric(38,38)",
            &["0.00000000000000000000000000000000000001"],
            "decimal(38,38)",
            1,
        ),
        (Form::Decimal, "numeric(5,-2)", &["1234500"], "decimal(7,0)", 1),
        (
            Form::Decimal,
            "decimal(65,30)",
            &["1.500000000000000000000000000000"],
            "decimal(38,30)",
            1,
        ),
        (
            Form::Decimal,
            "numeric(9,2)",
            &["1.50", "2.00", "3.00", "4.00", "NaN"],
            "written",
            2,
        ),
        (Form::Decimal, "numeric", &["1.50", "-0.01", "-"], "decimal(38,2)", 1),
        (
            Form::Decimal,
            "numeric",
            &["1.50", "2.25", "1.25", "2.50", "1.5"],
            "written",
            2,
        ),
        (Form::Decimal, "numeric", &["-"], "written", 1),
        (
            Form::Date,
            "date",
            &["2024-02-29", "-0043-03-15", "9999-12-31"],
            "date",
            1,
        ),
        (Form::Date, "date", &["2024-02-29", "0000-00-00"], "written", 1),
        (
            Form::Date,
            "date",
            &["2024-02-29", "-", "-", "-", "-", "infinity"],
            "written",
            2,
        ),
        (Form::Time, "time", &["00:00:00", "23:59:59.999999"], "time", 1),
        (Form::Time, "time", &["24:00:00"], "written", 1),
        (Form::Time, "time", &["-838:59:59"], "written", 1),
        (
            Form::DateTime,
            "timestamp",
            &["2024-02-29 12:34:56.5", "1969-12-31 23:59:59.999999"],
            "datetime",
            1,
        ),
        (Form::Timestamp, "timestamptz", &["0001-01-01 00:00:00"], "timestamp", 1),
        (
            Form::Timestamp,
            "timestamptz",
            &["294276-12-31 23:59:59.999999"],
            "written",
            1,
        ),
        (
            Form::Uuid,
            "uuid",
            &["6f1c7a34-11d2-4d70-9a9e-0242ac120002", "-"],
            "uuid",
            1,
        ),
        (
            Form::Float,
            "double",
            &["NaN", "-Infinity", "-0.0", "5e-324"],
            "double",
            1,
        ),
        (Form::Float32, "real", &["1e-45", "0.1"], "float", 1),
        (Form::Text, "text", &["", "-", "a\u{1}\n😀"], "text", 1),
        (Form::Json, "json", &["{\"a\": 1e400}"], "json", 1),
        (Form::Bits, "bit(4)", &["0101", "-"], "written", 1),
        (Form::Any, "INTEGER", &["i:1", "i:-9223372036854775808"], "int64", 1),
        (Form::Any, "TEXT", &["t:", "t:i:1", "-"], "text", 1),
        (Form::Any, "TEXT", &["t:a", "t:b", "t:c", "t:d", "i:1"], "written", 2),
        (Form::Any, "REAL", &["-"], "double", 1),
    ] {
        let (columns, rows) = one(form, native_type, texts);
        // Of two or three rows each.
        let (found, tried) = write(&path, &columns, &rows, 100);
        assert_eq!(found[0].to_string(), stored, "{native_type} {texts:?}");
        assert_eq!(tried, tries, "{native_type} {texts:?}");
        let (back, shown) = (read(&path, &columns).expect("read"), format!("{rows:?}"));
        // NaN equals nothing.
        assert_eq!(format!("{back:?}"), shown, "{native_type}");
    }
}

#[test]
fn names_of_what_is_stored_are_read_as_they_are_written() {
    for stored in [
        Stored::Integer { bits: 8, signed: false },
        Stored::LONG,
        Stored::Decimal {
            precision: 38,
            scale: 38,
        },
        Stored::Written,
        Stored::Timestamp,
    ] {
        assert_eq!(stored.to_string().parse(), Ok(stored));
    }
    for text in ["", "int7", "decimal(39,0)", "decimal(2,3)", "decimal(1)", "string"] {
        assert_eq!(text.parse::<Stored>(), Err(()), "{text}");
    }
}

/// Many groups, of which none may grow beyond its bounds.
#[test]
fn rows_are_spread_over_groups() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("x.parquet");
    let columns = vec![
        column(Form::Integer, "bigint"),
        Column {
            name: "a.b".to_owned(),
            ..column(Form::Text, "text")
        },
    ];
    let row = |at: i128| vec![Value::Integer(at), Value::Text("x".repeat(100).into())];
    let rows: Rows = (0..5_000).map(row).collect();
    write(&path, &columns, &rows, 64 * 1024);
    let file = SerializedFileReader::new(File::open(&path).expect("the file")).expect("a file");
    let groups = file.metadata().row_groups();
    assert!(groups.len() > 10, "{}", groups.len());
    assert!(groups.iter().all(|group| group.num_rows() < 500));
    assert_eq!(read(&path, &columns).expect("read"), rows);
}

#[test]
fn a_table_without_rows() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("x.parquet");
    let columns = vec![column(Form::Date, "date")];
    write(&path, &columns, &vec![], 100);
    assert_eq!(read(&path, &columns).expect("read"), Rows::new());
    assert!(
        Writer::new(vec![], vec![], None, vec![], TEXTS).is_err(),
        "Parquet would not know how many rows there are"
    );
}

/// A file with other columns must not be taken for one with these.
#[test]
fn other_columns_are_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("x.parquet");
    let (columns, rows) = one(Form::Integer, "bigint", &["1", "2"]);
    write(&path, &columns, &rows, 100);
    let renamed = vec![Column {
        name: "w".to_owned(),
        ..columns[0].clone()
    }];
    let more = vec![columns[0].clone(), renamed[0].clone()];
    for other in [renamed, more, vec![]] {
        assert!(matches!(read(&path, &other), Err(Error::Damaged(_))), "{other:?}");
    }
    // The right name, and another form than the values have.
    assert!(read(&path, &[column(Form::Text, "text")]).is_err());
}

/// Whatever becomes of a file's bytes: an error, or rows, and the program goes on.
#[test]
fn no_damage_ends_the_program() {
    let folder = tempfile::tempdir().expect("a folder");
    let (path, other) = (folder.path().join("x.parquet"), folder.path().join("y.parquet"));
    let (columns, rows) = one(Form::Text, "text", &["a", "-", "bc", "def", "-", "ghij", "a"]);
    write(&path, &columns, &rows, 150);
    let whole = fs::read(&path).expect("the file");
    for at in 0..whole.len() {
        fs::write(&other, &whole[..at]).expect("written");
        assert!(read(&other, &columns).is_err(), "cut at {at} of {}", whole.len());
        for bit in [1, 0x80] {
            let mut altered = whole.clone();
            altered[at] ^= bit;
            fs::write(&other, &altered).expect("written");
            let _ = read(&other, &columns);
        }
    }
}

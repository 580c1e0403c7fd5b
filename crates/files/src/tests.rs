//! Files as a whole, without a database: what is written is read again, and nothing else is.

use std::fs;
use std::path::Path;

use exodus_engine::value::{Codec, Value};
use exodus_schema::{Engine, Graph, ddl};
use exodus_transfer::{ClientKey, Shape};

use crate::digest::Digest;
use crate::error::{Error, Result};
use crate::format::Format;
use crate::input::Input;
use crate::manifest::{Manifest, Trailer, codecs};
use crate::output::{Folder, Output, Place};
use crate::rows::{Item, RowReader, RowWriter};
use crate::{csv, folder, jsonl, text};

const SCHEMA: &str = "
    CREATE TABLE cities (id int PRIMARY KEY);
    CREATE TABLE clients (id bigint PRIMARY KEY, city int REFERENCES cities (id), name text, photo bytea, born date);
    CREATE TABLE \"or,d\"\"ers\" (id uuid PRIMARY KEY, client bigint NOT NULL REFERENCES clients (id), total numeric(9,2), doc json);
    CREATE TABLE nothing (id int PRIMARY KEY, client bigint NOT NULL REFERENCES clients (id));
";

fn manifest_of_test() -> (Manifest, Vec<Vec<Codec>>) {
    let schema = ddl::read(SCHEMA, Some(Engine::Postgres)).expect("a schema");
    let graph = Graph::new(&schema);
    let root = graph
        .tables()
        .find(|id| graph.table(*id).name.name == "clients")
        .expect("clients");
    let tree = exodus_schema::Tree::grow(&graph, root, &exodus_schema::Cuts::default());
    let shape = Shape {
        graph: &graph,
        tree: &tree,
        root_key: &["id".to_owned()],
    };
    let manifest = Manifest::of(shape, &ClientKey::new(["42"])).expect("a manifest");
    let codecs = shape.tables().map(|id| codecs(&schema, id).expect("codecs")).collect();
    (manifest, codecs)
}

/// The rows of each table, in the manifest's order.
fn rows(manifest: &Manifest) -> Vec<Vec<Vec<Value<'static>>>> {
    let codecs = manifest_of_test().1;
    let every_byte = (0..=255_u8).fold(String::new(), |text, byte| format!("{text}{byte:02x}"));
    let of = |name: &str| match name {
        "clients" => vec![vec![
            Some("42".to_owned()),
            None,
            Some("a\"b,\r\nc\\ \u{1}😀".to_owned()),
            Some(every_byte.clone()),
            Some("infinity".to_owned()),
        ]],
        "or,d\"ers" => (0..3)
            .map(|at| {
                vec![
                    Some(format!("0000000{at}-0000-0000-0000-000000000000")),
                    Some("42".to_owned()),
                    Some("1.50".to_owned()),
                    (at > 0).then(|| "{\"a\": [1e400,\"\"]}".to_owned()),
                ]
            })
            .collect(),
        _ => vec![],
    };
    let tables = manifest.tables.iter().zip(codecs).map(|(table, codecs)| {
        let value = |(codec, text): (&Codec, Option<String>)| {
            text.map_or(Value::Null, |text| text::read(codec.form(), &text).expect("a value"))
        };
        let row = |row: Vec<Option<String>>| codecs.iter().zip(row).map(value).collect();
        of(&table.table.name).into_iter().map(row).collect()
    });
    tables.collect()
}

fn write(mut writer: Box<dyn RowWriter>, manifest: &Manifest) {
    let mut trailer = Trailer::default();
    for (at, rows) in rows(manifest).iter().enumerate() {
        let mut digest = Digest::default();
        writer.table(at).expect("a table");
        for row in rows {
            digest.add(row);
            writer.row(row).expect("a row");
        }
        trailer.add(&manifest.tables[at].table, &digest);
    }
    writer.finish(&trailer).expect("an end");
}

fn write_jsonl(path: &Path) -> (Manifest, Vec<Vec<Codec>>) {
    let (manifest, codecs) = manifest_of_test();
    let output = Output::begin(&Place::Path(path.to_owned()), true).expect("an output");
    write(
        Box::new(jsonl::Writer::new(output, &manifest, &codecs).expect("a writer")),
        &manifest,
    );
    (manifest, codecs)
}

/// Reads to the end and compares with what the end says, as an import does.
fn read(mut reader: impl RowReader, manifest: &Manifest) -> Result<Vec<Vec<Vec<Value<'static>>>>> {
    let mut found: Vec<Vec<Vec<Value<'static>>>> = vec![vec![]; manifest.tables.len()];
    loop {
        match reader.next()? {
            Item::Row(at, row) => found[at].push(row),
            Item::End(trailer) => {
                let mut expected = Trailer::default();
                for (rows, table) in found.iter().zip(&manifest.tables) {
                    let mut digest = Digest::default();
                    for row in rows {
                        digest.add(row);
                    }
                    expected.add(&table.table, &digest);
                }
                return if expected.tables == trailer.tables {
                    Ok(found)
                } else {
                    Err(Error::damaged("x", "other rows"))
                };
            }
        }
    }
}

fn read_jsonl(path: &Path, codecs: &[Vec<Codec>]) -> Result<Vec<Vec<Vec<Value<'static>>>>> {
    let (manifest, opened) = jsonl::open(Input::file(path, "x".to_owned())?)?;
    read(opened.reader(&manifest, codecs.to_vec()), &manifest)
}

#[test]
fn rows_are_read_as_they_were_written() {
    let folder = tempfile::tempdir().expect("a folder");
    for name in ["x.jsonl", "x.jsonl.gz", "x.jsonl.zst"] {
        let path = folder.path().join(name);
        let (manifest, codecs) = write_jsonl(&path);
        assert_eq!(read_jsonl(&path, &codecs).expect(name), rows(&manifest), "{name}");
    }
    let (mut manifest, codecs) = manifest_of_test();
    folder::name_files(&mut manifest, Format::Csv);
    let path = folder.path().join("csv");
    let writer = csv::Writer::new(
        Folder::begin(&path, false).expect("a folder"),
        &manifest,
        codecs.clone(),
    );
    write(Box::new(writer), &manifest);
    let (found, opened) = folder::open(&path).expect("opened");
    assert_eq!(found, manifest);
    assert_eq!(
        read(csv::Reader::new(opened, &found, codecs), &found).expect("read"),
        rows(&found)
    );
}

/// Wherever a file breaks off, and whichever byte of it is another one: it must not pass for whole.
#[test]
fn every_cut_and_every_altered_byte_is_found() {
    let folder = tempfile::tempdir().expect("a folder");
    let (whole, other) = (folder.path().join("x.jsonl"), folder.path().join("y.jsonl"));
    let (manifest, codecs) = write_jsonl(&whole);
    let expected = rows(&manifest);
    assert_eq!(read_jsonl(&whole, &codecs).expect("it is whole"), expected);
    let bytes = fs::read(&whole).expect("the file");
    let head = bytes.iter().position(|byte| *byte == b'\n').expect("a line");
    // The first line is of no interest where it is cut, and all of it is under one hash.
    for at in (0..head).step_by(41).chain(head..bytes.len()) {
        fs::write(&other, &bytes[..at]).expect("written");
        assert!(read_jsonl(&other, &codecs).is_err(), "cut at {at} of {}", bytes.len());
        let mut altered = bytes.clone();
        altered[at] ^= 1;
        fs::write(&other, &altered).expect("written");
        if let Ok(found) = read_jsonl(&other, &codecs) {
            // Only what changes no value may pass: a blank between two fields, say.
            let around = String::from_utf8_lossy(&altered[at.saturating_sub(20)..=at]).into_owned();
            assert_eq!(found, expected, "byte {at}: {around}");
        }
    }
}

#[test]
fn compressed_files_are_whole_or_none() {
    let folder = tempfile::tempdir().expect("a folder");
    for name in ["x.jsonl.gz", "x.jsonl.zst"] {
        let (whole, other) = (folder.path().join(name), folder.path().join("y"));
        let (_, codecs) = write_jsonl(&whole);
        read_jsonl(&whole, &codecs).expect("it is whole");
        let bytes = fs::read(&whole).expect("the file");
        for cut in (0..bytes.len()).step_by(13).chain(bytes.len() - 20..bytes.len()) {
            fs::write(&other, &bytes[..cut]).expect("written");
            assert!(
                read_jsonl(&other, &codecs).is_err(),
                "{name}: cut at {cut} of {}",
                bytes.len()
            );
        }
    }
}

/// A manifest from elsewhere must not make exodus read files that were not meant.
#[test]
fn a_manifest_names_files_of_its_folder_only() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("csv");
    let (mut manifest, codecs) = manifest_of_test();
    folder::name_files(&mut manifest, Format::Csv);
    let names: Vec<_> = manifest.tables.iter().filter_map(|table| table.file.clone()).collect();
    assert_eq!(names, ["001_clients.csv", "002_nothing.csv", "003_or_d_ers.csv"]);
    let writer = csv::Writer::new(
        Folder::begin(&path, false).expect("a folder"),
        &manifest,
        codecs.clone(),
    );
    write(Box::new(writer), &manifest);
    for name in ["../csv/001_clients.csv", "/etc/passwd", "..", ""] {
        let (mut found, opened) = folder::open(&path).expect("opened");
        found.tables[0].file = Some(name.to_owned());
        let told = read(csv::Reader::new(opened, &found, codecs.clone()), &found)
            .expect_err(name)
            .to_string();
        assert!(told.contains("outside of the folder"), "{told}");
    }
}

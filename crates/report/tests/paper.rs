//! The PDFs, as programs that read them see them. The programs are those of poppler-utils; where they are missing, a line
//! that begins with `SKIPPED:` says so, and in CI the test fails.

mod common;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use exodus_classify::report::Report;
use exodus_classify::{classify, find_table};
use exodus_report::map::{self, Map, MapOptions};
use exodus_report::paper::{PaperOptions, Size, Split};
use exodus_report::{About, Content, pdf};
use exodus_schema::{Cuts, Engine, Graph, ddl};

/// A folder of its own, which goes with it.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("exodus-paper-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).expect("a folder");
        Self(path)
    }

    fn file(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.0.join(name);
        std::fs::write(&path, bytes).expect("a file");
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn poppler_is_there() -> bool {
    let there = Command::new("pdftotext").arg("-v").output().is_ok();
    if !there {
        assert!(
            std::env::var_os("CI").is_none(),
            "poppler-utils is not installed: tests/run installs it"
        );
        eprintln!("SKIPPED: the PDFs, for poppler-utils is not installed");
    }
    there
}

fn run(program: &str, arguments: &[&str], file: &Path) -> Vec<u8> {
    let output = Command::new(program)
        .args(arguments)
        .arg(file)
        .arg("-")
        .output()
        .expect("it runs");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.is_empty(), "{program}: {said}");
    output.stdout
}

fn text(program: &str, file: &Path) -> String {
    let output = Command::new(program).arg(file).output().expect("it runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn with(sql: &str, root: &str, look: impl FnOnce(&Content<'_>, &Map)) {
    let schema = ddl::read(sql, Some(Engine::Postgres)).expect("a schema");
    let graph = Graph::new(&schema);
    let root = find_table(&graph, root).expect("the root table");
    let classes = classify(&graph, root, &Cuts::default(), &BTreeMap::new()).expect("it can be classified");
    let report = Report::new(&graph, &classes);
    let about = About {
        source: "shop.sql".to_owned(),
        date: "2026-11-23".to_owned(),
        fingerprint: "5b3f0c9a7d21e8460f1c2b3a49586d7e".to_owned(),
        version: "0.1.0".to_owned(),
    };
    let content = Content::new(&report, about);
    let map = map::arrange(&content, &MapOptions::default()).expect("it can be drawn");
    look(&content, &map);
}

/// What `pdfinfo` says: pages, and the size of the first, in points.
fn info(file: &Path) -> (usize, f64, f64) {
    let said = text("pdfinfo", file);
    let line = |key: &str| {
        let line = said.lines().find(|line| line.starts_with(key)).expect(key);
        line[key.len()..].trim().to_owned()
    };
    let size = line("Page size:");
    let mut numbers = size.split_whitespace().filter_map(|word| word.parse().ok());
    let pages = line("Pages:").parse().expect("a number");
    (
        pages,
        numbers.next().expect("a width"),
        numbers.next().expect("a height"),
    )
}

/// All text, without spaces and line breaks: names that are longer than a column go on in the next line.
fn squeezed(file: &Path) -> String {
    let all = run("pdftotext", &[], file);
    String::from_utf8_lossy(&all).split_whitespace().collect()
}

/// How many of a thousand dots of the first page are not white.
fn inked(file: &Path) -> usize {
    let image = run_to_image(file);
    let dots = image.chunks_exact(3);
    let all = dots.len();
    dots.filter(|dot| dot.iter().any(|&part| part < 200)).count() * 1000 / all.max(1)
}

fn run_to_image(file: &Path) -> Vec<u8> {
    let output = Command::new("pdftoppm")
        .args(["-r", "50", "-f", "1", "-l", "1"])
        .arg(file)
        .output()
        .expect("it runs");
    assert!(output.status.success() && output.stderr.is_empty());
    // Four short lines, then the dots.
    let mut image = output.stdout;
    let start = image.len().min(15);
    image.split_off(start)
}

fn fonts_are_embedded(file: &Path) {
    let said = text("pdffonts", file);
    let fonts: Vec<_> = said.lines().skip(2).collect();
    assert!(!fonts.is_empty(), "{said}");
    for font in fonts {
        let words: Vec<_> = font.split_whitespace().rev().skip(2).take(3).collect();
        assert!(
            font.contains("+DejaVuSansCondensed"),
            "only a part of it is in the file: {font}"
        );
        assert_eq!(
            words,
            ["yes", "yes", "yes"],
            "embedded, a subset, with its text: {font}"
        );
    }
}

#[test]
fn the_car_rental_on_paper() {
    if !poppler_is_there() {
        return;
    }
    let folder = Folder::new("car");
    with(
        include_str!("../../../schemas/car-rental/postgres.sql"),
        "clients",
        |content, map| {
            let near = |one: f64, other: f64| (one - other).abs() < 0.5;
            for size in [Size::A4, Size::A2, Size::Tabloid] {
                let options = PaperOptions {
                    size,
                    ..PaperOptions::default()
                };
                let booklet = folder.file("booklet.pdf", &pdf::booklet(content, map, &options).expect("a booklet"));
                let poster = folder.file("poster.pdf", &pdf::map(content, map, &options).expect("a poster"));
                let (width, height) = size.points();
                let (pages, wide, high) = info(&booklet);
                assert!(
                    pages >= 10 && near(wide, width) && near(high, height),
                    "{pages} {wide} {high}"
                );
                let (pages, wide, high) = info(&poster);
                assert!(near(wide.min(high), width) && near(wide.max(high), height));
                assert_eq!(pages, 1, "the map of eight tables is on one sheet");
                for file in [&booklet, &poster] {
                    fonts_are_embedded(file);
                    assert!(inked(file) > 2, "{} is blank", file.display());
                    let all = squeezed(file);
                    for table in &content.graph().schema().tables {
                        assert!(
                            all.contains(&table.name.name),
                            "{} is not in {}",
                            table.name,
                            file.display()
                        );
                    }
                }
                let all = squeezed(&booklet);
                for member in content.report.classes.tree.members() {
                    for column in &content.graph().table(member.table).columns {
                        assert!(all.contains(&column.name), "{} is not in the booklet", column.name);
                    }
                }
                for word in [
                    "semi-join",
                    "Primarykey",
                    "client-unique-key",
                    "ONDELETECASCADE",
                    "computed(stored)",
                ] {
                    assert!(all.contains(word), "{word}");
                }
            }
        },
    );
}

#[test]
fn hostile_names_can_be_copied_out_of_the_paper() {
    if !poppler_is_there() {
        return;
    }
    let long = "n".repeat(300);
    let sql = format!(
        "CREATE TABLE clients (id bigint PRIMARY KEY, \"]]>\" text DEFAULT '\\end');
         CREATE TABLE \"<script>alert(1)</script>\" (id bigint PRIMARY KEY, c bigint NOT NULL REFERENCES clients (id));
         CREATE TABLE \"客户订单\" (id bigint PRIMARY KEY, c bigint NOT NULL REFERENCES clients (id));
         CREATE TABLE \"{long}\" (id bigint PRIMARY KEY, c bigint NOT NULL REFERENCES clients (id));"
    );
    let folder = Folder::new("hostile");
    with(&sql, "clients", |content, map| {
        let made = pdf::booklet(content, map, &PaperOptions::default()).expect("a booklet");
        let all = squeezed(&folder.file("booklet.pdf", &made));
        for name in ["<script>alert(1)</script>", "]]>", "'\\end'", "客户订单"] {
            assert!(all.contains(name), "{name} is not there");
        }
        // A product may have cut the long one off.
        for table in &content.graph().schema().tables {
            assert!(all.contains(&table.name.name), "{} is not there", table.name);
        }
    });
}

/// Every schema there is, the real ones among them: whatever is printed is a PDF that others read, with every table in it.
#[test]
fn every_schema_on_paper() {
    if !poppler_is_there() {
        return;
    }
    let folder = Folder::new("every");
    for case in common::cases() {
        case.with(|content| {
            let map = map::arrange(content, &MapOptions::default()).expect("a map");
            let options = |split| PaperOptions {
                size: Size::A3,
                split,
                ..PaperOptions::default()
            };
            let made = [
                pdf::booklet(content, &map, &PaperOptions::default()),
                pdf::map(content, &map, &options(Split::Tiles)),
                pdf::map(content, &map, &options(Split::Clusters)),
            ];
            for (made, what) in made.into_iter().zip(["booklet", "tiles", "clusters"]) {
                let file = folder.file("made.pdf", &made.expect("a PDF"));
                assert!(info(&file).0 >= 1, "{case}, {what}: no page");
                fonts_are_embedded(&file);
                let all = squeezed(&file);
                let usual = |name: &&str| name.len() < 25 && name.bytes().all(|byte| byte.is_ascii_graphic());
                let tables = content.graph().schema().tables.iter();
                for name in tables.map(|table| &*table.name.name).filter(usual) {
                    assert!(all.contains(name), "{case}, {what}: {name} is not there");
                }
            }
        });
    }
}

/// Tables that refer to one of those before them, always the same.
fn large(tables: usize) -> String {
    let mut sql = "CREATE TABLE clients (id bigint PRIMARY KEY, name text NOT NULL);\n".to_owned();
    let mut dice = 7_u64;
    let mut roll = |sides: usize| {
        dice = dice
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(dice >> 33).unwrap_or_default() % sides.max(1)
    };
    for number in 1..tables {
        let name = |number: usize| {
            if number == 0 {
                "clients".to_owned()
            } else {
                format!("table_{number:04}")
            }
        };
        let _ = write!(sql, "CREATE TABLE {} (id bigint PRIMARY KEY, note text", name(number));
        for column in 0..=roll(3) {
            let parent = number - 1 - roll(number.min(50));
            let null = if roll(4) == 0 { "" } else { " NOT NULL" };
            let _ = write!(sql, ", p{column} bigint{null} REFERENCES {} (id)", name(parent));
        }
        sql.push_str(");\n");
    }
    sql
}

/// Time here is of a build that is not optimized.
fn is_made_within(tables: usize, seconds: u64) {
    with(&large(tables), "clients", |content, map| {
        let begun = std::time::Instant::now();
        for split in [Split::Tiles, Split::Clusters] {
            let options = PaperOptions {
                size: Size::A3,
                split,
                ..PaperOptions::default()
            };
            let made = pdf::map(content, map, &options).expect("a map");
            assert!(made.len() < tables * 20_000, "{} bytes", made.len());
        }
        let made = pdf::booklet(content, map, &PaperOptions::default()).expect("a booklet");
        assert!(made.len() < tables * 30_000, "{} bytes", made.len());
        let took = begun.elapsed();
        assert!(took.as_secs() < seconds, "{tables} tables took {took:?}");
        println!("{tables} tables: {took:?}");
    });
}

#[test]
fn a_large_schema_is_on_paper_in_seconds() {
    is_made_within(150, 60);
}

#[test]
#[ignore = "a minute without optimization; `just paper`"]
fn a_thousand_tables_are_on_paper() {
    is_made_within(1000, 300);
}

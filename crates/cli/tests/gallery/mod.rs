//! The pictures in docs/gallery are what the program draws: `UPDATE=1 cargo test -p exodus --test report gallery` (`just gallery`)
//! draws them anew.

use std::fs;
use std::path::Path;

use crate::support::Place;

const SAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../schemas/car-rental/postgres.sql");
const GALLERY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/gallery");

/// The files, and what is asked for besides.
const PICTURES: &[(&str, &[&str])] = &[
    ("map.svg", &[]),
    ("map-all-columns.svg", &["--detail", "all"]),
    ("map.png", &[]),
    ("map.dot", &[]),
    ("map.mmd", &["--format", "mermaid"]),
    ("map.d2", &[]),
    ("report.html", &[]),
    ("booklet.pdf", &[]),
    ("poster-a4.pdf", &["--poster", "--paper", "a4"]),
    ("report.md", &[]),
    ("report.json", &[]),
];

/// What is in the folder that `--format csv` fills.
const SHEETS: [&str; 3] = ["tables.csv", "relations.csv", "hazards.csv"];

#[test]
fn the_gallery_is_current() {
    let place = Place::new("root = \"clients\"\n");
    fs::copy(SAMPLE, place.path().join("car-rental.sql")).expect("the sample");
    let mut old = vec![];
    let draw = |more: &[&str]| {
        let asked = ["report", "--schema", "car-rental.sql", "--date", "2026-11-23"];
        place.run(&[&asked, more].concat()).ends(0);
    };
    for (name, more) in PICTURES {
        draw(&[&["--out", name], *more].concat());
    }
    draw(&["--format", "csv", "--out", "."]);
    for name in PICTURES.iter().map(|(name, _)| *name).chain(SHEETS) {
        let drawn = fs::read(place.path().join(name)).expect("a picture");
        let pinned = Path::new(GALLERY).join(name);
        if std::env::var_os("UPDATE").is_some() {
            fs::create_dir_all(GALLERY).expect("a folder");
            fs::write(&pinned, &drawn).expect("written");
        }
        if fs::read(&pinned).ok().as_deref() != Some(&drawn) {
            old.push(name);
        }
    }
    assert!(
        old.is_empty(),
        "docs/gallery is not current: {old:?}; look at them, then `just gallery`"
    );
}

#[test]
fn the_page_shows_all_of_it() {
    let page = fs::read_to_string(Path::new(GALLERY).with_extension("md")).expect("the page");
    for name in PICTURES.iter().map(|(name, _)| *name).chain(SHEETS) {
        assert!(
            page.contains(&format!("(gallery/{name})")),
            "{name} is not in docs/gallery.md"
        );
    }
    let mermaid = fs::read_to_string(Path::new(GALLERY).join("map.mmd")).expect("a graph");
    assert!(
        page.contains(&format!("```mermaid\n{mermaid}```")),
        "the graph on the page is not the one in gallery/map.mmd"
    );
}

use proptest::prelude::*;

use super::tiles::OVERLAP;
use super::*;
use crate::font::Face;
use crate::geometry;
use crate::picture::{Area, Item, Picture, Point};
use crate::style::Style;

fn options(size: Size, fit: Fit) -> PaperOptions {
    PaperOptions {
        size,
        fit,
        ..PaperOptions::default()
    }
}

fn drawn(width: f64, height: f64, body: f64) -> Drawing {
    Drawing {
        width,
        height,
        body,
        least: 6.0,
    }
}

#[test]
fn sheets_are_named_by_column_and_row() {
    let name = |column, row| sheet_name(Sheet { column, row });
    assert_eq!(name(0, 0), "A1");
    assert_eq!(name(1, 2), "B3");
    assert_eq!(name(25, 0), "Z1");
    assert_eq!(name(26, 9), "AA10");
    assert_eq!(name(701, 0), "ZZ1");
    assert_eq!(name(702, 0), "AAA1");
}

#[test]
fn what_can_be_read_on_one_sheet_is_on_one() {
    let tiling = Tiling::new(drawn(700.0, 500.0, 8.0), 0.0, &options(Size::A4, Fit::Readable));
    assert_eq!((tiling.columns, tiling.rows), (1, 1));
    assert!(tiling.width > tiling.height, "it is turned as the drawing is");
    let tiling = Tiling::new(drawn(4000.0, 3000.0, 8.0), 0.0, &options(Size::A4, Fit::Readable));
    assert!(tiling.columns * tiling.rows > 1 && tiling.scale * 8.0 >= 6.0 - 1e-9);
}

#[test]
fn there_are_no_more_sheets_than_asked_for() {
    for most in [1, 2, 3, 7, 12] {
        let tiling = Tiling::new(drawn(4000.0, 3000.0, 8.0), 0.0, &options(Size::A4, Fit::Sheets(most)));
        assert!(tiling.columns * tiling.rows <= most, "{most}: {tiling:?}");
    }
    let tiling = Tiling::new(
        drawn(4000.0, 3000.0, 8.0),
        0.0,
        &options(Size::A4, Fit::Scale(f64::NAN)),
    );
    assert!(tiling.scale > 0.0);
}

fn sizes() -> impl Strategy<Value = Size> {
    (0..Size::ALL.len()).prop_map(|at| Size::ALL[at])
}

fn fits() -> impl Strategy<Value = Fit> {
    prop_oneof![
        Just(Fit::Readable),
        (1_usize..40).prop_map(Fit::Sheets),
        (0.1_f64..3.0).prop_map(Fit::Scale),
    ]
}

proptest! {
    /// An item that is lost between two sheets, or sheets that do not fit together, are seen here.
    #[test]
    fn every_item_is_on_a_sheet_and_sheets_overlap(
        (width, height) in (20.0_f64..9000.0, 20.0_f64..9000.0),
        places in prop::collection::vec((0.0_f64..1.0, 0.0_f64..1.0), 1..40),
        size in sizes(),
        fit in fits(),
        margin in 0.0_f64..200.0,
        foot in 0.0_f64..60.0,
    ) {
        let options = PaperOptions { margin, ..options(size, fit) };
        let tiling = Tiling::new(drawn(width, height, 7.5), foot, &options);
        let sheets: Vec<_> = tiling.sheets().collect();
        let paper = Area::new(0.0, 0.0, tiling.width, tiling.height);
        prop_assert!(paper.holds(&tiling.print));
        prop_assert_eq!(sheets.len(), tiling.columns * tiling.rows);
        for (x, y) in places {
            let point = Area::new(x * width, y * height, 0.001, 0.001);
            let on = sheets.iter().filter(|&&sheet| tiling.window(sheet).holds(&point)).count();
            prop_assert!((1..=4).contains(&on), "{} {} is on {} sheets of {:?}", x, y, on, tiling);
        }
        for sheet in &sheets {
            let window = tiling.window(*sheet);
            let right = tiling.window(Sheet { column: sheet.column + 1, ..*sheet });
            prop_assert!(((window.right() - right.x) * tiling.scale - OVERLAP).abs() < 1e-6);
            let below = tiling.window(Sheet { row: sheet.row + 1, ..*sheet });
            prop_assert!(((window.bottom() - below.y) * tiling.scale - OVERLAP).abs() < 1e-6);
        }
    }
}

/// What is asked for is what is glued together; the index comes before it.
#[test]
fn the_index_is_not_among_the_sheets_that_are_asked_for() {
    crate::testing::with_car_rental(|content| {
        let pages = poster::pages(content, &drawing(), &options(Size::A4, Fit::Sheets(4))).pages;
        let is_sheet = |page: &&pdf::Page| {
            let mut targets = page.places.iter().map(|(target, _)| target);
            targets.any(|target| matches!(target, pdf::Target::Sheet(_)))
        };
        let sheets = pages.iter().filter(is_sheet).count();
        assert!((2..=4).contains(&sheets), "{sheets}");
        assert!(pages.len() > sheets && pages[pages.len() - sheets..].iter().all(|page| is_sheet(&page)));
    });
}

/// The whole address has no room there: it would be cut, and what comes behind it with it.
#[test]
fn title_and_foot_have_the_last_name_of_the_source() {
    crate::testing::with_car_rental(|content| {
        assert_eq!(content.about.source, "postgres://shop@db.example.com/shop");
        assert_eq!(furniture::title(content), "Map of shop, clients in clients");
        let caption = furniture::caption(content);
        assert_eq!(caption, "shop · 2026-11-23 · 5b3f0c9a7d21 · exodus 0.1.0");
        let pages = poster::pages(content, &drawing(), &options(Size::A4, Fit::Readable)).pages;
        let layers = pages.iter().flat_map(|page| &page.layers);
        let texts = layers.flat_map(|layer| geometry::texts(&layer.picture.items));
        let feet: Vec<_> = texts.filter(|text| text.text.starts_with("shop ·")).collect();
        assert!(
            !feet.is_empty() && feet.iter().all(|foot| foot.text == caption),
            "{feet:?}"
        );
    });
}

/// Lines of text all over a large drawing.
fn drawing() -> Picture {
    let mut picture = Picture::new(3000.0, 2000.0);
    for row in 0..40_u32 {
        for column in 0..30_u32 {
            let at = Point::new(f64::from(column) * 100.0, f64::from(row) * 50.0 + 10.0);
            let name = format!("r{row}c{column}");
            picture.add(Item::text(at, &name, 8.0, Face::Regular, Style::Ink));
        }
    }
    picture
}

#[test]
fn a_poster_shows_every_text_and_no_more_than_its_sheets_show() {
    crate::testing::with_car_rental(|content| {
        let whole = drawing();
        let pages = poster::pages(content, &whole, &PaperOptions::default());
        let mut seen = std::collections::BTreeSet::new();
        for page in &pages.pages {
            let paper = Area::new(0.0, 0.0, page.width, page.height);
            for layer in &page.layers {
                for text in geometry::texts(&layer.picture.items) {
                    let area = text.area().scaled(layer.scale, layer.at);
                    match layer.clip {
                        Some(clip) => {
                            assert!(area.meets(&clip), "{} is outside of its sheet", text.text);
                            seen.insert(text.text.clone());
                        }
                        None => assert!(paper.holds(&area), "{} is outside of the paper", text.text),
                    }
                }
            }
        }
        assert_eq!(seen.len(), 40 * 30);
    });
}

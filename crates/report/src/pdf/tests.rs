use super::*;
use crate::document::Place;
use crate::font::Face;
use crate::geometry;
use crate::map::{self, MapOptions};
use crate::paper::{PaperOptions, Size, Split};
use crate::picture::{Area, Item, Picture, Point, Tag};
use crate::style::{Stroke, Style};
use crate::testing;
use exodus_schema::TableId;

/// A page with each kind of shape on it.
fn sample() -> Page {
    let mut picture = Picture::new(300.0, 200.0);
    picture.add(Item::Rect(Area::new(10.0, 10.0, 80.0, 40.0), 6.0, Style::Panel));
    picture.add(Item::Rect(Area::new(10.0, 60.0, 0.0, 40.0), 6.0, Style::Panel));
    picture.add(Item::Circle(Point::new(150.0, 30.0), 12.0, Style::Box));
    picture.add(Item::Circle(Point::new(150.0, 30.0), 0.0, Style::Box));
    let points = vec![Point::new(10.0, 120.0), Point::new(200.0, 120.0)];
    picture.add(Item::Line {
        points,
        closed: false,
        style: Style::Relation(Stroke::Nullable),
    });
    picture.add(Item::Line {
        points: vec![],
        closed: true,
        style: Style::Ink,
    });
    let text = |y, text: &str, face| Item::text(Point::new(10.0, y), text, 9.0, face, Style::Ink);
    picture.add(Item::Group(
        Tag::Table(TableId(3)),
        vec![text(140.0, "clients → rentals", Face::Bold)],
    ));
    picture.add(text(160.0, "客户 <script> ]]> \\end \u{202e}", Face::Regular));
    picture.add(text(170.0, "", Face::Regular));
    let mut page = Page::new(300.0, 200.0, "A1");
    page.show(&picture, Point::new(4.0, 4.0), 0.9, Area::new(0.0, 0.0, 290.0, 190.0));
    page
}

fn sample_book() -> Book {
    let mut second = Page::new(300.0, 200.0, "A2");
    second
        .places
        .push((Target::Place(Place::Table(TableId(3))), Point::new(5.0, 5.0)));
    Book {
        title: "A \u{7} title".to_owned(),
        date: "2026-11-23".to_owned(),
        version: "0.1.0".to_owned(),
        pages: vec![sample(), second],
        bookmarks: [(0, "one"), (1, "two"), (3, "deep"), (0, "three")]
            .map(|(depth, title)| Bookmark {
                depth,
                title: title.to_owned(),
                page: depth.min(1),
                at: Point::default(),
            })
            .to_vec(),
    }
}

#[test]
fn whatever_is_drawn_can_be_written_and_is_the_same_every_time() {
    let book = sample_book();
    let first = write(&book).expect("it can be written");
    assert!(first.starts_with(b"%PDF-1."));
    assert_eq!(first, write(&book).expect("it can be written"));
    let mut later = book.clone();
    later.date = "2026-11-24".to_owned();
    assert_ne!(first, write(&later).expect("it can be written"), "the date is in it");
}

#[test]
fn links_lead_to_other_pages_only() {
    let linked = |book: &Book| {
        let file = write(book).expect("it can be written");
        file.windows(8).filter(|at| at == b"/Subtype").count()
    };
    let mut book = sample_book();
    let with = linked(&book);
    book.pages[1].places.clear();
    // The only place left is the table itself, on the same page.
    assert!(linked(&book) < with);
}

#[test]
fn a_page_without_a_size_is_an_error() {
    let book = Book {
        pages: vec![Page::default()],
        ..Book::default()
    };
    assert!(write(&book).is_err());
}

/// Both files of a schema with hostile names, on several kinds of paper.
#[test]
fn hostile_names_do_no_harm() {
    let long = "n".repeat(300);
    let sql = format!(
        "CREATE TABLE clients (id bigint PRIMARY KEY, \"]]>\" text DEFAULT '\\end');
         CREATE TABLE \"<script>alert(1)</script>\" (id bigint PRIMARY KEY, c bigint NOT NULL REFERENCES clients (id));
         CREATE TABLE \"客户订单\" (id bigint PRIMARY KEY, c bigint REFERENCES clients (id), \"{long}\" text);
         CREATE TABLE \"{long}\" (id bigint PRIMARY KEY, \"a \"\"b\"\"\" bigint REFERENCES \"客户订单\" (id));
         COMMENT ON TABLE clients IS 'it''s ]]> \\end {long}';"
    );
    testing::with(&sql, "clients", |content| {
        let map = map::arrange(content, &MapOptions::default()).expect("it can be drawn");
        for size in [Size::A4, Size::Letter] {
            for split in [Split::Tiles, Split::Clusters] {
                let options = PaperOptions {
                    size,
                    split,
                    ..PaperOptions::default()
                };
                assert!(super::map(content, &map, &options).is_ok());
                assert!(super::booklet(content, &map, &options).is_ok());
            }
        }
    });
}

/// What is written on a page, in the page's own measure.
pub(crate) fn texts_of(page: &Page) -> Vec<(String, Area)> {
    let of = |layer: &Layer| -> Vec<_> {
        let texts = geometry::texts(&layer.picture.items);
        texts
            .iter()
            .map(|text| (text.text.clone(), text.area().scaled(layer.scale, layer.at)))
            .collect()
    };
    page.layers.iter().flat_map(of).collect()
}

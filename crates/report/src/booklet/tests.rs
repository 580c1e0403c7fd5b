use super::*;
use crate::document::Document;
use crate::map::{self, MapOptions};
use crate::paper::Size;
use crate::pdf::tests::texts_of;
use crate::picture::Area;
use crate::testing;

fn made(content: &Content<'_>, options: &PaperOptions) -> Book {
    let map = map::arrange(content, &MapOptions::default()).expect("it can be drawn");
    let panels = map.panels.iter().map(|panel| Drawing {
        number: panel.number,
        title: panel.title.clone(),
        picture: panel.picture(content),
    });
    let panels: Vec<_> = panels.collect();
    book(
        content,
        &Document::new(content),
        &map.picture(content),
        &panels,
        options,
    )
}

/// Nothing outside of the paper, and no two texts over each other.
fn check(book: &Book) {
    for (number, page) in book.pages.iter().enumerate() {
        let paper = Area::new(0.0, 0.0, page.width, page.height).grown(-PaperOptions::LEAST_MARGIN + 14.0);
        let texts = texts_of(page);
        for (at, (text, area)) in texts.iter().enumerate() {
            assert!(paper.holds(area), "page {}: {text:?} is at {area:?}", number + 1);
            for (other, around) in &texts[at + 1..] {
                // Letters do not fill their lines.
                let apart = !area.grown(-0.12).meets(&around.grown(-0.12));
                assert!(apart, "page {}: {text:?} and {other:?} overlap", number + 1);
            }
        }
    }
}

#[test]
fn the_car_rental_is_within_its_margins_on_every_paper() {
    testing::with_car_rental(|content| {
        for size in [Size::A4, Size::A0, Size::Letter] {
            let options = PaperOptions {
                size,
                ..PaperOptions::default()
            };
            check(&made(content, &options));
        }
    });
}

#[test]
fn parts_that_people_look_for_begin_on_the_right_and_links_lead_somewhere() {
    testing::with_car_rental(|content| {
        let book = made(content, &PaperOptions::default());
        let page_of = |place: Place| {
            let of = |page: &Page| page.places.iter().any(|(target, _)| *target == Target::Place(place));
            book.pages.iter().position(of)
        };
        for part in [PartName::Map, PartName::Tables, PartName::Hazards] {
            let page = page_of(Place::Part(part)).expect("the part is there");
            assert!(is_right(page), "{part:?} is on page {}", page + 1);
        }
        for table in content.graph().tables() {
            assert!(page_of(Place::Table(table)).is_some(), "{table:?} has no place");
        }
        for mark in &content.marks {
            assert!(page_of(Place::Mark(mark.number)).is_some());
        }
        for page in &book.pages {
            for (_, to) in &page.links {
                let there = match to {
                    Target::Place(place) => page_of(*place).is_some(),
                    Target::Page(page) => *page < book.pages.len(),
                    Target::Panel(_) | Target::Sheet(_) => true,
                };
                assert!(there, "a link leads to {to:?}, which is nowhere");
            }
        }
    });
}

/// The list of contents says on which page a table is; the number on that page is the same.
#[test]
fn contents_have_the_numbers_of_the_pages() {
    testing::with_car_rental(|content| {
        let book = made(content, &PaperOptions::default());
        for mark in &book.bookmarks {
            let on = texts_of(&book.pages[mark.page]);
            let found = on.iter().any(|(text, _)| text.contains(mark.title.as_str()));
            assert!(found, "{} is not on page {}: {on:?}", mark.title, mark.page + 1);
        }
        let contents: Vec<_> = book.pages[2..4].iter().flat_map(texts_of).collect();
        let tables = book
            .bookmarks
            .iter()
            .find(|mark| mark.title == "rentals")
            .expect("an entry");
        let line = contents.iter().find(|(text, _)| text == "rentals").expect("a line");
        let beside = |area: &Area| (area.y - line.1.y).abs() < 1.0 && area.x > line.1.right();
        let number = contents
            .iter()
            .filter(|(_, area)| beside(area))
            .min_by(|one, other| one.1.x.total_cmp(&other.1.x));
        assert_eq!(
            number.map(|(text, _)| text.clone()),
            Some((tables.page + 1).to_string())
        );
    });
}

/// Wherever on a page a hazard begins, its fix stands with it: in a table's section, and where it is to be ticked off.
#[test]
fn a_fix_stands_on_the_page_of_its_hazard() {
    use crate::document::{Block, Line, Task};

    let message = Line::from("a relation between client tables without an index on the child's columns: ".repeat(3));
    let fix = Line::from("Fix: add an index, as the statement says. ".repeat(4));
    let of_table = Block::List(vec![(0, message.clone()), (1, fix.clone())]);
    let to_do = Block::Task(Task {
        place: None,
        head: Line::from("1 rentals"),
        body: vec![
            Block::Paragraph(message),
            Block::Paragraph(fix),
            Block::Code("CREATE INDEX rentals_client_id\n    ON rentals (client_id);".to_owned()),
        ],
    });
    let frame = Frame::new(&PaperOptions::default());
    for hazard in [of_table, to_do] {
        for lines in 0..90 {
            let mut before = vec![Block::Paragraph("a line".into()); lines];
            before.push(hazard.clone());
            let mut flow = Flow::new(frame);
            flow.strips(&strip::blocks(&before, frame.area(0).width));
            let pages = flow.finish(0, "");
            let page_of = |words: &str| {
                let on = |page: &Page| texts_of(page).iter().any(|(text, _)| text.contains(words));
                pages.iter().position(on)
            };
            assert!(page_of("Fix:").is_some());
            assert_eq!(page_of("Fix:"), page_of("a relation between"), "below {lines} lines");
            if page_of("CREATE INDEX").is_some() {
                assert_eq!(page_of("(client_id)"), page_of("Fix:"), "below {lines} lines");
            }
        }
    }
}

/// A row that is higher than a page, and words that are longer than a line, come out whole.
#[test]
fn long_texts_go_on_to_the_next_page() {
    let comment = "a_word_without_any_space".repeat(40) + &" and many words".repeat(900);
    let sql = format!(
        "CREATE TABLE clients (id bigint PRIMARY KEY, note text);
         COMMENT ON COLUMN clients.note IS '{comment}';
         COMMENT ON TABLE clients IS '{comment}';"
    );
    testing::with(&sql, "clients", |content| {
        let book = made(content, &PaperOptions::default());
        check(&book);
        let all: String = book
            .pages
            .iter()
            .flat_map(texts_of)
            .map(|(text, _)| text + " ")
            .collect();
        assert_eq!(
            all.matches("and").count() / 900,
            2,
            "the comments of the table and of the column"
        );
    });
}

//! What stands beside the tables: what the signs mean, and which hazard each number is.

use exodus_classify::rules;
use exodus_classify::{Class, Severity};

use super::MapOptions;
use super::draw::{self, mark};
use crate::content::Mark;
use crate::document::plural;
use crate::font::Face;
use crate::picture::{Anchor, Area, Item, Picture, Point, Tag};
use crate::style::{Stroke, Style};
use crate::{Content, map::Weight};

const TEXT: f64 = 7.0;
const LINE: f64 = 10.0;
const HEADING: f64 = 9.5;
/// The width that a column of the margin is at least to have.
const COLUMN: f64 = 200.0;
const GAP: f64 = 16.0;

/// The legend and the hazards, in their place on the map.
#[derive(Clone, Debug, PartialEq)]
pub struct Margin {
    /// Where its upper left corner is.
    pub at: Point,
    /// What it shows.
    pub picture: Picture,
}

/// Everything in columns, as wide as the map.
pub(super) fn margin(content: &Content<'_>, options: &MapOptions, width: f64) -> Picture {
    let legend = legend(options);
    let hazards = lines_of(content, &content.marks);
    columns(&legend, &hazards, width)
}

/// The numbered hazards of some tables alone, in columns.
pub fn hazards(content: &Content<'_>, numbers: &[usize], width: f64) -> Picture {
    let marks: Vec<_> = content
        .marks
        .iter()
        .filter(|mark| numbers.contains(&mark.number))
        .copied()
        .collect();
    columns(&Picture::default(), &lines_of(content, &marks), width)
}

/// What the signs mean, in one column.
pub fn legend(options: &MapOptions) -> Picture {
    let mut picture = Picture::new(COLUMN, 0.0);
    let mut y = HEADING;
    let heading = |picture: &mut Picture, y: &mut f64, text: &str| {
        picture.add(Item::text(Point::new(0.0, *y), text, HEADING, Face::Bold, Style::Ink));
        *y += 5.0;
    };
    heading(&mut picture, &mut y, "Signs");
    for (class, words) in [
        (
            Class::Client,
            "client table: its rows belong to clients; the number is its place in the copy order",
        ),
        (
            Class::Context,
            "context table: gives clients' rows their meaning, equal on every shard",
        ),
        (Class::Neutral, "neutral table: stays out of the shards"),
    ] {
        let lines = Face::Regular.wrap(words, TEXT, COLUMN - 40.0);
        draw::frame(&mut picture, Area::new(1.0, y, 30.0, 13.0), class, None);
        draw::badge(&mut picture, Point::new(4.0, y + 2.0), class);
        for (line, at) in lines.iter().zip(0u8..) {
            let baseline = y + 8.0 + f64::from(at) * LINE;
            picture.add(Item::text(
                Point::new(40.0, baseline),
                line,
                TEXT,
                Face::Regular,
                Style::Ink,
            ));
        }
        y += LINE.mul_add(count(lines.len()), 0.0).max(15.0) + 4.0;
    }
    for stroke in Stroke::ALL {
        y += LINE + 1.0;
        let points = [Point::new(2.0, y - 3.0), Point::new(32.0, y - 3.0)];
        draw::line(&mut picture, &points, stroke);
        picture.add(Item::text(
            Point::new(40.0, y),
            stroke.words(),
            TEXT,
            Face::Regular,
            Style::Ink,
        ));
    }
    y += LINE + 1.0;
    let explained = "the arrow points at the parent; the fork is at the child";
    picture.add(Item::text(
        Point::new(40.0, y),
        explained,
        TEXT,
        Face::Regular,
        Style::Faint,
    ));
    for (severity, words) in [
        (
            Severity::Error,
            "error: a move would lose, double or cross rows, or fail",
        ),
        (Severity::Warning, "warning: somebody has to decide"),
        (Severity::Note, "note: worth knowing"),
    ] {
        y += LINE + 2.0;
        mark(&mut picture, Point::new(10.0, y - 2.6), 1, severity);
        picture.add(Item::text(Point::new(40.0, y), words, TEXT, Face::Regular, Style::Ink));
    }
    y += LINE + 2.0;
    picture.add(Item::text(Point::new(4.0, y), "▸ P2", TEXT, Face::Bold, Style::Link));
    picture.add(Item::text(
        Point::new(40.0, y),
        "the relation goes on in panel P2",
        TEXT,
        Face::Regular,
        Style::Ink,
    ));
    if options.weight != Weight::None {
        y += LINE + 2.0;
        picture.add(Item::Rect(Area::new(4.0, y - 5.0, 24.0, 4.0), 0.0, Style::Bar));
        let words = match options.weight {
            Weight::Bytes => "bytes on disk; ten times as many are one step more",
            _ => "estimated rows; ten times as many are one step more",
        };
        picture.add(Item::text(Point::new(40.0, y), words, TEXT, Face::Regular, Style::Ink));
    }
    picture.height = y + 4.0;
    picture
}

/// A line of the margin: what it shows, from its own corner, and how high it is.
struct Entry {
    items: Vec<Item>,
    height: f64,
    /// It does not stand at the end of a column.
    leads: bool,
}

fn lines_of(content: &Content<'_>, marks: &[Mark<'_>]) -> Vec<Entry> {
    let mut entries = vec![];
    let mut last = None;
    for one in marks {
        let hazard = one.finding.hazard;
        if last != Some((hazard.severity, hazard.rule)) {
            entries.extend(rule_entries(hazard.severity, hazard.rule));
            last = Some((hazard.severity, hazard.rule));
        }
        entries.push(mark_entry(content, one));
    }
    entries
}

fn rule_entries(severity: Severity, rule: &'static str) -> Vec<Entry> {
    let summary = rules::find(rule).map_or("", |rule| rule.summary);
    let heading = format!("{severity}: {rule}");
    let mut items = vec![Item::text(
        Point::new(0.0, 13.0),
        &heading,
        TEXT + 1.0,
        Face::Bold,
        Style::Ink,
    )];
    let mut y = 13.0;
    for line in Face::Regular.wrap(summary, TEXT, COLUMN) {
        y += LINE;
        items.push(Item::text(Point::new(0.0, y), &line, TEXT, Face::Regular, Style::Faint));
    }
    vec![Entry {
        items,
        height: y + 3.0,
        leads: true,
    }]
}

fn mark_entry(content: &Content<'_>, one: &Mark<'_>) -> Entry {
    let mut shown = Picture::default();
    mark(&mut shown, Point::new(7.0, 6.0), one.number, one.severity());
    let object = one.finding.hazard.object(content.graph());
    let mut y = 0.0;
    for line in Face::Regular.wrap(&crate::picture::visible(&object), TEXT, COLUMN - 20.0) {
        y += LINE;
        shown.add(Item::text(
            Point::new(18.0, y - 1.6),
            &line,
            TEXT,
            Face::Regular,
            Style::Ink,
        ));
    }
    let mut items = shown.items;
    // The number leads to the hazard, wherever it is explained.
    let rest = items.split_off(0);
    items.push(Item::Group(Tag::Mark(one.number), rest));
    Entry {
        items,
        height: y.max(LINE),
        leads: false,
    }
}

/// The legend first, then the entries, in columns of about the same height.
fn columns(legend: &Picture, entries: &[Entry], width: f64) -> Picture {
    let columns = ((width + GAP) / (COLUMN + GAP)).floor().max(1.0);
    let all: f64 = entries.iter().map(|entry| entry.height).sum();
    let title = if entries.is_empty() { 0.0 } else { HEADING + 6.0 };
    let mut limit = ((legend.height + title + all) / columns).max(legend.height).max(40.0);
    // A heading that does not stand alone makes some columns shorter: grow until all fits.
    let placed = loop {
        match flow(legend, title, entries, limit, columns) {
            Some(placed) => break placed,
            None => limit += LINE,
        }
    };
    let mut picture = Picture::new(width, 0.0);
    picture.place(legend, Point::default());
    if let Some(first) = placed.first() {
        let at = Point::new(first.x, first.y - title + HEADING);
        picture.add(Item::text(at, "Hazards", HEADING, Face::Bold, Style::Ink));
    }
    let mut bottom = legend.height;
    for (entry, at) in entries.iter().zip(&placed) {
        picture.items.extend(entry.items.iter().map(|item| item.moved(*at)));
        bottom = bottom.max(at.y + entry.height);
    }
    picture.height = bottom;
    picture
}

/// Where each entry goes, if there are columns enough.
fn flow(legend: &Picture, title: f64, entries: &[Entry], limit: f64, columns: f64) -> Option<Vec<Point>> {
    let mut at = Point::new(0.0, legend.height);
    if legend.height > 0.0 {
        at.y += title.max(4.0);
        if at.y + 40.0 > limit && !entries.is_empty() {
            at = Point::new(COLUMN + GAP, title);
        }
    } else {
        at.y = title;
    }
    let mut placed = vec![];
    for (number, entry) in entries.iter().enumerate() {
        let next = entries
            .get(number + 1)
            .filter(|_| entry.leads)
            .map_or(0.0, |next| next.height);
        if at.y + entry.height + next > limit && at.y > title {
            at = Point::new(at.x + COLUMN + GAP, title);
        }
        if at.x > (columns - 1.0) * (COLUMN + GAP) + 1.0 {
            return None;
        }
        placed.push(at);
        at.y += entry.height;
    }
    Some(placed)
}

fn count(number: usize) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a number of lines")]
    let number = number as f64;
    number
}

/// The heading of a page.
pub(super) fn heading(content: &Content<'_>, width: f64) -> Picture {
    let classes = &content.report.classes;
    let number = |class: Class| classes.of_class(class).len();
    let found = |severity: Severity| plural(content.report.findings.count(severity), severity.as_str());
    let mut picture = Picture::new(width, 34.0);
    let title = format!("{}: the map of its clients", content.about.short_source());
    let title = Face::Bold.fit(&crate::picture::visible(&title), 16.0, width);
    picture.add(Item::text(Point::new(0.0, 14.0), &title, 16.0, Face::Bold, Style::Ink));
    let line = format!(
        "A client is a row of {}. {} client, {} context, {} neutral tables. {}, {}, {}. Schema {}.",
        content.short_name(classes.root),
        number(Class::Client),
        number(Class::Context),
        number(Class::Neutral),
        found(Severity::Error),
        found(Severity::Warning),
        found(Severity::Note),
        content.about.fingerprint,
    );
    let line = Face::Regular.fit(&crate::picture::visible(&line), 8.0, width);
    picture.add(Item::text(Point::new(0.0, 27.0), &line, 8.0, Face::Regular, Style::Faint).anchored(Anchor::Start));
    picture
}

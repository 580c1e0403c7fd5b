//! A table's box and its measures.

use exodus_classify::Class;
use exodus_schema::TableId;

use super::MapOptions;
use super::rows::{self, Bar, Places, Row};
use crate::Content;
use crate::font::Face;
use crate::picture::{Area, visible};

/// The size of a table's name.
pub(super) const NAME: f64 = 8.5;
/// The size of what stands below.
pub(super) const TEXT: f64 = 7.0;
/// The height of the strip with the name.
pub(super) const TITLE: f64 = 14.0;
/// The height of a row.
pub(super) const ROW: f64 = 9.5;
/// The height of the bar.
pub(super) const BAR: f64 = 9.0;
/// The size of the number on it.
pub(super) const BAR_TEXT: f64 = 5.5;
/// Free on both sides of a row.
pub(super) const PAD: f64 = 4.0;
/// The room of the word `PK`.
pub(super) const KEY: f64 = 13.0;
/// The side of the badge with the class's letter.
pub(super) const BADGE: f64 = 9.0;
/// The size of the digits on a hazard's mark.
pub(super) const DIGITS: f64 = 5.6;

const LEAST: f64 = 62.0;
const MOST: f64 = 190.0;

/// A table, ready to be drawn.
#[derive(Clone, Debug, PartialEq)]
pub struct TableBox {
    /// The table.
    pub table: TableId,
    /// Its class.
    pub class: Class,
    /// Its name, shortened where there is no room.
    pub name: String,
    /// Its place in the copy order, of client tables.
    pub order: Option<usize>,
    /// How much it holds.
    pub bar: Option<Bar>,
    /// Its rows.
    pub rows: Vec<Row>,
    /// Its place in the panel.
    pub area: Area,
}

impl TableBox {
    /// Measures a table; its place is yet to be found.
    pub(super) fn new(content: &Content<'_>, options: &MapOptions, places: &Places<'_>, table: TableId) -> Self {
        let class = &content.report.classes.tables[table.0];
        let mut one = Self {
            table,
            class: class.class,
            name: visible(&content.short_name(table)),
            order: class.order,
            bar: rows::bar(content, options, content.graph().table(table)),
            rows: rows::rows(content, options, places, table),
            area: Area::default(),
        };
        let bar = one
            .bar
            .as_ref()
            .map_or(0.0, |bar| Face::Regular.width(&bar.text, BAR_TEXT) + 2.0 * PAD);
        let wanted = one.rows.iter().map(wanted).fold(one.title_width().max(bar), f64::max);
        let width = wanted.clamp(LEAST, MOST).ceil();
        one.name = Face::Bold.fit(
            &one.name,
            NAME,
            width - one.title_width() + Face::Bold.width(&one.name, NAME),
        );
        for row in &mut one.rows {
            let room = width - wanted_beside(row);
            row.text = Face::Regular.fit(&visible(&row.text), TEXT, room.max(10.0));
            let room = room - Face::Regular.width(&row.text, TEXT) - 4.0;
            row.about = if room > 8.0 {
                Face::Regular.fit(&visible(&row.about), TEXT, room)
            } else {
                String::new()
            };
        }
        #[expect(clippy::cast_precision_loss, reason = "a number of rows")]
        let rows = one.rows.len() as f64;
        let bar = if one.bar.is_some() { BAR } else { 0.0 };
        let below = if one.rows.is_empty() { 0.0 } else { 3.0 };
        one.area = Area::new(0.0, 0.0, width, TITLE + bar + rows * ROW + below);
        one
    }

    /// What a client table's place in the copy order is shown as.
    pub(super) fn place(&self) -> String {
        self.order.map(|order| order.to_string()).unwrap_or_default()
    }

    fn title_width(&self) -> f64 {
        let place = Face::Regular.width(&self.place(), TEXT);
        PAD + BADGE + 4.0 + Face::Bold.width(&self.name, NAME) + 6.0 + place + PAD
    }
}

/// How wide a row would be.
fn wanted(row: &Row) -> f64 {
    let about = if row.about.is_empty() {
        0.0
    } else {
        6.0 + Face::Regular.width(&row.about, TEXT)
    };
    wanted_beside(row) + Face::Regular.width(&visible(&row.text), TEXT) + about
}

/// The same without the text.
fn wanted_beside(row: &Row) -> f64 {
    let key = if row.text.is_empty() { 0.0 } else { KEY };
    let leads: f64 = row.leads_to.iter().map(|&panel| leads_width(panel) + 4.0).sum();
    let marks: f64 = row.marks.iter().map(|&number| mark_width(number) + 1.5).sum();
    2.0 * PAD + key + leads + marks
}

/// The name of a panel, where a relation goes on in it.
pub(super) fn leads(panel: usize) -> String {
    format!("▸ P{panel}")
}

pub(super) fn leads_width(panel: usize) -> f64 {
    Face::Bold.width(&leads(panel), TEXT)
}

/// How wide a hazard's mark is.
pub(super) fn mark_width(number: usize) -> f64 {
    (Face::Bold.width(&number.to_string(), DIGITS) + 3.6).max(7.6)
}

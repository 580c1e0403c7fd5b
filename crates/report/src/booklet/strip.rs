//! Blocks as strips: bands across the page that are never broken.

use std::rc::Rc;

use super::rich::{self, Fragment};
use super::{code, grid};
use crate::document::{Block, Line, Place, Task};
use crate::picture::{Area, Item, Point};
use crate::style::Style;

/// Size of running text.
pub(super) const BODY: f64 = 8.8;

/// What lines are apart, in sizes.
pub(super) const LEADING: f64 = 1.36;

/// A band across the page.
#[derive(Clone, Debug, Default)]
pub(super) struct Strip {
    /// Above it, unless it is the first on its page.
    pub(super) space: f64,
    pub(super) height: f64,
    /// From its upper left corner.
    pub(super) items: Vec<Item>,
    pub(super) links: Vec<(Area, Place)>,
    /// What leads here.
    pub(super) places: Vec<Place>,
    /// The next one stands on the same page.
    pub(super) keep: bool,
    /// What stands above it where it begins a page.
    pub(super) header: Option<Rc<Self>>,
    /// How it begins.
    pub(super) begins: Begins,
    /// Its entry in the list of contents: depth and title.
    pub(super) entry: Option<(usize, String)>,
}

/// Where a strip may stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Begins {
    /// Behind the one before it.
    #[default]
    Anywhere,
    /// At the top of a page.
    Page,
    /// At the top of a right-hand page.
    Right,
}

impl Strip {
    /// The same, further right.
    pub(super) fn indented(mut self, by: f64) -> Self {
        let to = Point::new(by, 0.0);
        self.items = self.items.iter().map(|item| item.moved(to)).collect();
        for (area, _) in &mut self.links {
            *area = area.moved(to);
        }
        self
    }

    /// Adds a line of text, whose base line is at a place.
    pub(super) fn set(&mut self, line: &[Fragment], base: Point, size: f64) {
        for fragment in line {
            self.items.extend(fragment.items(base, size));
            if let Some(to) = fragment.to {
                let (x, y) = (base.x + fragment.x, base.y - size);
                self.links.push((Area::new(x, y, fragment.width, size * 1.25), to));
            }
        }
    }
}

/// A text as strips of one line each; none of them stands alone on a page.
pub(super) fn text(line: &Line, size: f64, width: f64, bold: bool) -> Vec<Strip> {
    let lines = rich::wrap(line, size, width, bold);
    let last = lines.len() - 1;
    let strips = lines.iter().enumerate().map(|(at, fragments)| {
        let mut strip = Strip {
            height: size * LEADING,
            keep: (at == 0 || at + 2 == lines.len()) && at < last,
            ..Strip::default()
        };
        strip.set(fragments, Point::new(0.0, size), size);
        strip
    });
    strips.collect()
}

/// Blocks one below the other.
pub(super) fn blocks(all: &[Block], width: f64) -> Vec<Strip> {
    all.iter().flat_map(|block| self::block(block, width)).collect()
}

fn block(block: &Block, width: f64) -> Vec<Strip> {
    match block {
        Block::Heading(title) => heading(&title.as_str().into(), 10.4, width, 9.0),
        Block::Paragraph(line) => spaced(text(line, BODY, width, false), 3.0),
        Block::List(lines) => list(lines, width),
        Block::Grid(grid) => grid::strips(grid, width),
        Block::Code(code) => code::strips(code, width),
        Block::Task(task) => self::task(task, width),
    }
}

/// A heading stands with what comes after it.
pub(super) fn heading(title: &Line, size: f64, width: f64, space: f64) -> Vec<Strip> {
    let mut strips = spaced(text(title, size, width, true), space);
    for strip in &mut strips {
        strip.keep = true;
    }
    strips
}

pub(super) fn spaced(mut strips: Vec<Strip>, space: f64) -> Vec<Strip> {
    if let Some(first) = strips.first_mut() {
        first.space = space;
    }
    strips
}

/// So many lines are not divided: what would go on to the next page is too little to stand there by itself.
const WHOLE: usize = 6;

/// What is said more of a line, a step deeper, stands on the same page.
fn list(lines: &[(usize, Line)], width: f64) -> Vec<Strip> {
    let mut strips = vec![];
    for (at, (depth, line)) in lines.iter().enumerate() {
        let mut of_line = bullet(*depth, line, width);
        let goes_on = lines.get(at + 1).is_some_and(|(next, _)| next > depth);
        if goes_on || *depth > 0 {
            together(&mut of_line, goes_on);
        }
        strips.extend(of_line);
    }
    strips
}

/// Keeps a few lines together, and with what comes next.
fn together(strips: &mut [Strip], with_next: bool) {
    let Some(last) = strips.len().checked_sub(1) else {
        return;
    };
    if strips.len() <= WHOLE {
        for strip in &mut strips[..last] {
            strip.keep = true;
        }
    }
    strips[last].keep |= with_next;
}

fn bullet(depth: usize, line: &Line, width: f64) -> Vec<Strip> {
    const STEP: f64 = 11.0;
    // However deep it is, there is room for text.
    #[expect(clippy::cast_precision_loss, reason = "a few levels")]
    let left = (depth as f64 * STEP).min(width / 2.0);
    let strips = text(line, BODY, width - left - STEP, false);
    let strips = strips.into_iter().map(|strip| strip.indented(left + STEP));
    let mut strips = spaced(strips.collect(), if depth == 0 { 2.0 } else { 0.8 });
    if let Some(first) = strips.first_mut() {
        let at = Point::new(left + STEP * 0.35, BODY * 0.68);
        first.items.push(Item::Circle(at, 1.1, Style::Bullet));
    }
    strips
}

fn task(task: &Task, width: f64) -> Vec<Strip> {
    const LEFT: f64 = 17.0;
    let head = text(&task.head, BODY, width - LEFT, false);
    let mut strips = spaced(head, 9.0);
    if let Some(first) = strips.first_mut() {
        let tick = Area::new(-LEFT, BODY * 0.28 - 1.5, 9.5, 9.5);
        first.items.push(Item::Rect(tick, 1.0, Style::Box));
        first.places.extend(task.place);
    }
    for strip in &mut strips {
        strip.keep = true;
    }
    // What is to be done stands below what is wrong.
    for (block, number) in task.body.iter().zip(1..) {
        let mut of_block = self::block(block, width - LEFT);
        together(&mut of_block, number < task.body.len());
        strips.extend(of_block);
    }
    strips.into_iter().map(|strip| strip.indented(LEFT)).collect()
}

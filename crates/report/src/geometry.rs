//! What the parts of a picture cover.

use crate::picture::{Area, Item, Point};

impl Area {
    /// The smallest one around both.
    #[must_use]
    pub(crate) fn joined(self, other: Self) -> Self {
        let (x, y) = (self.x.min(other.x), self.y.min(other.y));
        let (right, bottom) = (self.right().max(other.right()), self.bottom().max(other.bottom()));
        Self::new(x, y, right - x, bottom - y)
    }

    /// What both cover.
    pub(crate) fn shared(self, other: Self) -> Option<Self> {
        let (x, y) = (self.x.max(other.x), self.y.max(other.y));
        let (right, bottom) = (self.right().min(other.right()), self.bottom().min(other.bottom()));
        (right > x && bottom > y).then(|| Self::new(x, y, right - x, bottom - y))
    }

    /// On a sheet where a picture is drawn at a place in another scale.
    #[must_use]
    pub(crate) fn scaled(self, scale: f64, at: Point) -> Self {
        Self::new(
            self.x * scale + at.x,
            self.y * scale + at.y,
            self.width * scale,
            self.height * scale,
        )
    }
}

/// What a shape covers, its line included; nothing where it has no part.
pub(crate) fn bounds(item: &Item) -> Option<Area> {
    match item {
        Item::Rect(area, _, style) => Some(area.grown(style.paint().width / 2.0)),
        Item::Line { points, style, .. } => {
            let place = |point: &Point| Area::new(point.x, point.y, 0.0, 0.0);
            let all = points.iter().map(place).reduce(Area::joined)?;
            Some(all.grown((style.paint().width / 2.0).max(0.05)))
        }
        Item::Circle(centre, radius, style) => {
            let around = radius + style.paint().width / 2.0;
            Some(Area::new(centre.x, centre.y, 0.0, 0.0).grown(around))
        }
        Item::Text(text) => Some(text.area()),
        Item::Group(_, items) => items.iter().filter_map(bounds).reduce(Area::joined),
    }
}

/// The shapes that an area shows a part of, so that a sheet holds no text that is not on it.
pub(crate) fn within(items: &[Item], area: &Area) -> Vec<Item> {
    let shown = items.iter().filter_map(|item| match item {
        Item::Group(tag, items) => {
            let items = within(items, area);
            (!items.is_empty()).then_some(Item::Group(*tag, items))
        }
        item => bounds(item).filter(|of| of.meets(area)).map(|_| item.clone()),
    });
    shown.collect()
}

/// The size of most letters of a picture, which is what it takes to read it.
pub(crate) fn body_size(items: &[Item]) -> Option<f64> {
    let mut sizes = vec![];
    letters(items, &mut sizes);
    sizes.sort_by(|one, other| one.0.total_cmp(&other.0));
    let half = sizes.iter().map(|(_, letters)| letters).sum::<usize>().div_ceil(2);
    let mut seen = 0;
    let at = sizes.iter().find(|(_, letters)| {
        seen += letters;
        seen >= half
    });
    at.map(|(size, _)| *size)
}

fn letters(items: &[Item], sizes: &mut Vec<(f64, usize)>) {
    for item in items {
        match item {
            Item::Text(text) => sizes.push((text.size, text.text.chars().count())),
            Item::Group(_, items) => letters(items, sizes),
            _ => {}
        }
    }
}

/// All of them, whatever groups they are in.
pub(crate) fn texts(items: &[Item]) -> Vec<&crate::picture::Text> {
    let mut all = vec![];
    for item in items {
        match item {
            Item::Text(text) => all.push(text),
            Item::Group(_, items) => all.extend(texts(items)),
            _ => {}
        }
    }
    all
}

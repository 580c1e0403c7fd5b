//! Which row of a panel each client table is in.

use std::collections::BTreeMap;

use exodus_classify::Class;

use super::boxes::TableBox;
use super::layered::{BOX_GAP, Bond, LAYER_GAP};

/// The row of each box; none where the layout may choose.
pub(super) struct Rows(Vec<Option<i32>>);

impl Rows {
    pub(super) fn of(boxes: &[TableBox], bonds: &[Bond], aspect: f64, length: f64) -> Self {
        let mut rows = vec![None; boxes.len()];
        if length.is_infinite() {
            return Self(rows);
        }
        let area: f64 = boxes
            .iter()
            .map(|one| (one.area.width + BOX_GAP) * (one.area.height + LAYER_GAP))
            .sum();
        // Lines need room, too.
        let longest = length * (1.35 * area * aspect).sqrt();
        let mut by_order = BTreeMap::<usize, Vec<usize>>::new();
        for (at, one) in boxes.iter().enumerate() {
            if let (Class::Client, Some(order)) = (one.class, one.order) {
                by_order.entry(order).or_default().push(at);
            }
        }
        let has_children = |at: usize| bonds.iter().any(|&(_, child, parent)| parent == at && child != at);
        let mut row = 0;
        for mut layer in by_order.into_values() {
            // Those that lines go on from come last, nearest to their children.
            layer.sort_by_key(|&at| (has_children(at), at));
            let mut width = 0.0;
            for at in layer {
                let own = boxes[at].area.width + BOX_GAP;
                if width > 0.0 && width + own > longest {
                    row += 1;
                    width = 0.0;
                }
                width += own;
                rows[at] = Some(row);
            }
            row += 1;
        }
        let mut rows = Self(rows);
        rows.part(bonds);
        rows
    }

    /// Its row.
    pub(super) fn of_box(&self, at: usize) -> Option<i32> {
        self.0[at]
    }

    /// No two tables of one row refer to each other: the child of a loop goes a row down.
    fn part(&mut self, bonds: &[Bond]) {
        for _ in 0..self.0.len() {
            let level = |&&(_, child, parent): &&Bond| {
                child != parent && self.0[child].is_some() && self.0[child] == self.0[parent]
            };
            let Some(&(_, child, _)) = bonds.iter().find(level) else {
                return;
            };
            self.0[child] = self.0[child].map(|row| row + 1);
        }
        // A knot that this does not undo is left to the layout.
        self.0.fill(None);
    }
}

//! The layout of one panel.
//!
//! graphlay lays out rows of boxes, minimises crossings, and routes lines at right angles around boxes. Which row a table
//! is in is said here: the copy order, a row that is too long for the page being broken. Context tables have a strip beside.

use std::collections::{BTreeMap, BTreeSet};

use exodus_classify::Class;
use exodus_schema::{RelationId, TableId};
use graphlay::{
    Compaction, Direction, Edge, EdgeRoute, Effort, Graph, GraphBuilder, GroupId, GroupLanes, Layout, LayoutOptions,
    MergeEdges, Node, NodeId, PortSides, RankConstraint, Size, layout,
};

use super::boxes::TableBox;
use super::cluster::Group;
use super::levels::Rows;
use super::rows::Places;
use super::{Line, MapOptions, Panel};
use crate::font::Face;
use crate::picture::{Area, Point, visible};
use crate::style::Stroke;
use crate::{Content, Error};

/// Free around the tables of a panel.
pub(super) const INSIDE: f64 = 14.0;
/// The strip with the panel's title.
pub(super) const HEAD: f64 = 20.0;

/// The size of a panel's title.
pub(super) const TITLE: f64 = 9.5;
/// The room of a panel's number before it.
pub(super) const NUMBER: f64 = 26.0;
const WIDE: f64 = 320.0;

pub(super) const LAYER_GAP: f64 = 20.0;
pub(super) const BOX_GAP: f64 = 11.0;

/// A relation that gets a line: with its child and its parent, by their places among the boxes.
pub(super) type Bond = (RelationId, usize, usize);

/// Lays out a group of tables.
pub(super) fn panel(
    content: &Content<'_>,
    options: &MapOptions,
    panels: &BTreeMap<TableId, usize>,
    group: &Group,
    number: usize,
) -> Result<Panel, Error> {
    let mut bonds = bonds(content, &group.tables);
    loop {
        let places = Places {
            panels,
            lines: bonds.iter().map(|&(relation, ..)| relation).collect(),
        };
        let boxes = group.tables.iter();
        let boxes = boxes
            .map(|&table| TableBox::new(content, options, &places, table))
            .collect();
        let mut panel = Panel {
            number,
            title: group.title.clone(),
            holds: group.holds,
            area: Area::default(),
            boxes,
            lines: vec![],
            junctions: vec![],
        };
        lay_out(content, options, &bonds, &mut panel)?;
        let covered = covering(&panel);
        if covered.is_empty() {
            return Ok(panel);
        }
        // A line that goes through a box would lie: these relations are told by names.
        bonds.retain(|(relation, ..)| !covered.contains(relation));
    }
}

/// Places the boxes and routes the lines.
fn lay_out(content: &Content<'_>, options: &MapOptions, bonds: &[Bond], panel: &mut Panel) -> Result<(), Error> {
    let bound = apart(&mut panel.boxes, bonds);
    let bonds: Vec<Bond> = bonds
        .iter()
        .map(|&(relation, child, parent)| (relation, bound[&child], bound[&parent]))
        .collect();
    let (with_lines, without) = panel.boxes.split_at_mut(bound.len());
    let mut size = Size::new(0.0, 0.0);
    if !with_lines.is_empty() {
        let drawn = best(with_lines, &bonds, options.aspect)?;
        size = size_of(&drawn);
        let by = Point::new(INSIDE - drawn.bounds.min.x, INSIDE + HEAD - drawn.bounds.min.y);
        place(with_lines, &drawn, by);
        panel.lines = lines(content, &bonds, &drawn, by);
        let junctions = drawn.junctions.iter();
        panel.junctions = junctions
            .map(|point| (Point::new(point.x, point.y).moved(by), Stroke::Firm))
            .collect();
    }
    let size = shelve(without, size, options.aspect);
    // The title is cut only where it is very long.
    let title = (NUMBER + Face::Bold.width(&visible(&panel.title), TITLE)).min(WIDE);
    let (width, height) = (size.width.max(title).ceil(), size.height + HEAD);
    panel.area = Area::new(0.0, 0.0, width + 2.0 * INSIDE, height + 2.0 * INSIDE);
    Ok(())
}

/// The relations whose lines go through boxes.
fn covering(panel: &Panel) -> BTreeSet<RelationId> {
    let covers = |line: &&Line| {
        let inside = |run: &Area| panel.boxes.iter().any(|one| run.meets(&one.area.grown(-0.5)));
        line.points
            .windows(2)
            .any(|pair| inside(&Area::around(pair[0], pair[1])))
    };
    panel.lines.iter().filter(covers).map(|line| line.relation).collect()
}

fn size_of(drawn: &Layout) -> Size {
    let (min, max) = (drawn.bounds.min, drawn.bounds.max);
    Size::new(max.x - min.x, max.y - min.y)
}

/// Of several layouts the one without lines through boxes that takes the least of a page of that shape. They differ in how
/// long a row may be, in whether rows are the layers of the copy order or whatever keeps parents above their children, and
/// in whether they are compacted, which leaves less room for lines.
fn best(boxes: &[TableBox], bonds: &[Bond], aspect: f64) -> Result<Layout, Error> {
    let mut best: Option<(usize, f64, Layout)> = None;
    for compaction in [Compaction::Priority, Compaction::None] {
        if best.as_ref().is_some_and(|(covered, ..)| *covered == 0) {
            break;
        }
        for length in [0.7, 1.0, 1.4, 2.0, f64::INFINITY] {
            let graph = graph(boxes, bonds, &Rows::of(boxes, bonds, aspect, length));
            let drawn = layout(&graph, &settings(compaction)).map_err(|error| Error::Drawing(error.to_string()))?;
            let covered = drawn.edges.iter().filter(|route| covers(route, &drawn)).count();
            let Size { width, height } = size_of(&drawn);
            // Less of a page, and of a shape that leaves room for others.
            let size = width * height * (1.0 + 0.15 * (width / height.max(1.0) / aspect).ln().abs());
            if best.as_ref().is_none_or(|best| (covered, size) < (best.0, best.1)) {
                best = Some((covered, size, drawn));
            }
        }
    }
    best.map(|(.., drawn)| with_context_right(boxes, drawn))
        .ok_or_else(|| Error::Drawing("there are no tables".to_owned()))
}

/// On which side the strip of the context tables is, is left to the layout: it is turned around where that is the left.
fn with_context_right(boxes: &[TableBox], mut drawn: Layout) -> Layout {
    let placed = || boxes.iter().zip(&drawn.nodes);
    let of = |shared: bool| placed().filter(move |(one, _)| (one.class == Class::Context) == shared);
    let (clients, shared) = (of(false).next(), of(true).next());
    let is_left = clients
        .zip(shared)
        .is_some_and(|((_, client), (_, shared))| shared.center.x < client.center.x);
    if is_left {
        let sum = drawn.bounds.min.x + drawn.bounds.max.x;
        let nodes = drawn.nodes.iter_mut().map(|node| &mut node.center);
        let routes = drawn.edges.iter_mut().flat_map(|route| &mut route.points);
        for point in nodes.chain(routes).chain(&mut drawn.junctions) {
            point.x = sum - point.x;
        }
    }
    drawn
}

/// Whether the line goes through a box.
fn covers(route: &EdgeRoute, drawn: &Layout) -> bool {
    let inside = |run: &Area| {
        drawn.nodes.iter().any(|node| {
            let Size { width, height } = node.size;
            let (x, y) = (node.center.x - width / 2.0, node.center.y - height / 2.0);
            run.meets(&Area::new(x, y, width, height).grown(-0.5))
        })
    };
    let point = |point: graphlay::Point| Point::new(point.x, point.y);
    route
        .points
        .windows(2)
        .any(|pair| inside(&Area::around(point(pair[0]), point(pair[1]))))
}

/// The relations between the tables that get a line.
fn bonds(content: &Content<'_>, tables: &[TableId]) -> Vec<Bond> {
    let places: BTreeMap<_, _> = tables.iter().enumerate().map(|(at, &table)| (table, at)).collect();
    let edges = content.graph().edges().iter();
    let all = edges.filter_map(|edge| Some((edge.id, *places.get(&edge.child())?, *places.get(&edge.parent)?)));
    without_hubs(tables.len(), all.collect())
}

/// So few tables have all their relations drawn.
const FEW: usize = 14;
/// A table that so many others of the panel refer to is a hub.
const HUB: usize = 6;

/// Without the lines to hubs of tables that have another line: they would cover all else, and say little.
fn without_hubs(tables: usize, mut bonds: Vec<Bond>) -> Vec<Bond> {
    if tables <= FEW {
        return bonds;
    }
    let mut children = vec![BTreeSet::new(); tables];
    for &(_, child, parent) in &bonds {
        if child != parent {
            children[parent].insert(child);
        }
    }
    let is_hub = |at: usize| children[at].len() >= HUB;
    let mut bound = vec![false; tables];
    for &(_, child, parent) in &bonds {
        bound[child] |= child != parent && !is_hub(parent);
    }
    bonds.retain(|&(_, child, parent)| child == parent || !is_hub(parent) || !bound[child]);
    bonds
}

fn graph(boxes: &[TableBox], bonds: &[Bond], rows: &Rows) -> Graph {
    let mut builder = GraphBuilder::new();
    for (at, one) in boxes.iter().enumerate() {
        builder.add_node(Node {
            size: Size::new(one.area.width, one.area.height),
            rank: rows.of_box(at).map_or(RankConstraint::Free, RankConstraint::Fixed),
            group: Some(GroupId(u32::from(one.class == Class::Context))),
            ..Node::default()
        });
    }
    let id = |at: usize| NodeId(u32::try_from(at).unwrap_or(u32::MAX));
    for &(_, child, parent) in bonds {
        builder.add_edge(Edge {
            thickness: 1.0,
            ..Edge::new(id(parent), id(child))
        });
    }
    builder.build()
}

fn settings(compaction: Compaction) -> LayoutOptions {
    let mut options = LayoutOptions::layered_default();
    options.direction = Direction::TopBottom;
    options.effort = Effort::Fast;
    let spacing = &mut options.spacing;
    spacing.layer_gap = LAYER_GAP;
    spacing.node_gap = BOX_GAP;
    spacing.dummy_gap = 8.0;
    spacing.port_gap = 7.0;
    spacing.port_stroke_clear = 5.0;
    spacing.stub = 8.0;
    spacing.bundle_lane_gap = 4.0;
    spacing.self_loop_gap = 5.0;
    spacing.isolated_gap = BOX_GAP / 2.0;
    spacing.isolated_max_columns = 8;
    options.routing.lane_gap = 4.0;
    options.compaction.mode = compaction;
    options.order.group_lanes = GroupLanes::Strict;
    options.routing.merge_edges = MergeEdges::Forks;
    options.routing.port_sides = PortSides::FacingPreferred;
    options
}

/// Brings the boxes that have no line to the end; gives the new places of the others.
fn apart(boxes: &mut Vec<TableBox>, bonds: &[Bond]) -> BTreeMap<usize, usize> {
    let has_line: BTreeSet<_> = bonds.iter().flat_map(|&(_, child, parent)| [child, parent]).collect();
    let (mut first, mut last) = (vec![], vec![]);
    for (at, one) in std::mem::take(boxes).into_iter().enumerate() {
        if has_line.contains(&at) {
            first.push(one);
        } else {
            last.push(one);
        }
    }
    first.append(&mut last);
    *boxes = first;
    has_line.into_iter().zip(0..).collect()
}

/// Takes over where the boxes are.
fn place(boxes: &mut [TableBox], drawn: &Layout, by: Point) {
    for (one, node) in boxes.iter_mut().zip(&drawn.nodes) {
        one.area.x = node.center.x - node.size.width / 2.0 + by.x;
        one.area.y = node.center.y - node.size.height / 2.0 + by.y;
    }
}

/// Takes over where the lines are.
fn lines(content: &Content<'_>, bonds: &[Bond], drawn: &Layout, by: Point) -> Vec<Line> {
    let routed = bonds.iter().zip(&drawn.edges);
    routed
        .map(|(&(relation, ..), route)| Line {
            relation,
            points: squared(route.points.iter().map(|point| Point::new(point.x, point.y).moved(by))),
            stroke: content.stroke(relation),
        })
        .collect()
}

/// A run that joins another one's trunk can be a hair aslant: it is drawn straight.
fn squared(points: impl Iterator<Item = Point>) -> Vec<Point> {
    let mut squared: Vec<Point> = vec![];
    for mut point in points {
        if let Some(&before) = squared.last() {
            let (across, down) = ((point.x - before.x).abs(), (point.y - before.y).abs());
            if down < 1.0 && across > down {
                point.y = before.y;
            } else if across < 1.0 {
                point.x = before.x;
            }
        }
        squared.push(point);
    }
    squared
}

/// Boxes without lines in rows below the others; gives the size of it all.
fn shelve(boxes: &mut [TableBox], above: Size, aspect: f64) -> Size {
    let area: f64 = boxes
        .iter()
        .map(|one| (one.area.width + BOX_GAP) * (one.area.height + BOX_GAP))
        .sum();
    let widest = boxes.iter().map(|one| one.area.width).fold(above.width, f64::max);
    let longest = widest.max((area * aspect).sqrt());
    let top = if above.height > 0.0 {
        above.height + LAYER_GAP
    } else {
        0.0
    };
    let (mut at, mut tallest, mut right) = (Point::new(0.0, top), 0.0_f64, above.width);
    for one in boxes.iter_mut() {
        if at.x > 0.0 && at.x + one.area.width > longest {
            at = Point::new(0.0, at.y + tallest + BOX_GAP);
            tallest = 0.0;
        }
        (one.area.x, one.area.y) = (at.x + INSIDE, at.y + INSIDE + HEAD);
        at.x += one.area.width + BOX_GAP;
        right = right.max(at.x - BOX_GAP);
        tallest = tallest.max(one.area.height);
    }
    Size::new(right, if boxes.is_empty() { above.height } else { at.y + tallest })
}

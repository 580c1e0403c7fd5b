//! The map: client tables in layers from the root downward, context tables beside them, neutral ones apart.
//!
//! A schema is first divided into groups of tables (`cluster`), each of which is laid out by itself (`layered`) and
//! becomes a panel; relations between panels are names that say where they go on. So each picture stays small, and a
//! thousand tables are drawn in seconds. The panels are then packed on a page (`pack`).

mod boxes;
mod cluster;
mod draw;
mod layered;
pub mod legend;
mod levels;
mod pack;
mod rows;

use exodus_schema::{RelationId, TableId};

use crate::Content;
use crate::picture::{Area, Picture, Point};
use crate::style::Stroke;

pub use boxes::TableBox;

/// Which columns a table shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Detail {
    /// Keys and the columns of relations.
    #[default]
    Keys,
    /// All columns, with their types.
    All,
}

/// What the bar below a table's name shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Weight {
    /// There is no bar.
    #[default]
    None,
    /// The server's estimate of the number of rows.
    Rows,
    /// Bytes on disk.
    Bytes,
}

/// How the map is to be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MapOptions {
    /// Which columns a table shows.
    pub detail: Detail,
    /// What the bar shows.
    pub weight: Weight,
    /// Width over height that is aimed at.
    pub aspect: f64,
}

impl Default for MapOptions {
    fn default() -> Self {
        Self {
            detail: Detail::Keys,
            weight: Weight::None,
            aspect: std::f64::consts::SQRT_2,
        }
    }
}

/// What a panel holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Holds {
    /// Client tables, and context tables that nobody else refers to.
    Clients,
    /// Context tables.
    Context,
    /// Neutral tables.
    Neutral,
}

/// A relation that is drawn as a line.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// The relation.
    pub relation: RelationId,
    /// From the parent to the child.
    pub points: Vec<Point>,
    /// How it is drawn.
    pub stroke: Stroke,
}

/// A group of tables in its frame.
#[derive(Clone, Debug, PartialEq)]
pub struct Panel {
    /// Counted from 1.
    pub number: usize,
    /// What it is called.
    pub title: String,
    /// What it holds.
    pub holds: Holds,
    /// Its frame on the map; everything inside is placed from the frame's upper left corner.
    pub area: Area,
    /// Its tables.
    pub boxes: Vec<TableBox>,
    /// Its relations.
    pub lines: Vec<Line>,
    /// Where lines part that begin together.
    pub junctions: Vec<(Point, Stroke)>,
}

/// A schema's drawing, with the places of everything.
#[derive(Clone, Debug, PartialEq)]
pub struct Map {
    /// In points.
    pub width: f64,
    /// In points.
    pub height: f64,
    /// Where the title is.
    pub heading: Area,
    /// The groups of tables.
    pub panels: Vec<Panel>,
    /// The legend and the hazards, in their place.
    pub margin: legend::Margin,
    options: MapOptions,
}

impl Map {
    /// The panel that a table is in.
    pub fn panel_of(&self, table: TableId) -> Option<&Panel> {
        self.panels
            .iter()
            .find(|panel| panel.boxes.iter().any(|one| one.table == table))
    }

    /// The whole of it, with the legend and the hazards in the margin.
    pub fn picture(&self, content: &Content<'_>) -> Picture {
        draw::map(self, content)
    }
}

impl Panel {
    /// It alone, its frame's corner at 0, 0.
    pub fn picture(&self, content: &Content<'_>) -> Picture {
        draw::panel(self, content)
    }
}

/// Lays out a schema.
pub fn arrange(content: &Content<'_>, options: &MapOptions) -> Result<Map, crate::Error> {
    let groups = cluster::groups(content);
    let panel_of = cluster::panels_of(&groups);
    let panels = groups
        .iter()
        .zip(1..)
        .map(|(group, number)| layered::panel(content, options, &panel_of, group, number))
        .collect::<Result<Vec<_>, _>>()?;
    Ok(pack::pack(content, options, panels))
}

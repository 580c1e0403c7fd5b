//! Where things are on the map: nothing covers anything else, on schemas of many shapes.

mod common;

use common::{Case, cases, wide};
use exodus_classify::Class;
use exodus_report::map::{self, Detail, Line, Map, MapOptions, Panel, TableBox, Weight};
use exodus_report::picture::{Area, Item, Picture, Point, Text};
use exodus_report::{Content, svg};

fn options() -> [MapOptions; 2] {
    [
        MapOptions::default(),
        MapOptions {
            detail: Detail::All,
            weight: Weight::Rows,
            aspect: 0.7,
        },
    ]
}

#[test]
fn nothing_covers_anything_else() {
    for case in cases() {
        case.with(|content| {
            for options in options() {
                let drawn = map::arrange(content, &options).expect("a map");
                boxes(&case, &drawn);
                for panel in &drawn.panels {
                    lines(&case, panel);
                    strips(&case, panel);
                }
                texts(&case, &drawn, content);
            }
        });
    }
}

/// Boxes are in their panels, panels on the page, and none meets another.
fn boxes(case: &Case, drawn: &Map) {
    let page = Area::new(0.0, 0.0, drawn.width, drawn.height);
    let margin = Area::new(
        drawn.margin.at.x,
        drawn.margin.at.y,
        drawn.margin.picture.width,
        drawn.margin.picture.height,
    );
    let mut places: Vec<_> = drawn.panels.iter().map(|panel| panel.area).collect();
    places.extend([margin, drawn.heading]);
    apart(case, "panels", &places);
    assert!(places.iter().all(|area| page.holds(area)), "{case}: off the page");
    for panel in &drawn.panels {
        let inside = Area::new(0.0, 0.0, panel.area.width, panel.area.height);
        let places: Vec<_> = panel.boxes.iter().map(|one| one.area).collect();
        apart(case, &panel.title, &places);
        assert!(
            places.iter().all(|area| inside.holds(area)),
            "{case}: outside of {}",
            panel.title
        );
    }
    let drawn: usize = drawn.panels.iter().map(|panel| panel.boxes.len()).sum();
    assert_eq!(drawn, case.schema.tables.len(), "{case}: every table once");
}

fn apart(case: &Case, what: &str, places: &[Area]) {
    for (at, one) in places.iter().enumerate() {
        for other in &places[at + 1..] {
            assert!(!one.grown(-0.1).meets(other), "{case}, {what}: {one:?} meets {other:?}");
        }
    }
}

/// A line begins at its parent's side, ends at its child's, and goes through no box.
fn lines(case: &Case, panel: &Panel) {
    let area = |table| panel.boxes.iter().find(|one| one.table == table).map(|one| one.area);
    for line in &panel.lines {
        let (first, last) = (line.points[0], line.points[line.points.len() - 1]);
        let child = area(line.relation.child).expect("a child in the panel");
        assert!(on_side(&child, last), "{case}: {last:?} is not at {child:?}");
        assert!(
            panel.boxes.iter().any(|one| on_side(&one.area, first)),
            "{case}: a line from nowhere"
        );
        for pair in line.points.windows(2) {
            let (one, other) = (pair[0], pair[1]);
            assert!(
                (one.x - other.x).abs() < 0.1 || (one.y - other.y).abs() < 0.1,
                "{case}: neither across nor down: {one:?} {other:?}"
            );
            let run = Area::new(
                one.x.min(other.x),
                one.y.min(other.y),
                (one.x - other.x).abs(),
                (one.y - other.y).abs(),
            );
            for one in &panel.boxes {
                // Also those it begins and ends at: it stops at the side.
                assert!(
                    !run.grown(0.01).meets(&one.area.grown(-0.6)),
                    "{case}, {}: {run:?} goes through {:?}",
                    panel.title,
                    one.area
                );
            }
        }
    }
}

/// Context tables are beside the client tables: what lines lead to stands in a strip of its own, at the right.
fn strips(case: &Case, panel: &Panel) {
    let bound = |one: &&TableBox| {
        let ends = |line: &Line| on_side(&one.area, line.points[0]) || line.relation.child == one.table;
        panel.lines.iter().any(ends)
    };
    let (shared, clients): (Vec<_>, Vec<_>) = panel
        .boxes
        .iter()
        .filter(bound)
        .partition(|one| one.class == Class::Context);
    for one in &clients {
        for other in &shared {
            assert!(
                one.area.right() <= other.area.x,
                "{case}, {}: {} is not beside {}",
                panel.title,
                other.name,
                one.name
            );
        }
    }
}

fn on_side(area: &Area, point: Point) -> bool {
    let near = |one: f64, other: f64| (one - other).abs() < 0.6;
    let within = area.grown(0.6).holds(&Area::new(point.x, point.y, 0.0, 0.0));
    within
        && (near(point.x, area.x)
            || near(point.x, area.right())
            || near(point.y, area.y)
            || near(point.y, area.bottom()))
}

/// No two texts meet, all are on the page, and what belongs to a table is in its box.
fn texts(case: &Case, drawn: &Map, content: &Content<'_>) {
    let picture = drawn.picture(content);
    let mut all = vec![];
    collect(&picture.items, &mut all);
    let page = Area::new(0.0, 0.0, picture.width, picture.height);
    let mut areas: Vec<_> = all.iter().map(|text| (text.area(), &text.text)).collect();
    areas.sort_by(|one, other| one.0.y.total_cmp(&other.0.y));
    for (at, (one, text)) in areas.iter().enumerate() {
        assert!(page.holds(one), "{case}: {text:?} is off the page");
        let below = areas[at + 1..].iter().take_while(|(other, _)| other.y < one.bottom());
        for (other, beside) in below {
            assert!(
                !one.grown(-0.3).meets(&other.grown(-0.3)),
                "{case}: {text:?} meets {beside:?}"
            );
        }
    }
    for panel in &drawn.panels {
        let alone: Picture = panel.picture(content);
        for item in &alone.items {
            let Item::Group(exodus_report::picture::Tag::Table(table), items) = item else {
                continue;
            };
            let mut own = vec![];
            collect(items, &mut own);
            let area = panel.boxes.iter().find(|one| one.table == *table).expect("a box").area;
            for text in own {
                assert!(
                    area.grown(0.5).holds(&text.area()),
                    "{case}: {:?} sticks out",
                    text.text
                );
            }
        }
    }
}

fn collect<'i>(items: &'i [Item], into: &mut Vec<&'i Text>) {
    for item in items {
        match item {
            Item::Text(text) if !text.text.is_empty() => into.push(text),
            Item::Group(_, items) => collect(items, into),
            _ => {}
        }
    }
}

#[test]
fn the_same_schema_gives_the_same_bytes() {
    for case in cases() {
        let draw = || {
            case.with(|content| {
                let drawn = map::arrange(content, &MapOptions::default()).expect("a map");
                svg::file(&drawn.picture(content), "map")
            })
        };
        assert!(draw() == draw(), "{case}");
    }
}

/// Text of sixty tables that is read without a glass: 4.5 points or more.
#[test]
fn sixty_tables_are_readable_on_a3() {
    wide(60).with(|content| {
        let options = MapOptions::default();
        let drawn = map::arrange(content, &options).expect("a map");
        let scale = (1191.0 / drawn.width).min(842.0 / drawn.height);
        assert!(scale * 7.0 >= 4.5, "{:.2} points", scale * 7.0);
    });
}

//! The state machine as a drawing. Where a box stands is chosen here; which arrows there are is asked of the machine.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use exodus_transfer::{Event, Status};

const WIDTH: i32 = 760;
const ROW: i32 = 68;
const TOP: i32 = 40;
const HALF: (i32, i32) = (58, 17);

/// A box's middle. The life of a move that succeeds goes down the middle; what ends it otherwise is beside it.
fn place(status: Status) -> (i32, i32) {
    let (x, row) = match status {
        Status::Planned => (380, 0),
        Status::Frozen => (380, 1),
        Status::Drained => (380, 2),
        Status::Copying => (380, 3),
        Status::Copied => (380, 4),
        Status::Verified => (380, 5),
        Status::Leaving => (110, 5),
        Status::Switched => (380, 6),
        Status::Purging => (380, 7),
        Status::Done => (380, 8),
        Status::Returning => (110, 6),
        Status::Returned => (110, 7),
        Status::Aborting => (650, 3),
        Status::Aborted => (650, 5),
    };
    (x, TOP + row * ROW)
}

/// Events that lead from many boxes to one have a lane: its place, and how far its ends are from the middles of boxes.
fn lane(event: Event) -> (i32, i32) {
    match event {
        Event::GiveUp => (484, -7),
        Event::Abort => (516, 7),
        _ => (276, 7),
    }
}

/// The drawing.
pub(crate) fn draw() -> String {
    let height = TOP + 8 * ROW + 50;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" font-family=\"sans-serif\" \
         font-size=\"12\">\n<title>The life of a move</title>\n<rect width=\"{WIDTH}\" height=\"{height}\" \
         fill=\"white\"/>\n<defs><marker id=\"end\" viewBox=\"0 0 8 8\" refX=\"8\" refY=\"4\" markerWidth=\"7\" \
         markerHeight=\"7\" orient=\"auto\"><path d=\"M0 0L8 4L0 8z\" fill=\"#555\"/></marker></defs>\n"
    );
    for ((event, to), from) in arrows() {
        match &from[..] {
            [one] => single(&mut svg, event, *one, to),
            many => bundle(&mut svg, event, many, to),
        }
    }
    for status in Status::all() {
        square(&mut svg, status);
    }
    svg.push_str("</svg>\n");
    svg
}

/// All transitions: from where each event leads to each status.
fn arrows() -> Vec<((Event, Status), Vec<Status>)> {
    let mut found: BTreeMap<(String, Status), (Event, Vec<Status>)> = BTreeMap::new();
    for event in Event::all() {
        for from in Status::all() {
            // What leads back to the same box is left to the page.
            if let Some(to) = from.after(event).filter(|_| event != Event::Reconcile) {
                let arrow = found.entry((event.to_string(), to)).or_insert((event, vec![]));
                arrow.1.push(from);
            }
        }
    }
    let arrows = found.into_iter().map(|((_, to), (event, from))| ((event, to), from));
    arrows.collect()
}

fn square(svg: &mut String, status: Status) {
    let (x, y) = place(status);
    let fill = match status {
        _ if status.is_final() => "#e8e8e8",
        Status::Switched | Status::Purging | Status::Returning => "#dcebdc",
        _ => "#dfe9f5",
    };
    let _ = writeln!(
        svg,
        "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"5\" fill=\"{fill}\" stroke=\"#333\"/>\
         <text x=\"{x}\" y=\"{}\" text-anchor=\"middle\">{status}</text>",
        x - HALF.0,
        y - HALF.1,
        2 * HALF.0,
        2 * HALF.1,
        y + 4
    );
}

fn line(svg: &mut String, event: Event, path: &str, ends: bool) {
    let end = if ends { " marker-end=\"url(#end)\"" } else { "" };
    // It crosses the other lane.
    let dashed = if event == Event::Abort {
        " stroke-dasharray=\"4 3\""
    } else {
        ""
    };
    let _ = writeln!(svg, "<path d=\"{path}\" fill=\"none\" stroke=\"#555\"{dashed}{end}/>");
}

fn label(svg: &mut String, (x, y): (i32, i32), anchor: &str, event: Event) {
    let _ = writeln!(
        svg,
        "<text x=\"{x}\" y=\"{y}\" text-anchor=\"{anchor}\" fill=\"#555\" font-style=\"italic\">{event}</text>"
    );
}

/// An arrow of its own: down, or back up beside that, or across, or, from the left column, around and across.
fn single(svg: &mut String, event: Event, from: Status, to: Status) {
    let (a, b) = (place(from), place(to));
    if a.0 == b.0 {
        let (down, x) = if a.1 < b.1 { (1, a.0 - 10) } else { (-1, a.0 + 10) };
        line(
            svg,
            event,
            &format!("M{x} {}V{}", a.1 + down * HALF.1, b.1 - down * HALF.1),
            true,
        );
        let (anchor, beside) = if down == 1 { ("end", -6) } else { ("start", 6) };
        label(svg, (x + beside, i32::midpoint(a.1, b.1) + 4), anchor, event);
    } else if a.1 != b.1 {
        // Around the boxes below it.
        let (lane, left) = (24, a.0.min(b.0) - HALF.0);
        line(
            svg,
            event,
            &format!("M{left} {}H{lane}V{}H{}", a.1, b.1, b.0 - HALF.0),
            true,
        );
        label(svg, (i32::midpoint(a.0, b.0), b.1 - 6), "middle", event);
    } else {
        // Between the other one and the lane, which joins lower.
        let (right, y) = if a.0 < b.0 { (1, a.1 + 1) } else { (-1, a.1 - 7) };
        line(
            svg,
            event,
            &format!("M{} {y}H{}", a.0 + right * HALF.0, b.0 - right * HALF.0),
            true,
        );
        let at = (i32::midpoint(a.0, b.0), if right == 1 { y + 14 } else { y - 6 });
        label(svg, at, "middle", event);
    }
}

/// Arrows that lead to one box: they join in a lane. One that comes from the same column goes straight.
fn bundle(svg: &mut String, event: Event, from: &[Status], to: Status) {
    let (end, (x, off)) = (place(to), lane(event));
    let side = |box_x: i32| if box_x < x { box_x + HALF.0 } else { box_x - HALF.0 };
    let into = end.1 - if from.contains(&to) { off } else { 0 };
    let (mut first, mut last) = (into, into);
    for &status in from {
        let (here, y) = (place(status), place(status).1 + off);
        if here.0 == end.0 && status != to && (here.0 < x) != (place(Status::Planned).0 < x) {
            line(
                svg,
                event,
                &format!("M{} {}V{}", here.0, here.1 + HALF.1, end.1 - HALF.1),
                true,
            );
            label(svg, (here.0 + 6, i32::midpoint(here.1, end.1) + 4), "start", event);
            continue;
        }
        line(svg, event, &format!("M{} {y}H{x}", side(here.0)), false);
        (first, last) = (first.min(y), last.max(y));
    }
    line(svg, event, &format!("M{x} {first}V{last}"), false);
    line(svg, event, &format!("M{x} {into}H{}", side(end.0)), true);
    let before = if side(end.0) < end.0 {
        (-10, "end")
    } else {
        (10, "start")
    };
    label(svg, (side(end.0) + before.0, into - 5), before.1, event);
}

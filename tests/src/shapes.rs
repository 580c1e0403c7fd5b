//! Schemas that are tried on every server.

/// Every form a selector can take. `+` is a relation of two columns, `*` one that is declared for some rows, `-` a table
/// without a primary key.
pub const SHAPES: [(&str, &[&str]); 19] = [
    ("chain", &["", "t0", "t1", "-t2"]),
    ("nullable chain", &["", "t0?", "t1?", "-t2"]),
    ("horse riddle", &["", "t0", "t0", "-t1?, t2?"]),
    ("nullable diamond", &["", "t0?", "t0?", "t1?, t2?", "-t3?, t1?"]),
    ("composite", &["", "t0+", "t1?+, t0?", "-t2+"]),
    ("self loop beside a path", &["", "t0, t1?", "-t1"]),
    ("self loop as closure", &["", "t0?, t1?", "-t1"]),
    ("two self loops, one composite", &["", "t0?, t1?, t1?+"]),
    ("loop of two", &["", "t0?, t2?", "t1?", "-t2"]),
    ("loop of two entered twice", &["", "t0?, t2?", "t1?, t0?", "-t1?, t2?"]),
    (
        "loop of three with self loops",
        &["", "t0?, t3?, t1?", "t1?", "t2?, t3?"],
    ),
    ("figure of eight", &["", "t0?, t2?, t3?", "t1?", "t1?", "-t2?, t3?"]),
    ("loop below a loop", &["", "t0?, t1?", "t1?, t3?", "t2?", "t3?+, t0?"]),
    ("composite loop", &["", "t0?, t2?+", "t1?+", "-t2+"]),
    ("path over a relation that waits", &["", "t0?, t2", "t0, t1"]),
    ("root in the loop", &["t2?", "t0, t2?", "t1"]),
    ("polymorphic", &["", "t0", "t0", "t1*, t2*", "-t3"]),
    (
        "polymorphic, below each other",
        &["", "t0?", "t0*, t1?*", "t2*, t2?*, t1+*", "-t3?, t1*"],
    ),
    ("polymorphic loop", &["", "t0, t2?*", "t1*, t2?*+, t0*", "-t2*"]),
];

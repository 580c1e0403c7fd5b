//! The words, as the manual has them.

use super::{Block, Grid, Line, Part, PartName};

const WORDS: [(&str, &str); 20] = [
    ("class", "What a table is to the clients: client, context or neutral."),
    (
        "client",
        "A row of the root table, and everything that it owns: a customer, an account, a tenant.",
    ),
    (
        "client table",
        "A table that holds clients' rows. They move with their client.",
    ),
    (
        "complete path",
        "A path on which every relation is NOT NULL: it reaches every row of the table that any client owns.",
    ),
    (
        "context table",
        "A table that gives clients' rows their meaning. It is the same on every shard.",
    ),
    (
        "dispatch",
        "Which client is on which shard, in which state. Switching it is the commit point of a move.",
    ),
    ("freeze", "It stops writes to one client while it is handed over."),
    (
        "hazard",
        "What in the schema, the triggers or the data would lose, duplicate or cross clients' rows: one finding of a rule.",
    ),
    ("journal", "The durable log of a move's steps."),
    ("neutral table", "A table that is neither: it leaves the shards."),
    (
        "order",
        "The length of the longest chain from the root. Parents have smaller numbers, and are copied first.",
    ),
    ("parent, child", "The referenced table, and the referencing one."),
    (
        "path",
        "The chain of relations from the root table by which a table's rows are selected.",
    ),
    (
        "purge",
        "The verified removal of the source rows: only after the same content was proved to be on the target.",
    ),
    (
        "relation",
        "One foreign key, or one that the configuration declares. Composite columns stay paired, in order.",
    ),
    ("root table", "Each of its rows is a client."),
    (
        "selector",
        "The one predicate that says which rows of a table a client owns. Copy, verification and purge all use it.",
    ),
    ("shard", "A database that holds clients."),
    ("source, target", "The two ends of a move."),
    ("tree", "All client tables with the way each is reached, in copy order."),
];

pub(super) fn part() -> Part {
    let mut part = Part::new(PartName::Glossary);
    let mut grid = Grid::new(&[("Word", 1.0), ("Meaning", 4.0)]);
    for (word, meaning) in WORDS {
        grid.row(vec![Line::new().strong(word), meaning.into()]);
    }
    part.blocks.push(Block::Grid(grid));
    part
}

#[cfg(test)]
mod tests {
    use super::WORDS;

    #[test]
    fn the_words_are_in_alphabetical_order() {
        assert!(WORDS.is_sorted());
    }
}

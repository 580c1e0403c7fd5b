//! One client's rows, what they reference, and what references them.
//!
//! What is asked about one client's references is written here, and nowhere else: an audit of one client asks it, and so
//! does a move before it begins. The client's rows are those that its selectors find. A row that they give to the client
//! and another relation to somebody else is found from both ends: from the client's rows by what they reference, and from
//! the others' rows by what of the client's they reference. So the selectors' choice of a path can hide none.

mod count;
mod one;
mod shape;
mod ties;

pub use count::{Count, count, counts};
pub use one::OneClient;
pub use shape::{Conditions, Shape, TooDeep};
pub use ties::{Tie, TieKind, TieQueries, Ties, ties};

//! References that leave a client or lead into it: what the policies make of them, by the real binary.

mod across;
mod context;
mod incoming;
mod limits;
mod named;
mod outgoing;
mod random;
mod support;

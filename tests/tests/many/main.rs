//! Many clients at once, by the real binary: each arrives whole or not at all, whatever becomes of the others.

mod crowd;
mod explained;
mod failing;
mod interrupted;
mod load;
mod moving;
mod pauses;
mod refused;

//! Made schemas.

//! exodus-classify

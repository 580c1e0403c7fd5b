//! exodus-fleet

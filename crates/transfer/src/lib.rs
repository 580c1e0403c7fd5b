//! exodus-transfer

//! MySQL and MariaDB through the real servers that EXODUS_TEST_MYSQL and EXODUS_TEST_MARIADB name.

#[path = "mysql/copying.rs"]
mod copying;
#[path = "mysql/selecting.rs"]
mod selecting;
#[path = "mysql/session.rs"]
mod session;
#[path = "mysql/speed.rs"]
mod speed;
#[path = "mysql/support.rs"]
mod support;
#[path = "mysql/types.rs"]
mod types;

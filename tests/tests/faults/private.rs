//! One server of its own for all that can't be done to one that other tests use.

use exodus_tests::database::Server;
use exodus_tests::private::Private;

use super::{full, limits, read_only, restarts};

fn all(server: Server) {
    let Some(private) = Private::start(server) else { return };
    full::on_a_server(&private, server);
    read_only::in_the_middle(&private, server);
    if server != Server::Postgres {
        limits::of_mysql(&private, server);
    }
    restarts::everywhere(&private, server);
}

#[test]
fn postgres() {
    all(Server::Postgres);
}

#[test]
fn mariadb() {
    all(Server::MariaDb);
}

#[test]
fn mysql() {
    all(Server::MySql);
}

//! Products with schemas and products without.

use exodus_tests::binary::Place;
use exodus_tests::database::{Database, Server};
use exodus_tests::dump;

const TABLES: &str = "
    CREATE TABLE clients (id INT PRIMARY KEY, name VARCHAR(40) NOT NULL);
    CREATE TABLE a_orders (id INT PRIMARY KEY, client_id INT NOT NULL, FOREIGN KEY (client_id) REFERENCES clients (id));
    CREATE TABLE z_notes (id INT PRIMARY KEY, order_id INT NOT NULL, FOREIGN KEY (order_id) REFERENCES a_orders (id));
";

fn schemas(database: &mut Database) {
    database.run(
        "CREATE SCHEMA a; CREATE SCHEMA z;
         CREATE TABLE z.clients (id INT PRIMARY KEY, name VARCHAR(40) NOT NULL);
         CREATE TABLE public.a_orders (id INT PRIMARY KEY, client_id INT NOT NULL REFERENCES z.clients);
         CREATE TABLE a.z_notes (id INT PRIMARY KEY, order_id INT NOT NULL REFERENCES public.a_orders);
         INSERT INTO z.clients VALUES (42, 'x'), (7, 'y');
         INSERT INTO public.a_orders VALUES (1, 42), (2, 7);
         INSERT INTO a.z_notes VALUES (1, 1), (2, 2)",
    );
}

/// Tables of several schemas meet in one namespace, where their order by name is another.
#[test]
fn tables_of_several_schemas_go_where_there_are_none() {
    if !Server::Postgres.is_there() {
        return;
    }
    let (mut source, mut target) = (Database::create(Server::Postgres), Database::create(Server::Sqlite));
    schemas(&mut source);
    target.run(TABLES);
    let place = Place::of("root = \"z.clients\"", &source, &target);
    place.run(&["dispatch", "init", "--enrol-from", "source"]).expect(0);
    place.run(&["move", "--client", "42", "--to", "target"]).expect(0);
    assert_eq!(target.column("SELECT order_id FROM z_notes"), ["1"]);
    place.run(&["purge", &place.last_move(), "--yes"]).expect(0);
    assert_eq!(source.column("SELECT id::text FROM a.z_notes"), ["2"]);
}

/// Two tables of one name would become one.
#[test]
fn tables_of_one_name_are_refused() {
    if !Server::Postgres.is_there() {
        return;
    }
    let (mut source, mut target) = (Database::create(Server::Postgres), Database::create(Server::Sqlite));
    schemas(&mut source);
    source.run("CREATE TABLE a.a_orders (id INT PRIMARY KEY, client_id INT NOT NULL REFERENCES z.clients)");
    target.run(TABLES);
    let place = Place::of("root = \"z.clients\"", &source, &target);
    place.run(&["dispatch", "init", "--enrol-from", "source"]).expect(0);
    let before = (dump::all(&mut source), dump::all(&mut target));
    let output = place.run(&["move", "--client", "42", "--to", "target"]).expect(3);
    assert!(output.text().contains("more than one table"), "{}", output.text());
    assert_eq!((dump::all(&mut source), dump::all(&mut target)), before);
}

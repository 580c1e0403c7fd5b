//! Which table a column is called after.

use super::{found, guesses, likely, not_found};

#[test]
fn a_column_is_named_after_a_table_in_many_ways() {
    for column in [
        "client_id",
        "clientId",
        "ClientID",
        "client_fk",
        "fk_client",
        "fk_client_id",
        "id_client",
        "clientid",
        "client_uuid",
        "client_ref",
        "CLIENT_ID",
        "old_client_id",
        "paying_client_id",
        "created_by_client_id",
    ] {
        found("clients: *+id", column, &format!("{column} → clients(id)"));
        found("Client: *+id", column, &format!("{column} → Client(id)"));
        found("tbl_client: *+id", column, &format!("{column} → tbl_client(id)"));
    }
}

#[test]
fn plurals_of_every_kind() {
    for (parent, column) in [
        ("companies", "company_id"),
        ("addresses", "billing_address_id"),
        ("children", "child_id"),
        ("people", "person_id"),
        ("media", "media_id"),
        ("media", "medium_id"),
        ("statuses", "status_id"),
        ("menus", "menu_id"),
        ("order_items", "order_item_id"),
        ("orders_items", "order_item_id"),
        ("kunden", "kunde_id"),
        ("ciudades", "ciudad_id"),
        ("news", "news_id"),
        ("clients", "clients_id"),
    ] {
        found(&format!("{parent}: *+id"), column, &format!("{column} → {parent}(id)"));
    }
}

#[test]
fn keys_that_are_called_like_their_table() {
    found(
        "customer: *+customer_id",
        "customer_id",
        "customer_id → customer(customer_id)",
    );
    found(
        "customer: *+customer_id",
        "store_customer_id",
        "store_customer_id → customer(customer_id)",
    );
    found(
        "hs_hr_employee: *emp_number",
        "emp_number",
        "emp_number → hs_hr_employee(emp_number)",
    );
    found("dept: *deptno", "deptno", "deptno → dept(deptno)");
    // The table that a key is at home in is not a child of those that borrow it.
    let lines = ["films: *film_id", "film_texts: *film_id, title text"];
    assert_eq!(likely(&lines, "film_texts"), ["film_id → films(film_id)"]);
    assert!(guesses(&lines, "films").is_empty());
}

#[test]
fn words_that_many_tables_begin_with_may_be_left_out() {
    let lines = [
        "app_users: *+id",
        "app_roles: *+id",
        "app_logins: *+id, user_id",
        "app_groups: *+id",
        "hr_offices: *+id",
        "hr_desks: *+id",
        "hr_chairs: *+id, role_id, office_id",
    ];
    assert_eq!(likely(&lines, "app_logins"), ["user_id → app_users(id)"]);
    assert_eq!(
        likely(&lines, "hr_chairs"),
        ["office_id → hr_offices(id)", "role_id → app_roles(id)"]
    );
    // One table that ends so is not enough.
    not_found("leave_status: *+id", "state_id");
    not_found("weather_stations: *+id", "station_id");
}

#[test]
fn natural_keys_need_such_a_column() {
    found(
        "countries: *code char(2)",
        "country_code char(2)",
        "country_code → countries(code)",
    );
    found("workers: *name text", "worker_name text", "worker_name → workers(name)");
    not_found("countries: *+id, name text", "country_code char(2)");
    not_found("users: *+id, !name text", "user_name text");
    not_found("users: *username varchar(80)", "username varchar(80)");
    not_found("users: *username varchar(80)", "user_id varchar(80)");
}

#[test]
fn bare_names_count_only_where_nothing_else_is_likely() {
    found("clients: *id uuid", "client uuid", "client → clients(id)");
    found("cities: *+id", "city bigint", "city → cities(id)");
    not_found("cities: *+id", "city text");
    for column in [
        "order integer",
        "status smallint",
        "version integer",
        "position integer",
        "credits integer",
    ] {
        not_found("orders: *+id integer", column);
        not_found("statuses: *+id smallint", column);
        not_found("credits: *+id integer", column);
    }
}

#[test]
fn types_must_fit() {
    not_found("clients: *+id", "client_id varchar(20)");
    not_found("clients: *id uuid", "client_id bigint");
    not_found("clients: *id uuid", "client_id text");
    not_found("clients: *+id", "client_id timestamp");
    not_found("clients: *+id", "client_id boolean");
    found("clients: *+id integer", "client_id bigint", "client_id → clients(id)");
    let wide = guesses(&["clients: *+id", "t: *+id, client_id"], "t")[0].1;
    let narrow = guesses(&["clients: *+id", "t: *+id, client_id integer"], "t")[0].1;
    assert!(wide > narrow, "{wide} {narrow}");
}

#[test]
fn rows_of_the_same_table() {
    for column in [
        "parent_id",
        "parentId",
        "parent_t_id",
        "t_parent_id",
        "previous_id",
        "reports_to",
    ] {
        let child = format!("t: *+id, {column}");
        assert_eq!(likely(&[&child], "t"), [format!("{column} → t(id)")], "{column}");
    }
    assert_eq!(
        likely(&["employees: *+id, manager_id"], "employees"),
        ["manager_id → employees(id)"]
    );
    assert!(
        likely(
            &["clients: *+client_id, client_uuid uuid, client_no varchar(9)"],
            "clients"
        )
        .is_empty()
    );
    // A group is no row of the table that joins users and groups.
    assert!(likely(&["users: *+id", "user_groups: *user_id, *group_id"], "user_groups") == ["user_id → users(id)"]);
}

use super::*;
use crate::fixture::{Fixture, id};
use exodus_schema::Schema;

fn rental() -> Schema {
    Fixture::new()
        .relation("rentals.client_id clients")
        .relation("rentals.car_id cars")
        .relation("tracks.rental_id rentals")
        .relation("clients.city_id cities")
        .relation("cities.country_id countries")
        .relation("blacklist.system_id systems")
        .build()
}

fn run(schema: &Schema, overrides: &[(&str, Class)]) -> Result<Classification, ClassifyError> {
    let graph = Graph::new(schema);
    let over = |class| Override {
        class,
        reason: "because".to_owned(),
    };
    let overrides = overrides
        .iter()
        .map(|&(table, class)| (id(&graph, table), over(class)))
        .collect();
    classify(&graph, id(&graph, "clients"), &Cuts::default(), &overrides)
}

fn names(schema: &Schema, found: &Classification, class: Class) -> Vec<String> {
    found
        .of_class(class)
        .iter()
        .map(|table| schema.tables[table.table.0].name.to_string())
        .collect()
}

#[test]
fn the_car_rental_falls_into_its_classes() {
    let schema = rental();
    let found = run(&schema, &[]).unwrap();
    assert_eq!(names(&schema, &found, Class::Client), ["clients", "rentals", "tracks"]);
    assert_eq!(names(&schema, &found, Class::Context), ["cars", "cities", "countries"]);
    assert_eq!(names(&schema, &found, Class::Neutral), ["blacklist", "systems"]);
}

#[test]
fn evidence_is_the_chain() {
    let schema = rental();
    let graph = Graph::new(&schema);
    let found = run(&schema, &[]).unwrap();
    let chain = |table: &str| match &found.tables[id(&graph, table).0].evidence {
        Evidence::Chain(chain) | Evidence::Referenced(chain) => {
            chain.iter().map(|&r| graph.describe(r)).collect::<Vec<_>>()
        }
        other => panic!("{other:?}"),
    };
    assert_eq!(
        chain("tracks"),
        ["rentals(client_id) → clients(id)", "tracks(rental_id) → rentals(id)"]
    );
    assert_eq!(
        chain("countries"),
        ["clients(city_id) → cities(id)", "cities(country_id) → countries(id)"]
    );
}

#[test]
fn an_override_cuts_and_says_what_it_cut() {
    let schema = rental();
    let graph = Graph::new(&schema);
    let found = run(&schema, &[("rentals", Class::Neutral)]).unwrap();
    assert_eq!(names(&schema, &found, Class::Client), ["clients"]);
    assert_eq!(
        names(&schema, &found, Class::Neutral),
        ["blacklist", "cars", "rentals", "systems", "tracks"]
    );
    match &found.tables[id(&graph, "rentals").0].evidence {
        Evidence::Override { instead_of, .. } => assert_eq!(instead_of.len(), 1),
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_override_to_context_passes_the_class_on() {
    let schema = rental();
    let found = run(&schema, &[("rentals", Class::Context)]).unwrap();
    assert_eq!(
        names(&schema, &found, Class::Context),
        ["cars", "cities", "countries", "rentals"]
    );
    assert_eq!(
        names(&schema, &found, Class::Neutral),
        ["blacklist", "systems", "tracks"]
    );
}

#[test]
fn an_override_to_client_needs_a_relation() {
    let schema = Fixture::new()
        .relation("rentals.client_id clients")
        .relation("notes.client_id other")
        .build();
    let error = run(&schema, &[("notes", Class::Client)]).unwrap_err();
    assert!(
        error
            .help()
            .ends_with("[[declare]] child = 'notes', columns = ['client_id'], parent = 'clients', reason = '…'"),
        "{}",
        error.help()
    );
    assert!(run(&schema, &[("rentals", Class::Client)]).is_ok());
    assert!(matches!(
        run(&schema, &[("clients", Class::Neutral)]),
        Err(ClassifyError::RootOverridden { .. })
    ));
}

#[test]
fn a_cut_relation_gives_no_class() {
    let schema = rental();
    let graph = Graph::new(&schema);
    let cut = graph
        .parents(id(&graph, "rentals"))
        .find(|edge| edge.parent == id(&graph, "cars"))
        .unwrap()
        .id;
    let cuts = Cuts {
        relations: [cut].into(),
        ..Cuts::default()
    };
    let found = classify(&graph, id(&graph, "clients"), &cuts, &BTreeMap::new()).unwrap();
    assert_eq!(found.class_of(id(&graph, "cars")), Class::Neutral);
}

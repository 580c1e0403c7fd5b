//! The rows of the car rental: the same in every run.

use super::cell::{Cell, Rows};
use super::random::Random;
use super::words::{CARS, CITIES, COUNTRIES, FIRST, LAST};

/// The client who moves.
pub(super) const BIG_CLIENT: i64 = 42;
const CLIENTS: i64 = 100;
const FLEET: i64 = 120;
const BIG_CLIENT_RENTALS: i64 = 125;
const BIG_CLIENT_POINTS: i64 = 160;

const MINUTE: i64 = 60;
const DAY: i64 = 24 * 60 * MINUTE;
/// 2024-01-01, when the first client came.
const OPENING: i64 = 1_704_067_200;

/// All rows of the monolith.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct CarRental {
    /// What every shard has too, parents first.
    pub(super) context: Vec<Rows>,
    /// The clients and what they own, parents first: clients, rentals, tracks.
    pub(super) clients: [Rows; 3],
    /// The rest, parents first.
    pub(super) neutral: Vec<Rows>,
}

/// Makes them.
pub(super) fn car_rental() -> CarRental {
    let mut random = Random::new(42);
    let (cars, rates) = cars(&mut random);
    let clients = clients(&mut random);
    let mut rentals: Vec<_> = (1..=CLIENTS)
        .flat_map(|client| rentals_of(client, &rates, &mut random))
        .collect();
    // Ids are given in the order of time, as an application would: a client's rows lie among everybody else's.
    rentals.sort_by_key(|rental| (rental.start, rental.client));
    CarRental {
        context: vec![countries(), cities(), cars],
        clients: [clients, rental_rows(&rentals), track_rows(&rentals, &mut random)],
        neutral: neutral(&mut random),
    }
}

fn countries() -> Rows {
    let rows = (1..)
        .zip(COUNTRIES)
        .map(|(id, (code, name))| vec![Cell::Integer(id), Cell::text(*code), Cell::text(*name)]);
    Rows {
        table: "countries",
        columns: &["id", "code", "name"],
        values: rows.collect(),
    }
}

fn cities() -> Rows {
    let country = |code| {
        COUNTRIES
            .iter()
            .zip(1..)
            .find(|((known, _), _)| *known == code)
            .map_or(0, |(_, id)| id)
    };
    let row = |(id, &(code, name, latitude, longitude)): (i64, &(_, &str, _, _))| {
        vec![
            Cell::Integer(id),
            Cell::Integer(country(code)),
            Cell::text(name),
            Cell::angle(latitude),
            Cell::angle(longitude),
        ]
    };
    Rows {
        table: "cities",
        columns: &["id", "country_id", "name", "latitude", "longitude"],
        values: (1..).zip(CITIES).map(row).collect(),
    }
}

/// The cars, and what a day with each of them costs.
fn cars(random: &mut Random) -> (Rows, Vec<i64>) {
    let mut rates = vec![];
    let mut car = |id| {
        let (brand, model, rate) = *random.pick(CARS);
        rates.push(rate);
        // The number at the end makes it unique.
        let vin = format!("{}{id:06}", random.text(b"0123456789ABCDEFGHJKLMNPRSTUVWXYZ", 11));
        let bought = OPENING - random.between(0, 900) * DAY;
        vec![
            Cell::Integer(id),
            Cell::text(vin),
            Cell::text(brand),
            Cell::text(model),
            Cell::cents(rate),
            Cell::Day(bought),
        ]
    };
    let rows = (1..=FLEET).map(&mut car).collect();
    let columns = &["id", "vin", "brand", "model", "daily_rate", "bought_on"];
    (
        Rows {
            table: "cars",
            columns,
            values: rows,
        },
        rates,
    )
}

fn clients(random: &mut Random) -> Rows {
    Rows {
        table: "clients",
        columns: &[
            "id",
            "city_id",
            "email",
            "full_name",
            "phone",
            "born_on",
            "credit_limit",
            "preferences",
            "created_at",
        ],
        values: (1..=CLIENTS).map(|id| client(id, random)).collect(),
    }
}

fn client(id: i64, random: &mut Random) -> Vec<Cell> {
    let (first, last) = (*random.pick(FIRST), *random.pick(LAST));
    let phone = format!("+{} {}", random.between(30, 49), random.text(b"0123456789", 9));
    let units = random.pick(&["km", "miles"]);
    vec![
        Cell::Integer(id),
        city(random),
        Cell::text(format!("{}.{}.{id}@example.com", ascii(first), ascii(last))),
        Cell::text(format!("{first} {last}")),
        if random.percent(80) {
            Cell::text(phone)
        } else {
            Cell::Null
        },
        Cell::Day(OPENING - random.between(21 * 365, 75 * 365) * DAY),
        Cell::cents(random.between(2, 40) * 25_000),
        Cell::text(format!(
            r#"{{"units": "{units}", "newsletter": {}}}"#,
            random.percent(30)
        )),
        Cell::Time(OPENING + random.between(0, 30 * DAY)),
    ]
}

fn ascii(name: &str) -> String {
    name.chars()
        .filter(char::is_ascii_alphabetic)
        .map(|letter| letter.to_ascii_lowercase())
        .collect()
}

fn city(random: &mut Random) -> Cell {
    Cell::Integer(city_id(random))
}

fn city_id(random: &mut Random) -> i64 {
    random.between(1, i64::try_from(CITIES.len()).unwrap_or(1))
}

struct Rental {
    client: i64,
    car: i64,
    from: i64,
    to: i64,
    start: i64,
    days: i64,
    rate: i64,
    fees: i64,
    /// The car is still out.
    open: bool,
    /// How often its place was recorded.
    points: i64,
}

/// A client's rentals, one after the other.
fn rentals_of(client: i64, rates: &[i64], random: &mut Random) -> Vec<Rental> {
    let big = client == BIG_CLIENT;
    let number = if big { BIG_CLIENT_RENTALS } else { random.between(2, 14) };
    let open = big || random.percent(10);
    let mut free = OPENING + 30 * DAY;
    let mut rental = |at| {
        let start = free + random.between(0, if big { 2 } else { 60 } * DAY);
        let (car, days) = (random.between(1, FLEET), random.between(1, 6));
        free = start + days * DAY;
        let rate = usize::try_from(car - 1)
            .ok()
            .and_then(|car| rates.get(car))
            .copied()
            .unwrap_or_default();
        let from = city_id(random);
        Rental {
            client,
            car,
            from,
            to: if random.percent(60) { from } else { city_id(random) },
            start,
            days,
            rate,
            fees: if random.percent(25) {
                random.between(5, 90) * 100
            } else {
                0
            },
            open: open && at == number,
            points: if big { BIG_CLIENT_POINTS } else { random.between(8, 30) },
        }
    };
    (1..=number).map(&mut rental).collect()
}

fn rental_rows(rentals: &[Rental]) -> Rows {
    let row = |(id, rental): (i64, &Rental)| {
        let known_later = |cell| if rental.open { Cell::Null } else { cell };
        vec![
            Cell::Integer(id),
            Cell::Integer(rental.client),
            Cell::Integer(rental.car),
            Cell::Integer(rental.from),
            known_later(Cell::Integer(rental.to)),
            Cell::Time(rental.start),
            known_later(Cell::Time(rental.start + rental.days * DAY)),
            Cell::cents(rental.days * rental.rate),
            Cell::cents(rental.fees),
        ]
    };
    Rows {
        table: "rentals",
        columns: &[
            "id",
            "client_id",
            "car_id",
            "start_city_id",
            "end_city_id",
            "started_at",
            "ended_at",
            "cost",
            "fees",
        ],
        values: (1..).zip(rentals).map(row).collect(),
    }
}

fn track_rows(rentals: &[Rental], random: &mut Random) -> Rows {
    let mut rows = vec![];
    for (rental_id, rental) in (1..).zip(rentals) {
        let mut time = rental.start;
        for at in 0..rental.points {
            time += random.between(MINUTE, 5 * MINUTE);
            let (latitude, longitude) = place(rental, at, random);
            let speed = if random.percent(95) {
                Cell::Integer(random.between(0, 130))
            } else {
                Cell::Null
            };
            let id = i64::try_from(rows.len()).unwrap_or(0) + 1;
            rows.push(vec![
                Cell::Integer(id),
                Cell::Integer(rental_id),
                Cell::Time(time),
                latitude,
                longitude,
                speed,
            ]);
        }
    }
    let columns = &["id", "rental_id", "recorded_at", "latitude", "longitude", "speed"];
    Rows {
        table: "tracks",
        columns,
        values: rows,
    }
}

/// So far on the way from one city to the other, with a few bends.
fn place(rental: &Rental, at: i64, random: &mut Random) -> (Cell, Cell) {
    let coordinates = |id: i64| {
        let city = usize::try_from(id - 1).ok().and_then(|at| CITIES.get(at));
        city.map_or((0, 0), |&(_, _, latitude, longitude)| (latitude, longitude))
    };
    let (from, to) = (coordinates(rental.from), coordinates(rental.to));
    let mut on_the_way = |from: i64, to: i64| from + (to - from) * at / rental.points + random.between(-900, 900);
    (
        Cell::angle(on_the_way(from.0, to.0)),
        Cell::angle(on_the_way(from.1, to.1)),
    )
}

fn neutral(random: &mut Random) -> Vec<Rows> {
    let systems = (1..).zip(["CardShield", "Sentinel", "TrueDriver"]);
    let systems = systems
        .map(|(id, name)| vec![Cell::Integer(id), Cell::text(name)])
        .collect();
    let mut card = |_| {
        let digest = random.text(b"0123456789abcdef", 64);
        vec![
            Cell::Integer(random.between(1, 3)),
            Cell::text(digest),
            Cell::Day(OPENING + random.between(0, 600) * DAY),
        ]
    };
    let cards = (0..250).map(&mut card).collect();
    vec![
        Rows {
            table: "anti_fraud_systems",
            columns: &["id", "name"],
            values: systems,
        },
        Rows {
            table: "blacklisted_credit_cards",
            columns: &["anti_fraud_system_id", "number_sha256", "reported_on"],
            values: cards,
        },
    ]
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn column(rows: &Rows, name: &str) -> usize {
        rows.columns.iter().position(|column| *column == name).unwrap()
    }

    fn integer(cell: &Cell) -> i64 {
        let Cell::Integer(number) = cell else {
            panic!("{cell:?} is no whole number")
        };
        *number
    }

    #[test]
    fn client_42_is_the_large_one_and_lies_among_the_others() {
        let data = car_rental();
        let [clients, rentals, tracks] = &data.clients;
        assert_eq!(clients.values.len(), 100);
        let owners: Vec<_> = rentals
            .values
            .iter()
            .map(|row| integer(&row[column(rentals, "client_id")]))
            .collect();
        let mut points = BTreeMap::<_, usize>::new();
        for track in &tracks.values {
            let rental = usize::try_from(integer(&track[column(tracks, "rental_id")]) - 1).unwrap();
            *points.entry(owners[rental]).or_default() += 1;
        }
        assert_eq!(points.remove(&BIG_CLIENT), Some(20_000));
        assert!(points.len() == 99 && points.values().all(|&number| number < 1_000));
        // Not one block of ids: a copy of a range would not do.
        let first = owners.iter().position(|&owner| owner == BIG_CLIENT).unwrap();
        assert!(owners[first..first + 125].iter().any(|&owner| owner != BIG_CLIENT));
    }

    #[test]
    fn every_run_makes_the_same_rows() {
        assert_eq!(car_rental(), car_rental());
    }
}

//! What the demo's people, places and cars are called.

/// Code and name.
pub(super) const COUNTRIES: &[(&str, &str)] = &[
    ("AT", "Austria"),
    ("CZ", "Czechia"),
    ("DE", "Germany"),
    ("ES", "Spain"),
    ("FR", "France"),
    ("IT", "Italy"),
    ("NL", "Netherlands"),
    ("PL", "Poland"),
    ("PT", "Portugal"),
    ("SE", "Sweden"),
];

/// Code of the country, name, latitude and longitude in hundred-thousandths of a degree.
pub(super) const CITIES: &[(&str, &str, i64, i64)] = &[
    ("AT", "Graz", 4_707_068, 1_543_950),
    ("AT", "Wien", 4_820_849, 1_637_208),
    ("CZ", "Brno", 4_919_522, 1_660_796),
    ("CZ", "Praha", 5_008_804, 1_442_076),
    ("DE", "Berlin", 5_252_437, 1_341_053),
    ("DE", "Hamburg", 5_355_073, 999_302),
    ("DE", "Köln", 5_093_333, 695_000),
    ("DE", "München", 4_813_743, 1_157_549),
    ("ES", "Bilbao", 4_326_271, -292_528),
    ("ES", "Sevilla", 3_738_283, -597_317),
    ("ES", "València", 3_946_975, -37_739),
    ("FR", "Bordeaux", 4_484_044, -58_050),
    ("FR", "Lyon", 4_574_846, 484_671),
    ("FR", "Nantes", 4_721_725, -155_336),
    ("FR", "Paris", 4_885_341, 234_880),
    ("IT", "Bologna", 4_449_381, 1_133_875),
    ("IT", "Milano", 4_546_427, 918_951),
    ("IT", "Napoli", 4_085_216, 1_426_811),
    ("IT", "Torino", 4_507_049, 768_682),
    ("NL", "Rotterdam", 5_192_250, 447_917),
    ("NL", "Utrecht", 5_209_083, 512_222),
    ("PL", "Gdańsk", 5_435_205, 1_864_637),
    ("PL", "Kraków", 5_006_143, 1_993_658),
    ("PL", "Łódź", 5_177_058, 1_947_395),
    ("PL", "Warszawa", 5_222_977, 2_101_178),
    ("PT", "Lisboa", 3_871_667, -913_333),
    ("PT", "Porto", 4_114_961, -861_099),
    ("SE", "Göteborg", 5_770_716, 1_196_679),
    ("SE", "Malmö", 5_560_587, 1_300_073),
    ("SE", "Stockholm", 5_932_938, 1_806_871),
];

/// Brand, model, and what a day costs, in cents. The brands are made up.
pub(super) const CARS: &[(&str, &str, i64)] = &[
    ("Alba", "Brisa", 2_900),
    ("Alba", "Duna", 3_450),
    ("Corvo", "Kombi", 5_900),
    ("Corvo", "Uno-e", 4_150),
    ("Fjord", "14", 3_990),
    ("Fjord", "90 Estate", 6_490),
    ("Lumen", "City", 2_750),
    ("Lumen", "Van L3", 7_990),
    ("Ostrava", "Fabula", 3_190),
    ("Ostrava", "Superlativ", 5_290),
    ("Volta", "One", 4_490),
    ("Volta", "Tourer", 6_990),
];

/// First names.
pub(super) const FIRST: &[&str] = &[
    "Ada", "Bruno", "Clara", "Diego", "Elif", "Fatima", "Greta", "Hugo", "Ines", "Jakub", "Karla", "Luca", "Maja",
    "Noor", "Oskar", "Paula", "Quentin", "Rosa", "Samir", "Tereza", "Ulrik", "Vera", "Wanda", "Ximena", "Yusuf", "Zoë",
];

/// Last names.
pub(super) const LAST: &[&str] = &[
    "Almeida",
    "Berg",
    "Conti",
    "Dvořák",
    "Eriksson",
    "Ferrer",
    "Gruber",
    "Haddad",
    "Ivanova",
    "Jansen",
    "Kowalski",
    "Lefèvre",
    "Müller",
    "Nowak",
    "O'Brien",
    "Pereira",
    "Quist",
    "Rossi",
    "Santos",
    "Thibault",
    "Urban",
    "Visser",
    "Weiss",
    "Yilmaz",
    "Zieliński",
];

//! Values at random, most of them near the edge of something.

use exodus_engine::value::{Date, DateTime, Day, Form, Time, Value};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;

/// So many values of a form: the same ones in every run.
pub(crate) fn values(form: Form, number: usize) -> Vec<Value<'static>> {
    let mut runner = TestRunner::deterministic();
    let strategy = of(form);
    (0..number)
        .map(|_| strategy.new_tree(&mut runner).expect("a value").current())
        .collect()
}

fn of(form: Form) -> BoxedStrategy<Value<'static>> {
    match form {
        Form::Any => prop_oneof![of(Form::Integer), of(Form::Float), of(Form::Text), of(Form::Bytes)].boxed(),
        Form::Boolean => any::<bool>().prop_map(Value::Boolean).boxed(),
        Form::Integer => integers().prop_map(Value::Integer).boxed(),
        Form::Float => floats().prop_map(Value::Float).boxed(),
        #[expect(clippy::cast_possible_truncation, reason = "any will do")]
        Form::Float32 => prop_oneof![any::<f32>(), floats().prop_map(|number| number as f32)]
            .prop_map(Value::Float32)
            .boxed(),
        Form::Decimal => decimals().prop_map(|digits| Value::Decimal(digits.into())).boxed(),
        Form::Text => texts().prop_map(|text| Value::Text(text.into())).boxed(),
        Form::Bytes => vec(any::<u8>(), 0..6)
            .prop_map(|bytes| Value::Bytes(bytes.into()))
            .boxed(),
        Form::Date => dates().prop_map(Value::Date).boxed(),
        Form::Time => times().prop_map(Value::Time).boxed(),
        Form::DateTime | Form::Timestamp => (dates(), clock())
            .prop_map(|(date, time)| {
                let time = if matches!(date, Date::Day(_)) {
                    time
                } else {
                    Time { microseconds: 0 }
                };
                Value::DateTime(DateTime { date, time })
            })
            .boxed(),
        Form::Uuid => any::<[u8; 16]>().prop_map(Value::Uuid).boxed(),
        Form::Json => documents().prop_map(|text| Value::Json(text.into())).boxed(),
        Form::Bits => "[01]{0,9}".prop_map(|bits| Value::Bits(bits.into())).boxed(),
        Form::Geometry => (any::<f64>(), any::<f64>(), prop_oneof![Just(0_u32), Just(4326)])
            .prop_map(|(x, y, srid)| Value::Geometry(point(x, y, srid).into()))
            .boxed(),
    }
}

fn integers() -> BoxedStrategy<i128> {
    let edges: Vec<i128> = [7, 8, 15, 16, 23, 24, 31, 32, 53, 63, 64]
        .iter()
        .map(|bits| 1 << bits)
        .collect();
    let near = (proptest::sample::select(edges), -2_i128..=2, any::<bool>());
    prop_oneof![
        near.prop_map(|(edge, off, negative)| if negative { off - edge } else { edge + off }),
        -10_i128..10,
        1899_i128..2160,
    ]
    .boxed()
}

fn floats() -> BoxedStrategy<f64> {
    let odd = [
        0.0,
        -0.0,
        f64::NAN,
        f64::INFINITY,
        f64::NEG_INFINITY,
        5e-324,
        f64::MAX,
        f64::MIN_POSITIVE,
        1.5,
        9_007_199_254_740_993.0,
    ];
    prop_oneof![
        proptest::sample::select(odd.to_vec()),
        any::<f64>(),
        any::<f32>().prop_map(f64::from),
        (-99_999_i32..99_999).prop_map(|cents| f64::from(cents) / 100.0),
    ]
    .boxed()
}

fn decimals() -> BoxedStrategy<String> {
    prop_oneof![
        Just("NaN".to_owned()),
        Just("Infinity".to_owned()),
        Just("-Infinity".to_owned()),
        "-?[1-9][0-9]{0,4}(\\.[0-9]{1,3})?",
        "-?[1-9][0-9]{0,40}(\\.[0-9]{1,36})?",
        "0\\.[0-9]{0,5}[1-9]",
        "[1-9][0-9]{0,3}000",
        Just("0".to_owned()),
        Just("0.00".to_owned()),
    ]
    .boxed()
}

fn texts() -> BoxedStrategy<String> {
    let odd = [
        "", " ", "a ", " a", "\\N", "\\", "\t\n\r", "\0", "a\0b", "NULL", "1", "-0", "1.50", "sad", "a", "b", "x,y",
        "y,x", "x", "[1]", "{}",
    ];
    let characters = [
        'a', 'B', ' ', 'é', '€', 'Ж', 'ソ', '中', '😀', '\'', '"', '\\', '\t', '\u{81}', '\u{a0}', '0',
    ];
    prop_oneof![
        proptest::sample::select(odd.to_vec()).prop_map(str::to_owned),
        vec(proptest::sample::select(characters.to_vec()), 0..7).prop_map(|all| all.into_iter().collect()),
        vec(any::<char>(), 0..5).prop_map(|all| all.into_iter().collect()),
        (200_usize..300).prop_map(|length| "é".repeat(length)),
    ]
    .boxed()
}

fn dates() -> BoxedStrategy<Date> {
    let years = prop_oneof![
        Just(0),
        Just(-4713),
        Just(-4714),
        Just(5_874_897),
        Just(5_874_898),
        Just(294_276),
        Just(294_277),
        1968_i32..2041,
        9998_i32..10_001,
        -5_i32..5
    ];
    let day = (years, 0_u8..=12, 0_u8..=31).prop_map(|(year, month, day)| Date::Day(Day { year, month, day }));
    let edge = (1969_i32..2040).prop_map(|year| {
        let month = 1;
        Date::Day(Day { year, month, day: 19 })
    });
    prop_oneof![8 => day, 2 => edge, 1 => Just(Date::Past), 1 => Just(Date::Future)].boxed()
}

const HOUR: i64 = 3_600_000_000;

fn clock() -> BoxedStrategy<Time> {
    let micros = prop_oneof![
        0_i64..24 * HOUR,
        (0_i64..86_400).prop_map(|seconds| seconds * 1_000_000),
        Just(1_000_000),
        Just((3 * 3600 + 14 * 60 + 7) * 1_000_000),
        Just((3 * 3600 + 14 * 60 + 8) * 1_000_000),
        (0_i64..86_400_000).prop_map(|millis| millis * 1000),
    ];
    micros.prop_map(|microseconds| Time { microseconds }).boxed()
}

fn times() -> BoxedStrategy<Time> {
    let edges = [
        0,
        24 * HOUR,
        24 * HOUR + 1,
        -1,
        839 * HOUR - 1_000_000,
        839 * HOUR - 1,
        839 * HOUR,
        -839 * HOUR,
    ];
    let odd = proptest::sample::select(edges.to_vec()).prop_map(|microseconds| Time { microseconds });
    prop_oneof![clock(), odd].boxed()
}

fn documents() -> BoxedStrategy<String> {
    let numbers = [
        "0",
        "-0",
        "1.50",
        "1.5",
        "-1e5",
        "1e400",
        "12345678901234567890",
        "123456789012345678901",
        "0.1",
        "1e-7",
        "18446744073709551615",
        "1.0",
    ];
    let leaf = prop_oneof![
        proptest::sample::select(numbers.to_vec()).prop_map(str::to_owned),
        proptest::sample::select(vec![
            "null",
            "true",
            "\"\"",
            "\"é😀\"",
            "\"\\u0000\"",
            "\"\\u00e9\"",
            "\"\\n\\\"\""
        ])
        .prop_map(str::to_owned),
        any::<f64>()
            .prop_filter("JSON has none", |number| number.is_finite())
            .prop_map(|number| format!("{number:?}")),
    ];
    let key = proptest::sample::select(vec!["\"a\"", "\"bb\"", "\"\"", "\"é\""]);
    leaf.prop_recursive(3, 8, 3, move |inner| {
        prop_oneof![
            vec(inner.clone(), 0..3).prop_map(|items| format!("[{}]", items.join(", "))),
            vec((key.clone(), inner), 0..3).prop_map(|members| {
                let members: Vec<_> = members.iter().map(|(key, value)| format!("{key}: {value}")).collect();
                format!("{{{}}}", members.join(", "))
            }),
        ]
    })
    .boxed()
}

fn point(x: f64, y: f64, srid: u32) -> Vec<u8> {
    let kind: u32 = if srid == 0 { 1 } else { 0x2000_0001 };
    let mut out = vec![1];
    out.extend_from_slice(&kind.to_le_bytes());
    if srid != 0 {
        out.extend_from_slice(&srid.to_le_bytes());
    }
    let finite = |number: f64| if number.is_finite() { number % 80.0 } else { 0.0 };
    out.extend_from_slice(&finite(x).to_le_bytes());
    out.extend_from_slice(&finite(y).to_le_bytes());
    out
}

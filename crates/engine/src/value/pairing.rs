//! Which source columns can be copied into which target columns: the one table that decides.

use std::sync::Arc;

use exodus_schema::Engine;

use super::domain::{Domain, Json, Text};
use super::limits::Charset;
use super::repertoire::Repertoire;
use super::{Codec, End, Form, Misfit, Refusal, Value, fit_json};

/// A column of the source and the column of the target that its values go to.
#[derive(Clone, Debug)]
pub struct Pairing {
    source: Codec,
    target: Codec,
    lossy: Option<&'static str>,
    needs_check: bool,
}

impl Pairing {
    /// The form in which both ends' values are compared.
    pub fn form(&self) -> Form {
        self.source.form
    }

    /// What gets lost, where something does even if every value fits: such a pair is for those who say so.
    pub fn lossy(&self) -> Option<&'static str> {
        self.lossy
    }

    /// Single values may not fit, so that they have to be looked at before anything is copied ([`misfits`](super::misfits)).
    pub fn needs_check(&self) -> bool {
        self.needs_check
    }

    /// Whether the target's column takes a value, and shows it as it is.
    pub fn check(&self, value: &Value<'_>) -> Result<(), Misfit> {
        if let Value::Json(text) = value {
            fit_json::comparable(text)?;
        }
        self.target.check(value)
    }

    /// The target's character set, where only its server knows which characters it has.
    pub(super) fn unknown_charset(&self) -> Option<&str> {
        let unknown = |text: &Text| text.charset == Charset::Ascii { known: false };
        match &self.target.domain {
            Domain::Text(text) if unknown(text) => self.target.charset.as_deref(),
            _ => None,
        }
    }

    pub(super) fn learn(&mut self, repertoire: Arc<Repertoire>) {
        self.target.repertoire = Some(repertoire);
    }

    /// How the source's fields are read.
    pub fn source(&self) -> &Codec {
        &self.source
    }

    /// How the target's fields are written, and read.
    pub fn target(&self) -> &Codec {
        &self.target
    }
}

/// How values get from one column into the other, or why they can't.
pub fn pairing(from: &End<'_>, to: &End<'_>) -> Result<Pairing, Refusal> {
    let (here, there) = (Domain::of(from)?, Domain::of(to)?);
    let Some((form, lossy)) = form(&here, &there) else {
        return Err(Refusal::new(
            format!(
                "{} of {} can't become {} of {}",
                shown(from),
                from.engine,
                shown(to),
                to.engine
            ),
            match super::mapped_type(from, to.engine, None) {
                Ok(mapped) => format!("make the target's column {}", mapped.sql),
                Err(refusal) => refusal.help,
            },
        ));
    };
    let (source, target) = (Codec::new(from, here, form), Codec::new(to, there, form));
    let needs_check = !always_fits(&source, &target);
    Ok(Pairing {
        source,
        target,
        lossy,
        needs_check,
    })
}

fn shown<'a>(end: &End<'a>) -> &'a str {
    match end.column.native_type.as_str() {
        "" => "a column without a type",
        native => native,
    }
}

const FLOATS: &str = "numbers become the nearest binary floating point";
const DIGITS: &str = "floating point becomes as few decimal digits as it takes to read the same one back";

/// The form for two domains, and what it loses.
fn form(from: &Domain, to: &Domain) -> Option<(Form, Option<&'static str>)> {
    use Domain as D;
    let whole = |domain: &D| matches!(domain, D::Integer { .. } | D::Year);
    let single = |domain: &D| matches!(domain, D::Float { single: true, .. });
    let holds_booleans = |domain: &D| matches!(domain, D::Integer { .. } | D::Bits { length: Some(1), .. });
    let form = match (from, to) {
        (D::Any, D::Any) => Form::Any,
        (D::Any, typed) | (typed, D::Any) => natural_form(typed),
        (D::Boolean, D::Boolean) => Form::Boolean,
        (D::Boolean, other) | (other, D::Boolean) if holds_booleans(other) => Form::Boolean,
        (one, other) if whole(one) && whole(other) => Form::Integer,
        (D::Bits { .. }, other) | (other, D::Bits { .. }) if whole(other) => Form::Integer,
        (one, D::Decimal { .. }) if whole(one) => Form::Decimal,
        (D::Decimal { .. }, other) if whole(other) => Form::Decimal,
        (one @ D::Float { .. }, other @ D::Float { .. }) if single(one) || single(other) => Form::Float32,
        (D::Float { .. }, D::Float { .. }) => Form::Float,
        (D::Decimal { .. }, D::Float { .. }) => return Some((Form::Float, Some(FLOATS))),
        (one, D::Float { .. }) if whole(one) => return Some((Form::Float, Some(FLOATS))),
        (D::Float { .. }, D::Decimal { .. }) => return Some((Form::Float, Some(DIGITS))),
        (D::Opaque { native_type: one }, D::Opaque { native_type: other }) if one == other => Form::Text,
        (D::Text(_), D::Text(_) | D::Opaque { .. } | D::Enum(_) | D::Set(_) | D::Interval)
        | (D::Opaque { .. } | D::Enum(_) | D::Set(_) | D::Interval, D::Text(_))
        | (D::Enum(_), D::Enum(_))
        | (D::Set(_), D::Set(_))
        | (D::Interval, D::Interval) => Form::Text,
        (D::Time { .. }, D::Time { .. } | D::Interval) | (D::Interval, D::Time { .. }) => Form::Time,
        (D::Geometry { .. }, D::Bytes { .. }) | (D::Bytes { .. }, D::Geometry { .. }) => Form::Geometry,
        (D::Uuid, D::Bytes { .. }) | (D::Bytes { .. }, D::Uuid) => Form::Uuid,
        (D::DateTime { utc: one, .. }, D::DateTime { utc: other, .. }) if *one || *other => Form::Timestamp,
        (D::Json(Json::Written), D::Json(Json::Written) | D::Text(_)) | (D::Text(_), D::Json(Json::Written)) => {
            Form::Text
        }
        (D::Json(_), D::Json(_)) => Form::Json,
        (D::Bytes { .. } | D::Geometry { .. }, D::Text(_)) | (D::Text(_), D::Bytes { .. } | D::Geometry { .. }) => {
            return None;
        }
        (typed, D::Text(_)) | (D::Text(_), typed) => natural_form(typed),
        (one, other) if std::mem::discriminant(one) == std::mem::discriminant(other) && !is_opaque(one) => {
            natural_form(one)
        }
        _ => return None,
    };
    Some((form, None))
}

fn is_opaque(domain: &Domain) -> bool {
    matches!(domain, Domain::Opaque { .. })
}

/// The form that a column's values have where nothing asks for another one.
pub(super) fn natural_form(domain: &Domain) -> Form {
    match domain {
        Domain::Any => Form::Any,
        Domain::Boolean => Form::Boolean,
        Domain::Integer { .. } | Domain::Year => Form::Integer,
        Domain::Float { single: true, .. } => Form::Float32,
        Domain::Float { .. } => Form::Float,
        Domain::Decimal { .. } => Form::Decimal,
        Domain::Bytes { .. } => Form::Bytes,
        Domain::Date => Form::Date,
        Domain::Time { .. } => Form::Time,
        Domain::DateTime { utc: true, .. } => Form::Timestamp,
        Domain::DateTime { .. } => Form::DateTime,
        Domain::Uuid => Form::Uuid,
        // A document that is kept as it was written is a text.
        Domain::Json(Json::Written)
        | Domain::Text(_)
        | Domain::Opaque { .. }
        | Domain::Enum(_)
        | Domain::Set(_)
        | Domain::Interval => Form::Text,
        Domain::Json(_) => Form::Json,
        Domain::Bits { .. } => Form::Bits,
        Domain::Geometry { .. } => Form::Geometry,
    }
}

/// Whether every value of the source's column fits, so that none has to be looked at. In doubt it is not so.
fn always_fits(source: &Codec, target: &Codec) -> bool {
    use Domain as D;
    // Its columns hold what they like.
    if source.engine == Engine::Sqlite {
        return false;
    }
    match (&source.domain, &target.domain) {
        (D::Boolean, D::Boolean | D::Integer { .. } | D::Bits { .. }) => true,
        (D::Uuid, D::Uuid) => target.engine != Engine::MariaDb,
        (
            D::Integer { least, most },
            D::Integer {
                least: lower,
                most: upper,
            },
        ) => lower <= least && most <= upper,
        (
            D::Float { .. },
            D::Float {
                special,
                digits,
                unsigned,
                single,
            },
        ) => {
            let from_single = matches!(source.domain, D::Float { single: true, .. });
            let wide = !single || from_single;
            let all = *special || source.engine != Engine::Postgres;
            // SQLite stores NULL for what is no number, and both have no zero with a minus sign.
            let odd = matches!(target.engine, Engine::Sqlite | Engine::MariaDb);
            wide && digits.is_none() && !unsigned && all && !odd
        }
        (D::Text(_), D::Text(limits)) => {
            let unlimited = limits.characters.is_none() && limits.bytes.is_none_or(|most| most >= u64::from(u32::MAX));
            source.charset.is_none() && unlimited && !limits.padded && limits.charset.takes_all()
        }
        (D::Bytes { .. }, D::Bytes { exactly, most }) => {
            exactly.is_none() && most.is_none_or(|most| most >= u64::from(u32::MAX)) && source.form == Form::Bytes
        }
        _ => false,
    }
}

const ODD_GEOMETRY: Misfit = Misfit::new(
    "geometry that is not little-endian well-known binary of two dimensions",
    "convert it on the source",
);

const OTHER_GEOMETRY: Misfit = Misfit::new(
    "geometry of another kind than the target's column takes",
    "give the target's column the type geometry",
);

/// Set in the type of a geometry that names its reference system.
const HAS_SRID: u32 = 0x2000_0000;

/// MySQL's form of a geometry, the reference system and well-known binary, as PostGIS writes the two.
pub(crate) fn geometry_from_mysql(field: &[u8]) -> Option<Vec<u8>> {
    let (srid, wkb) = field.split_first_chunk::<4>()?;
    let (order, rest) = wkb.split_first()?;
    let (kind, rest) = rest.split_first_chunk::<4>()?;
    if *order != 1 {
        return None;
    }
    if *srid == [0; 4] {
        return Some(wkb.to_vec());
    }
    let kind = u32::from_le_bytes(*kind) | HAS_SRID;
    Some([&[1], &kind.to_le_bytes()[..], srid, rest].concat())
}

/// The way back.
pub(crate) fn geometry_to_mysql(geometry: &[u8], out: &mut Vec<u8>) {
    let Some((head, rest)) = geometry.split_first_chunk::<5>() else {
        return;
    };
    let kind = u32::from_le_bytes([head[1], head[2], head[3], head[4]]);
    if kind & HAS_SRID == 0 {
        out.extend_from_slice(&[0; 4]);
        out.extend_from_slice(geometry);
    } else if let Some((srid, rest)) = rest.split_first_chunk::<4>() {
        out.extend_from_slice(srid);
        out.push(1);
        out.extend_from_slice(&(kind & !HAS_SRID).to_le_bytes());
        out.extend_from_slice(rest);
    }
}

/// Whether MySQL has such a geometry.
pub(super) fn geometry_fits(geometry: &[u8], only: Option<u32>) -> Result<(), Misfit> {
    let Some((head, rest)) = geometry.split_first_chunk::<5>() else {
        return Err(ODD_GEOMETRY);
    };
    let kind = u32::from_le_bytes([head[1], head[2], head[3], head[4]]);
    let plain = (1..=7).contains(&(kind & !HAS_SRID));
    // A reference system of 0 is said by saying none.
    let named = kind & HAS_SRID != 0;
    if head[0] != 1 || !plain || (named && (rest.len() < 4 || rest[..4] == [0; 4])) {
        return Err(ODD_GEOMETRY);
    }
    if only.is_some_and(|only| only != kind & !HAS_SRID) {
        return Err(OTHER_GEOMETRY);
    }
    Ok(())
}

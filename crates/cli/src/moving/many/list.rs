//! Whom to move: keys from a file, or those of the rows that satisfy a condition.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read as _;
use std::path::Path;

use exodus_engine::Session;
use exodus_transfer::{ClientKey, Shape};

use crate::exit::Failure;

/// The keys of a file, in its order; `-` is the standard input.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Keys {
    /// Each once.
    pub(super) keys: Vec<ClientKey>,
    /// How many lines repeated one.
    pub(super) repeated: usize,
}

/// Reads them.
pub(super) fn read(path: &Path) -> Result<Keys, Failure> {
    let is_stdin = path == Path::new("-");
    let shown = if is_stdin {
        "the standard input".to_owned()
    } else {
        path.display().to_string()
    };
    let mut bytes = vec![];
    let read = if is_stdin {
        std::io::stdin().read_to_end(&mut bytes).map(drop)
    } else {
        std::fs::read(path).map(|read| bytes = read)
    };
    read.map_err(|error| {
        Failure::usage(format!("{shown}: {error}")).help("--clients-file takes a file with one key per line, or -")
    })?;
    parse(&shown, &bytes)
}

fn parse(shown: &str, bytes: &[u8]) -> Result<Keys, Failure> {
    let wrong = |line: usize, what: String| {
        Failure::usage(format!("{shown}, line {line}: {what}")).help("it takes one key per line, in UTF-8")
    };
    let (mut keys, mut known, mut repeated) = (vec![], BTreeSet::new(), 0);
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    for (at, line) in bytes.split(|byte| *byte == b'\n').enumerate() {
        let Ok(line) = std::str::from_utf8(line) else {
            return Err(wrong(at + 1, "this is not UTF-8".to_owned()));
        };
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let key: ClientKey = line.parse().map_err(|error| wrong(at + 1, format!("{error}")))?;
        if known.insert(key.clone()) {
            keys.push(key);
        } else {
            repeated += 1;
        }
    }
    if keys.is_empty() {
        return Err(Failure::usage(format!("{shown} names no client")).help("it takes one key per line, in UTF-8"));
    }
    Ok(Keys { keys, repeated })
}

/// The clients on a database whose root rows satisfy a condition of the user's; the row's alias is `t`.
pub(super) async fn satisfying(
    session: &mut Session,
    shape: Shape<'_>,
    condition: &str,
) -> Result<Vec<ClientKey>, Failure> {
    let (root, dialect) = (shape.root(), session.dialect());
    let columns = shape.root_key.iter().filter_map(|name| root.column(name));
    let texts: Vec<_> = columns.map(|column| dialect.key_text("t", column)).collect();
    let names = dialect.columns("t", shape.root_key.iter().map(String::as_str));
    // On a line of its own, so that a comment at its end ends there.
    let sql = format!(
        "SELECT {} FROM {} AS t WHERE (\n{condition}\n) ORDER BY {names}",
        texts.join(", "),
        dialect.table(&root.name)
    );
    let asked = session.query(&sql).await;
    let rows = asked.map_err(|error| {
        let doing = format!(
            "asking for the clients that satisfy --where, rows of {} under the alias t",
            root.name
        );
        Failure::from(error.while_doing(doing))
    })?;
    let keys = rows
        .into_iter()
        .map(|row| row.into_iter().collect::<Option<Vec<_>>>().map(ClientKey::new));
    keys.collect::<Option<Vec<_>>>().ok_or_else(|| {
        Failure::runtime(format!(
            "{}: a row of {} has NULL in its key",
            session.name(),
            root.name
        ))
        .help("choose other columns with `root_key`, or give the row a key")
    })
}

/// Clients by the database they are on, in the order in which they came.
pub(super) fn by_place<T>(found: Vec<(String, T)>) -> BTreeMap<String, Vec<T>> {
    let mut places: BTreeMap<String, Vec<T>> = BTreeMap::new();
    for (place, one) in found {
        places.entry(place).or_default().push(one);
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(bytes: &[u8]) -> (Vec<String>, usize) {
        let keys = parse("f", bytes).expect("keys");
        (keys.keys.iter().map(ToString::to_string).collect(), keys.repeated)
    }

    /// Editors leave marks, carriage returns and blank lines; none of these is a client.
    #[test]
    fn a_file_is_read_as_people_write_it() {
        let (keys, repeated) = texts(b"\xef\xbb\xbf42\r\n\n# those of spring\n  7,1  \n42\n-1\n\xc3\xa9");
        assert_eq!(keys, ["42", "7,1", "-1", "\u{e9}"]);
        assert_eq!(repeated, 1);
    }

    #[test]
    fn what_is_no_key_is_told_with_its_line() {
        for (bytes, says) in [
            (&b"1\n\xff\n"[..], "line 2: this is not UTF-8"),
            (b"1\n2\na\0b", "line 3: a client's key can't hold NUL"),
            (b"\n# nobody\n", "names no client"),
        ] {
            let failure = parse("f", bytes).expect_err("no keys");
            assert!(format!("{failure:?}").contains(says), "{failure:?}");
        }
    }
}

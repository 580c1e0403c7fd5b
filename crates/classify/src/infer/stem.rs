//! What is left of a column's name without what marks it as a reference.

use exodus_schema::Column;

use super::words::{self, Marker};

/// A name of a thing that a column's name may hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Stem {
    /// Its words.
    pub(super) words: Vec<String>,
    /// What marked it as a reference, and the word that did.
    pub(super) marker: Option<(Marker, String)>,
    /// The marker was written without a separator (`clientid`).
    pub(super) glued: bool,
}

/// A column with its name taken apart.
pub(super) struct Named<'a> {
    pub(super) column: &'a Column,
    /// The words of its name.
    pub(super) words: &'a [String],
    /// The name without anything between the words.
    pub(super) plain: &'a str,
    pub(super) stems: Vec<Stem>,
}

/// The ways to read a name, the likeliest first: with as few markers taken off as possible, then with a marker that is
/// glued to a word, then as it stands.
pub(super) fn stems(name: &[String]) -> Vec<Stem> {
    let mut found = marked(name);
    if found.is_empty() {
        found.extend(glued(name));
        found.push(Stem {
            words: name.to_vec(),
            marker: None,
            glued: false,
        });
    }
    found
}

fn marked(name: &[String]) -> Vec<Stem> {
    let mut found = vec![];
    let leading = name
        .iter()
        .take(2)
        .take_while(|word| words::leading_marker(word))
        .count();
    let trailing = name
        .iter()
        .rev()
        .take(2)
        .take_while(|word| words::marker(word).is_some())
        .count();
    for back in 0..=trailing {
        for front in 0..=leading {
            if front + back == 0 || front + back >= name.len() {
                continue;
            }
            let kept = &name[front..name.len() - back];
            let last = name[name.len() - back..].first();
            let marker = match last.and_then(|word| Some((words::marker(word)?, word.clone()))) {
                // `fk_currency_code` may still be the code itself.
                Some(marker) => marker,
                None => (Marker::Id, "id".to_owned()),
            };
            found.push(Stem {
                words: kept.to_vec(),
                marker: Some(marker),
                glued: false,
            });
        }
    }
    found
}

fn glued(name: &[String]) -> Vec<Stem> {
    let mut found = vec![];
    let mut add = |at: usize, stem: Option<&str>| {
        if let Some(stem) = stem.filter(|stem| stem.chars().count() >= 3) {
            let mut words = name.to_vec();
            stem.clone_into(&mut words[at]);
            found.push(Stem {
                words,
                marker: Some((Marker::Id, "id".to_owned())),
                glued: true,
            });
        }
    };
    if let Some(last) = name.last() {
        for end in ["id", "fk"] {
            add(name.len() - 1, last.strip_suffix(end));
        }
    }
    if let Some(first) = name.first() {
        for start in ["id", "fk"] {
            add(0, first.strip_prefix(start));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(name: &str) -> Vec<String> {
        stems(&words::split(name))
            .iter()
            .map(|stem| stem.words.join(" "))
            .collect()
    }

    #[test]
    fn markers_are_taken_off_wherever_they_stand() {
        for name in [
            "client_id",
            "clientId",
            "fk_client",
            "client_fk",
            "id_client",
            "idClient",
            "clientid",
            "CLIENTID",
        ] {
            assert!(read(name).contains(&"client".to_owned()), "{name}: {:?}", read(name));
        }
        assert_eq!(read("fk_client_id"), ["client id", "fk client", "client"]);
        assert_eq!(read("zip_code_id"), ["zip code", "zip"]);
        assert_eq!(read("client"), ["client"]);
        assert_eq!(read("id"), ["id"]);
    }
}

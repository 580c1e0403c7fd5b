//! The words of names, and their singulars.

use std::collections::HashMap;
use std::sync::LazyLock;

pub(super) use super::vocabulary::*;

/// The words of `snake_case`, `camelCase`, `PascalCase`, `HTTPServer` and `kebab-case` names, in lower case.
pub(super) fn split(name: &str) -> Vec<String> {
    let chars: Vec<char> = name.chars().collect();
    let mut words = vec![String::new()];
    for (at, &c) in chars.iter().enumerate() {
        if !c.is_alphanumeric() {
            words.push(String::new());
            continue;
        }
        let before = at.checked_sub(1).map(|at| chars[at]);
        let starts = c.is_uppercase()
            && (before.is_some_and(|b| b.is_lowercase() || b.is_ascii_digit())
                // The last capital of several begins the next word: HTTPServer.
                || before.is_some_and(char::is_uppercase) && chars.get(at + 1).is_some_and(|next| next.is_lowercase()));
        if starts {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut() {
            word.extend(c.to_lowercase());
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

/// Plurals that no rule gives, with their singulars.
static IRREGULAR: LazyLock<HashMap<&str, &str>> = LazyLock::new(|| {
    pairs(
        "\
    people=person persons=person children=child men=man women=woman staff=staff media=medium data=datum \
    criteria=criterion phenomena=phenomenon schemata=schema indices=index matrices=matrix \
    vertices=vertex appendices=appendix analyses=analysis bases=basis crises=crisis theses=thesis \
    mice=mouse feet=foot teeth=tooth geese=goose quizzes=quiz",
    )
});

/// What the word may be the plural of, itself first. More than one where spelling does not tell (`houses`, `statuses`).
pub(super) fn singulars(word: &str) -> Vec<String> {
    let mut found = vec![word.to_owned()];
    let mut add = |text: String| {
        if text.chars().count() > 1 && !found.contains(&text) {
            found.push(text);
        }
    };
    if let Some(one) = IRREGULAR.get(word) {
        add((*one).to_owned());
    }
    if let Some(stem) = word.strip_suffix("ies") {
        add(format!("{stem}y"));
        add(format!("{stem}ie"));
    } else if let Some(stem) = word.strip_suffix("ves") {
        add(format!("{stem}ve"));
        add(format!("{stem}f"));
        add(format!("{stem}fe"));
    } else if let Some(stem) = word.strip_suffix("es") {
        // English `boxes`, and Spanish `ciudades`; what is no word names no table.
        if stem.chars().count() > 2 {
            add(stem.to_owned());
        }
        add(format!("{stem}e"));
    } else if let Some(stem) = word.strip_suffix('s')
        && !stem.ends_with('s')
    {
        add(stem.to_owned());
    } else if word.ends_with("en") && word.chars().count() > 4 {
        // German and Dutch: Kunden, Rechnungen.
        add(word[..word.len() - 1].to_owned());
        add(word[..word.len() - 2].to_owned());
    }
    found
}

/// All ways to write the words as one, without separators: the last word as it is and in the singular, and all of them
/// in the singular (`customers_taxes` is found as `customertax`).
pub(super) fn forms(words: &[String]) -> Vec<String> {
    let Some((last, rest)) = words.split_last() else {
        return vec![];
    };
    let plain = rest.concat();
    let single: String = rest
        .iter()
        .map(|word| singulars(word).pop().unwrap_or_default())
        .collect();
    let lasts = singulars(last);
    let mut found: Vec<_> = lasts.iter().map(|last| format!("{plain}{last}")).collect();
    if single != plain {
        found.extend(lasts.iter().map(|last| format!("{single}{last}")));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_every_spelling_have_the_same_words() {
        for name in [
            "sales_order_id",
            "salesOrderId",
            "SalesOrderID",
            "SALES_ORDER_ID",
            "sales-order id",
        ] {
            assert_eq!(split(name), ["sales", "order", "id"], "{name}");
        }
        assert_eq!(split("HTTPServerID"), ["http", "server", "id"]);
        assert_eq!(split("address2Id"), ["address2", "id"]);
        assert_eq!(split("__größe_Äste"), ["größe", "äste"]);
        assert!(split("_").is_empty());
    }

    #[test]
    fn plurals_find_their_singulars() {
        for (many, one) in [
            ("companies", "company"),
            ("movies", "movie"),
            ("addresses", "address"),
            ("statuses", "status"),
            ("houses", "house"),
            ("buses", "bus"),
            ("boxes", "box"),
            ("caches", "cache"),
            ("branches", "branch"),
            ("heroes", "hero"),
            ("knives", "knife"),
            ("leaves", "leaf"),
            ("archives", "archive"),
            ("children", "child"),
            ("people", "person"),
            ("media", "medium"),
            ("analyses", "analysis"),
            ("kunden", "kunde"),
            ("rechnungen", "rechnung"),
            ("cars", "car"),
        ] {
            assert!(
                singulars(many).contains(&one.to_owned()),
                "{many}: {:?}",
                singulars(many)
            );
        }
        for word in ["address", "status", "news", "analysis", "bus", "media"] {
            assert_eq!(singulars(word)[0], word);
        }
        assert_eq!(singulars("address"), ["address"]);
    }

    #[test]
    fn compounds_are_found_by_the_singular_of_every_word() {
        let forms = forms(&split("customers_taxes"));
        assert!(
            forms.contains(&"customertax".to_owned()) && forms.contains(&"customerstaxes".to_owned()),
            "{forms:?}"
        );
    }
}

//! Types as the products print them, taken apart.

/// `decimal(10,2) unsigned` as its words and numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Native {
    /// What stands before the parenthesis, in lower case: `decimal`, `character varying`.
    pub(crate) base: String,
    /// The numbers in the parenthesis.
    pub(crate) numbers: Vec<i64>,
    /// What stands behind it, in lower case: `unsigned`, `with time zone`.
    pub(crate) rest: String,
}

impl Native {
    /// The first number, where it is not negative.
    pub(crate) fn length(&self) -> Option<u64> {
        self.numbers.first().and_then(|number| u64::try_from(*number).ok())
    }

    /// Whether a word stands in the type.
    pub(crate) fn has(&self, word: &str) -> bool {
        self.rest.split(' ').any(|one| one == word) || self.base.split(' ').any(|one| one == word)
    }
}

/// Takes a type apart. Of `time(3) with time zone` the base is `time`.
pub(crate) fn native(text: &str) -> Native {
    let (base, inside, rest) = match text.split_once('(') {
        Some((base, behind)) => match behind.rsplit_once(')') {
            Some((inside, rest)) => (base, inside, rest),
            None => (base, behind, ""),
        },
        None => (text, "", ""),
    };
    Native {
        base: base.trim().to_ascii_lowercase(),
        numbers: inside
            .split(',')
            .filter_map(|number| number.trim().parse().ok())
            .collect(),
        rest: rest.trim().to_ascii_lowercase(),
    }
}

/// The members of `enum('a','b''c')`, as MySQL prints them.
pub(crate) fn members(native_type: &str) -> Vec<String> {
    crate::mysql::members(native_type)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_of_every_shape() {
        let of = |text| {
            let found = native(text);
            (found.base, found.numbers, found.rest)
        };
        assert_eq!(
            of("decimal(10,2) unsigned"),
            ("decimal".into(), vec![10, 2], "unsigned".into())
        );
        assert_eq!(
            of("numeric(1000,-3)"),
            ("numeric".into(), vec![1000, -3], String::new())
        );
        assert_eq!(
            of("timestamp(3) with time zone"),
            ("timestamp".into(), vec![3], "with time zone".into())
        );
        assert_eq!(of("bit varying(70)"), ("bit varying".into(), vec![70], String::new()));
        assert_eq!(of("int unsigned").0, "int unsigned");
        assert!(native("int unsigned").has("unsigned") && native("int(10) unsigned zerofill").has("unsigned"));
    }
}

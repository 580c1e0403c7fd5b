//! Which characters a column takes.

use super::Misfit;

/// A character set, as far as it matters to what fits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Charset {
    /// All of Unicode.
    #[default]
    Full,
    /// All but NUL: PostgreSQL.
    WithoutNul,
    /// The first 65,536, in this many bytes each at most.
    Basic {
        /// Two bytes for each (ucs2), or one to three.
        wide: bool,
    },
    /// The same as [`Full`](Self::Full), in two or four bytes each.
    Wide {
        /// Always four.
        four: bool,
    },
    /// Windows-1252, which MySQL calls latin1.
    Western,
    /// What MySQL calls ascii; and others, whose servers know what they have.
    Ascii {
        /// There is no more to it.
        known: bool,
    },
}

const NUL: Misfit = Misfit::new(
    "text with a NUL character, which PostgreSQL can't store",
    "remove the character on the source, or give the target a column of bytes",
);
pub(super) const BEYOND: Misfit = Misfit::new(
    "text with characters that the target column's character set has not",
    "convert the target's column to utf8mb4",
);

/// What Windows-1252 has at 0x80 to 0x9f, apart from the five places that MySQL fills with the control characters.
const WESTERN: &str = "€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ\u{81}\u{8d}\u{8f}\u{90}\u{9d}";

impl Charset {
    /// By the name that MySQL gives it.
    pub(crate) fn of(name: Option<&str>) -> Self {
        match name {
            None | Some("utf8mb4" | "binary") => Self::Full,
            Some("utf8" | "utf8mb3") => Self::Basic { wide: false },
            Some("ucs2") => Self::Basic { wide: true },
            Some("utf16" | "utf16le" | "gb18030") => Self::Wide { four: false },
            Some("utf32") => Self::Wide { four: true },
            Some("latin1") => Self::Western,
            Some("ascii") => Self::Ascii { known: true },
            Some(_) => Self::Ascii { known: false },
        }
    }

    /// Whether any text fits.
    pub(crate) fn takes_all(self) -> bool {
        matches!(self, Self::Full | Self::Wide { .. })
    }

    /// Whether every character of the text is in it.
    pub(crate) fn check(self, text: &str) -> Result<(), Misfit> {
        match self {
            Self::WithoutNul if text.contains('\0') => Err(NUL),
            Self::Basic { .. } if text.chars().all(|c| u32::from(c) <= 0xffff) => Ok(()),
            Self::Western if text.chars().all(is_western) => Ok(()),
            Self::Ascii { .. } if text.is_ascii() => Ok(()),
            // Its server is asked which it has (`repertoire`), and refuses the others.
            Self::Full | Self::Wide { .. } | Self::WithoutNul | Self::Ascii { known: false } => Ok(()),
            Self::Basic { .. } | Self::Western | Self::Ascii { .. } => Err(BEYOND),
        }
    }

    /// How many bytes the text takes in it.
    pub(crate) fn bytes(self, text: &str) -> usize {
        match self {
            Self::Full | Self::WithoutNul | Self::Basic { wide: false } => text.len(),
            Self::Basic { wide: true } | Self::Wide { four: false } => text.encode_utf16().count() * 2,
            Self::Wide { four: true } => text.chars().count() * 4,
            Self::Western | Self::Ascii { .. } => text.chars().count(),
        }
    }
}

fn is_western(c: char) -> bool {
    c.is_ascii() || ('\u{a0}'..='\u{ff}').contains(&c) || WESTERN.contains(c)
}

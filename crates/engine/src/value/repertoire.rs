//! Which characters a character set has, as the server that stores them says.
//!
//! MySQL's and MariaDB's tables of the older character sets are their own (a backslash of `sjis` comes back as another
//! one, `cp932` has characters that arrive as others), so that the server is asked, once per character set.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Pairing;
use crate::connection::Session;
use crate::error::{Error, ErrorKind, Result};
use crate::mysql::charsets;

/// Characters that one statement asks about.
const AT_ONCE: usize = 4096;
/// No character set of one or two bytes has more than these.
const MOST: u32 = 0x1_0000;

/// The characters of a character set that come back as they went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Repertoire {
    /// A bit for each of the first 65,536.
    has: Vec<u64>,
}

impl Repertoire {
    fn empty() -> Self {
        Self {
            has: vec![0; MOST as usize / 64],
        }
    }

    fn add(&mut self, c: char) {
        let (word, bit) = place(c);
        if let Some(word) = self.has.get_mut(word) {
            *word |= bit;
        }
    }

    /// Whether it has every character of a text.
    pub(crate) fn has_all(&self, text: &str) -> bool {
        text.chars().all(|c| {
            let (word, bit) = place(c);
            self.has.get(word).is_some_and(|word| word & bit != 0)
        })
    }
}

fn place(c: char) -> (usize, u64) {
    (c as usize / 64, 1 << (u32::from(c) % 64))
}

/// What the server of a target has been asked.
#[derive(Debug, Default)]
pub struct Repertoires(BTreeMap<Box<str>, Arc<Repertoire>>);

impl Repertoires {
    /// Lets the pairings know which characters the target's columns take, where only its server can tell.
    pub async fn teach(&mut self, target: &mut Session, pairings: &mut [Pairing]) -> Result<()> {
        for pairing in pairings {
            let Some(charset) = pairing.unknown_charset() else {
                continue;
            };
            let repertoire = if let Some(known) = self.0.get(charset) {
                Arc::clone(known)
            } else {
                let asked = Arc::new(ask(target, charset).await?);
                self.0.insert(charset.into(), Arc::clone(&asked));
                asked
            };
            pairing.learn(repertoire);
        }
        Ok(())
    }
}

/// Sends every character there and back.
async fn ask(target: &mut Session, charset: &str) -> Result<Repertoire> {
    let mut found = Repertoire::empty();
    let all: Vec<char> = (0..MOST).filter_map(char::from_u32).collect();
    for part in all.chunks(AT_ONCE) {
        let sent: String = part.iter().collect();
        let came = target.query(&charsets::there_and_back(charset, &sent)).await?;
        let came = came.into_iter().flatten().flatten().next().unwrap_or_default();
        // One for one: what it lacks is one question mark each.
        if came.chars().count() != part.len() {
            return Err(
                Error::new(ErrorKind::Data, target.name(), format!("asking what {charset} has"))
                    .because("the server's answer is not one character for each")
                    .help("convert the column to utf8mb4 on the target"),
            );
        }
        for (&sent, came) in part.iter().zip(came.chars()) {
            if sent == came {
                found.add(sent);
            }
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_character_has_its_own_bit() {
        let mut one = Repertoire::empty();
        for c in ['\0', 'a', '\u{ffff}', 'я'] {
            one.add(c);
        }
        assert!(one.has_all("aя\0\u{ffff}") && one.has_all(""));
        assert!(!one.has_all("b") && !one.has_all("a😀") && !one.has_all("\u{fffe}"));
    }
}

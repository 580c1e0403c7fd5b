//! Accepted hazards: in the configuration itself, and in the baseline beside it.
//!
//! The baseline is a file of the program's own (`exodus-baseline.toml` beside `exodus.toml`), so that the configuration
//! stays what people wrote. It holds nothing but `[[accept]]` entries and is read wherever the configuration is. People
//! may still write in it: an update appends what is new and takes out the lines of what is gone, and leaves every other
//! line, comments included, as it was.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use exodus_classify::{Accept, Place, near_rules, rules};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::Deserialize;
use toml::Spanned;

use super::file::AcceptEntry;
use super::{Config, explain};
use crate::exit::Failure;

/// The head of a new baseline.
const HEAD: &str = "\
# Hazards that were there when somebody wrote them down to look at later. exodus reads this file wherever it reads the
# configuration beside it. `--write-baseline` adds what is new and takes out what is gone; comments stay.
";

/// The baseline of a configuration.
#[derive(Debug)]
pub(super) struct Baseline {
    path: PathBuf,
    shown: String,
    text: String,
    accept: Vec<Spanned<AcceptEntry>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct BaselineFile {
    accept: Vec<Spanned<AcceptEntry>>,
}

/// A finding to be put into the baseline.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct NewEntry {
    /// The rule's id.
    pub(crate) rule: &'static str,
    /// What the finding is about.
    pub(crate) object: String,
    /// The schema alone doesn't show it.
    pub(crate) audit_only: bool,
}

/// A baseline that was written.
#[derive(Debug)]
pub(crate) struct Changed {
    /// As people know the file.
    pub(crate) file: String,
    /// Entries that came.
    pub(crate) added: usize,
    /// Entries that went.
    pub(crate) removed: usize,
    /// All that is accepted now.
    pub(crate) accepts: Vec<Accept>,
}

impl Baseline {
    /// The one beside the configuration at `path`; empty where there is no such file.
    pub(super) fn beside(path: &Path, shown: &str) -> Result<Self, Failure> {
        let stem = path.file_stem().unwrap_or_default().to_string_lossy();
        let name = format!("{stem}-baseline.toml");
        let shown = Path::new(shown).with_file_name(&name).display().to_string();
        let path = path.with_file_name(&name);
        match fs::read_to_string(&path) {
            Ok(text) => Self::parse(path, shown, text),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(Self::empty(path, shown)),
            Err(error) => Err(Failure::usage(format!("{shown}: {error}"))),
        }
    }

    pub(super) fn empty(path: PathBuf, shown: String) -> Self {
        Self {
            path,
            shown,
            text: String::new(),
            accept: vec![],
        }
    }

    fn parse(path: PathBuf, shown: String, text: String) -> Result<Self, Failure> {
        let BaselineFile { accept } = toml::from_str(&text).map_err(|error| explain::failure(&error, &text, &shown))?;
        let baseline = Self {
            path,
            shown,
            text,
            accept,
        };
        check(&baseline.accept, &baseline.shown, &baseline.text)?;
        Ok(baseline)
    }

    /// The text with some entries more and some less.
    fn changed(&self, new: &BTreeSet<NewEntry>, stale: &BTreeSet<usize>, today: Date) -> Result<String, Failure> {
        let mut text = self.without(stale)?;
        if text.trim().is_empty() {
            HEAD.clone_into(&mut text);
        }
        if !new.is_empty() && !text.ends_with('\n') {
            text.push('\n');
        }
        for entry in new {
            let _ = write!(
                text,
                "\n[[accept]]\nrule = {}\nobject = {}\nreason = {}\n",
                quoted(entry.rule),
                quoted(&entry.object),
                quoted(&format!("in the baseline of {today}"))
            );
            if entry.audit_only {
                text.push_str("audit_only = true\n");
            }
        }
        Ok(text)
    }

    /// The text without the key lines of these entries.
    fn without(&self, stale: &BTreeSet<usize>) -> Result<String, Failure> {
        if stale.is_empty() {
            return Ok(self.text.clone());
        }
        let is_header = |line: &str| line.trim_start().starts_with("[[accept]]");
        if self.text.lines().filter(|line| is_header(line)).count() != self.accept.len() {
            // Some string holds such a line, or an entry is written inline.
            return Err(Failure::usage(format!(
                "{}: the entries that match nothing can't be told from the other lines",
                self.shown
            ))
            .help("write each entry as `[[accept]]` with its keys on lines of their own, or take them out by hand"));
        }
        let mut out = String::new();
        let mut entry = None;
        let mut blank = false;
        for line in self.text.split_inclusive('\n') {
            if is_header(line) {
                entry = Some(entry.map_or(0, |at: usize| at + 1));
            }
            let goes = entry.is_some_and(|at| stale.contains(&at));
            let kept = !goes || line.trim_start().starts_with('#') || line.trim().is_empty();
            // What goes leaves no gap of several empty lines.
            if kept && !(goes && blank && line.trim().is_empty()) {
                out.push_str(line);
                blank = line.trim().is_empty();
            }
        }
        Ok(out)
    }
}

/// The text as a string of TOML on one line.
fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

/// Today in UTC, so that a build ends alike wherever it runs.
fn today() -> Date {
    jiff::Timestamp::now().to_zoned(TimeZone::UTC).date()
}

/// What can be found wrong without a schema.
pub(super) fn check(entries: &[Spanned<AcceptEntry>], shown: &str, text: &str) -> Result<(), Failure> {
    for entry in entries.iter().map(Spanned::as_ref) {
        let wrong =
            |at: usize, problem: &str| Failure::usage(format!("{}: {problem}", explain::place(shown, text, at)));
        let rule = entry.rule.as_ref();
        if rules::find(rule).is_none() {
            let failure = wrong(entry.rule.span().start, &format!("there is no rule `{rule}`"));
            return Err(match near_rules(rule).first() {
                Some(near) => failure.help(format!("did you mean `{near}`?")),
                None => failure.help("`exodus explain RULE` tells about a rule; its page lists none of that name"),
            });
        }
        if entry.reason.as_ref().trim().is_empty() {
            return Err(wrong(entry.reason.span().start, "the reason is empty")
                .help("say why it may stay, for those who read this later"));
        }
    }
    Ok(())
}

fn accepts(entries: &[Spanned<AcceptEntry>], shown: &str, text: &str) -> Vec<Accept> {
    let today = today();
    let one = |entry: &Spanned<AcceptEntry>| {
        let (line, column) = explain::position(text, entry.span().start);
        let entry = entry.as_ref();
        Accept {
            rule: entry.rule.as_ref().clone(),
            object: entry.object.clone(),
            reason: entry.reason.as_ref().clone(),
            until: entry.until.map(|until| until.0.to_string()),
            expired: entry.until.is_some_and(|until| until.0 < today),
            audit_only: entry.audit_only,
            place: Place {
                file: shown.to_owned(),
                line,
                column,
            },
        }
    };
    entries.iter().map(one).collect()
}

impl Config {
    /// Everything that is accepted, in the file itself and in the baseline.
    pub(crate) fn accepts(&self) -> Vec<Accept> {
        let mut all = accepts(&self.file.accept, &self.shown, &self.text);
        let baseline = &self.baseline;
        all.extend(accepts(&baseline.accept, &baseline.shown, &baseline.text));
        all
    }

    /// Puts entries into the baseline and takes out those of it that are among `stale`.
    pub(crate) fn write_baseline(&self, new: &BTreeSet<NewEntry>, stale: &[&Accept]) -> Result<Changed, Failure> {
        let old = &self.baseline;
        let known = accepts(&old.accept, &old.shown, &old.text);
        let stale: BTreeSet<usize> = known
            .iter()
            .enumerate()
            .filter(|(_, entry)| stale.contains(entry))
            .map(|(at, _)| at)
            .collect();
        let text = old.changed(new, &stale, today())?;
        write(&old.path, &text)
            .map_err(|error| Failure::runtime(format!("{} can't be written: {error}", old.shown)))?;
        let written = Baseline::parse(old.path.clone(), old.shown.clone(), text)?;
        let mut all = accepts(&self.file.accept, &self.shown, &self.text);
        all.extend(accepts(&written.accept, &written.shown, &written.text));
        Ok(Changed {
            file: old.shown.clone(),
            added: new.len(),
            removed: stale.len(),
            accepts: all,
        })
    }
}

/// Replaces the file as a whole: whoever reads it meanwhile sees the old or the new one. It is written under a name that
/// nobody can guess, so that a link that somebody has laid in a shared directory is not followed.
fn write(path: &Path, text: &str) -> std::io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let mut new = tempfile::Builder::new();
    let new = new.prefix(".exodus-accept-");
    // It goes into a repository: it may be read by whom it was, or by whom any file may be.
    #[cfg(unix)]
    let new = new.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let mut file = new.tempfile_in(folder.unwrap_or(Path::new(".")))?;
    file.write_all(text.as_bytes())?;
    if let Ok(old) = fs::metadata(path) {
        file.as_file().set_permissions(old.permissions())?;
    }
    file.as_file().sync_all()?;
    file.persist(path)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn baseline(text: &str) -> Baseline {
        Baseline::parse(PathBuf::from("b.toml"), "b.toml".to_owned(), text.to_owned()).expect("a baseline")
    }

    fn entry(rule: &'static str, object: &str) -> NewEntry {
        NewEntry {
            rule,
            object: object.to_owned(),
            audit_only: object == "data",
        }
    }

    fn day() -> Date {
        "2026-11-22".parse().expect("a day")
    }

    /// Neither what lies under the name that it once used, nor what may read the file, is changed.
    #[cfg(unix)]
    #[test]
    fn it_is_replaced_and_no_link_is_followed() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().expect("a folder");
        let [path, link, other] = ["b.toml", "b.toml.new", "other"].map(|name| folder.path().join(name));
        fs::write(&other, "theirs").expect("a file");
        std::os::unix::fs::symlink(&other, &link).expect("a link");
        write(&path, "one").expect("a baseline");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).expect("a mode");
        write(&path, "two").expect("a baseline");
        assert_eq!(fs::read_to_string(&path).expect("a baseline"), "two");
        let mode = fs::metadata(&path).expect("a file").permissions().mode();
        assert_eq!(mode & 0o777, 0o640);
        assert_eq!(fs::read_to_string(&other).expect("a file"), "theirs");
        assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 3);
    }

    #[test]
    fn new_entries_are_appended_and_read_again() {
        let new = [
            entry("self-loop", "odd \"name\" \\ ü(a, b)"),
            entry("horse-riddle", "data"),
        ]
        .into();
        let text = baseline("").changed(&new, &BTreeSet::new(), day()).expect("a text");
        assert!(text.starts_with("# Hazards"), "{text}");
        let read = baseline(&text);
        let found = accepts(&read.accept, "b.toml", &text);
        let told: Vec<_> = found
            .iter()
            .map(|one| {
                (
                    one.rule.as_str(),
                    one.object.as_str(),
                    one.audit_only,
                    one.reason.as_str(),
                )
            })
            .collect();
        let reason = "in the baseline of 2026-11-22";
        assert_eq!(
            told,
            [
                ("horse-riddle", "data", true, reason),
                ("self-loop", "odd \"name\" \\ ü(a, b)", false, reason)
            ]
        );
        assert_eq!(text.lines().nth(found[1].place.line - 1), Some("[[accept]]"));
        assert_eq!(
            read.changed(&BTreeSet::new(), &BTreeSet::new(), day()).expect("a text"),
            text
        );
    }

    const EDITED: &str = "\
# mine
[[accept]] # one
rule = \"self-loop\"
object = \"a\"
# because of the tree
reason = \"x\"

# about b
  [[accept]]
rule = \"self-loop\"
object = \"b\"
reason = \"y\"
until = 2027-01-31
# the end";

    #[test]
    fn what_is_gone_goes_and_comments_stay() {
        let text = baseline(EDITED).changed(&[entry("self-loop", "c")].into(), &[0].into(), day());
        let text = text.expect("a text");
        let expected = "\
# mine
# because of the tree

# about b
  [[accept]]
rule = \"self-loop\"
object = \"b\"
reason = \"y\"
until = 2027-01-31
# the end

[[accept]]
rule = \"self-loop\"
object = \"c\"
reason = \"in the baseline of 2026-11-22\"
";
        assert_eq!(text, expected);
        let both = baseline(EDITED).without(&[0, 1].into()).expect("a text");
        assert_eq!(both, "# mine\n# because of the tree\n\n# about b\n# the end");
    }

    #[test]
    fn a_file_that_can_not_be_taken_apart_is_left_alone() {
        let text = "accept = [{ rule = \"self-loop\", object = \"a\", reason = \"x\" }]";
        assert!(baseline(text).without(&[0].into()).is_err());
        assert_eq!(baseline(text).without(&BTreeSet::new()).expect("nothing goes"), text);
    }
}

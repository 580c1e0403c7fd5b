//! Closed lists of words, and a small table.

use exodus_engine::TlsMode;
use schemars::JsonSchema;
use serde::Deserialize;
use toml::Spanned;

/// What is put in the place of a column's values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum MaskMethod {
    /// NULL.
    Null,
    /// A token, the same for the same value within one export.
    Hash,
    /// An address at example.com, the same for the same value within one export.
    FakeEmail,
}

/// How TLS is used, in libpq's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Tls {
    /// Never.
    Disable,
    /// If the server offers it; nothing is verified.
    Prefer,
    /// Always; the certificate is not verified, unless `tls_ca` is given.
    Require,
    /// Always; the certificate must come from a trusted authority.
    VerifyCa,
    /// Always; the certificate must also be for this host.
    VerifyFull,
}

impl Tls {
    /// The same for a connection.
    pub(crate) fn mode(self) -> TlsMode {
        match self {
            Self::Disable => TlsMode::Disable,
            Self::Prefer => TlsMode::Prefer,
            Self::Require => TlsMode::Require,
            Self::VerifyCa => TlsMode::VerifyCa,
            Self::VerifyFull => TlsMode::VerifyFull,
        }
    }
}

/// How long a client may be frozen, and what is waited for. Durations are written as `500ms`, `10s` or `5m`; flags of the
/// same names have the last word.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Freeze {
    /// For how long an application may go by what the dispatch row said before: `0s` by default.
    #[schemars(with = "Option<String>")]
    pub(crate) drain: Option<Spanned<String>>,
    /// How long transactions that were open on the source are waited for after that, before the move is undone: `30s` by
    /// default.
    #[schemars(with = "Option<String>")]
    pub(crate) drain_limit: Option<Spanned<String>>,
    /// A client that is not on the target so long after its freeze stays where it was: the move is undone. No limit by
    /// default.
    #[schemars(with = "Option<String>")]
    pub(crate) budget: Option<Spanned<String>>,
}

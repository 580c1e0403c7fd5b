//! What is known about a schema independently of its foreign keys: `truth.json`.

use std::collections::BTreeSet;

use serde::Deserialize;

/// The statements, as far as a machine can check them. Tables are named without their schema where it is `public`.
#[derive(Debug, Deserialize)]
pub(crate) struct Truth {
    pub(crate) root: String,
    /// Where the statements come from; `tenant column: a/b` names the columns that carry the client.
    pub(crate) basis: String,
    pub(crate) client: BTreeSet<String>,
    /// The client's own column may be NULL there.
    #[serde(default)]
    pub(crate) client_nullable_tenant_column: Option<BTreeSet<String>>,
    #[serde(default)]
    pub(crate) context: Option<BTreeSet<String>>,
    #[serde(default)]
    pub(crate) neutral: Option<BTreeSet<String>>,
    #[serde(default)]
    pub(crate) not_client: BTreeSet<String>,
    #[serde(default)]
    pub(crate) undecided: BTreeSet<String>,
    /// Table and column.
    #[serde(default)]
    pub(crate) missing_fks: Vec<(String, String)>,
    #[serde(default)]
    pub(crate) tenant_column_with_direct_fk_to_root: Option<usize>,
    #[serde(default)]
    pub(crate) fk_reachability_compared: Option<Reachability>,
    #[serde(default)]
    pub(crate) fk_class_counts: Option<Counts>,
}

/// What a search over the foreign keys alone reaches.
#[derive(Debug, Deserialize)]
pub(crate) struct Reachability {
    pub(crate) client_but_not_fk_reachable: BTreeSet<String>,
    pub(crate) fk_reachable_without_tenant_column: BTreeSet<String>,
}

/// Tables per class, by foreign keys alone.
#[derive(Debug, Deserialize)]
pub(crate) struct Counts {
    pub(crate) client: usize,
    pub(crate) context: usize,
    pub(crate) neutral: usize,
}

impl Truth {
    /// The columns that carry the client, if the basis names some.
    pub(crate) fn tenant_columns(&self) -> Vec<&str> {
        let columns = self.basis.strip_prefix("tenant column: ");
        columns.into_iter().flat_map(|columns| columns.split('/')).collect()
    }

    /// All tables that some statement is about.
    pub(crate) fn tables(&self) -> BTreeSet<&String> {
        let lists = [&self.client, &self.not_client, &self.undecided].into_iter();
        lists.chain(&self.context).chain(&self.neutral).flatten().collect()
    }
}

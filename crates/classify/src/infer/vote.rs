//! Guesses by the relations that columns of the same name have in other tables.

use exodus_schema::TableId;

use super::candidate::Candidate;
use super::index::Index;
use super::key;
use super::stem::Named;
use super::words;

/// The guess that the column leads to where its namesakes lead to.
pub(super) fn by_votes(index: &Index<'_>, child: TableId, named: &Named<'_>) -> Option<Candidate> {
    let votes = index.votes(named.plain)?;
    let related = votes.related;
    let (&(parent, ref parent_column), count) = votes.most()?;
    let all = index.columns_named(named.plain).max(related);
    let (agree, covered) = (ratio(count, related), ratio(related, all));
    let marked = named.plain.ends_with("id") || named.words.iter().any(|word| words::marker(word).is_some());
    if agree < 0.6 || !marked && covered < 0.3 {
        return None;
    }
    let to = parent.unwrap_or(child);
    let of = index.table(to);
    if to == child && *parent_column == named.column.name {
        return None;
    }
    let target = key::paired(index, named.column, of, parent_column, 0.0)?;
    let few = if count == 1 { 0.8 } else { 1.0 };
    let mut reasons = vec![match parent {
        Some(_) => format!(
            "of {all} columns of this name {related} {} {count} of them to {}({parent_column})",
            if related == 1 {
                "is a foreign key,"
            } else {
                "are foreign keys,"
            },
            of.name
        ),
        None => format!("of {all} columns of this name {related} refer to rows of their own table"),
    }];
    reasons.extend(target.reasons);
    Some(Candidate {
        parent: to,
        pairs: target.pairs,
        score: (0.70 + 0.25 * covered.sqrt() * few) * agree - target.off,
        whole_name: true,
        reasons,
    })
}

fn ratio(part: usize, whole: usize) -> f64 {
    let number = |n: usize| f64::from(u32::try_from(n).unwrap_or(u32::MAX));
    number(part) / number(whole).max(1.0)
}

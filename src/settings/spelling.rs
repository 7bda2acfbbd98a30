//! Suggestions for misspelt names.

/// Returns the name that differs least from `found`, or `None` if no name is similar enough.
pub(super) fn suggestion<'n>(found: &str, names: &[&'n str]) -> Option<&'n str> {
    let allowed = if found.len() < 4 { 1 } else { 2 };
    names
        .iter()
        .map(|name| (distance(found, name), *name))
        .min()
        .filter(|(distance, _)| *distance <= allowed)
        .map(|(_, name)| name)
}

/// Returns the Levenshtein distance in bytes: the minimum number of insertions, deletions and
/// replacements.
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.bytes().enumerate() {
        let mut above_left = i;
        let mut left = i.saturating_add(1);
        for (cell, y) in row.iter_mut().skip(1).zip(b.bytes()) {
            let replaced = above_left.saturating_add(usize::from(x != y));
            above_left = *cell;
            left = replaced.min(above_left.saturating_add(1)).min(left.saturating_add(1));
            *cell = left;
        }
        if let Some(first) = row.first_mut() {
            *first = i.saturating_add(1);
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests;

//! Header fields whose names JavaScript knows already: only their values cross.

/// Stands for a value that is absent. No value of a header field is a tab alone.
pub(super) const ABSENT: &str = "\t";

/// Returns the value of a field, or [`ABSENT`].
pub(super) fn value<'f>(fields: &'f [(&'static str, String)], name: &str) -> &'f str {
    let field = fields.iter().find(|(field, _)| *field == name);
    field.map_or(ABSENT, |(_, value)| value)
}

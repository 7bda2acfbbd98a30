//! Header fields whose names JavaScript knows already: only their values cross.

use wasm_bindgen::prelude::wasm_bindgen;

/// Stands for a value that is absent. No value of a header field is a tab alone.
pub(super) const ABSENT: &str = "\t";

/// The names of all header fields that the worker's own responses may have, one a line.
const OWN: &str = "\
    access-control-allow-credentials\n\
    access-control-allow-headers\n\
    access-control-allow-methods\n\
    access-control-allow-origin\n\
    access-control-expose-headers\n\
    access-control-max-age\n\
    allow\n\
    cache-control\n\
    content-type\n\
    retry-after\n\
    vary\n\
    www-authenticate";

#[wasm_bindgen(module = "/src/edge/fields.js")]
extern "C" {
    /// Tells JavaScript the names of the fields of the worker's own responses, one a line.
    #[wasm_bindgen(js_name = install)]
    fn install_names(names: &str);
}

/// Tells JavaScript the names of the fields of the worker's own responses.
pub(super) fn install() {
    install_names(OWN);
}

/// Returns the value of a field, or [`ABSENT`].
pub(super) fn value<'f>(fields: &'f [(&'static str, String)], name: &str) -> &'f str {
    let field = fields.iter().find(|(field, _)| *field == name);
    field.map_or(ABSENT, |(_, value)| value)
}

/// Returns the values of the fields of one of the worker's own responses, one a line.
pub(super) fn own_values(fields: &[(&'static str, String)]) -> String {
    let mut values = String::new();
    for name in OWN.lines() {
        values.push_str(value(fields, name));
        values.push('\n');
    }
    values
}

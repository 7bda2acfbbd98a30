//! The JSON Schema of the configuration, from the code that reads it.

use std::rc::Rc;

use serde_json::Value;

use super::Config;
use crate::settings::{Faults, Fields};

impl Config {
    /// The JSON Schema (draft 2020-12) of the configuration.
    pub fn schema() -> Value {
        let (faults, sink) = (Faults::default(), Rc::default());
        Self::read(Fields::describe(&faults, &sink), &faults);
        let title = "The configuration of Drawbridge: [vars.DRAWBRIDGE] in wrangler.toml";
        let mut schema = sink.take();
        if let Value::Object(schema) = &mut schema {
            let draft = "https://json-schema.org/draft/2020-12/schema";
            schema.insert("$schema".into(), draft.into());
            schema.insert("title".into(), title.into());
        }
        schema
    }
}

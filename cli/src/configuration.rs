//! The configuration of one environment of a file, and every fault and risk in it.

mod deployment;
mod notes;
mod places;
pub mod settings;

use std::path::{Path, PathBuf};

use drawbridge::config::Config;
use drawbridge::settings::Fault;

use crate::finding::{Finding, Severity};
use places::Places;
use settings::Settings;

/// The result of a check.
pub struct Checked {
    /// Absent if the configuration itself has faults.
    pub config: Option<Config>,
    /// In the order of their positions.
    pub findings: Vec<Finding>,
}

/// Returns the first configuration file that exists in this folder, or `wrangler.toml`.
pub fn default_file() -> PathBuf {
    let names = ["wrangler.json", "wrangler.jsonc", "wrangler.toml"].map(Path::new);
    names.into_iter().find(|name| name.exists()).unwrap_or(Path::new("wrangler.toml")).to_owned()
}

/// Reads the configuration, and finds what is wrong or risky in it and around it.
pub fn check(settings: &Settings<'_>) -> Checked {
    let document = settings.document;
    let variables = settings.variables();
    let mut findings = Vec::new();
    let mut find = |severity, at: usize, place: String, message: String| {
        findings.push(Finding::new(document.position(at), severity, &place, &message));
    };
    let mut config = None;
    if variables.is_empty() {
        let at = settings.own("vars").map_or(settings.start(), |vars| vars.start);
        find(Severity::Error, at, "vars.DRAWBRIDGE".into(), missing_variable(settings));
    } else {
        let texts = variables.iter().map(|variable| (variable.name, variable.text.as_str()));
        let places = Places::of(&variables);
        let mut tell = |severity, fault: Fault| {
            let at = places.find(&fault).unwrap_or(settings.start());
            find(severity, at, fault.place, fault.message);
        };
        match Config::parse(texts) {
            Ok(parsed) => {
                parsed.warnings().into_iter().for_each(|risk| tell(Severity::Warning, risk));
                notes::of(&parsed).into_iter().for_each(|note| tell(Severity::Note, note));
                config = Some(parsed);
            }
            Err(faults) => faults.into_iter().for_each(|fault| tell(Severity::Error, fault)),
        }
    }
    for remark in deployment::remarks(settings, config.as_ref()) {
        find(remark.severity, remark.at, remark.place, remark.message);
    }
    findings.sort_by_key(|finding| (finding.position, finding.severity));
    Checked { config, findings }
}

/// Says that the configuration is missing, and where it stands instead.
fn missing_variable(settings: &Settings<'_>) -> String {
    match settings.environment().filter(|_| settings.has_configuration_elsewhere()) {
        Some(name) => format!(
            "is missing; environments do not inherit variables: repeat them under \
             [env.{name}.vars.DRAWBRIDGE]"
        ),
        None => "is missing; the configuration is this variable".to_owned(),
    }
}

//! `drawbridge check`: every fault and every risk of a configuration, with its place.

mod report;

use std::path::PathBuf;

use crate::configuration::settings::Settings;
use crate::configuration::{self, Checked};
use crate::document::{Document, Unusable};
use crate::output::Output;
use report::Report;

/// Names every fault and every risk of a configuration, with its place in the file.
///
/// Exit status: 0 without faults (there may be warnings), 1 with faults, 2 where the file cannot be
/// read.
#[derive(clap::Args)]
pub struct Arguments {
    /// The file; without it wrangler.json, wrangler.jsonc or wrangler.toml of this folder.
    file: Option<PathBuf>,
    /// The environment, as wrangler's option of that name.
    #[arg(short, long, value_name = "NAME")]
    env: Option<String>,
    /// Write JSON.
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub fn run(Arguments { file, env, json }: &Arguments) -> Output {
    let path = file.clone().unwrap_or_else(configuration::default_file);
    let document = match Document::read(&path) {
        Ok(document) => document,
        Err(Unusable::Unreadable(cause)) => return Output::of_failure(&cause),
        Err(Unusable::Invalid { file, finding }) => {
            let report = Report {
                file: &file,
                environment: env.as_deref(),
                findings: vec![finding],
                unchecked: Vec::new(),
                secrets: Vec::new(),
            };
            return report.output(*json);
        }
    };
    let settings = match Settings::of(&document, env.as_deref()) {
        Ok(settings) => settings,
        Err(cause) => return Output::of_failure(&cause),
    };
    let Checked { config, findings } = configuration::check(&settings);
    let mut secrets: Vec<&str> = config.iter().flat_map(|config| config.secret_names()).collect();
    secrets.sort_unstable();
    secrets.dedup();
    let unchecked = if env.is_none() { settings.others() } else { Vec::new() };
    let environment = settings.environment();
    Report { file: &document.file, environment, findings, unchecked, secrets }.output(*json)
}

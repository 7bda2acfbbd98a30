//! The command line: it says what a configuration means and what becomes of a request, before
//! anything is deployed.

mod check;
mod configuration;
mod document;
mod explain;
mod finding;
mod init;
mod keygen;
mod output;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use output::Output;

/// A token-verifying edge gateway: checks its configuration and explains its verdicts.
#[derive(Parser)]
#[command(name = "drawbridge", version, max_term_width = 100)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Check(check::Arguments),
    Explain(explain::Arguments),
    Init(init::Arguments),
    Keygen(keygen::Arguments),
}

fn main() -> ExitCode {
    let output = match Arguments::try_parse() {
        Ok(Arguments { command }) => match command {
            Command::Check(arguments) => check::run(&arguments),
            Command::Explain(arguments) => explain::run(&arguments),
            Command::Init(arguments) => init::run(arguments),
            Command::Keygen(arguments) => keygen::run(&arguments),
        },
        Err(error) => Output::of_usage(&error),
    };
    output.print()
}

//! The options that answer questions. The questions make them, so a new platform brings its own.

use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches, ValueEnum as _};
use drawbridge::provider::Question;

use super::platform::Platform;
use super::question::{BACKEND, PUBLIC_URL};

/// What the options say.
pub struct Options {
    /// The values of each option that is given, by its name without `--`.
    pub values: Vec<(&'static str, Vec<String>)>,
}

impl Args for Options {
    fn augment_args(command: Command) -> Command {
        command.args(entries().iter().map(argument))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for Options {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let given = entries().into_iter().filter_map(|(question, _)| {
            let values = matches.get_many::<String>(question.option)?;
            Some((question.option, values.cloned().collect()))
        });
        Ok(Self { values: given.collect() })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

/// Returns one of an option's questions, and the option's help, for each option. If platforms share
/// an option, its help has a part for each of them.
fn entries() -> Vec<(&'static Question, String)> {
    let mut options: Vec<(&'static Question, String)> = Vec::new();
    for platform in Platform::value_variants() {
        for question in platform.setup.questions {
            let help = format!("{platform}: {}", question.help);
            match options.iter_mut().find(|(other, _)| other.option == question.option) {
                Some((_, text)) => *text = format!("{text}; {help}"),
                None => options.push((question, help)),
            }
        }
    }
    options.extend([&PUBLIC_URL, &BACKEND].map(|question| (question, question.help.to_owned())));
    options
}

/// Returns the argument of an option.
fn argument((question, help): &(&'static Question, String)) -> Arg {
    let argument = Arg::new(question.option)
        .long(question.option)
        .value_name(question.value_name)
        .help(help.clone());
    match question.is_list {
        true => argument.action(ArgAction::Append).value_delimiter(','),
        false => argument,
    }
}

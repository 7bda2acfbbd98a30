//! The answers, from options or from a terminal. The configuration's own rules judge each one.

use std::collections::BTreeMap;

use drawbridge::config::Config;
use drawbridge::provider::Question;
use serde_json::{Map, Value, json};

use super::options::Options;
use super::platform::Platform;
use super::prompt::Prompt;
use super::question::{Asked, BACKEND, PUBLIC_URL};

/// An answer to every question.
pub struct Answers {
    /// Who signs the tokens.
    pub platform: Platform,
    /// By the option of the question.
    values: BTreeMap<&'static str, Vec<String>>,
}

impl Answers {
    /// Takes the answers that the options give, and asks for the others.
    ///
    /// # Errors
    /// An answer is wrong, or is missing and nobody can be asked.
    pub fn collect(
        platform: Option<Platform>,
        options: Options,
        mut prompt: Option<&mut Prompt>,
    ) -> Result<Self, String> {
        let platform = match (platform, prompt.as_mut()) {
            (Some(platform), _) => platform,
            (None, Some(prompt)) => prompt.platform()?,
            (None, None) => return Err("--platform is missing; nobody is there to be asked".into()),
        };
        let mut answers = Self { platform, values: BTreeMap::new() };
        for (option, values) in options.values {
            answers.take(option, values)?;
        }
        for asked in Asked::of(platform) {
            let Question { option, default, .. } = asked.question;
            if answers.values.contains_key(option) {
                continue;
            }
            match (prompt.as_mut(), default) {
                (Some(prompt), _) => answers.ask(asked, prompt)?,
                (None, Some(default)) => {
                    answers.values.insert(option, vec![(*default).to_owned()]);
                }
                (None, None) => {
                    return Err(format!("--{option} is missing; nobody is there to be asked"));
                }
            }
        }
        Ok(answers)
    }

    /// Returns the values of an answer.
    pub fn all(&self, question: &Question) -> &[String] {
        self.values.get(question.option).map(Vec::as_slice).unwrap_or_default()
    }

    /// Returns the value of an answer that has one.
    pub fn one(&self, question: &Question) -> &str {
        self.all(question).first().map(String::as_str).unwrap_or_default()
    }

    /// Takes an option's values.
    fn take(&mut self, option: &str, values: Vec<String>) -> Result<(), String> {
        let asked = Asked::of(self.platform).find(|asked| asked.question.option == option);
        let Some(asked) = asked else {
            return Err(format!("--{option} has no meaning for {}", self.platform));
        };
        self.values.insert(asked.question.option, values);
        self.fault_of(asked).map_or(Ok(()), |fault| Err(format!("--{option}: {fault}")))
    }

    /// Asks until the answer is right.
    fn ask(&mut self, asked: Asked, prompt: &mut Prompt) -> Result<(), String> {
        loop {
            let values = prompt.values(asked.question)?;
            self.values.insert(asked.question.option, values);
            match self.fault_of(asked) {
                None => return Ok(()),
                Some(fault) => prompt.say(&fault),
            }
        }
    }

    /// Returns what the configuration's own rules say against an answer.
    fn fault_of(&self, asked: Asked) -> Option<String> {
        let text = self.configuration().to_string();
        let faults = Config::parse([("DRAWBRIDGE", text.as_str())]).err()?;
        let setting = asked.place();
        let about = |place: &str| {
            let rest = place.strip_prefix(setting.as_str());
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('['))
        };
        faults.into_iter().find(|fault| about(&fault.place)).map(|fault| fault.message)
    }

    /// Returns the answers so far as the worker would read them. An open question is an empty value.
    fn configuration(&self) -> Value {
        let Platform { kind, setup } = self.platform;
        let mut members = Map::new();
        members.insert("name".into(), setup.provider_name.into());
        members.insert("kind".into(), kind.into());
        for question in setup.questions {
            members.insert(question.setting.into(), self.value(question));
        }
        json!({
            "public_url": self.value(&PUBLIC_URL),
            "providers": [members],
            "upstreams": {"origin": {"url": self.value(&BACKEND)}},
        })
    }

    fn value(&self, question: &Question) -> Value {
        if question.is_list { json!(self.all(question)) } else { json!(self.one(question)) }
    }
}

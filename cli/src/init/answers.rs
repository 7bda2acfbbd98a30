//! The answers, from options or from a terminal. The configuration's own rules judge each one.

use std::collections::BTreeMap;

use drawbridge::config::Config;
use serde_json::{Map, Value, json};

use super::platform::Platform;
use super::prompt::Prompt;
use super::question::Question;

/// What the options say.
pub struct Given {
    pub platform: Option<Platform>,
    /// Options without values are absent.
    pub values: Vec<(Question, Vec<String>)>,
}

/// An answer to every question.
#[derive(Debug)]
pub struct Answers {
    pub platform: Platform,
    values: BTreeMap<Question, Vec<String>>,
}

impl Answers {
    /// Takes the answers that the options give, and asks for the others.
    ///
    /// # Errors
    /// An answer is wrong, or is missing and nobody can be asked.
    pub fn collect(given: Given, mut prompt: Option<&mut Prompt>) -> Result<Self, String> {
        let platform = match (given.platform, prompt.as_mut()) {
            (Some(platform), _) => platform,
            (None, Some(prompt)) => prompt.platform()?,
            (None, None) => return Err("--platform is missing; nobody is there to be asked".into()),
        };
        let mut answers = Self { platform, values: BTreeMap::new() };
        for (question, values) in given.values {
            answers.take(question, values)?;
        }
        for question in platform.questions() {
            if answers.values.contains_key(&question) {
                continue;
            }
            match (prompt.as_mut(), question.default()) {
                (Some(prompt), _) => answers.ask(question, prompt)?,
                (None, Some(default)) => {
                    answers.values.insert(question, vec![default.to_owned()]);
                }
                (None, None) => {
                    let option = question.option();
                    return Err(format!("{option} is missing; nobody is there to be asked"));
                }
            }
        }
        Ok(answers)
    }

    /// Returns the values of an answer.
    pub fn all(&self, question: Question) -> &[String] {
        self.values.get(&question).map(Vec::as_slice).unwrap_or_default()
    }

    /// Returns the value of an answer that has one.
    pub fn one(&self, question: Question) -> &str {
        self.all(question).first().map(String::as_str).unwrap_or_default()
    }

    /// Takes an option's values.
    fn take(&mut self, question: Question, values: Vec<String>) -> Result<(), String> {
        let option = question.option();
        if !self.platform.questions().any(|other| other == question) {
            return Err(format!("{option} has no meaning for {}", self.platform.name()));
        }
        self.values.insert(question, values);
        self.fault_of(question).map_or(Ok(()), |fault| Err(format!("{option}: {fault}")))
    }

    /// Asks until the answer is right.
    fn ask(&mut self, question: Question, prompt: &mut Prompt) -> Result<(), String> {
        loop {
            let values = prompt.values(question)?;
            self.values.insert(question, values);
            match self.fault_of(question) {
                None => return Ok(()),
                Some(fault) => prompt.say(&fault),
            }
        }
    }

    /// Returns what the configuration's own rules say against an answer.
    fn fault_of(&self, question: Question) -> Option<String> {
        let text = self.configuration().to_string();
        let faults = Config::parse([("DRAWBRIDGE", text.as_str())]).err()?;
        let setting = question.place();
        let about = |place: &str| {
            let rest = place.strip_prefix(setting.as_str());
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('['))
        };
        faults.into_iter().find(|fault| about(&fault.place)).map(|fault| fault.message)
    }

    /// Returns the answers so far as the worker would read them. An open question is an empty value.
    fn configuration(&self) -> Value {
        let provider = self.platform.provider();
        let mut members = Map::new();
        members.insert("name".into(), provider.name.into());
        members.insert("kind".into(), provider.kind.into());
        for question in provider.questions {
            members.insert(question.setting().into(), self.value(*question));
        }
        json!({
            "public_url": self.value(Question::PublicUrl),
            "providers": [members],
            "upstreams": {"origin": {"url": self.value(Question::Backend)}},
        })
    }

    fn value(&self, question: Question) -> Value {
        if question.takes_several() { json!(self.all(question)) } else { json!(self.one(question)) }
    }
}

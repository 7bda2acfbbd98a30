//! What `init` must know: from options, or asked on a terminal. The configuration's own rules judge
//! every answer.

use std::collections::BTreeMap;
use std::io::{self, BufRead as _, Write as _};

use clap::ValueEnum as _;
use drawbridge::config::Config;
use serde_json::{Value, json};

use super::Platform;
use crate::output::{BAD, FAINT, STRONG, paint};

/// What is asked beside the platform.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Asked {
    Regions,
    Issuer,
    Audiences,
    Algorithms,
    PublicUrl,
    Backend,
}

/// Everything that was asked.
#[derive(Debug)]
pub struct Answers {
    pub platform: Platform,
    values: BTreeMap<Asked, Vec<String>>,
}

/// The person at the terminal.
pub struct Prompt {
    input: io::StdinLock<'static>,
}

impl Answers {
    /// Takes what the options say, and asks for the rest.
    ///
    /// # Errors
    /// What is missing where nobody can be asked, or wrong.
    pub fn collect(
        (platform, given): (Option<Platform>, Vec<(Asked, Vec<String>)>),
        mut prompt: Option<&mut Prompt>,
    ) -> Result<Self, String> {
        let platform = match (platform, prompt.as_mut()) {
            (Some(platform), _) => platform,
            (None, Some(prompt)) => prompt.platform().ok_or(NO_ANSWER)?,
            (None, None) => return Err("--platform is missing; nobody is there to be asked".into()),
        };
        let mut answers = Self { platform, values: BTreeMap::new() };
        for (asked, values) in given {
            if !asked.concerns(platform) {
                let name = platform.to_possible_value().map(|value| value.get_name().to_owned());
                let name = name.unwrap_or_default();
                return Err(format!("{} has no meaning for {name}", asked.option()));
            }
            answers.values.insert(asked, values);
            if let Some(fault) = answers.fault_of(asked) {
                return Err(format!("{}: {fault}", asked.option()));
            }
        }
        for asked in Asked::ALL.into_iter().filter(|asked| asked.concerns(platform)) {
            if answers.values.contains_key(&asked) {
                continue;
            }
            match (prompt.as_mut(), asked.default()) {
                (Some(prompt), _) => answers.ask(asked, prompt)?,
                (None, Some(default)) => {
                    answers.values.insert(asked, vec![default.to_owned()]);
                }
                (None, None) => {
                    let option = asked.option();
                    return Err(format!("{option} is missing; nobody is there to be asked"));
                }
            }
        }
        Ok(answers)
    }

    /// The values of one answer.
    pub fn all(&self, asked: Asked) -> &[String] {
        self.values.get(&asked).map(Vec::as_slice).unwrap_or_default()
    }

    /// The value of an answer that has one.
    pub fn one(&self, asked: Asked) -> &str {
        self.all(asked).first().map(String::as_str).unwrap_or_default()
    }

    fn ask(&mut self, asked: Asked, prompt: &mut Prompt) -> Result<(), String> {
        loop {
            let answer = prompt.ask(asked.question(), asked.default()).ok_or(NO_ANSWER)?;
            let values = answer.split(',').map(|value| value.trim().to_owned());
            self.values.insert(asked, values.filter(|value| !value.is_empty()).collect());
            match self.fault_of(asked) {
                None => return Ok(()),
                Some(fault) => prompt.say(&fault),
            }
        }
    }

    /// What the configuration's own rules say against an answer.
    fn fault_of(&self, asked: Asked) -> Option<String> {
        let text = self.configuration().to_string();
        let faults = Config::parse([("DRAWBRIDGE", text.as_str())]).err()?;
        let about = |place: &str| {
            let rest = place.strip_prefix(asked.place());
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('['))
        };
        faults.into_iter().find(|fault| about(&fault.place)).map(|fault| fault.message)
    }

    /// The answers so far as the worker would read them.
    fn configuration(&self) -> Value {
        let mut provider = match self.platform {
            Platform::MerchantCenter => json!({"name": "mc", "kind": "merchant-center"}),
            Platform::Jtl => json!({"name": "jtl", "kind": "jtl-session"}),
            Platform::Oidc => json!({"name": "login", "kind": "oidc"}),
        };
        let one = |asked| Value::from(self.one(asked));
        for (name, value) in [
            ("regions", json!(self.all(Asked::Regions))),
            ("issuer", one(Asked::Issuer)),
            ("audiences", json!(self.all(Asked::Audiences))),
            ("algorithms", json!(self.all(Asked::Algorithms))),
        ] {
            if let Some(members) = provider.as_object_mut() {
                members.insert(name.to_owned(), value);
            }
        }
        json!({
            "public_url": one(Asked::PublicUrl),
            "providers": [provider],
            "upstreams": {"origin": {"url": one(Asked::Backend)}},
        })
    }
}

const NO_ANSWER: &str = "there was no answer";

impl Asked {
    const ALL: [Self; 6] = [
        Self::Regions,
        Self::Issuer,
        Self::Audiences,
        Self::Algorithms,
        Self::PublicUrl,
        Self::Backend,
    ];

    fn concerns(self, platform: Platform) -> bool {
        match self {
            Self::Regions => platform == Platform::MerchantCenter,
            Self::Issuer | Self::Audiences | Self::Algorithms => platform == Platform::Oidc,
            Self::PublicUrl | Self::Backend => true,
        }
    }

    fn option(self) -> &'static str {
        match self {
            Self::Regions => "--region",
            Self::Issuer => "--issuer",
            Self::Audiences => "--audience",
            Self::Algorithms => "--algorithm",
            Self::PublicUrl => "--public-url",
            Self::Backend => "--backend",
        }
    }

    fn question(self) -> &'static str {
        match self {
            Self::Regions => "Region: gcp-au, gcp-eu, gcp-us, aws-eu, aws-us; several with commas",
            Self::Issuer => "Issuer, exactly as in the tokens' iss",
            Self::Audiences => "Audience, which the tokens' aud must name; several with commas",
            Self::Algorithms => "Algorithm: RS256, EdDSA",
            Self::PublicUrl => "Public URL, which callers use",
            Self::Backend => "Backend URL, where verified requests go",
        }
    }

    fn default(self) -> Option<&'static str> {
        (self == Self::Algorithms).then_some("RS256")
    }

    /// Where the configuration has it.
    fn place(self) -> &'static str {
        match self {
            Self::Regions => "providers[0].regions",
            Self::Issuer => "providers[0].issuer",
            Self::Audiences => "providers[0].audiences",
            Self::Algorithms => "providers[0].algorithms",
            Self::PublicUrl => "public_url",
            Self::Backend => "upstreams.origin.url",
        }
    }
}

impl Prompt {
    pub fn new() -> Self {
        Self { input: io::stdin().lock() }
    }

    /// An answer, or the default for an empty one. `None` at the end of the input.
    pub fn ask(&mut self, question: &str, default: Option<&str>) -> Option<String> {
        loop {
            let hint = default.map(|default| format!(" [{default}]")).unwrap_or_default();
            self.write(&format!("{}{}: ", paint(STRONG, question), paint(FAINT, hint)));
            let mut line = String::new();
            if self.input.read_line(&mut line).ok()? == 0 {
                self.write("\n");
                return None;
            }
            match (line.trim(), default) {
                ("", Some(default)) => return Some(default.to_owned()),
                ("", None) => {}
                (answer, _) => return Some(answer.to_owned()),
            }
        }
    }

    fn platform(&mut self) -> Option<Platform> {
        const QUESTION: &str = "Platform: merchant-center, jtl, oidc";
        loop {
            let answer = self.ask(QUESTION, Some("merchant-center"))?;
            match Platform::from_str(&answer, true) {
                Ok(platform) => return Some(platform),
                Err(_) => self.say("must be merchant-center, jtl or oidc"),
            }
        }
    }

    fn say(&mut self, message: &str) {
        self.write(&format!("{}\n", paint(BAD, message)));
    }

    /// A terminal that is gone is noticed when it is read.
    fn write(&mut self, text: &str) {
        let mut stderr = anstream::stderr();
        let _ = stderr.write_all(text.as_bytes()).and_then(|()| stderr.flush());
    }
}

//! What `init` asks beside the platform.

use drawbridge::provider::Question;

use super::platform::Platform;

/// Where callers reach the worker.
pub static PUBLIC_URL: Question = Question {
    setting: "public_url",
    option: "public-url",
    help: "The address that callers use, as in X-Forward-To",
    text: "Public URL, which callers use",
    value_name: "URL",
    default: None,
    is_list: false,
};

/// Where the worker sends requests.
pub static BACKEND: Question = Question {
    setting: "url",
    option: "backend",
    help: "Where verified requests go",
    text: "Backend URL, where verified requests go",
    value_name: "URL",
    default: None,
    is_list: false,
};

/// A question, and the place of its setting in the configuration.
#[derive(Clone, Copy)]
pub struct Asked {
    /// The question.
    pub question: &'static Question,
    /// What stands before the name of the setting.
    table: &'static str,
}

impl Asked {
    /// Returns every question that a user of the platform must answer.
    pub fn of(platform: Platform) -> impl Iterator<Item = Self> {
        let of_provider = platform.setup.questions.iter();
        of_provider
            .map(|question| Self { question, table: "providers[0]." })
            .chain([Self { question: &PUBLIC_URL, table: "" }])
            .chain([Self { question: &BACKEND, table: "upstreams.origin." }])
    }

    /// Returns where the setting stands in the configuration.
    pub fn place(self) -> String {
        format!("{}{}", self.table, self.question.setting)
    }
}

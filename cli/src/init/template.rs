//! The file that `init` writes.

use std::fmt::Write as _;

use drawbridge::request::HttpUrl;

use super::answers::Answers;
use super::platform::Platform;
use super::question::{BACKEND, PUBLIC_URL};

/// Returns the file's text for these answers.
pub fn fill(answers: &Answers) -> String {
    let public_url = answers.one(&PUBLIC_URL);
    let origin = HttpUrl::parse(public_url).map(|url| url.origin().to_owned()).unwrap_or_default();
    let host = origin.split_once("://").map_or("", |(_, host)| host);
    TEMPLATE
        .replace("{host}", host)
        .replace("{public_url}", &string(public_url))
        .replace("{backend}", &string(answers.one(&BACKEND)))
        .replace("{provider}", provider(answers).trim_end())
}

/// A test compares the deployment in this file with the one in the project's own wrangler.toml.
const TEMPLATE: &str = include_str!("template.toml");

/// Returns the settings of the provider, as TOML.
fn provider(answers: &Answers) -> String {
    let Platform { kind, setup } = answers.platform;
    let mut text = String::new();
    let mut set = |setting: &str, value: String| {
        let _ = writeln!(text, "{setting} = {value}");
    };
    set("name", string(setup.provider_name));
    set("kind", string(kind));
    for question in setup.questions {
        let value = match question.is_list {
            true => array(answers.all(question)),
            false => string(answers.one(question)),
        };
        set(question.setting, value);
    }
    text + &secrets(setup.secrets)
}

/// Returns the settings that name secrets, as TOML.
fn secrets(settings: &[(&str, &str)]) -> String {
    let Some((_, first)) = settings.first() else { return String::new() };
    let mut text = SECRETS.replace("{first}", first);
    for (setting, name) in settings {
        let _ = writeln!(text, "{setting} = {}", string(name));
    }
    text
}

const SECRETS: &str = "\
# The names of Worker secrets. Set each value with `npx wrangler secret put {first}`. `npm run dev`
# reads the values from the file .dev.vars.
";

/// Returns a TOML string, whatever the text holds.
fn string(text: &str) -> String {
    toml_edit::Value::from(text).to_string()
}

fn array(items: &[String]) -> String {
    items.iter().collect::<toml_edit::Array>().to_string()
}

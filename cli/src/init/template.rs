//! The file that `init` writes.

use drawbridge::request::HttpUrl;

use super::answers::Answers;
use super::question::Question;

/// Returns the file's text for these answers.
pub fn fill(answers: &Answers) -> String {
    let public_url = answers.one(Question::PublicUrl);
    let origin = HttpUrl::parse(public_url).map(|url| url.origin().to_owned()).unwrap_or_default();
    let host = origin.split_once("://").map_or("", |(_, host)| host);
    TEMPLATE
        .replace("{host}", host)
        .replace("{public_url}", &string(public_url))
        .replace("{backend}", &string(answers.one(Question::Backend)))
        .replace("{provider}", provider(answers).trim_end())
}

/// A test compares the deployment in this file with the one in the project's own wrangler.toml.
const TEMPLATE: &str = include_str!("template.toml");

/// Returns the settings of the provider, as TOML.
fn provider(answers: &Answers) -> String {
    let provider = answers.platform.provider();
    let asked = provider.questions.iter().map(|question| {
        let value = match question.takes_several() {
            true => array(answers.all(*question)),
            false => string(answers.one(*question)),
        };
        format!("{} = {value}\n", question.setting())
    });
    let (name, kind) = (string(provider.name), string(provider.kind));
    let settings: String = asked.collect();
    format!("name = {name}\nkind = {kind}\n{settings}{}", provider.fixed)
}

/// Returns a TOML string, whatever the text holds.
fn string(text: &str) -> String {
    toml_edit::Value::from(text).to_string()
}

fn array(items: &[String]) -> String {
    items.iter().collect::<toml_edit::Array>().to_string()
}

//! The file that `init` writes.

use drawbridge::request::HttpUrl;

use super::Platform;
use super::answers::{Answers, Asked};

/// Like the project's own wrangler.toml; a test keeps the two alike.
const TEMPLATE: &str = include_str!("template.toml");

/// The text for these answers.
pub fn fill(answers: &Answers) -> String {
    let public_url = answers.one(Asked::PublicUrl);
    let origin = HttpUrl::parse(public_url).map(|url| url.origin().to_owned()).unwrap_or_default();
    let host = origin.split_once("://").map_or("", |(_, host)| host);
    TEMPLATE
        .replace("{host}", host)
        .replace("{public_url}", &string(public_url))
        .replace("{backend}", &string(answers.one(Asked::Backend)))
        .replace("{provider}", &provider(answers))
}

fn provider(answers: &Answers) -> String {
    match answers.platform {
        Platform::MerchantCenter => format!(
            "name = \"mc\"\nkind = \"merchant-center\"\nregions = {}",
            array(answers.all(Asked::Regions)),
        ),
        Platform::Jtl => "name = \"jtl\"\n\
             kind = \"jtl-session\"\n\
             # Names of Worker secrets. Set their values with `npx wrangler secret put JTL_CLIENT_ID`, or for\n\
             # `npm run dev` in the file .dev.vars.\n\
             client_id_secret_name = \"JTL_CLIENT_ID\"\n\
             client_secret_secret_name = \"JTL_CLIENT_SECRET\""
            .to_owned(),
        Platform::Oidc => format!(
            "name = \"login\"\nkind = \"oidc\"\nissuer = {}\naudiences = {}\nalgorithms = {}",
            string(answers.one(Asked::Issuer)),
            array(answers.all(Asked::Audiences)),
            array(answers.all(Asked::Algorithms)),
        ),
    }
}

/// A TOML string, whatever is in it.
fn string(text: &str) -> String {
    toml_edit::Value::from(text).to_string()
}

fn array(items: &[String]) -> String {
    items.iter().collect::<toml_edit::Array>().to_string()
}

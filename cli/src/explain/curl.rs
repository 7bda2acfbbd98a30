//! A pasted `curl` line.

mod quoting;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use clap::error::{ContextKind, ContextValue};
use clap::{ArgAction, Parser};

use super::request::{Wanted, header};
use crate::output::without_tokens;

/// Reads a line as a shell and curl would.
///
/// # Errors
/// A part of the line cannot be read. The message holds no value from the line.
pub fn parse(line: &str) -> Result<Wanted, String> {
    let line = line.trim();
    let line = line.strip_prefix("$ ").unwrap_or(line);
    let words = shell_words::split(&quoting::without_ansi_c(line)?)
        .map_err(|_| "has a quotation mark that is not closed".to_owned())?;
    let mut words = words.into_iter();
    let program = words.next().unwrap_or_default();
    if !matches!(program.rsplit('/').next(), Some("curl" | "curl.exe")) {
        return Err("does not begin with curl".into());
    }
    let curl = Curl::try_parse_from(words).map_err(|error| unreadable(&error))?;
    curl.request()
}

/// The options that shape the request. Options with a value are listed even if they change nothing,
/// because their values would be read as the URL.
#[derive(Parser)]
#[command(no_binary_name = true, disable_help_flag = true, disable_version_flag = true)]
#[command(args_override_self = true)]
struct Curl {
    #[arg(short = 'X', long = "request")]
    method: Option<String>,
    #[arg(short = 'H', long = "header", allow_hyphen_values = true)]
    headers: Vec<String>,
    #[arg(short, long, allow_hyphen_values = true)]
    #[arg(aliases = ["data-raw", "data-binary", "data-ascii", "data-urlencode"])]
    data: Vec<String>,
    #[arg(long, allow_hyphen_values = true)]
    json: Vec<String>,
    #[arg(short = 'F', long, alias = "form-string", allow_hyphen_values = true)]
    form: Vec<String>,
    #[arg(short = 'T', long, allow_hyphen_values = true)]
    upload_file: Option<String>,
    #[arg(short = 'G', long)]
    get: bool,
    #[arg(short = 'I', long)]
    head: bool,
    #[arg(short, long, allow_hyphen_values = true)]
    user: Option<String>,
    #[arg(long, allow_hyphen_values = true)]
    oauth2_bearer: Option<String>,
    #[arg(short = 'A', long, allow_hyphen_values = true)]
    user_agent: Option<String>,
    #[arg(short = 'b', long, allow_hyphen_values = true)]
    cookie: Option<String>,
    #[arg(short = 'e', long, allow_hyphen_values = true)]
    referer: Option<String>,
    #[arg(long = "url")]
    url: Vec<String>,
    #[arg(id = "urls")]
    urls: Vec<String>,
    #[command(flatten)]
    ignored: Ignored,
}

/// The options that change nothing about the request itself.
#[derive(clap::Args)]
struct Ignored {
    #[arg(short = 's', long = "silent", action = ArgAction::Count)]
    #[arg(short_aliases = ['S', 'v', 'i', 'k', 'L', 'f', 'N', 'O', 'g', '#'])]
    #[arg(aliases = [
        "show-error", "verbose", "include", "insecure", "location", "fail", "no-buffer",
        "remote-name", "globoff", "progress-bar", "fail-with-body", "compressed", "http1.1",
        "http2", "http3", "ssl-reqd", "tlsv1.2", "tlsv1.3", "path-as-is", "no-progress-meter",
        "raw", "tcp-nodelay", "location-trusted",
    ])]
    flags: u8,
    #[arg(short = 'o', long = "output", allow_hyphen_values = true)]
    #[arg(short_aliases = ['m', 'x', 'w', 'c', 'D', 'E'])]
    #[arg(aliases = [
        "max-time", "proxy", "write-out", "cookie-jar", "dump-header", "cert", "key", "cacert",
        "connect-timeout", "retry", "resolve", "connect-to", "max-redirs", "interface", "trace",
        "trace-ascii", "limit-rate", "retry-delay", "retry-max-time",
    ])]
    values: Vec<String>,
}

impl Curl {
    /// Returns the request that curl would send.
    fn request(self) -> Result<Wanted, String> {
        let mut urls = self.url.into_iter().chain(self.urls);
        let url = urls.next().ok_or("has no URL")?;
        if urls.next().is_some() {
            return Err("has more than one URL".into());
        }
        // Curl's own default, if there is no scheme.
        let mut url = if url.contains("://") { url } else { format!("http://{url}") };
        let has_data = !self.data.is_empty() || !self.json.is_empty() || !self.form.is_empty();
        if self.get && !self.data.is_empty() {
            let separator = if url.contains('?') { '&' } else { '?' };
            url = format!("{url}{separator}{}", self.data.join("&"));
        }
        let has_body = (has_data && !self.get) || self.upload_file.is_some();
        let method = match self.method {
            Some(method) => method,
            None if self.head => "HEAD".to_owned(),
            None if self.upload_file.is_some() => "PUT".to_owned(),
            None if has_body => "POST".to_owned(),
            None => "GET".to_owned(),
        };
        let basic = self.user.map(|user| format!("Basic {}", STANDARD.encode(user)));
        let bearer = self.oauth2_bearer.map(|token| format!("Bearer {token}"));
        let implied = [
            ("authorization", bearer.or(basic)),
            ("user-agent", self.user_agent),
            ("cookie", self.cookie),
            ("referer", self.referer),
            ("content-type", (!self.json.is_empty()).then(|| "application/json".to_owned())),
        ];
        let given = self.headers.iter().map(|text| header(text)).collect::<Result<Vec<_>, _>>()?;
        // A given field replaces curl's own; `Name:` only removes curl's own.
        let is_given = |name: &str| given.iter().any(|(other, _)| other == name);
        let implied = implied.into_iter().filter(|(name, _)| !is_given(name));
        let implied = implied.map(|(name, value)| (name.to_owned(), value)).collect::<Vec<_>>();
        let all = implied.into_iter().chain(given);
        let headers = all.filter_map(|(name, value)| Some((name, value?))).collect();
        Ok(Wanted { method, url, headers, has_body })
    }
}

/// Says which option cannot be read. The words beside the option may hold a token, so they are not
/// repeated.
fn unreadable(error: &clap::Error) -> String {
    match error.get(ContextKind::InvalidArg) {
        Some(ContextValue::String(name)) if name.starts_with('-') => {
            let name = name.split(['=', ' ']).next().unwrap_or_default();
            format!(
                "has an option that is not known here, or not complete: {}",
                without_tokens(name)
            )
        }
        _ => "cannot be read".into(),
    }
}

#[cfg(test)]
mod tests;

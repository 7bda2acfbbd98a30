//! The request, as a person writes it and as the worker would receive it.

use url::Url;

/// A request as a person writes it.
#[derive(Debug)]
pub struct Wanted {
    pub method: String,
    pub url: String,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    pub has_body: bool,
}

/// A request as the runtime hands it to the worker.
#[derive(Debug)]
pub struct Received {
    pub method: String,
    pub url: String,
    /// Names in lower case, each once.
    pub headers: Vec<(String, String)>,
    pub has_body: bool,
    /// What the runtime changes on the way.
    pub notes: Vec<String>,
}

/// Reads a header field as curl does: `Name: value`, `Name;` for an empty value, `Name:` for none.
///
/// # Errors
/// The field is wrong. The message does not repeat its value.
pub fn header(text: &str) -> Result<(String, Option<String>), String> {
    let (name, value) = match (text.split_once(':'), text.strip_suffix(';')) {
        (Some((name, value)), _) => {
            let value = value.trim_matches([' ', '\t']);
            (name, (!value.is_empty()).then(|| value.to_owned()))
        }
        (None, Some(name)) => (name, Some(String::new())),
        (None, None) => return Err("has a header without a colon".into()),
    };
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    if name.is_empty() || !name.bytes().all(is_token) {
        return Err("has a header whose name is none".into());
    }
    if value.as_ref().is_some_and(|value| value.contains(['\r', '\n', '\0'])) {
        return Err(format!("has a header {name} with a line break in it"));
    }
    Ok((name.to_ascii_lowercase(), value))
}

impl Received {
    /// Returns whether the request has a body that `fetch` does not send with its method.
    pub fn has_unsendable_body(&self) -> bool {
        self.has_body && matches!(self.method.as_str(), "GET" | "HEAD")
    }
}

impl Wanted {
    /// Returns the request as the worker receives it.
    ///
    /// # Errors
    /// No client could send the request.
    pub fn received(self) -> Result<Received, String> {
        let Self { method, url, headers, has_body } = self;
        let mut notes = Vec::new();
        let mut parsed =
            Url::parse(&url).map_err(|error| format!("has an invalid URL: {error}"))?;
        if !matches!(parsed.scheme(), "https" | "http") {
            return Err("has a URL that is neither https nor http".into());
        }
        if !parsed.username().is_empty() || parsed.password().is_some() {
            return Err("has a URL with a user name or password".into());
        }
        if method.is_empty()
            || !method.bytes().all(|byte| byte.is_ascii_alphabetic() || byte == b'-')
        {
            return Err("has a method that is none".into());
        }
        parsed.set_fragment(None);
        let sent = url.split('#').next().unwrap_or_default();
        if path(sent) != path(parsed.as_str()) && !path(sent).is_empty() {
            notes.push(format!("the runtime reads the path as {}", parsed.path()));
        }
        let mut joined: Vec<(String, String)> = Vec::new();
        for (name, value) in headers {
            match joined.iter_mut().find(|(known, _)| *known == name) {
                Some((_, values)) => *values = format!("{values}, {value}"),
                None => joined.push((name, value)),
            }
        }
        if let Some((_, host)) = joined.iter().find(|(name, _)| name == "host") {
            let scheme = parsed.scheme();
            let rest = parsed.as_str().strip_prefix(&parsed[..url::Position::BeforePath]);
            let elsewhere = Url::parse(&format!("{scheme}://{host}{}", rest.unwrap_or_default()));
            parsed = elsewhere.map_err(|_| "has an invalid Host header".to_owned())?;
        }
        Ok(Received { method, url: parsed.into(), headers: joined, has_body, notes })
    }
}

/// Returns the path and the query of a URL.
fn path(url: &str) -> &str {
    drawbridge::request::split_origin(url).1
}

#[cfg(test)]
mod tests;

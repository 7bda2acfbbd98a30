//! The values of the secrets that the configuration names.

use std::collections::HashMap;
use std::fmt;

/// The values of secrets, by name. `Debug` shows only the names.
#[derive(Clone, Default)]
pub struct Secrets(HashMap<String, String>);

impl Secrets {
    /// Returns the value of a secret, or `None` if no secret has that name.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// Returns whether `offered` is the value of that secret. The duration of the comparison does
    /// not reveal which bytes differ.
    pub fn is(&self, name: &str, offered: &str) -> bool {
        self.get(name).is_some_and(|secret| {
            let pairs = secret.bytes().zip(offered.bytes());
            let difference = pairs.fold(0, |difference, (a, b)| difference | (a ^ b));
            secret.len() == offered.len() && std::hint::black_box(difference) == 0
        })
    }
}

impl FromIterator<(String, String)> for Secrets {
    fn from_iter<I: IntoIterator<Item = (String, String)>>(secrets: I) -> Self {
        Self(secrets.into_iter().collect())
    }
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

#[cfg(test)]
mod tests;

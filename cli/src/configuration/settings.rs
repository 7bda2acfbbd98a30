//! What wrangler reads from a file for one environment.

use drawbridge::settings::variables::is_variable;
use serde_json::Value;

use crate::document::{Document, Node};

/// The settings of one environment: a named one, or the top level.
pub struct Settings<'d> {
    /// The file.
    pub document: &'d Document,
    environment: Option<(&'d str, &'d Node)>,
}

/// A variable that holds a part of the configuration.
pub struct Variable<'d> {
    /// The variable's name.
    pub name: &'d str,
    /// The variable in the file.
    pub node: &'d Node,
    /// The variable as the worker gets it.
    pub text: String,
}

impl<'d> Settings<'d> {
    /// Finds an environment in a file.
    ///
    /// # Errors
    /// The file has no such environment.
    pub fn of(document: &'d Document, environment: Option<&str>) -> Result<Self, String> {
        let Some(wanted) = environment else { return Ok(Self { document, environment: None }) };
        let found = environments(document).find(|(name, _)| *name == wanted);
        match found {
            Some(environment) => Ok(Self { document, environment: Some(environment) }),
            None => {
                let names: Vec<&str> = environments(document).map(|(name, _)| name).collect();
                let known = match names.is_empty() {
                    true => "it has none".to_owned(),
                    false => format!("it has {}", names.join(", ")),
                };
                Err(format!("{} has no environment {wanted}; {known}", document.file))
            }
        }
    }

    /// Returns the environment's name; the top level has none.
    pub fn environment(&self) -> Option<&'d str> {
        self.environment.map(|(name, _)| name)
    }

    /// Returns the names of the other environments.
    pub fn others(&self) -> Vec<&'d str> {
        let names = environments(self.document).map(|(name, _)| name);
        names.filter(|name| Some(*name) != self.environment()).collect()
    }

    /// Returns where the environment begins, in bytes.
    pub fn start(&self) -> usize {
        self.environment.map_or(0, |(_, node)| node.start)
    }

    /// Returns a setting that environments inherit.
    pub fn inherited(&self, path: &[&str]) -> Option<&'d Node> {
        // Wrangler inherits a whole top-level setting or nothing of it.
        let (first, rest) = path.split_first()?;
        let own = self.environment.and_then(|(_, node)| node.get(first));
        let found = own.or_else(|| self.document.root.get(first))?;
        rest.iter().try_fold(found, |node, name| node.get(name))
    }

    /// Returns a setting that environments do not inherit.
    pub fn own(&self, name: &str) -> Option<&'d Node> {
        self.environment.map_or(&self.document.root, |(_, node)| node).get(name)
    }

    /// Returns a setting of the top level that the environment does not inherit.
    pub fn not_inherited(&self, name: &str) -> Option<&'d Node> {
        self.environment.and_then(|_| self.document.root.get(name))
    }

    /// Returns the variables that hold the configuration.
    pub fn variables(&self) -> Vec<Variable<'d>> {
        variables(self.own("vars"))
    }

    /// Returns whether the top level has a configuration that the environment does not inherit.
    pub fn has_configuration_elsewhere(&self) -> bool {
        !variables(self.not_inherited("vars")).is_empty()
    }
}

fn variables(vars: Option<&Node>) -> Vec<Variable<'_>> {
    let members = vars.into_iter().flat_map(Node::members);
    let variables = members.filter(|(name, _)| is_variable(name));
    variables.map(|(name, node)| Variable { name, node, text: text(node) }).collect()
}

/// Returns a variable's text: wrangler hands on strings as they are, and all else as JSON.
fn text(node: &Node) -> String {
    match node.to_value() {
        Value::String(text) => text,
        value => value.to_string(),
    }
}

fn environments(document: &Document) -> impl Iterator<Item = (&str, &Node)> {
    document.root.get("env").into_iter().flat_map(Node::members)
}

//! Faults and risks in the deployment around the configuration.

use drawbridge::config::Config;
use drawbridge::request::{HttpUrl, split_port};

use super::settings::Settings;
use crate::document::Node;
use crate::finding::Severity;

/// A fault or risk in one of wrangler's settings.
pub struct Remark {
    pub severity: Severity,
    /// The offset in the file, in bytes.
    pub at: usize,
    pub place: String,
    pub message: String,
}

/// Returns every fault and every risk.
pub fn remarks(settings: &Settings<'_>, config: Option<&Config>) -> Vec<Remark> {
    let mut remarks = Remarks { settings, found: Vec::new() };
    remarks.essentials();
    remarks.further_addresses();
    remarks.key_caches();
    remarks.schedule();
    remarks.logs();
    remarks.routes(config);
    remarks.bindings(config);
    remarks.secrets(config);
    remarks.found
}

/// The file that `npm run build` makes.
const MAIN: &str = "build/index.js";

struct Remarks<'s, 'd> {
    settings: &'s Settings<'d>,
    found: Vec<Remark>,
}

impl Remarks<'_, '_> {
    fn add(&mut self, severity: Severity, at: Option<&Node>, place: &str, message: &str) {
        let at = at.map_or(self.settings.start(), |node| node.start);
        self.found.push(Remark { severity, at, place: place.into(), message: message.into() });
    }

    fn warn(&mut self, at: Option<&Node>, place: &str, message: &str) {
        self.add(Severity::Warning, at, place, message);
    }

    /// Looks at the settings without which wrangler deploys nothing, or not the worker.
    fn essentials(&mut self) {
        for name in ["name", "compatibility_date"] {
            if self.settings.inherited(&[name]).is_none() {
                self.warn(None, name, "is missing; wrangler demands it");
            }
        }
        let main = self.settings.inherited(&["main"]);
        let is_ours = main.and_then(Node::as_str).is_some_and(|main| {
            main.strip_suffix(MAIN).is_some_and(|rest| rest.is_empty() || rest.ends_with('/'))
        });
        match main {
            None => self.warn(None, "main", &format!("is missing; the build makes {MAIN}")),
            Some(node) if !is_ours => {
                self.warn(
                    Some(node),
                    "main",
                    &format!("is something else than what the build makes, {MAIN}"),
                );
            }
            Some(_) => {}
        }
        if self.settings.inherited(&["build", "command"]).is_none() {
            let message = "is missing; wrangler would deploy what was built last";
            self.warn(self.settings.inherited(&["build"]), "build.command", message);
        }
    }

    /// Looks for addresses of the worker beside its route.
    fn further_addresses(&mut self) {
        for name in ["workers_dev", "preview_urls"] {
            let node = self.settings.inherited(&[name]);
            if node.and_then(Node::as_bool) != Some(false) {
                let found = if node.is_some() { "is not false" } else { "is not set" };
                let message =
                    format!("{found}; every further address is one more door: set it to false");
                self.warn(node, name, &message);
            }
        }
    }

    /// Looks for the KV namespace. Without it, the worker serves nobody.
    fn key_caches(&mut self) {
        const NAME: &str = "kv_namespaces";
        let is_bound = |node: Option<&Node>| {
            let items = node.map(Node::items).unwrap_or_default();
            items
                .iter()
                .any(|item| item.get("binding").and_then(Node::as_str) == Some("JWKS_CACHE"))
        };
        let own = self.settings.own(NAME);
        if is_bound(own) {
            return;
        }
        let hint = match self.settings.environment() {
            Some(name) if is_bound(self.settings.not_inherited(NAME)) => {
                format!("; environments do not inherit it: repeat it as [[env.{name}.{NAME}]]")
            }
            _ => "; the worker serves nobody without it".to_owned(),
        };
        self.add(Severity::Error, own, NAME, &format!("has no binding JWKS_CACHE{hint}"));
    }

    /// Looks for the cron trigger.
    fn schedule(&mut self) {
        let crons = self.settings.inherited(&["triggers", "crons"]);
        if crons.is_none_or(|crons| crons.items().is_empty()) {
            let message = "has no schedule; without one, requests wait for keys that could have been \
                           refreshed ahead: set it to [\"*/5 * * * *\"]";
            self.warn(crons, "triggers.crons", message);
        }
    }

    /// Looks at what Cloudflare logs of a request.
    fn logs(&mut self) {
        let setting = |path: &[&str]| self.settings.inherited(path);
        let is = |path: &[&str], value| setting(path).and_then(Node::as_bool) == Some(value);
        let logs = is(&["observability", "enabled"], true)
            || is(&["observability", "logs", "enabled"], true);
        if logs && !is(&["observability", "logs", "invocation_logs"], false) {
            let node = setting(&["observability", "logs", "invocation_logs"])
                .or_else(|| setting(&["observability"]));
            let message = "is not false; Cloudflare's own log lines hold request headers, and with \
                           them tokens";
            self.warn(node, "observability.logs.invocation_logs", message);
        }
    }

    /// Looks at the worker's place in its zone, which decides whether the worker can reach a backend
    /// in the same zone.
    fn routes(&mut self, config: Option<&Config>) {
        let single = self.settings.inherited(&["route"]).map(|node| ("route".to_owned(), node));
        let several = self.settings.inherited(&["routes"]).map(Node::items).unwrap_or_default();
        let several =
            several.iter().enumerate().map(|(index, node)| (format!("routes[{index}]"), node));
        let routes: Vec<(String, &Node)> = single.into_iter().chain(several).collect();
        let is_domain =
            |node: &Node| node.get("custom_domain").and_then(Node::as_bool) == Some(true);

        let flags = self.settings.inherited(&["compatibility_flags"]).map(Node::items);
        for (index, flag) in flags.unwrap_or_default().iter().enumerate() {
            let strict = flag.as_str() == Some("global_fetch_strictly_public");
            if strict && routes.iter().any(|(_, node)| !is_domain(node)) {
                let message = "is \"global_fetch_strictly_public\" beside a route; requests to a \
                               backend of the same zone would come back to the worker";
                self.warn(Some(flag), &format!("compatibility_flags[{index}]"), message);
            }
        }
        for (place, node) in routes.iter().filter(|(_, node)| is_domain(node)) {
            let domain = node.get("pattern").and_then(Node::as_str).unwrap_or_default();
            let upstreams = config.into_iter().flat_map(|config| &config.upstreams);
            for upstream in
                upstreams.filter(|upstream| host(&upstream.url).eq_ignore_ascii_case(domain))
            {
                let message = format!(
                    "is a custom domain and the host of the upstream {:?}: requests would come back \
                     to the worker",
                    upstream.name,
                );
                self.warn(Some(node), place, &message);
            }
        }
    }

    /// Looks for the bindings that upstreams name.
    fn bindings(&mut self, config: Option<&Config>) {
        const KINDS: [&str; 3] = ["services", "mtls_certificates", "vpc_services"];
        let bound: Vec<&str> = KINDS
            .into_iter()
            .filter_map(|kind| self.settings.own(kind))
            .flat_map(Node::items)
            .filter_map(|item| item.get("binding").and_then(Node::as_str))
            .collect();
        for upstream in config.into_iter().flat_map(|config| &config.upstreams) {
            let missing = upstream.binding.as_deref().filter(|name| !bound.contains(name));
            if let Some(name) = missing {
                let message = format!(
                    "has no binding {name}, which the upstream {:?} names; the worker serves nobody \
                     without it",
                    upstream.name,
                );
                self.add(Severity::Error, None, "services", &message);
            }
        }
    }

    /// Looks for secrets among the variables, which everybody who has the file can read.
    fn secrets(&mut self, config: Option<&Config>) {
        let Some(vars) = self.settings.own("vars") else { return };
        let mut names: Vec<&str> = config.into_iter().flat_map(Config::secret_names).collect();
        names.sort_unstable();
        names.dedup();
        for name in names {
            if let Some(node) = vars.get(name) {
                let message = format!(
                    "is a secret: remove it here, and run `npx wrangler secret put {name}`"
                );
                self.warn(Some(node), &format!("vars.{name}"), &message);
            }
        }
    }
}

/// Returns the host of a URL, without its port.
fn host(url: &HttpUrl) -> &str {
    let authority = url.origin().split_once("://").map_or("", |(_, authority)| authority);
    split_port(authority).0
}

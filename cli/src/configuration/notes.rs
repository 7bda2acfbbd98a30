//! What a configuration means for other systems, although nothing in it is wrong or risky.

use drawbridge::config::Config;
use drawbridge::request::MAX_TOKEN_BYTES;
use drawbridge::route::Action;
use drawbridge::settings::Fault;

/// Returns a note for every setting that sends a backend header fields of the size of a token.
pub fn of(config: &Config) -> Vec<Fault> {
    let mut notes = Vec::new();
    for (index, route) in config.routes.routes().iter().enumerate() {
        if matches!(route.action, Action::Forward { with_token: true, .. }) {
            let place = format!("routes[{index}].forward_token");
            notes.push(Fault::new(&place, &limits("forwards tokens")));
        }
    }
    for upstream in config.upstreams.iter().filter(|upstream| upstream.assertion.is_some()) {
        let place = format!("upstreams.{}.assertion", upstream.name);
        notes.push(Fault::new(&place, &limits("repeats the permissions of tokens")));
    }
    notes
}

fn limits(what: &str) -> String {
    let kib = MAX_TOKEN_BYTES / 1024;
    format!(
        "{what} of up to {kib} KiB; Node answers 431 to a head of more than 16 KiB \
         (--max-http-header-size), nginx 400 to a field of more than 8 KiB \
         (large_client_header_buffers)"
    )
}

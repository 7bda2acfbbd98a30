//! The configuration.

use drawbridge::config::Config;
use drawbridge::pipeline::{Gateway, Incoming, Verdict};
use drawbridge::request::Request;
use drawbridge::route::{Access, Match};
use drawbridge::secrets::Secrets;
use drawbridge::time::UnixMillis;

const REQUESTS: [(&str, &str); 6] = [
    ("GET", "/"),
    ("POST", "/orders"),
    ("GET", "/orders/1/lines"),
    ("OPTIONS", "/healthz"),
    ("DELETE", "/hooks/a;b"),
    ("HEAD", "/files//a"),
];

/// Checks that a configuration is read the same twice, that its faults have messages, and that an
/// unknown member is always a fault. If the configuration is valid, no request without a credential
/// passes, except on a public route.
pub fn target(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let parse = |text: &str| Config::parse([("DRAWBRIDGE", text)]);
    let config = match parse(text) {
        Err(faults) => {
            assert!(!faults.is_empty() && faults.iter().all(|fault| !fault.message.is_empty()));
            assert!(faults.is_sorted());
            return assert_eq!(parse(text).unwrap_err(), faults);
        }
        Ok(config) => config,
    };
    if let Some((before, rest)) = text.split_once('{') {
        assert!(parse(&format!("{before}{{\"unknown_member\":1,{rest}")).is_err());
    }
    assert_eq!(config.warnings(), parse(text).unwrap().warnings());
    let secrets: Secrets = config
        .secret_names()
        .into_iter()
        .map(|name| (name.to_owned(), "secret".to_owned()))
        .collect();
    let Ok(gateway) = Gateway::new(config, secrets, || [0; 16]) else { return };
    for (method, path) in REQUESTS {
        nobody_passes(&gateway, method, &format!("https://api.example.com{path}"));
    }
}

fn nobody_passes(gateway: &Gateway, method: &str, url: &str) {
    let headers = [("origin", "https://a.example")];
    let incoming = Incoming { method, url, headers: headers.into_iter().collect() };
    let mut keys = gateway.key_caches();
    let verdict = gateway.judge(&incoming, &mut keys, UnixMillis::from_seconds(1)).verdict;
    if let Verdict::Forward(forward) = verdict {
        let request = Request::new(method, url, incoming.headers.clone()).unwrap();
        let found = gateway.config().routes.find(method, request.path.normal());
        let Match::Route(deciding) = found else { panic!("forwarded without a route") };
        assert_eq!(deciding.route.access, Access::Public);
        assert_eq!(deciding.as_written, None);
        assert!(forward.identity().is_empty());
    }
    assert!(keys.take_starts().is_empty(), "no key is asked for without a credential");
}

//! The files that `check` can read, and those that it cannot.

use serde_json::{Value, json};

use crate::folder::Folder;

#[test]
fn json_with_comments_is_read() {
    let folder = Folder::new("jsonc");
    let text = r#"{
  // The worker
  "name": "drawbridge", "main": "./build/index.js", "compatibility_date": "2026-11-17",
  "workers_dev": false, "preview_urls": false,
  "kv_namespaces": [{ "binding": "JWKS_CACHE" }],
  "triggers": { "crons": ["*/5 * * * *"] }, "build": { "command": "npm run -s build" },
  "vars": {
    "DRAWBRIDGE": {
      "providers": [{ "name": "mc", "kind": "merchant-center", "regions": ["gcp-eu", "é", "x"] }],
      "upstreams": { "origin": { "url": "https://backend.example.com" } },
    },
  },
}
"#;
    folder.write("wrangler.jsonc", text);
    let said = folder.run(&["check"]);
    assert_eq!(said.status, 1);
    let places: Vec<_> = said.stdout.lines().filter_map(|line| line.split(": is").next()).collect();
    assert_eq!(
        places,
        [
            "wrangler.jsonc:9:86: error: providers[0].regions[1]",
            "wrangler.jsonc:9:91: error: providers[0].regions[2]",
            "wrangler.jsonc: 2 errors",
        ],
    );
    folder.write("wrangler.jsonc", text.replace("\"name\"", "name"));
    folder.run(&["check"]).is(
        1,
        "wrangler.jsonc:3:3: error: is not valid JSON: Expected string for object property\nwrangler.jsonc: 1 error\n",
    );
    for (text, message) in [("", "is empty"), ("[]", "is not a JSON object")] {
        folder.write("wrangler.json", text);
        folder
            .run(&["check", "wrangler.json"])
            .is(1, &format!("wrangler.json:1:1: error: {message}\nwrangler.json: 1 error\n"));
    }
}

#[test]
fn toml_that_is_none_has_its_place() {
    let folder = Folder::new("no-toml");
    for (text, expected) in [
        ("a = 1\na = 2\n", "2:1: error: is not valid TOML: duplicate key"),
        (
            "\u{feff}a = 1\nb =\n",
            "2:4: error: is not valid TOML: string values must be quoted, expected literal string",
        ),
        ("[a\n", "1:3: error: is not valid TOML: unclosed table, expected `]`"),
    ] {
        folder.write("wrangler.toml", text);
        let said = folder.run(&["check", "--env", "live"]);
        said.is(1, &format!("wrangler.toml:{expected}\nwrangler.toml: 1 error\n"));
    }
    let said = folder.run(&["check", "--json"]);
    let json: Value = serde_json::from_str(&said.stdout).unwrap();
    assert_eq!((said.status, &json["errors"][0]["line"]), (1, &json!(1)));
}

#[test]
fn what_cannot_be_read_is_said() {
    let folder = Folder::new("unreadable");
    folder
        .run(&["check"])
        .fails("cannot read wrangler.toml: No such file or directory (os error 2)");
    std::fs::create_dir(folder.path("wrangler.toml")).unwrap();
    folder.run(&["check"]).fails("cannot read wrangler.toml: it is a directory");
    folder.write("binary", [0xff, 0xfe, 0x00]);
    folder.run(&["check", "binary"]).fails("cannot read binary: it is not UTF-8 text");
    folder.write("huge", "#".repeat(1_048_577));
    folder.run(&["check", "huge"]).fails("cannot read huge: it is larger than 1024 KiB");
    folder.write("deep", format!("a = {}", "[".repeat(100_000)));
    assert_eq!(folder.run(&["check", "deep"]).status, 1);
    folder.write("deep.json", format!("{{\"a\":{}", "[".repeat(100_000)));
    assert_eq!(folder.run(&["check", "deep.json"]).status, 1);
}

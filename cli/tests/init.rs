//! `drawbridge init`.

use drawbridge::provider::SETUPS;
use toml_edit::{DocumentMut, Item};

use crate::folder::Folder;

const URLS: [&str; 4] =
    ["--public-url", "https://api.example.com/base", "--backend", "https://backend.example.com"];

/// Every platform, with the options that it needs.
const PLATFORMS: [&[&str]; 4] = [
    &[
        "--platform",
        "merchant-center",
        "--region",
        "gcp-eu,aws-us",
        "--region",
        "https://mc.example.com",
    ],
    &["--platform", "jtl"],
    &[
        "--platform",
        "oidc",
        "--issuer",
        "https://login.example.com/",
        "--audience",
        "orders,a \"b\"\\",
    ],
    &[
        "--platform",
        "oidc",
        "--issuer",
        "https://login.example.com",
        "--audience",
        "{backend}",
        "--algorithm",
        "EdDSA,RS256",
    ],
];

fn document(text: &str) -> DocumentMut {
    text.parse().unwrap()
}

#[test]
fn what_is_written_passes_check() {
    let folder = Folder::new("init");
    for (index, platform) in PLATFORMS.iter().enumerate() {
        let name = format!("{index}.toml");
        let said = folder.run(&[&["init", "--out", &name], *platform, &URLS].concat());
        assert_eq!((said.status, said.stderr.as_str()), (0, ""), "{platform:?}");
        let checked = folder.run(&["check", &name]);
        assert_eq!(checked.status, 0, "{}", checked.stdout);
        // No warning is about the deployment around the configuration.
        let about =
            |line: &str| line.contains("upstreams.origin: ") || line.contains("providers[0]: ");
        let warnings = checked.stdout.lines().filter(|line| line.contains(": warning: "));
        assert!(warnings.clone().all(about), "{}", checked.stdout);
        let text = folder.read(&name);
        assert_eq!(document(&text)["vars"]["DRAWBRIDGE"]["public_url"].as_str(), Some(URLS[1]));
        assert!(text.contains("# pattern = \"api.example.com/*\"\n"));
        assert!(!text.contains("CHANGE"));
    }
    let provider = |name: &str| {
        let document = document(&folder.read(name));
        let providers = document["vars"]["DRAWBRIDGE"]["providers"].as_array_of_tables().unwrap();
        providers.get(0).unwrap().to_string()
    };
    assert_eq!(
        provider("0.toml").trim(),
        "name = \"mc\"\nkind = \"merchant-center\"\nregions = [\"gcp-eu\", \"aws-us\", \"https://mc.example.com\"]"
    );
    assert!(provider("2.toml").contains(r#"audiences = ["orders", 'a "b"\']"#));
    assert!(provider("3.toml").contains(r#"audiences = ["{backend}"]"#));
}

#[test]
fn every_platform_of_the_core_is_offered() {
    let help = Folder::new("offered").run(&["init", "--help"]).stdout;
    for setup in SETUPS.iter().filter_map(|(_, setup)| setup.as_ref()) {
        assert!(help.contains(&format!("- {}: ", setup.platform)), "{}", setup.platform);
        assert!(help.contains(&format!(" {}\n", setup.title)), "{}", setup.title);
        for question in setup.questions {
            let option = format!("--{} <{}>\n", question.option, question.value_name);
            let about = format!("{}: {}", setup.platform, question.help);
            assert!(help.contains(&option) && help.contains(&about), "{option}{about}");
        }
    }
}

#[test]
fn the_next_steps_are_named() {
    let folder = Folder::new("next-steps");
    folder.run(&[&["init"], PLATFORMS[1], &URLS].concat()).is(
        0,
        "wrangler.toml is written. Next:\n  npm run check\n  npx wrangler secret put JTL_CLIENT_ID\n  \
         npx wrangler secret put JTL_CLIENT_SECRET\n  npm run deploy\n",
    );
}

/// The settings that deploy the worker are the same in both files. Settings that `init` asks for, or
/// that a user of the repository fills in, are not compared.
#[test]
fn the_template_is_like_the_projects_own_file() {
    let folder = Folder::new("template");
    folder.run(&[&["init"], PLATFORMS[0], &URLS].concat());
    let written = document(&folder.read("wrangler.toml"));
    let own = document(include_str!("../../wrangler.toml"));
    let text = |item: &Item| item.to_string().trim().to_owned();
    for name in [
        "main",
        "workers_dev",
        "preview_urls",
        "send_metrics",
        "triggers",
        "observability",
        "build",
    ] {
        assert_eq!(text(&written[name]), text(&own[name]), "{name}");
    }
    for document in [&written, &own] {
        let binding = document["kv_namespaces"].as_array_of_tables().unwrap().get(0).unwrap();
        assert_eq!(binding["binding"].as_str(), Some("JWKS_CACHE"));
        assert!(document["compatibility_date"].as_str().is_some());
    }
    let names = |document: &DocumentMut| -> Vec<String> {
        document.iter().map(|(name, _)| name.to_owned()).filter(|name| name != "routes").collect()
    };
    assert_eq!(names(&written), names(&own));
}

#[test]
fn the_projects_own_file_passes_check() {
    let folder = Folder::new("own-file");
    folder.write("wrangler.toml", include_str!("../../wrangler.toml"));
    assert_eq!(folder.run(&["check"]).status, 0);
}

#[test]
fn an_existing_file_is_overwritten_by_force_only() {
    let folder = Folder::new("force");
    folder.write("wrangler.toml", "mine");
    let arguments = [&["init"], PLATFORMS[1], &URLS].concat();
    folder
        .run(&arguments)
        .fails("wrangler.toml exists; --force overwrites it, --out FILE writes another");
    assert_eq!(folder.read("wrangler.toml"), "mine");
    assert_eq!(folder.run(&[&arguments[..], &["--force"]].concat()).status, 0);
    assert_eq!(folder.run(&["check"]).status, 0);
}

#[test]
fn what_is_missing_or_wrong_is_named_and_nothing_written() {
    let folder = Folder::new("missing");
    for (arguments, message) in [
        (&[][..], "--platform is missing; nobody is there to be asked"),
        (&["--platform", "jtl"], "--public-url is missing; nobody is there to be asked"),
        (&["--platform", "merchant-center"], "--region is missing; nobody is there to be asked"),
        (&["--platform", "jtl", "--region", "gcp-eu"], "--region has no meaning for jtl"),
        (
            &["--platform", "oidc", "--issuer", "login"],
            "--issuer: is \"login\"; must be an absolute URL such as https://api.example.com",
        ),
        (
            &["--platform", "oidc", "--algorithm", "HS256"],
            "--algorithm: is \"HS256\"; must be one of \"RS256\", \"EdDSA\"; did you mean \"RS256\"?",
        ),
        (
            &["--platform", "jtl", "--backend", "http://backend.example.com"],
            "--backend: is \"http://backend.example.com\"; must be https (http is for loopback hosts only)",
        ),
    ] {
        folder.run(&[&["init"], arguments].concat()).fails(message);
    }
    assert!(!folder.path("wrangler.toml").exists());
    assert_eq!(folder.run(&["init", "--platform", "magento"]).status, 2);
}

//! Tests on a terminal, or what a program takes for one.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::process::{Command, Stdio};

use nix::pty::openpty;

use crate::folder::Folder;

/// Runs a command on a terminal on which somebody types `input`. Returns the exit status, and all
/// that the terminal showed, `input` included.
pub fn run(mut command: Command, input: &str) -> (i32, String) {
    let pair = openpty(None, None).unwrap();
    let copy = || Stdio::from(pair.slave.try_clone().unwrap());
    let mut child = command.stdin(copy()).stdout(copy()).stderr(copy()).spawn().unwrap();
    // The terminal stays open as long as one of these lives.
    drop((command, pair.slave));
    let mut terminal = File::from(pair.master);
    terminal.write_all(input.as_bytes()).unwrap();
    let mut seen = Vec::new();
    // Reading ends with an error when the last program is gone.
    let _ = terminal.read_to_end(&mut seen);
    (child.wait().unwrap().code().unwrap(), String::from_utf8(seen).unwrap())
}

const FAULTY: &str = "[vars.DRAWBRIDGE]\nclock_skew_seconds = 61\n";

#[test]
fn colour_is_for_terminals() {
    let folder = Folder::new("colour");
    folder.write("wrangler.toml", FAULTY);
    let (status, seen) = run(folder.command(&["check"]), "");
    assert_eq!(status, 1);
    let expected = "\x1b[1mwrangler.toml:2:1:\x1b[0m \x1b[1m\x1b[31merror\x1b[0m: clock_skew_seconds: is 61; must be an integer from 0 to 60\r\n";
    assert!(seen.contains(expected), "{seen:?}");
    assert!(!folder.run(&["check"]).stdout.contains('\x1b'));
}

#[test]
fn colour_can_be_refused() {
    let folder = Folder::new("no-colour");
    folder.write("wrangler.toml", FAULTY);
    for (name, value) in [("NO_COLOR", "1"), ("TERM", "dumb")] {
        let mut command = folder.command(&["check"]);
        command.env(name, value);
        let (status, seen) = run(command, "");
        assert_eq!(status, 1);
        assert!(seen.contains("wrangler.toml:2:1: error: clock_skew_seconds"), "{seen:?}");
        assert!(!seen.contains('\x1b'), "{seen:?}");
    }
}

#[test]
fn what_is_missing_is_asked() {
    let folder = Folder::new("asked");
    let answers = "oicd\noidc\nhttp://login.example.com\nhttps://login.example.com\norders, billing\n\nhttps://api.example.com\n\nhttps://backend.example.com\n";
    let (status, seen) = run(folder.command(&["init"]), answers);
    assert_eq!(status, 0, "{seen}");
    let seen = seen.replace("\x1b[1m", "").replace("\x1b[0m", "");
    for expected in [
        "Platform: merchant-center, jtl, oidc",
        "must be merchant-center, jtl or oidc\r\n",
        "is \"http://login.example.com\"; must be https (http is for loopback hosts only)\r\n",
        "Algorithm: RS256, EdDSA",
        "wrangler.toml is written. Next:\r\n  npm run check\r\n  npm run deploy\r\n",
    ] {
        assert!(seen.contains(expected), "{expected:?} is not in\n{seen}");
    }
    let text = folder.read("wrangler.toml");
    assert!(text.contains("issuer = \"https://login.example.com\"\naudiences = [\"orders\", \"billing\"]\nalgorithms = [\"RS256\"]\n"), "{text}");
    assert_eq!(folder.run(&["check"]).status, 0);
}

#[test]
fn only_a_yes_overwrites() {
    let folder = Folder::new("overwritten");
    folder.write("wrangler.toml", "mine");
    let options = ["init", "--platform", "jtl", "--public-url", "https://a.example", "--backend"];
    let options = [&options[..], &["https://b.example"]].concat();
    for answer in ["\n", "no\n", "never\n", "\x04"] {
        let (status, seen) = run(folder.command(&options), answer);
        assert_eq!((status, folder.read("wrangler.toml").as_str()), (2, "mine"), "{seen}");
    }
    let (status, seen) = run(folder.command(&options), "yes\n");
    assert_eq!(status, 0, "{seen}");
    assert_eq!(folder.run(&["check"]).status, 0);
}

#[test]
fn a_terminal_that_is_closed_is_no_answer() {
    let folder = Folder::new("closed");
    let (status, seen) = run(folder.command(&["init"]), "jtl\n\x04");
    assert_eq!(status, 2);
    assert!(seen.contains("there was no answer"), "{seen:?}");
    assert!(!folder.path("wrangler.toml").exists());
}

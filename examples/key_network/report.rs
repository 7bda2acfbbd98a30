//! The tables of the report.

use std::fmt::Write as _;

use crate::figures::Figures;
use crate::plan::Phase;

pub type Column = (&'static str, fn(&Figures) -> String);

/// Returns a Markdown table, padded so that its source is readable.
pub fn table(title: &str, rows: &[(String, &Figures)], columns: &[Column]) -> String {
    let mut lines = vec![vec![title.to_owned()]];
    lines[0].extend(columns.iter().map(|(name, _)| (*name).to_owned()));
    for (name, figures) in rows {
        let mut line = vec![name.clone()];
        line.extend(columns.iter().map(|(_, value)| value(figures)));
        lines.push(line);
    }
    let width = |column: usize| {
        lines.iter().map(|line| line[column].chars().count()).max().unwrap_or_default()
    };
    let widths: Vec<usize> = (0..=columns.len()).map(width).collect();
    let mut text = String::new();
    for (index, line) in lines.iter().enumerate() {
        for (column, (cell, width)) in line.iter().zip(&widths).enumerate() {
            let _ = match column {
                0 => write!(text, "| {cell:<width$} |"),
                _ => write!(text, " {cell:>width$} |"),
            };
        }
        text.push('\n');
        if index == 0 {
            for (column, width) in widths.iter().enumerate() {
                let edge = if column == 0 { "|-" } else { "-" };
                let end = if column == 0 { "-|" } else { ":|" };
                let _ = write!(text, "{edge}{}{end}", "-".repeat(*width));
            }
            text.push('\n');
        }
    }
    text
}

pub const FETCHES: Column = ("fetches/h", |f| count(f.fetches_per_hour(Phase::Usual)));
pub const BUSIEST: Column =
    ("in the busiest minute", |f| count(f.fetches_in_busiest_minute().into()));
pub const FETCHES_DOWN: Column =
    ("fetches/h while down", |f| count(f.fetches_per_hour(Phase::Down)));
pub const FETCHES_FLOOD: Column =
    ("fetches/h in the flood", |f| count(f.fetches_per_hour(Phase::Flood)));
pub const READS: Column = ("KV reads/day", |f| count(f.per_day(f.kv_reads)));
pub const WRITES: Column = ("KV writes/day", |f| count(f.per_day(f.kv_writes)));
pub const WAITED: Column = ("waited", |f| format!("{:.2} %", f.share_waited()));
pub const MEDIAN: Column = ("median", |f| millis(f.wait(0.5)));
pub const P99: Column = ("p99", |f| millis(f.wait(0.99)));
pub const LONGEST: Column = ("longest", |f| millis(f.wait(1.0)));
pub const REFUSED: Column = ("401", |f| count(f.refused as f64));
pub const FAILED: Column = ("503", |f| count(f.failed as f64));
pub const SHARE_FAILED: Column =
    ("503 of all", |f| format!("{:.2} %", 100.0 * f.failed as f64 / f.requests as f64));
pub const FIRST_FAILURE: Column =
    ("the first after", |f| f.first_failure.map_or("never".into(), duration));
pub const REVOKED: Column = ("revoked key accepted", |f| duration(f.revoked_accepted));

fn millis(millis: u32) -> String {
    format!("{} ms", count(millis.into()))
}

fn duration(millis: u64) -> String {
    match millis / 1_000 {
        0 => "0 s".into(),
        seconds @ 1..600 => format!("{seconds} s"),
        seconds @ 600..7200 => format!("{:.1} min", seconds as f64 / 60.0),
        seconds => format!("{:.1} h", seconds as f64 / 3600.0),
    }
}

/// Formats a number with spaces between thousands.
fn count(count: f64) -> String {
    let digits = format!("{count:.0}");
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index) % 3 == 0 {
            text.push(' ');
        }
        text.push(digit);
    }
    text
}

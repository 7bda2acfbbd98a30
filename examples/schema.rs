//! Writes the JSON Schema of the configuration to standard output:
//! `cargo run --example schema > drawbridge.schema.json`.

fn main() -> serde_json::Result<()> {
    serde_json::to_writer_pretty(std::io::stdout(), &drawbridge::config::Config::schema())
}

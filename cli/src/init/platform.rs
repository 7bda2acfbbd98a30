//! The platforms that `init` offers: those of the core's list.

use std::fmt;
use std::sync::LazyLock;

use clap::ValueEnum;
use clap::builder::PossibleValue;
use drawbridge::provider::{SETUPS, Setup};

/// Who signs the tokens.
#[derive(Clone, Copy)]
pub struct Platform {
    /// The provider's kind, as in the configuration.
    pub kind: &'static str,
    /// What is asked and written for the platform.
    pub setup: &'static Setup,
}

static PLATFORMS: LazyLock<Vec<Platform>> = LazyLock::new(|| {
    let entries = SETUPS.iter();
    entries.filter_map(|(kind, setup)| Some(Platform { kind, setup: setup.as_ref()? })).collect()
});

impl Platform {
    /// Returns the names of all platforms.
    pub fn names() -> Vec<&'static str> {
        PLATFORMS.iter().map(|platform| platform.setup.platform).collect()
    }
}

impl ValueEnum for Platform {
    fn value_variants<'a>() -> &'a [Self] {
        &PLATFORMS
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(self.setup.platform).help(self.setup.title))
    }
}

/// Shows the platform as the option takes it.
impl fmt::Display for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.setup.platform)
    }
}

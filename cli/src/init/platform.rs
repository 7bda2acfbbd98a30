//! The platforms that `init` knows: one entry says all that is particular to one of them.

use clap::ValueEnum;

use super::question::Question;

/// Who signs the tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Platform {
    /// commercetools Merchant Center
    MerchantCenter,
    /// JTL Cloud
    Jtl,
    /// Any OpenID Connect issuer
    Oidc,
}

/// What a platform's table in the configuration holds.
pub struct Provider {
    /// The provider's name.
    pub name: &'static str,
    /// The provider's kind, as in the configuration.
    pub kind: &'static str,
    /// The questions whose answers are settings of the provider, in the order of the settings.
    pub questions: &'static [Question],
    /// Settings that nobody is asked for, as TOML.
    pub fixed: &'static str,
}

impl Platform {
    /// Returns the provider of the platform.
    pub fn provider(self) -> Provider {
        match self {
            Self::MerchantCenter => Provider {
                name: "mc",
                kind: "merchant-center",
                questions: &[Question::Regions],
                fixed: "",
            },
            Self::Jtl => {
                Provider { name: "jtl", kind: "jtl-session", questions: &[], fixed: JTL_SECRETS }
            }
            Self::Oidc => Provider {
                name: "login",
                kind: "oidc",
                questions: &[Question::Issuer, Question::Audiences, Question::Algorithms],
                fixed: "",
            },
        }
    }

    /// Returns every question that a user of the platform must answer.
    pub fn questions(self) -> impl Iterator<Item = Question> {
        let own = self.provider().questions.iter().copied();
        own.chain([Question::PublicUrl, Question::Backend])
    }

    /// Returns the platform's name, as the option takes it.
    pub fn name(self) -> String {
        self.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
    }
}

const JTL_SECRETS: &str = "\
# The names of Worker secrets. Set each value with `npx wrangler secret put JTL_CLIENT_ID`. `npm run dev`
# reads the values from the file .dev.vars.
client_id_secret_name = \"JTL_CLIENT_ID\"
client_secret_secret_name = \"JTL_CLIENT_SECRET\"
";

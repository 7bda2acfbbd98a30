//! What `init` asks beside the platform.

/// A question, which an option may answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Question {
    Regions,
    Issuer,
    Audiences,
    Algorithms,
    PublicUrl,
    Backend,
}

impl Question {
    /// Returns the option that answers the question.
    pub fn option(self) -> &'static str {
        match self {
            Self::Regions => "--region",
            Self::Issuer => "--issuer",
            Self::Audiences => "--audience",
            Self::Algorithms => "--algorithm",
            Self::PublicUrl => "--public-url",
            Self::Backend => "--backend",
        }
    }

    /// Returns the question as a person reads it.
    pub fn text(self) -> &'static str {
        match self {
            Self::Regions => "Region: gcp-au, gcp-eu, gcp-us, aws-eu, aws-us; several with commas",
            Self::Issuer => "Issuer, exactly as in the tokens' iss",
            Self::Audiences => "Audience, which the tokens' aud must name; several with commas",
            Self::Algorithms => "Algorithm: RS256, EdDSA",
            Self::PublicUrl => "Public URL, which callers use",
            Self::Backend => "Backend URL, where verified requests go",
        }
    }

    /// Returns the answer that an empty line gives.
    pub fn default(self) -> Option<&'static str> {
        (self == Self::Algorithms).then_some("RS256")
    }

    /// Returns the name of the setting that takes the answer.
    pub fn setting(self) -> &'static str {
        match self {
            Self::Regions => "regions",
            Self::Issuer => "issuer",
            Self::Audiences => "audiences",
            Self::Algorithms => "algorithms",
            Self::PublicUrl => "public_url",
            Self::Backend => "url",
        }
    }

    /// Returns whether the setting takes several values.
    pub fn takes_several(self) -> bool {
        match self {
            Self::Regions | Self::Audiences | Self::Algorithms => true,
            Self::Issuer | Self::PublicUrl | Self::Backend => false,
        }
    }

    /// Returns where the setting stands in the configuration.
    pub fn place(self) -> String {
        let setting = self.setting();
        match self {
            Self::Regions | Self::Issuer | Self::Audiences | Self::Algorithms => {
                format!("providers[0].{setting}")
            }
            Self::PublicUrl => setting.to_owned(),
            Self::Backend => format!("upstreams.origin.{setting}"),
        }
    }
}

//! The regions of the Merchant Center. A region's gateway URL is the issuer of its tokens.

use crate::request::HttpUrl;
use crate::settings::shape::{Shape, choices, parsed, schema, shown};

/// Cloud identifiers with their gateway URLs. The last two are the old names of the regions on AWS.
const REGIONS: [(&str, &str); 7] = [
    ("gcp-au", "https://mc-api.australia-southeast1.gcp.commercetools.com"),
    ("gcp-eu", "https://mc-api.europe-west1.gcp.commercetools.com"),
    ("gcp-us", "https://mc-api.us-central1.gcp.commercetools.com"),
    ("aws-eu", "https://mc-api.eu-central-1.aws.commercetools.com"),
    ("aws-us", "https://mc-api.us-east-2.aws.commercetools.com"),
    ("aws-fra", "https://mc-api.eu-central-1.aws.commercetools.com"),
    ("aws-ohio", "https://mc-api.us-east-2.aws.commercetools.com"),
];

/// The issuers of the first version of the forward-to gateway, deprecated since 2020.
const LEGACY: [(&str, &str); 2] =
    [("gcp-eu", "https://mc-api.commercetools.com"), ("gcp-us", "https://mc-api.commercetools.co")];

/// A region, as the configuration names it.
#[derive(Clone, Debug)]
pub(crate) struct Region {
    pub(crate) issuer: String,
    pub(crate) legacy_issuer: Option<&'static str>,
}

/// Reads a region: a cloud identifier or a gateway URL.
pub(crate) fn region() -> Shape<Region> {
    let names = REGIONS.map(|(name, _)| name);
    let schema = schema!({"anyOf": [{"enum": names}, {"type": "string", "format": "uri"}]});
    parsed(schema, move |found| {
        if let Some((_, issuer)) = REGIONS.iter().find(|(name, _)| *name == found) {
            let legacy_issuer = LEGACY.iter().find(|(name, _)| *name == found).map(|(_, url)| *url);
            return Ok(Region { issuer: (*issuer).to_owned(), legacy_issuer });
        }
        if found.contains("://") {
            return HttpUrl::parse(found)
                .map(|url| Region { issuer: url.base(), legacy_issuer: None })
                .map_err(|message| format!("is {}; {message}", shown(found)));
        }
        Err(format!("is {found:?}; must be a gateway URL or {}", choices(found, &names)))
    })
}

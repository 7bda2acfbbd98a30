//! Who a caller is.

/// What a kind of provider reads out of its claims; each kind fills what it has.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Identity {
    /// The user's id.
    pub user: Option<String>,
    /// The commercetools project key.
    pub project: Option<String>,
    /// The JTL tenant's id.
    pub tenant: Option<String>,
    /// The JTL tenant's slug.
    pub tenant_slug: Option<String>,
    /// What the user may do; empty if the token says nothing about it.
    pub permissions: Vec<String>,
}

//! Who a caller is.

/// What a kind of provider reads from the claims. Each kind fills the fields that its tokens have.
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
    /// What the user may do; empty if the token lists no permissions.
    pub permissions: Vec<String>,
}

//! What `hotfix init` pinned, for people.

use jiff::Timestamp;

use super::{counted, span};
use crate::host::init::Pinned;
use crate::host::terminal::{Page, Style};

/// What was pinned, in colour or not.
#[must_use]
pub fn pinned(pinned: &Pinned, first_use: bool, now: Timestamp, colour: bool) -> String {
    let mut page = Page::new(colour);
    let how = match (pinned.unchanged, first_use) {
        (true, _) => "is pinned already",
        (false, true) => "is pinned, on first use",
        (false, false) => "is pinned",
    };
    page.styled(Style::Bold, &pinned.server).line(&format!(" {how}."));
    page.line(&format!("  root version {}, SHA-256 {}", pinned.version, pinned.sha256));
    let left = pinned.expires.duration_since(now);
    let expires = if left.is_positive() {
        format!("expires on {} (in {})", pinned.expires, span(left))
    } else {
        format!("expired on {}: a newer one has to follow it", pinned.expires)
    };
    page.line(&format!("  {expires}"));
    if pinned.development {
        page.styled(Style::Yellow, "  made for development").line(": not for production.");
    }
    for role in &pinned.roles {
        let keys = counted(u64::try_from(role.keys.len()).unwrap_or(u64::MAX), "key");
        page.line(&format!("  {:9}  {} of {keys} must sign", role.name, role.threshold));
        for key in &role.keys {
            page.line(&format!("             {key}"));
        }
    }
    if let Some(product) = &pinned.product {
        page.line(&format!("  this host is {product}"));
    }
    page.line(&format!("State: {}", pinned.state)).line("Next: hotfix check");
    page.into_text()
}

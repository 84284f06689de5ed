//! Target paths: `PRODUCT/product.json`, `PRODUCT/advisory/ID.json`, `PRODUCT/LINE/hotfix/ID.json`,
//! `PRODUCT/LINE/payload/ID/FILE`, `holds/PRODUCT/ID.json`. Signatures freeze them.

use std::fmt;

use crate::model::{Catalogue, Document, Id};

/// The role that signs holds, and the first segment of their paths.
pub const HOLDS_ROLE: &str = "holds";

/// What stands at a target path.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// A product's document.
    Product {
        /// The product.
        product: Id,
    },
    /// An advisory.
    Advisory {
        /// The product.
        product: Id,
        /// The advisory.
        id: Id,
    },
    /// A hotfix.
    Hotfix {
        /// The product.
        product: Id,
        /// The release line, or `any`.
        line: Id,
        /// The hotfix.
        id: Id,
    },
    /// A file of a hotfix.
    Payload {
        /// The product.
        product: Id,
        /// The release line, or `any`.
        line: Id,
        /// The hotfix.
        id: Id,
        /// The file's name.
        file: Id,
    },
    /// A hold on a hotfix.
    Hold {
        /// The product.
        product: Id,
        /// The hotfix.
        id: Id,
    },
}

impl Place {
    /// What a path is; `None` for one that is none of ours.
    #[must_use]
    pub fn parse(path: &str) -> Option<Self> {
        let segments: Vec<&str> = path.split('/').collect();
        let document = |name: &str| Id::new(name.strip_suffix(".json")?);
        Some(match *segments.as_slice() {
            [HOLDS_ROLE, product, name] => Self::Hold { product: Id::new(product)?, id: document(name)? },
            [HOLDS_ROLE, ..] => return None,
            [product, "product.json"] => Self::Product { product: Id::new(product)? },
            [product, "advisory", name] => Self::Advisory { product: Id::new(product)?, id: document(name)? },
            [product, line, "hotfix", name] => {
                Self::Hotfix { product: Id::new(product)?, line: Id::new(line)?, id: document(name)? }
            }
            [product, line, "payload", id, file] => Self::Payload {
                product: Id::new(product)?,
                line: Id::new(line)?,
                id: Id::new(id)?,
                file: Id::new(file)?,
            },
            _ => return None,
        })
    }

    /// Where a document of a catalogue stands.
    #[must_use]
    pub fn of(document: &Document, catalogue: &Catalogue) -> Option<Self> {
        let product = document.product().clone();
        Some(match document {
            Document::Product(_) => Self::Product { product },
            Document::Advisory(advisory) => Self::Advisory { product, id: advisory.id.clone() },
            Document::Hotfix(hotfix) => {
                Self::Hotfix { product, line: Id::new(catalogue.line(hotfix))?, id: hotfix.id.clone() }
            }
            Document::Hold(hold) => Self::Hold { product, id: hold.hotfix.clone() },
        })
    }

    /// The product whose publisher signs for it; `None` for a hold, which the server signs.
    #[must_use]
    pub fn published_by(&self) -> Option<&Id> {
        match self {
            Self::Product { product }
            | Self::Advisory { product, .. }
            | Self::Hotfix { product, .. }
            | Self::Payload { product, .. } => Some(product),
            Self::Hold { .. } => None,
        }
    }

    /// Whether the target is a document rather than a file of a hotfix.
    #[must_use]
    pub fn is_document(&self) -> bool {
        !matches!(self, Self::Payload { .. })
    }

    /// The kind and id of the document: an id, once used, names that document, at that path, for ever.
    #[must_use]
    pub fn identity(&self) -> Option<(&'static str, &Id)> {
        match self {
            Self::Product { product } => Some(("product", product)),
            Self::Advisory { id, .. } => Some(("advisory", id)),
            Self::Hotfix { id, .. } => Some(("hotfix", id)),
            Self::Hold { id, .. } => Some(("hold", id)),
            Self::Payload { .. } => None,
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Product { product } => write!(f, "{product}/product.json"),
            Self::Advisory { product, id } => write!(f, "{product}/advisory/{id}.json"),
            Self::Hotfix { product, line, id } => write!(f, "{product}/{line}/hotfix/{id}.json"),
            Self::Payload { product, line, id, file } => write!(f, "{product}/{line}/payload/{id}/{file}"),
            Self::Hold { product, id } => write!(f, "{HOLDS_ROLE}/{product}/{id}.json"),
        }
    }
}

/// The path patterns that a product's role is trusted for. `*` never crosses `/`.
#[must_use]
pub fn delegated_paths(product: &Id) -> Vec<String> {
    (1..=4).map(|depth| format!("{product}{}", "/*".repeat(depth))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_it_writes_and_nothing_else() {
        for path in [
            "xenserver/product.json",
            "xenserver/advisory/XS65-TRIM.json",
            "xenserver/6.5/hotfix/XS65E005.json",
            "xenserver/any/hotfix/X.json",
            "xenserver/6.5/payload/XS65E005/XS65E005.xsupdate",
            "holds/xenserver/XS65E005.json",
        ] {
            assert_eq!(Place::parse(path).map(|place| place.to_string()).as_deref(), Some(path));
        }
        for path in [
            "",
            "xenserver",
            "xenserver/other.json",
            "xenserver/advisory/X.toml",
            "xenserver/advisory/.json",
            "xenserver/6.5/hotfix/../X.json",
            "/xenserver/product.json",
            "holds/xenserver/6.5/hotfix/X.json",
            "holds/product.json",
            "xenserver/6.5/payload/X/a/b",
        ] {
            assert_eq!(Place::parse(path), None, "{path}");
        }
    }

    #[test]
    fn delegates_every_depth_of_a_product() {
        let paths = delegated_paths(&Id::new("p").unwrap());
        assert_eq!(paths, ["p/*", "p/*/*", "p/*/*/*", "p/*/*/*/*"]);
    }
}

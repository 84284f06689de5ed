//! The place of a value inside a document.

use std::fmt;

/// A path from the root of a document, shown as a JSON pointer (RFC 6901).
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pointer {
    steps: Vec<String>,
}

impl Pointer {
    /// The document itself.
    #[must_use]
    pub fn root() -> Self {
        Self::default()
    }

    /// The member `name`, or the element of that index, of what this points to.
    #[must_use]
    pub fn at(&self, step: impl fmt::Display) -> Self {
        let mut steps = self.steps.clone();
        steps.push(step.to_string());
        Self { steps }
    }

    /// What holds this value; `None` for the document itself.
    #[must_use]
    pub fn parent(&self) -> Option<Self> {
        let (_, rest) = self.steps.split_last()?;
        Some(Self { steps: rest.to_vec() })
    }

    /// The steps from the root.
    #[must_use]
    pub fn steps(&self) -> &[String] {
        &self.steps
    }

    /// As a person writes it: `matrix.0.fixed_by`; empty for the document itself.
    #[must_use]
    pub fn dotted(&self) -> String {
        self.steps.join(".")
    }
}

impl fmt::Display for Pointer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.steps.iter().try_for_each(|step| write!(f, "/{}", step.replace('~', "~0").replace('/', "~1")))
    }
}

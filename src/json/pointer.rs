//! The place of a value inside a document.

use std::fmt::{self, Write as _};

/// A path from the root of a document, shown as a JSON pointer (RFC 6901). Kept in that form, so that a step
/// more is one allocation, whatever the depth.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pointer(String);

impl Pointer {
    /// The document itself.
    #[must_use]
    pub fn root() -> Self {
        Self::default()
    }

    /// Whether it is the document itself.
    #[must_use]
    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    /// The member `name`, or the element of that index, of what this points to.
    #[must_use]
    pub fn at(&self, step: impl fmt::Display) -> Self {
        let mut text = String::with_capacity(self.0.len() + 16);
        text.push_str(&self.0);
        text.push('/');
        // A string takes whatever is written to it.
        let _ = write!(Escaping(&mut text), "{step}");
        Self(text)
    }

    /// What holds this value; `None` for the document itself.
    #[must_use]
    pub fn parent(&self) -> Option<Self> {
        let (before, _) = self.0.rsplit_once('/')?;
        Some(Self(before.to_owned()))
    }

    /// As a person writes it: `matrix.0.fixed_by`; empty for the document itself.
    #[must_use]
    pub fn dotted(&self) -> String {
        let steps = self.0.split('/').skip(1).map(|step| step.replace("~1", "/").replace("~0", "~"));
        steps.collect::<Vec<_>>().join(".")
    }
}

impl fmt::Display for Pointer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

struct Escaping<'t>(&'t mut String);

impl fmt::Write for Escaping<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for character in text.chars() {
            match character {
                '~' => self.0.push_str("~0"),
                '/' => self.0.push_str("~1"),
                other => self.0.push(other),
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_and_shows_both_ways() {
        let pointer = Pointer::root().at("a/b~1").at(0).at("");
        assert_eq!(pointer.to_string(), "/a~1b~01/0/");
        assert_eq!(pointer.dotted(), "a/b~1.0.");
        assert_eq!(pointer.parent().unwrap().parent().unwrap().to_string(), "/a~1b~01");
        assert_eq!(Pointer::root().at("x").parent(), Some(Pointer::root()));
        assert_eq!((Pointer::root().parent(), Pointer::root().dotted()), (None, String::new()));
    }
}

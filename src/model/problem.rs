//! What is wrong with a document, where, and what to do about it.

use std::fmt;

use crate::json::Pointer;

/// Whether a problem refuses the document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// The document is refused.
    Error,
    /// The document is taken; somebody should look.
    Warning,
}

/// One thing that is wrong, with its place and remedy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Whether it refuses the document.
    pub level: Level,
    /// The file or target path that holds the document.
    pub file: String,
    /// The line in that file, from 1, where the document was authored by hand.
    pub line: Option<usize>,
    /// The id of the document; empty where it has none that can be read.
    pub document: String,
    /// The field.
    pub field: Pointer,
    /// The value at fault, shortened; `None` where it is a missing one.
    pub value: Option<String>,
    /// What is wrong, as a sentence without a full stop.
    pub message: String,
    /// What to do.
    pub remedy: String,
    /// Whether it names something that is not among the documents, but may be published elsewhere.
    pub absent: bool,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        let level = match self.level {
            Level::Error => "error",
            Level::Warning => "warning",
        };
        write!(f, ": {level}: ")?;
        if !self.field.is_root() {
            write!(f, "{}", self.field.dotted())?;
            if let Some(value) = &self.value {
                write!(f, " = {value}")?;
            }
            f.write_str(": ")?;
        }
        write!(f, "{}", self.message)?;
        if !self.remedy.is_empty() {
            write!(f, "\n  {}", self.remedy)?;
        }
        Ok(())
    }
}

impl serde::Serialize for Problem {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeStruct;
        let mut out = serializer.serialize_struct("Problem", 8)?;
        out.serialize_field("level", &self.level)?;
        out.serialize_field("file", &self.file)?;
        out.serialize_field("line", &self.line)?;
        out.serialize_field("document", &self.document)?;
        out.serialize_field("field", &self.field.dotted())?;
        out.serialize_field("value", &self.value)?;
        out.serialize_field("message", &self.message)?;
        out.serialize_field("remedy", &self.remedy)?;
        out.end()
    }
}

/// Everything that is wrong with one document or one set of documents; at least one error.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
pub struct Problems(pub Vec<Problem>);

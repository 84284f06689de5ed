//! Settings as they were written, with where each stands.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use super::keys::{KEYS, Key};
use crate::model::suggest;

/// Where a setting was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// On the command line, or in its variable of the environment.
    Flag,
    /// In the environment.
    Environment(String),
    /// In the configuration file.
    File(PathBuf),
    /// Nowhere: it is the default.
    Default,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag => f.write_str("command line"),
            Self::Environment(variable) => write!(f, "environment, {variable}"),
            Self::File(path) => write!(f, "{}", path.display()),
            Self::Default => f.write_str("default"),
        }
    }
}

/// A setting that cannot be used, or a file that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {message}")]
pub struct ConfigError {
    /// Where it was written.
    pub place: Place,
    /// The key, the value and what is allowed.
    pub message: String,
}

/// Settings as they were written.
#[derive(Debug, Clone, Default)]
pub struct Raw {
    values: BTreeMap<&'static str, (Place, String)>,
}

impl Raw {
    /// Reads the configuration file, if there is one, then the environment, which is stronger. The
    /// variables that no setting has are left to others.
    ///
    /// # Errors
    /// A file that cannot be read, and a key in it that is not known.
    pub fn read(file: Option<&Path>, variable: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let mut raw = Self::default();
        if let Some(file) = file {
            raw.read_file(file)?;
        }
        for key in KEYS {
            if let Some(value) = variable(&key.variable()) {
                raw.values.insert(key.name, (Place::Environment(key.variable()), value));
            }
        }
        Ok(raw)
    }

    fn read_file(&mut self, file: &Path) -> Result<(), ConfigError> {
        let place = Place::File(file.to_owned());
        let refuse = |message: String| ConfigError { place: place.clone(), message };
        let text = std::fs::read_to_string(file).map_err(|error| refuse(error.to_string()))?;
        let table: toml::Table = text.parse().map_err(|error: toml::de::Error| refuse(error.to_string()))?;
        for (name, value) in table {
            let Some(key) = KEYS.iter().find(|key| key.name == name) else {
                let near = suggest(&name, KEYS.iter().map(|key| key.name));
                let near = near.map(|near| format!(": did you mean `{near}`?")).unwrap_or_default();
                return Err(refuse(format!("`{name}` is no setting{near}")));
            };
            let value = match value {
                toml::Value::String(text) => text,
                toml::Value::Integer(int) => int.to_string(),
                _ => return Err(refuse(format!("`{name}` is neither a text nor an integer"))),
            };
            self.values.insert(key.name, (place.clone(), value));
        }
        Ok(())
    }

    /// Sets what the command line says; it is the strongest.
    pub fn flag(&mut self, name: &str, value: Option<String>) {
        if let (Some(value), Some(key)) = (value, KEYS.iter().find(|key| key.name == name)) {
            self.values.insert(key.name, (Place::Flag, value));
        }
    }

    /// The value of a setting and where it stands.
    pub(super) fn get(&self, name: &str) -> (Place, String) {
        if let Some(found) = self.values.get(name) {
            return found.clone();
        }
        let default = KEYS.iter().find(|key| key.name == name).map_or("", |Key { default, .. }| default);
        (Place::Default, default.to_owned())
    }

    /// Reads a setting; `allowed` says what would be right.
    pub(super) fn parse<T>(
        &self,
        name: &str,
        allowed: &str,
        read: impl Fn(&str) -> Option<T>,
    ) -> Result<T, ConfigError> {
        let (place, text) = self.get(name);
        read(&text).ok_or_else(|| {
            let message = format!("{name} = \"{}\": write {allowed}", text.escape_debug());
            ConfigError { place, message }
        })
    }
}

//! What this machine says of itself. What cannot be learnt is left out, which means *unknown*.

mod dpkg;
mod os_release;
mod rpm;
mod xensource;

use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

use super::Error;
use crate::json::{Table, Value};
use crate::model::product::Detect;
use crate::model::words::PackageFormat;
use crate::model::{Id, Product};

/// The machine, seen through its root folder (`/`, but for tests).
#[derive(Debug, Clone)]
pub struct Machine {
    root: PathBuf,
}

/// A package as a collector found it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Package {
    name: String,
    epoch: i64,
    version: String,
    release: Option<String>,
    arch: Option<String>,
}

impl Machine {
    /// The machine whose root folder this is.
    #[must_use]
    pub fn at(root: &Path) -> Self {
        Self { root: root.to_owned() }
    }

    /// The host's own id, where its product gives it one.
    #[must_use]
    pub fn host_id(&self) -> Option<String> {
        let file = self.read(xensource::INVENTORY_FILE, 1 << 20).ok()??;
        xensource::Facts::read(&file).installation_uuid
    }

    /// Whether a product's document says that this machine is one.
    #[must_use]
    pub fn is(&self, product: &Product) -> bool {
        product.detect.iter().any(|sign| match sign {
            Detect::OsRelease(id) => os_release::read(self).is_some_and(|os| os.id.as_ref() == Some(id)),
            Detect::File(path) => self.path(path).exists(),
        })
    }

    /// The inventory of this machine as a product's host: the document, to be decoded or printed.
    ///
    /// # Errors
    /// A file that is there and cannot be read. What is not there is left out.
    pub fn inventory(&self, product: &Id) -> Result<Value, Error> {
        let mut out = Table::new();
        let mut put = |name: &str, value: Option<Value>| {
            if let Some(value) = value {
                out.insert(name.to_owned(), value);
            }
        };
        put("schema", Some("hotfixd/inventory/1".into()));
        put("product", Some(product.as_str().into()));
        match self.read(xensource::INVENTORY_FILE, 1 << 20)? {
            Some(file) => {
                let facts = xensource::Facts::read(&file);
                put("version", facts.product_version.map(Value::from));
                put("build", facts.build_number.map(Value::from));
                put("hotfixes", xensource::applied(self)?.map(Value::from));
            }
            None => put("version", os_release::read(self).and_then(|os| os.version_id).map(Value::from)),
        }
        put("packages", self.packages()?);
        Ok(Value::Table(out))
    }

    /// The installed packages; `None`: unknown.
    fn packages(&self) -> Result<Option<Value>, Error> {
        let (packages, format) = match dpkg::packages(self)? {
            Some(packages) => (packages, PackageFormat::Dpkg),
            None => match rpm::packages(self)? {
                Some(packages) => (packages, PackageFormat::Rpm),
                None => return Ok(None),
            },
        };
        let list: Vec<Value> = packages.into_iter().map(|package| package.to_value(&format)).collect();
        Ok(Some(Value::List(list)))
    }

    fn path(&self, absolute: &str) -> PathBuf {
        self.root.join(absolute.trim_start_matches('/'))
    }

    /// A text file of at most `limit_bytes`; `None` where there is none.
    fn read(&self, absolute: &str, limit_bytes: u64) -> Result<Option<String>, Error> {
        let path = self.path(absolute);
        let failed = |reason: String| Error::Collect { path: path.clone(), reason };
        let file = match File::open(&path) {
            Ok(file) => file,
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
                return Ok(None);
            }
            Err(error) => return Err(failed(error.to_string())),
        };
        let mut bytes = Vec::new();
        file.take(limit_bytes + 1).read_to_end(&mut bytes).map_err(|error| failed(error.to_string()))?;
        if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > limit_bytes {
            return Err(failed(format!("is larger than {limit_bytes} bytes")));
        }
        Ok(Some(String::from_utf8_lossy(&bytes).into_owned()))
    }
}

impl Package {
    fn to_value(&self, format: &PackageFormat) -> Value {
        let mut out = Table::new();
        out.insert("name".to_owned(), self.name.as_str().into());
        if self.epoch != 0 {
            out.insert("epoch".to_owned(), self.epoch.into());
        }
        out.insert("version".to_owned(), self.version.as_str().into());
        for (name, value) in [("release", &self.release), ("arch", &self.arch)] {
            if let Some(value) = value {
                out.insert(name.to_owned(), value.as_str().into());
            }
        }
        out.insert("format".to_owned(), format.word().into());
        Value::Table(out)
    }
}

/// Lines of `NAME=value` as a shell reads them, without expansion.
fn assignments(text: &str) -> impl Iterator<Item = (&str, String)> {
    text.lines().filter_map(|line| {
        let (name, value) = line.trim().split_once('=')?;
        let plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        (plain && !name.is_empty()).then(|| (name, unquoted(value.trim())))
    })
}

fn unquoted(value: &str) -> String {
    for quote in ['"', '\''] {
        if let Some(inner) = value.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote)) {
            return if quote == '"' { unescaped(inner) } else { inner.to_owned() };
        }
    }
    unescaped(value)
}

fn unescaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        out.extend(if character == '\\' { characters.next() } else { Some(character) });
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_shell_assignments() {
        let text = "# c\nID=debian\nVERSION_ID=\"12\"\nA='it''s'\nB=\"a\\\"b\"\nnot a line\nX-Y=1\nC=\n";
        let found: Vec<_> = assignments(text).collect();
        let expected = [("ID", "debian"), ("VERSION_ID", "12"), ("A", "it''s"), ("B", "a\"b"), ("C", "")];
        assert_eq!(found, expected.map(|(name, value)| (name, value.to_owned())));
    }
}

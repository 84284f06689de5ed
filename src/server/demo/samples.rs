//! The samples, compiled in: which there are, and what a demo still lacks of them.

use include_dir::{Dir, include_dir};

use super::super::config::SampleSet;
use crate::json::Value;
use crate::model::{Problems, Source};
use crate::repository::Published;

/// A sample product: its documents, and who signs them.
#[derive(Debug)]
pub(super) struct Sample {
    pub(super) product: &'static str,
    /// How many keys its publisher has.
    pub(super) keys: usize,
    /// How many of them have to sign.
    pub(super) threshold: usize,
    /// A hotfix that is handed in with one signature and left to be cosigned.
    pub(super) waiting: Option<&'static str>,
    folder: &'static str,
    document: &'static str,
    documents: [(&'static str, &'static Dir<'static>); 2],
}

/// A sample's folder, compiled in. Files that change are noticed by the compiler; of files that come or go a
/// test tells.
macro_rules! sample {
    ($product:literal, $folder:literal, $advisories:expr, $hotfixes:expr) => {{
        static ADVISORIES: Dir<'_> = $advisories;
        static HOTFIXES: Dir<'_> = $hotfixes;
        Sample {
            product: $product,
            keys: 1,
            threshold: 1,
            waiting: None,
            folder: concat!("samples/", $folder),
            document: include_str!(concat!("../../../samples/", $folder, "/product.toml")),
            documents: [("advisories", &ADVISORIES), ("hotfixes", &HOTFIXES)],
        }
    }};
}

static FIRST_LIGHT: [Sample; 1] = [sample!(
    "xenserver",
    "first-light",
    include_dir!("$CARGO_MANIFEST_DIR/samples/first-light/advisories"),
    include_dir!("$CARGO_MANIFEST_DIR/samples/first-light/hotfixes")
)];

static ALL: [Sample; 3] = [
    sample!(
        "xenserver",
        "xenserver",
        include_dir!("$CARGO_MANIFEST_DIR/samples/xenserver/advisories"),
        include_dir!("$CARGO_MANIFEST_DIR/samples/xenserver/hotfixes")
    ),
    sample!(
        "xenserver-cc",
        "xenserver-cc",
        include_dir!("$CARGO_MANIFEST_DIR/samples/xenserver-cc/advisories"),
        include_dir!("$CARGO_MANIFEST_DIR/samples/xenserver-cc/hotfixes")
    ),
    Sample {
        keys: 3,
        threshold: 2,
        waiting: Some("EXA-13-004"),
        ..sample!(
            "example-appliance",
            "example-appliance",
            include_dir!("$CARGO_MANIFEST_DIR/samples/example-appliance/advisories"),
            include_dir!("$CARGO_MANIFEST_DIR/samples/example-appliance/hotfixes")
        )
    },
];

/// The samples of a set.
pub(super) fn of(set: SampleSet) -> &'static [Sample] {
    match set {
        SampleSet::FirstLight => &FIRST_LIGHT,
        SampleSet::All => &ALL,
    }
}

impl Sample {
    /// Its documents with their path in the project: name and text.
    fn files(&self) -> impl Iterator<Item = (String, &'static str)> {
        let product = std::iter::once((format!("{}/product.toml", self.folder), self.document));
        let below = |(kind, dir): &(&'static str, &'static Dir<'static>)| {
            let folder = format!("{}/{kind}", self.folder);
            dir.files().filter_map(move |file| {
                let name = file.path().file_name()?.to_str()?;
                Some((format!("{folder}/{name}"), file.contents_utf8()?))
            })
        };
        product.chain(self.documents.iter().flat_map(below))
    }

    /// The documents that are to be released and are not published, or in an earlier revision. What was
    /// published in a later one, or by somebody else in the same, stays.
    pub(super) fn missing(&self, published: Option<&Published>) -> Result<Vec<Source>, Problems> {
        self.lacking(published, |id| self.waiting != Some(id))
    }

    /// The document that is left waiting, where it is not published.
    pub(super) fn held_back(&self, published: &Published) -> Result<Vec<Source>, Problems> {
        self.lacking(Some(published), |id| self.waiting == Some(id))
    }

    fn lacking(
        &self,
        published: Option<&Published>,
        wanted: impl Fn(&str) -> bool,
    ) -> Result<Vec<Source>, Problems> {
        let mut out = Vec::new();
        for (name, text) in self.files() {
            let id = name.rsplit_once('/').and_then(|(_, file)| file.strip_suffix(".toml"));
            if id.is_some_and(&wanted) {
                let source = Source::from_toml(&name, text)?;
                if published.is_none_or(|published| is_behind(&source, published)) {
                    out.push(source);
                }
            }
        }
        Ok(out)
    }
}

/// Whether what is published lacks a document, or has an earlier revision of it.
fn is_behind(source: &Source, published: &Published) -> bool {
    let text = |name: &str| source.value().get(name).and_then(Value::as_text).unwrap_or_default();
    let catalogue = &published.loaded.catalogue;
    let revision = match text("schema") {
        "hotfixd/product/1" => Some(catalogue.product().revision),
        "hotfixd/advisory/1" => catalogue.advisories().get(text("id")).map(|advisory| advisory.revision),
        _ => catalogue.hotfixes().get(text("id")).map(|hotfix| hotfix.revision),
    };
    revision < source.value().get("revision").and_then(Value::as_int)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use super::*;

    #[test]
    fn everything_that_is_kept_is_compiled_in() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        for sample in FIRST_LIGHT.iter().chain(&ALL) {
            let inside: BTreeSet<String> = sample.files().map(|(name, _)| name).collect();
            for (name, text) in sample.files() {
                assert_eq!(std::fs::read_to_string(root.join(&name)).unwrap(), text, "{name}");
            }
            for kind in ["advisories", "hotfixes"] {
                let folder = format!("{}/{kind}", sample.folder);
                for entry in std::fs::read_dir(root.join(&folder)).unwrap() {
                    let name = format!("{folder}/{}", entry.unwrap().file_name().to_str().unwrap());
                    assert!(inside.contains(&name), "{name} is new: touch {}", file!());
                }
            }
        }
    }
}

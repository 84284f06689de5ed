//! The revisions of a document: which there are, what changed from one to another, who signed each, and how
//! to verify that without trusting this service.

use jiff::Timestamp;

use super::context::PageContext;
use super::difference::{Difference, compare, indented};
use super::frame::Frame;
use super::words::{When, time};
use super::{PageError, Renderer};
use crate::model::{Catalogue, sentence};

/// A revision as the service keeps it.
#[derive(Debug, Clone)]
pub struct RevisionFacts {
    /// Its number.
    pub revision: i64,
    /// Its exact bytes: canonical JSON.
    pub body: String,
    /// Their SHA-256, in lower-case hex.
    pub sha256: String,
    /// The publisher's date of it.
    pub published: Option<String>,
    /// When it was released here.
    pub released: Timestamp,
    /// The role that signs it.
    pub role: String,
    /// The version of that role that brought it.
    pub role_version: u64,
}

/// Who signed the version of a role that brought a revision.
#[derive(Debug, Clone, Default)]
pub struct Signing {
    /// Whether hosts can still fetch that version.
    pub served: bool,
    /// How many signatures the role needs now; `None`: nobody is trusted for it any more.
    pub threshold: Option<u64>,
    /// The signatures.
    pub signatures: Vec<SignatureFacts>,
}

/// A signature.
#[derive(Debug, Clone)]
pub struct SignatureFacts {
    /// The id of its key.
    pub key: String,
    /// The signature.
    pub bytes: Vec<u8>,
    /// The key, where it is still trusted for the role: PEM, and the SHA-256 of its DER.
    pub public: Option<(String, String)>,
    /// Whether it holds under that key.
    pub holds: bool,
}

/// Which document.
#[derive(Debug, Clone)]
pub struct DocumentName {
    /// `advisories` or `hotfixes`.
    pub section: &'static str,
    /// Its id.
    pub id: String,
    /// Its title now.
    pub title: String,
}

#[derive(Debug, serde::Serialize)]
struct Head {
    kind: &'static str,
    id: String,
    title: String,
    href: String,
    list: String,
    product: String,
}

#[derive(Debug, serde::Serialize)]
struct ListView {
    head: Head,
    action: String,
    keep: Option<String>,
    from: i64,
    to: i64,
    revisions: Vec<Item>,
    /// Older ones are left out.
    more: bool,
    compared: Option<Compared>,
}

#[derive(Debug, serde::Serialize)]
struct Item {
    revision: i64,
    href: String,
    released: When,
    published: Option<String>,
    current: bool,
    /// The page that compares it with the one before.
    changes: Option<String>,
}

/// Two revisions and what differs.
#[derive(Debug, serde::Serialize)]
struct Compared {
    from: i64,
    to: i64,
    difference: Difference,
}

#[derive(Debug, serde::Serialize)]
struct OneView {
    head: Head,
    revision: i64,
    newest: i64,
    released: When,
    published: Option<String>,
    before: Option<i64>,
    compared: Option<Compared>,
    text: String,
    proof: Proof,
}

#[derive(Debug, serde::Serialize)]
struct Proof {
    role: String,
    version: u64,
    sha256: String,
    bytes: String,
    file: String,
    json: String,
    url: String,
    metadata: Option<String>,
    metadata_file: String,
    threshold: Option<u64>,
    signatures: Vec<SignatureView>,
    /// The first that holds: its commands are shown.
    shown: Option<Commands>,
}

#[derive(Debug, serde::Serialize)]
struct SignatureView {
    key: String,
    fingerprint: Option<String>,
    holds: bool,
}

#[derive(Debug, serde::Serialize)]
struct Commands {
    pem: String,
    signature: String,
    fingerprint: String,
}

fn head(context: &PageContext, catalogue: &Catalogue, name: &DocumentName) -> Head {
    let product = catalogue.product();
    let path = format!("/{}/{}/{}", name.section, product.id, name.id);
    Head {
        kind: if name.section == "advisories" { "advisory" } else { "hotfix" },
        id: name.id.clone(),
        title: name.title.clone(),
        href: context.page(format_args!("{path}")),
        list: context.page(format_args!("{path}/revisions")),
        product: product.name.clone(),
    }
}

/// The list of a document's revisions, newest first, and where two are asked for, what differs.
///
/// # Errors
/// A template that does not fit its view.
pub fn revisions(
    renderer: &Renderer,
    context: &PageContext,
    (catalogue, name): (&Catalogue, &DocumentName),
    (list, more): (&[RevisionFacts], bool),
    compared: Option<(&RevisionFacts, &RevisionFacts)>,
) -> Result<String, PageError> {
    let product = &catalogue.product().id;
    let path = format!("/{}/{product}/{}/revisions", name.section, name.id);
    let item = |(index, held): (usize, &RevisionFacts)| Item {
        revision: held.revision,
        href: context.page(format_args!("{path}/{}", held.revision)),
        released: time(held.released),
        published: held.published.clone(),
        current: index == 0,
        changes: list
            .get(index + 1)
            .map(|before| context.page(format_args!("{path}?from={}&to={}", before.revision, held.revision))),
    };
    let newest = list.first().map_or(1, |held| held.revision);
    let (from, to) = match compared {
        Some((from, to)) => (from.revision, to.revision),
        None => (list.get(1).map_or(newest, |held| held.revision), newest),
    };
    let view = ListView {
        head: head(context, catalogue, name),
        action: context.path(format_args!("{path}")),
        keep: context.run.as_ref().map(|run| run.value.clone()),
        from,
        to,
        revisions: list.iter().enumerate().map(item).collect(),
        more,
        compared: compared.map(|(from, to)| compare_two(catalogue, from, to)),
    };
    let title = match compared {
        Some(_) => format!("{}: revision {from} to {to}", name.id),
        None => format!("{}: revisions", name.id),
    };
    renderer.page("revisions.html", &Frame::new(context, title, name.section), &view)
}

fn compare_two(catalogue: &Catalogue, from: &RevisionFacts, to: &RevisionFacts) -> Compared {
    let difference = compare(catalogue, &from.body, &to.body);
    Compared { from: from.revision, to: to.revision, difference }
}

/// What changed between two revisions, in a few words each.
#[must_use]
pub fn changed(catalogue: &Catalogue, before: &str, after: &str) -> Vec<String> {
    let difference = compare(catalogue, before, after);
    let cells = difference.cells.len();
    let cells = match cells {
        0 => None,
        1 => Some("one cell of the matrix".to_owned()),
        _ => Some(format!("{cells} cells of the matrix")),
    };
    difference.fields.iter().map(super::difference::Change::short).chain(cells).collect()
}

/// A revision: what changed with it, who signed it, how to verify it, what it says.
///
/// # Errors
/// A template that does not fit its view.
pub fn revision(
    renderer: &Renderer,
    context: &PageContext,
    (catalogue, name): (&Catalogue, &DocumentName),
    (one, before, newest): (&RevisionFacts, Option<&RevisionFacts>, i64),
    signing: &Signing,
) -> Result<String, PageError> {
    let view = OneView {
        head: head(context, catalogue, name),
        revision: one.revision,
        newest,
        released: time(one.released),
        published: one.published.clone(),
        before: before.map(|before| before.revision),
        compared: before.map(|before| compare_two(catalogue, before, one)),
        text: indented(&one.body),
        proof: proof(context, catalogue, name, one, signing),
    };
    let title = format!("{}, revision {}", name.id, one.revision);
    let frame = Frame::new(context, title, name.section).with_json(view.proof.json.clone());
    renderer.page("revision.html", &frame, &view)
}

fn proof(
    context: &PageContext,
    catalogue: &Catalogue,
    name: &DocumentName,
    one: &RevisionFacts,
    signing: &Signing,
) -> Proof {
    let product = &catalogue.product().id;
    let path = format!("/api/v1/{}/{product}/{}/revisions/{}", name.section, name.id, one.revision);
    let metadata_file = format!("{}.{}.json", one.role_version, one.role);
    let server = context.server();
    let usable = signing.signatures.iter().filter(|signature| signature.holds);
    let shown = usable.filter_map(|signature| {
        let (pem, fingerprint) = signature.public.clone()?;
        Some(Commands { pem: pem.trim_end().to_owned(), signature: base64(&signature.bytes), fingerprint })
    });
    Proof {
        role: one.role.clone(),
        version: one.role_version,
        sha256: one.sha256.clone(),
        bytes: sentence::grouped(i64::try_from(one.body.len()).unwrap_or(i64::MAX)),
        file: format!("{}.json", name.id),
        json: context.path(format_args!("{path}")),
        url: format!("{server}{path}"),
        metadata: signing.served.then(|| format!("{server}/tuf/metadata/{metadata_file}")),
        metadata_file,
        threshold: signing.threshold,
        signatures: signing
            .signatures
            .iter()
            .map(|signature| SignatureView {
                key: signature.key.clone(),
                fingerprint: signature.public.as_ref().map(|(_, fingerprint)| fingerprint.clone()),
                holds: signature.holds,
            })
            .collect(),
        shown: { shown }.next(),
    }
}

/// RFC 4648, with padding: what `base64 -d` reads.
fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let letter = |bits: u32| {
        usize::try_from(bits & 63).ok().and_then(|at| ALPHABET.get(at)).copied().map_or('A', char::from)
    };
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let at = |index: usize| u32::from(chunk.get(index).copied().unwrap_or_default());
        let bits = at(0) << 16 | at(1) << 8 | at(2);
        let letters = [letter(bits >> 18), letter(bits >> 12), letter(bits >> 6), letter(bits)];
        out.extend(letters.iter().enumerate().map(|(at, one)| if at > chunk.len() { '=' } else { *one }));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::base64;

    #[test]
    fn writes_base64_as_rfc_4648_has_it() {
        let pairs = [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")];
        for (bytes, text) in pairs {
            assert_eq!(base64(bytes.as_bytes()), text);
        }
    }
}

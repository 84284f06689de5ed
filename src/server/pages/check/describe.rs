//! A host described by hand: a field for everything that a product's documents may ask of a host.

use crate::model::words::FactType;
use crate::model::{Id, Product, sentence};

/// The most fields of one product's form; what goes beyond is asked for where it is missing.
const MAX_FIELDS: usize = 120;

/// Fields that belong together.
#[derive(Debug, serde::Serialize)]
pub(super) struct Group {
    /// The feature; `None`: the host itself.
    name: Option<String>,
    fields: Vec<Field>,
}

#[derive(Debug, serde::Serialize)]
struct Field {
    id: String,
    field: &'static str,
    ask: String,
    place: Option<String>,
    hint: Option<&'static str>,
}

/// What a host of the product is asked for beside its release: its hotfixes, then each feature with its facts.
pub(super) fn groups(product: &Product) -> Vec<Group> {
    let mut left = MAX_FIELDS;
    let mut groups = vec![Group { name: None, fields: vec![field(product, "hotfixes")] }];
    for feature in &product.features {
        let ids = std::iter::once(&feature.id).chain(feature.facts.iter().map(|fact| &fact.id));
        let fields: Vec<Field> = ids.take(left).map(|id: &Id| field(product, id.as_str())).collect();
        left -= fields.len();
        if !fields.is_empty() {
            groups.push(Group { name: Some(feature.name.clone()), fields });
        }
    }
    groups
}

fn field(product: &Product, id: &str) -> Field {
    let asked = sentence::question(product, id);
    let (field, hint) = hint(product, id);
    Field { id: id.to_owned(), field, ask: asked.ask, place: asked.place.filter(|_| id != "hotfixes"), hint }
}

/// The kind of field for something that an inventory may say, and how it is to be written.
pub(super) fn hint(product: &Product, id: &str) -> (&'static str, Option<&'static str>) {
    let fact = product.fact(id);
    match (id, fact.map(|fact| &fact.kind)) {
        (_, Some(FactType::Boolean)) => ("yesno", None),
        (_, Some(FactType::Integer)) if fact.is_some_and(|fact| fact.unit.as_deref() == Some("bytes")) => {
            ("text", Some("a number of bytes, or a size such as 3 TiB"))
        }
        (_, Some(FactType::Integer)) => ("text", Some("a whole number")),
        (_, Some(FactType::Texts)) => ("text", Some("with commas between them")),
        (_, Some(FactType::Text | FactType::Other(_))) | ("version" | "build", None) => ("text", None),
        (_, None) if product.feature(id).is_some() => ("yesno", None),
        ("hotfixes", None) => ("text", Some("ids or UUIDs with spaces between them, all of them; or “none”")),
        _ => ("none", None),
    }
}

//! The list of products: few, and yet with an end.

use super::choice::Sort;
use super::choice::SortKey;
use super::cursor::{self, Cursor, Position};
use super::fold;
use super::index::{Index, ProductIndex};
use super::query::{QueryError, wrong};

/// Products stand by id.
const SORT: Sort = Sort { key: SortKey::Id, descending: false };
/// Every parameter.
const NAMES: [&str; 3] = ["q", "limit", "cursor"];

/// What an address asks of the list of products.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProductQuery {
    words: Option<Vec<String>>,
    limit: u32,
    cursor: Option<Cursor>,
    list: String,
}

/// A page of the list of products.
#[derive(Debug)]
pub struct ProductPage<'i> {
    /// The products.
    pub rows: Vec<&'i ProductIndex>,
    /// How many all pages have.
    pub total: usize,
    /// How many there are.
    pub of: usize,
    /// Where the next page begins; `None` on the last.
    pub next: Option<String>,
}

impl ProductQuery {
    /// Reads the pairs of an address.
    ///
    /// # Errors
    /// The first name or value that is not known, with what is.
    pub fn parse(pairs: &[(String, String)], most: u32) -> Result<Self, QueryError> {
        if let Some((name, _)) = pairs.iter().find(|(name, _)| !NAMES.contains(&name.as_str())) {
            let name = crate::server::state::shown(name);
            let detail = format!("The parameter `{name}` is not known for products.");
            let remedy = format!("Known are {}.", NAMES.join(", "));
            return Err(QueryError { unknown: true, name, detail, remedy });
        }
        let one = |name: &str| {
            let mut found = pairs.iter().filter(|(known, value)| known == name && !value.is_empty());
            let first = found.next().map(|(_, value)| value.as_str());
            match found.next() {
                Some(_) => Err(wrong(name, format!("{name} is given twice."), "Give it once.".to_owned())),
                None => Ok(first),
            }
        };
        let limit = match one("limit")? {
            None => most.min(100),
            Some(text) => text.parse().ok().filter(|limit| (1..=most).contains(limit)).ok_or_else(|| {
                let remedy = format!("Write an integer from 1 to {most}.");
                wrong("limit", "The limit cannot be.".to_owned(), remedy)
            })?,
        };
        let text = one("q")?.map(str::to_lowercase);
        let list = format!("products?q={}", text.as_deref().unwrap_or_default());
        let read = |text: &str| {
            let read = (text.len() <= cursor::MAX_CHARS).then(|| Cursor::decode(text, &list)).flatten();
            let remedy = "Write what `next` said for this very list, or leave it out to begin anew.";
            let detail = "The cursor is not one of this list.";
            read.ok_or_else(|| wrong("cursor", detail.to_owned(), remedy.to_owned()))
        };
        let cursor = one("cursor")?.map(read).transpose()?;
        Ok(Self { words: text.map(|text| fold::words(&text).collect()), limit, cursor, list })
    }

    /// How many products a page has at most.
    #[must_use]
    pub fn limit(&self) -> u32 {
        self.limit
    }
}

impl Index {
    /// The page of products that a query asks for.
    #[must_use]
    pub fn product_page(&self, query: &ProductQuery) -> ProductPage<'_> {
        let holds = |product: &&ProductIndex| {
            query.words.as_ref().is_none_or(|words| {
                let text = fold::haystack([product.id.as_str(), &product.name]);
                !words.is_empty() && words.iter().all(|word| text.contains(&fold::needle(word)))
            })
        };
        let mut rows: Vec<&ProductIndex> =
            self.products.iter().map(std::convert::AsRef::as_ref).filter(holds).collect();
        let total = rows.len();
        if let Some(cursor) = &query.cursor {
            rows.retain(|product| position(product).compare(&cursor.position(), SORT).is_gt());
        }
        let more = rows.len() > query.limit as usize;
        rows.truncate(query.limit as usize);
        let next = rows.last().filter(|_| more).map(|product| position(product).encode(&query.list));
        ProductPage { rows, total, of: self.products.len(), next }
    }
}

fn position(product: &ProductIndex) -> Position<'_> {
    Position { rank: 0, missing: false, key: 0, id: product.id.as_str(), product: "" }
}

//! Lists of advisories and hotfixes over every product, as pages, the API and feeds show them; and the search
//! that finds any id.
//!
//! Pure: an [`Index`] is made once for what is served, a [`Query`] is read from the pairs of an address, and
//! [`Index::page`] answers it. Whatever an address asks for that is not known is refused with what is: a filter
//! that is passed over would show rows that somebody meant to leave out.

mod choice;
mod cursor;
mod entry;
mod fold;
mod index;
mod link;
mod products;
mod query;
mod search;
mod select;

pub use choice::{Section, Sort, SortKey, Status};
pub use entry::{Entry, Standing, Tally};
pub use index::{Index, ProductIndex};
pub use link::Chip;
pub use products::{ProductPage, ProductQuery};
pub use query::{Known, MAX_FILTERS, Query, QueryError};
pub use search::{Destination, Found};
pub use select::{Page, Row};

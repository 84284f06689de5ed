//! What was released last, with what changed.

use std::sync::Arc;

use actix_web::web::{self, Data};
use jiff::Timestamp;

use super::listing::{Entry, Section};
use super::pages::{self, Batch, Changed};
use super::problem::Problem;
use super::state::{App, catalogue};
use crate::release::ServedState;
use crate::store::DocumentKind;

/// How many releases are shown.
const BATCHES: usize = 5;
/// How many documents of one release are named.
const NAMED: usize = 4;

/// The last releases, newest first.
pub(super) async fn last(app: &Data<App>, state: &ServedState) -> Result<Vec<Batch>, Problem> {
    let mut batches = batches(app);
    for batch in &mut batches {
        for one in batch.documents.iter_mut().filter(|one| one.revision > 1) {
            one.what = what(app, state, &batch.product, one).await?;
        }
    }
    Ok(batches)
}

/// Documents that were released at one moment stand together: revised ones first, advisories before hotfixes.
fn batches(app: &App) -> Vec<Batch> {
    let index = app.index();
    let mut all: Vec<(Timestamp, &Entry)> = Section::ALL
        .into_iter()
        .flat_map(|section| index.entries(section))
        .filter_map(|entry| Some((entry.served_at?, entry)))
        .collect();
    let order = |(at, entry): &(Timestamp, &Entry)| {
        (std::cmp::Reverse(*at), entry.product.clone(), entry.revision == 1, entry.section, entry.id.clone())
    };
    all.sort_by_cached_key(order);
    let same = |a: &(Timestamp, &Entry), b: &(Timestamp, &Entry)| a.0 == b.0 && a.1.product == b.1.product;
    all.chunk_by(same).take(BATCHES).filter_map(batch).collect()
}

fn batch(documents: &[(Timestamp, &Entry)]) -> Option<Batch> {
    let (at, first) = documents.first()?;
    let more =
        |section: Section| documents.iter().skip(NAMED).filter(|(_, entry)| entry.section == section).count();
    let changed = |(_, entry): &(Timestamp, &Entry)| Changed {
        advisory: entry.section == Section::Advisories,
        id: entry.id.to_string(),
        title: entry.title.clone(),
        revision: entry.revision,
        what: Vec::new(),
    };
    Some(Batch {
        product: first.product.to_string(),
        at: *at,
        documents: documents.iter().take(NAMED).map(changed).collect(),
        more_advisories: more(Section::Advisories),
        more_hotfixes: more(Section::Hotfixes),
    })
}

/// What changed with a document's newest revision.
async fn what(
    app: &Data<App>,
    state: &ServedState,
    product: &str,
    one: &Changed,
) -> Result<Vec<String>, Problem> {
    let kind = if one.advisory { DocumentKind::Advisory } else { DocumentKind::Hotfix };
    let (store, of) = (Arc::clone(&app.store), (product.to_owned(), one.id.clone()));
    let read = move || store.read(|tx| tx.document_revisions((&of.0, kind, &of.1), None, 2));
    let Ok(held) = web::block(read).await? else {
        return Ok(vec!["what changed cannot be read now".to_owned()]);
    };
    let [after, before] = held.as_slice() else { return Ok(vec!["the first that is kept here".to_owned()]) };
    Ok(pages::changed(catalogue(state, product)?, &before.body, &after.body))
}

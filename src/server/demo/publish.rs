//! The way of the samples: files uploaded, documents signed, handed in and released like any publisher's.

use jiff::{SignedDuration, Timestamp};

use super::founding::later;
use super::keys::DevelopmentKeys;
use super::samples::Sample;
use crate::formats::made_up;
use crate::json::Value;
use crate::model::{Id, Source};
use crate::release::{Releases, SubmissionView};
use crate::repository::author::{self, Current};
use crate::repository::{Published, documents_of};
use crate::server::run::ServeError;
use crate::store::Store;
use crate::trust::{Digest, PrivateKey};

/// How long the samples are signed for.
const ROLE_LIFE: SignedDuration = SignedDuration::from_hours(24 * author::MAX_ROLE_DAYS);
/// Who is said to have done it.
const ACTOR: &str = "demo";

/// The one who publishes the samples.
pub(super) struct Publisher<'a> {
    pub(super) releases: &'a Releases,
    pub(super) store: &'a Store,
    pub(super) keys: &'a DevelopmentKeys,
    pub(super) now: Timestamp,
}

impl Publisher<'_> {
    /// Publishes what is missing of the samples.
    pub(super) fn publish(&self, samples: &[Sample]) -> Result<(), ServeError> {
        for sample in samples {
            let failed = |error: &dyn std::fmt::Display| failure(sample.product, error);
            let state = self.releases.served();
            let published = state.snapshot.products().get(sample.product);
            let missing = sample.missing(published.map(AsRef::as_ref)).map_err(|error| failed(&error))?;
            if missing.is_empty() {
                continue;
            }
            let done = self.upload(&missing).and_then(|()| self.release(sample.product, &missing));
            match (done, published) {
                (Ok(()), _) => {}
                // Somebody has published what the samples do not go with: that stays.
                (Err(error), Some(_)) => tracing::error!("{error}"),
                (Err(error), None) => return Err(error),
            }
        }
        Ok(())
    }

    /// Hands in what is to be cosigned by whoever looks around, with one signature, unless it waits already or
    /// is published. Answers the id of what waits.
    pub(super) fn leave_waiting(&self, samples: &[Sample]) -> Result<Option<String>, ServeError> {
        let Some(sample) = samples.iter().find(|sample| sample.waiting.is_some()) else { return Ok(None) };
        let state = self.releases.served();
        let Some(published) = state.snapshot.products().get(sample.product) else { return Ok(None) };
        let held_back = sample.held_back(published).map_err(|error| failure(sample.product, &error))?;
        if held_back.is_empty() {
            return Ok(None);
        }
        let open = self.store.read(|tx| tx.open_submissions(sample.product))?;
        if let Some(id) = open.into_iter().next() {
            return Ok(Some(id));
        }
        self.upload(&held_back)?;
        let one = self.keys.signers(sample.product).get(..1).unwrap_or_default();
        self.submit(sample.product, &held_back, one).map(|view| Some(view.id))
    }

    /// Signs documents (none: the role anew) by as many keys as must, hands them in and releases them.
    pub(super) fn release(&self, product: &str, changed: &[Source]) -> Result<(), ServeError> {
        let view = self.submit(product, changed, self.keys.signers(product))?;
        let released = self.releases.release(&view.id, None, ACTOR, self.now);
        released.map(drop).map_err(|error| failure(product, &error))
    }

    fn submit(
        &self,
        product: &str,
        changed: &[Source],
        keys: &[PrivateKey],
    ) -> Result<SubmissionView, ServeError> {
        let failed = |error: &dyn std::fmt::Display| failure(product, error);
        let id = Id::new(product).ok_or_else(|| failed(&"its id is none"))?;
        let state = self.releases.served();
        let current = state.snapshot.products().get(&id).map(|published| current(&id, published));
        let issued = self.releases.next_version(product).saturating_sub(1);
        let expires = later(self.now, ROLE_LIFE);
        let submission = author::submission_above(&id, current.as_ref(), changed, issued, expires, keys)
            .map_err(|error| failed(&error))?;
        self.releases.submit(&submission.to_bytes(), ACTOR, self.now).map_err(|error| failed(&error))
    }

    /// Makes the files of hotfixes and puts them where uploads come to lie.
    fn upload(&self, documents: &[Source]) -> Result<(), ServeError> {
        for payload in
            documents.iter().filter_map(|document| document.value().get("payloads")?.as_list()).flatten()
        {
            let text = |name: &str| payload.get(name).and_then(Value::as_text).unwrap_or_default();
            let bytes = payload.get("bytes").and_then(Value::as_int).unwrap_or_default();
            let (Ok(bytes), Ok(sha256)) = (u64::try_from(bytes), text("sha256").parse::<Digest>()) else {
                continue;
            };
            let known = self.store.read(|tx| tx.blob(&sha256)).is_ok();
            if known && self.store.blob_files().holds(&sha256) {
                continue;
            }
            let mut writer = self.store.blob_files().begin(sha256, bytes)?;
            writer.write(&made_up::file(text("file"), usize::try_from(bytes).unwrap_or_default()))?;
            let bytes = writer.finish()?;
            self.store.write(|tx| tx.stage_blob(&sha256, bytes, self.now.as_second()))?;
        }
        Ok(())
    }
}

fn failure(product: &str, error: &dyn std::fmt::Display) -> ServeError {
    ServeError::Demo(format!("the samples of {product}: {error}"))
}

fn current(product: &Id, published: &Published) -> Current {
    let documents = documents_of(product, &published.targets)
        .filter_map(|(path, _)| Some((path.clone(), published.loaded.documents.get(path)?.clone())));
    Current { targets: published.targets.clone(), digest: published.digest, documents: documents.collect() }
}

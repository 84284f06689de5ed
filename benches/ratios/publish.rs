//! A publisher of a running service: reads what is published, signs what comes next, hands it in, releases it.

use std::collections::BTreeMap;
use std::sync::Arc;

use hotfixd::model::{Id, Source};
use hotfixd::repository::author::{Current, submission};
use hotfixd::repository::documents_of;
use hotfixd::trust::names::{TIMESTAMP_FILE, metadata_file, root_file, url};
use hotfixd::trust::{
    Digest, Envelope, Limits, PrivateKey, Signed, Snapshot, TargetPath, Targets, Timestamp,
};
use jiff::SignedDuration;

use crate::failure::{At, Failure, Result};
use crate::service::{Service, get};

/// A publisher of one product.
#[derive(Debug)]
pub(crate) struct Publisher<'s> {
    service: &'s Service,
    product: &'s Id,
    /// What is published.
    pub(crate) current: Current,
    /// The version of the snapshot that it is in.
    #[allow(dead_code, reason = "make load asks for it")]
    pub(crate) snapshot_version: u64,
    /// Signed files whose name says which bytes they have, by name.
    pub(crate) named: Vec<(String, Vec<u8>)>,
}

impl<'s> Publisher<'s> {
    /// Reads what is published.
    pub(crate) fn of(service: &'s Service, product: &'s Id) -> Result<Self> {
        let metadata = |name: &str| get(&format!("{}/tuf/metadata/{name}", service.url));
        let timestamp_bytes = metadata(TIMESTAMP_FILE)?;
        let timestamp: Timestamp = signed(&timestamp_bytes)?;
        let snapshot_bytes = metadata(&metadata_file("snapshot", timestamp.snapshot.version, true))?;
        let snapshot: Snapshot = signed(&snapshot_bytes)?;
        let mut named = vec![(metadata_file("snapshot", timestamp.snapshot.version, true), snapshot_bytes)];
        for (role, meta) in &snapshot.meta {
            let name = metadata_file(role, meta.version, true);
            let bytes = metadata(&name)?;
            named.push((name, bytes));
        }
        let version = snapshot.meta.get(product.as_str()).at(product)?.version;
        let own = metadata_file(product.as_str(), version, true);
        let bytes = named.iter().find(|(name, _)| *name == own).map(|(_, bytes)| bytes.clone()).at(&own)?;
        let targets: Targets = signed(&bytes)?;
        let mut documents: BTreeMap<TargetPath, Arc<[u8]>> = BTreeMap::new();
        for (path, file) in documents_of(product, &targets) {
            let place = url(&path.file(&file.sha256, true));
            documents.insert(path.clone(), get(&format!("{}/tuf/targets/{place}", service.url))?.into());
        }
        let digest = Digest::of(&bytes);
        let current = Current { targets, digest, documents };
        Ok(Self { service, product, current, snapshot_version: timestamp.snapshot.version, named })
    }

    /// The signed files that a host of the product reads, by role, in the order in which they are trusted.
    pub(crate) fn signed_files(&self) -> Result<Vec<(String, Vec<u8>)>> {
        let file = |name: &str| get(&format!("{}/tuf/metadata/{name}", self.service.url));
        let mut files = vec![("root".to_owned(), file(&root_file(1))?)];
        for role in ["targets", "holds", self.product.as_str(), "snapshot"] {
            let named = |(name, _): &&(String, Vec<u8>)| name.ends_with(&format!(".{role}.json"));
            files.push((role.to_owned(), self.named.iter().find(named).at(role)?.1.clone()));
        }
        files.push(("timestamp".to_owned(), file(TIMESTAMP_FILE)?));
        Ok(files)
    }

    /// Signs documents, hands them in and releases them.
    pub(crate) fn publish(&self, changed: &[Source]) -> Result<()> {
        let path = self.service.folder.join(format!("keys/publisher-{}.pem", self.product));
        let key = PrivateKey::from_pem(&std::fs::read_to_string(&path).at(path.display())?)?;
        let expires = jiff::Timestamp::now() + SignedDuration::from_hours(24 * 60);
        let made = submission(self.product, Some(&self.current), changed, expires, &[key])?;
        let answer = self.post("/api/v1/submissions", &made.to_bytes())?;
        let id = answer.get("id").and_then(serde_json::Value::as_str).at("the submission's id")?;
        self.post(&format!("/api/v1/submissions/{id}/release"), b"").map(drop)
    }

    fn post(&self, path: &str, body: &[u8]) -> Result<serde_json::Value> {
        let agent: ureq::Agent =
            ureq::Agent::config_builder().http_status_as_error(false).proxy(None).build().into();
        let bearer = format!("Bearer {}", self.service.token()?);
        let request = agent.post(format!("{}{path}", self.service.url)).header("authorization", bearer);
        let mut answer = request.send(body)?;
        let text = answer.body_mut().read_to_string()?;
        if !answer.status().is_success() {
            return Err(Failure::new(format!("{path}: {text}")));
        }
        Ok(serde_json::from_str(&text)?)
    }
}

/// One hotfix of 6.5 and the advisory that it fixes, of a usual length.
pub(crate) fn changes() -> Result<Vec<Source>> {
    let hotfix = r#"
schema = "hotfixd/hotfix/1"
id = "XS65E900"
revision = 1
product = "xenserver"
kind = "hotfix"
title = "Host crash when a network interface is unplugged under load"
description = "A host could crash when an interface of a bond was unplugged while traffic went over it."
releases = ["6.5"]
requires = []
supersedes = []
fixes = ["XS65-BOND"]
guidance = [{ action = "RebootHost", level = "mandatory" }]
"#;
    let advisory = r#"
schema = "hotfixd/advisory/1"
id = "XS65-BOND"
revision = 1
product = "xenserver"
title = "Host crash when a network interface is unplugged under load"
category = "stability"
severity = "high"
summary = "A host with bonded interfaces could crash when one of them was unplugged."

[[matrix]]
feature = "*"
releases = ["6.5"]
status = "known_affected"
fixed_by = [["XS65E900"]]
"#;
    Ok(vec![Source::from_toml("XS65E900.toml", hotfix)?, Source::from_toml("XS65-BOND.toml", advisory)?])
}

/// What a signed file says, verified by nobody.
fn signed<M: Signed>(bytes: &[u8]) -> Result<M> {
    let limits = Limits::default();
    Ok(M::from_value(Envelope::parse(bytes, &limits)?.into_signed(), &limits)?)
}

//! Packs and deltas of the kept samples: how long they are, and that hosts can make use of them.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::support::xenserver;
use hotfixd::model::{Id, Source};
use hotfixd::repository::author::{Current, submission};
use hotfixd::repository::pack::{self, Bounds};
use hotfixd::trust::{Digest, Envelope, Limits, PrivateKey, Signed, TargetPath, Targets};

const ADVISORY: &str = r#"
schema = "hotfixd/advisory/1"
id = "CTX269586"
revision = 1
product = "xenserver"
title = "Citrix XenServer Multiple Security Updates"
category = "security"
severity = "high"
summary = "CVE-2020-7211, CVE-2020-8608 and CVE-2019-18420, in XenServer 8.2 Cumulative Update 1."
description = """
Issues have been found that may allow privileged code in a guest VM to make the host crash or stop answering,
and one that may allow unprivileged users of the host's control domain to read what they should not.
"""
cves = ["CVE-2020-7211", "CVE-2020-8608", "CVE-2019-18420"]
references = [{ title = "CTX269586: the bulletin", url = "https://support.citrix.com/article/CTX269586" }]

[[timeline]]
date = 2020-04-14
event = "fixed"
note = "The bulletin was published with the hotfix."

[[matrix]]
feature = "*"
releases = ["8.2-cu1"]
status = "known_affected"
fixed_by = [["XS82ECU1999"]]
"#;

const HOTFIX: &str = r#"
schema = "hotfixd/hotfix/1"
id = "XS82ECU1999"
uuid = "b2f4d3a8-4a3e-4f4b-9a51-5a3c1f0e7d26"
revision = 1
product = "xenserver"
kind = "hotfix"
title = "Security fixes for XenServer 8.2 Cumulative Update 1"
description = """
For XenServer 8.2 Cumulative Update 1. Fixes three issues of the hypervisor's device emulation, and updates the
xapi toolstack for a fault that made live migration fail where a host had more than 255 virtual interfaces.
"""
releases = ["8.2-cu1"]
channel = "release"
fixes = ["CTX269586"]
requires = ["XS82ECU1"]
references = [{ title = "CTX269587: the hotfix", url = "https://support.citrix.com/article/CTX269587" }]
"#;

/// Signs the next version of XenServer's role; the documents that are new in it, and its exact bytes.
fn next(current: Option<&Current>, changed: &[Source], key: &PrivateKey) -> (Current, Current, Vec<u8>) {
    let expires = jiff::Timestamp::from_second(2_000_000_000).unwrap();
    let id = Id::new("xenserver").unwrap();
    let made = submission(&id, current, changed, expires, std::slice::from_ref(key)).unwrap();
    let bytes = made.roles[0].metadata.clone().into_bytes();
    let limits = Limits::default();
    let targets =
        Targets::from_value(Envelope::parse(&bytes, &limits).unwrap().into_signed(), &limits).unwrap();
    let new: BTreeMap<TargetPath, Arc<[u8]>> = made
        .documents
        .into_iter()
        .map(|(path, text)| (path.parse().unwrap(), Arc::from(text.into_bytes())))
        .collect();
    let mut all = current.map(|current| current.documents.clone()).unwrap_or_default();
    all.extend(new.clone());
    let of = |documents| Current { digest: Digest::of(&bytes), targets: targets.clone(), documents };
    (of(all), of(new), bytes)
}

#[test]
fn the_whole_history_of_xenserver_is_33_kilobytes_and_a_change_one() {
    let key = PrivateKey::generate().unwrap();
    let samples = xenserver();
    let (first, _, old) = next(None, &samples, &key);
    let packed = pack::write(&old, &first.documents).unwrap();
    assert!(packed.len() <= 33_000, "{} bytes", packed.len());
    let contents = pack::read(&packed, &Bounds::default()).unwrap();
    assert_eq!((contents.metadata(), contents.len()), (old.as_slice(), samples.len()));
    for (path, file) in &first.targets.targets {
        assert_eq!(contents.document(path, file), first.documents.get(path));
    }

    // A new hotfix and a new advisory, each of the usual length.
    let changed = [ADVISORY, HOTFIX].map(|text| Source::from_toml("new.toml", text).unwrap());
    let (second, new, bytes) = next(Some(&first), &changed, &key);
    assert_eq!(new.documents.len(), 2);
    let lent = new.documents.iter().map(|(path, bytes)| (path, bytes.as_ref()));
    let delta = pack::write_delta((&old, &bytes), lent).unwrap();
    assert!(delta.len() <= 1_600, "{} bytes", delta.len());
    let contents = pack::read_delta(&delta, &old, &Bounds::default()).unwrap();
    assert_eq!(contents.metadata(), bytes);
    for (path, document) in &new.documents {
        assert_eq!(contents.document(path, &second.targets.targets[path]), Some(document));
    }
    eprintln!("pack {}, delta {}", packed.len(), delta.len());
}

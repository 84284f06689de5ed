//! What `hotfix cosign` says of what it signs: nothing of it is the server's word.

use std::collections::BTreeMap;

use hotfixd::model::Id;
use hotfixd::repository::Submission;
use hotfixd::repository::author::submission;
use hotfixd::repository::submission::SubmittedRole;
use hotfixd::trust::{Envelope, Limits, PrivateKey, Signed, TargetFile, TargetPath, Targets};
use jiff::{SignedDuration, Timestamp};

use crate::support::hotfix::{Answer, Host};
use crate::support::repository::{Repository, samples};
use crate::support::static_server::StaticServer;

/// The submission of everything that the repository publishes, waiting for a signature, its role changed.
fn waiting(repository: &Repository, change: impl FnOnce(&mut Targets)) -> Submission {
    let (product, stranger) = (Id::new("xenserver").unwrap(), PrivateKey::generate().unwrap());
    let expires = Timestamp::now() + SignedDuration::from_hours(24);
    let mut made = submission(&product, None, &samples(), expires, &[stranger]).unwrap();
    let envelope = Envelope::parse(made.roles[0].metadata.as_bytes(), &Limits::default()).unwrap();
    let mut targets = Targets::from_value(envelope.into_signed(), &Limits::default()).unwrap();
    targets.header.version = repository.version + 1;
    change(&mut targets);
    let metadata = String::from_utf8(Envelope::new(targets.to_value()).unwrap().to_bytes()).unwrap();
    let role = SubmittedRole { metadata, ..made.roles.remove(0) };
    Submission { roles: vec![role], documents: BTreeMap::new(), ..made }
}

fn cosign(repository: &Repository, key: &PrivateKey, waiting: &Submission, more: &[&str]) -> Answer {
    let place = repository.folder().join("api/v1/submissions/s-1");
    std::fs::create_dir_all(&place).unwrap();
    std::fs::write(place.join("file"), waiting.to_bytes()).unwrap();
    let (server, host) = (StaticServer::of(repository.folder()), Host::new());
    let key = host.file("key.pem", key.to_pem().unwrap().as_bytes());
    host.run(&[&["cosign", "s-1", "--key", &key, "--server", &server.url()], more].concat())
}

#[test]
fn a_server_cannot_hide_a_change_by_what_it_says_is_published() {
    let repository = Repository::xenserver(Timestamp::now());
    let all = waiting(&repository, |_| {});
    // The cosigner signed what is published: beside it, nothing is new.
    let own = cosign(&repository, &repository.publisher_key, &all, &[]);
    assert!(own.exit == 1 && !own.err.contains("hotfix XS65E005"), "{own:?}");
    // Somebody else did, who may be the server: then all of it is listed.
    let mine = PrivateKey::generate().unwrap();
    let hidden = cosign(&repository, &mine, &all, &[]);
    assert!(hidden.exit == 1 && hidden.err.contains("adds hotfix XS65E005"), "{hidden:?}");
    assert!(hidden.err.contains("--trusted-key"), "{hidden:?}");
    let fellow = repository.folder().join("fellow.pub.pem");
    std::fs::write(&fellow, repository.publisher_key.public().to_pem().unwrap()).unwrap();
    let trusted = cosign(&repository, &mine, &all, &["--trusted-key", &fellow.display().to_string()]);
    assert!(trusted.exit == 1 && !trusted.err.contains("hotfix XS65E005"), "{trusted:?}");
}

#[test]
fn nothing_is_signed_beyond_the_product() {
    let repository = Repository::xenserver(Timestamp::now());
    let key = &repository.publisher_key;
    let handed_on = waiting(&repository, |targets| {
        let delegations = targets.delegations.get_or_insert_with(Default::default);
        delegations.set_role("other", &[PrivateKey::generate().unwrap().public()], 1, true, &["xenserver/*"]);
    });
    let answer = cosign(&repository, key, &handed_on, &["--yes"]);
    assert!(answer.exit == 1 && answer.err.contains("hands its trust on"), "{answer:?}");
    let outside = waiting(&repository, |targets| {
        let path = TargetPath::try_from("other/product.json".to_owned()).unwrap();
        targets.targets.insert(path, TargetFile::of(b"{}", None));
    });
    let answer = cosign(&repository, key, &outside, &["--yes"]);
    assert!(answer.exit == 1 && answer.err.contains("other/product.json"), "{answer:?}");
}

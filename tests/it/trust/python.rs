//! python-tuf, the reference, reads our repository, and we read one that it wrote.

use std::fs;
use std::path::Path;
use std::process::Command;

use hotfixd::trust::walk::{self, Step};
use hotfixd::trust::{
    Answer, Digest, Limits, Local, Refresh, TargetPath, TopRole, TrustedSet, Wanted, scheme::Scheme,
};

use super::kit::{Repo, all, key};

/// Runs tests/python/repository.py; what it prints.
fn python(verb: &str, folder: &Path) -> String {
    let interpreter = std::env::var_os("HOTFIXD_TEST_PYTHON").expect(
        "HOTFIXD_TEST_PYTHON is not set: it names a Python with the package tuf; `make test` makes one and sets it",
    );
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/python/repository.py");
    let output = Command::new(interpreter).arg(script).arg(verb).arg(folder).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn python_tuf_reads_our_repository() {
    let folder = tempfile::tempdir().unwrap();
    let mut repo = Repo::new();
    // Its clock is the real one.
    let expires = jiff::Timestamp::now() + jiff::SignedDuration::from_hours(24);
    repo.expires = expires;
    repo.roles.get_mut("targets").unwrap().header.expires = expires;
    repo.next_root(|root, keys| {
        root.header.expires = expires;
        root.set_development(true);
        keys.root = key();
        root.set_role(TopRole::Root, &[keys.root.public()], 1);
    });
    repo.delegate("targets", "xenserver", true, &["xenserver/*", "xenserver/*/*/*"]);
    repo.delegate("xenserver", "xenserver~6.5", true, &["xenserver/6.5/*/*"]);
    for role in ["xenserver", "xenserver~6.5"] {
        repo.roles.get_mut(role).unwrap().header.expires = expires;
    }
    let content = "{\"summary\":\"caf\u{e9} \u{1f600}\"}".as_bytes();
    for (role, path) in
        [("xenserver", "xenserver/product.json"), ("xenserver~6.5", "xenserver/6.5/hotfix/XS65E001.json")]
    {
        repo.add_target(role, path, content);
        let path: TargetPath = path.parse().unwrap();
        let target = repo.roles.get_mut(role).unwrap().targets.get_mut(&path).unwrap();
        target.custom = Some([("status", "released".into()), ("note", "caf\u{e9} \"\\".into())].into());
        let file = folder.path().join("repository/targets").join(path.file(&Digest::of(content), true));
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, content).unwrap();
    }
    repo.publish();
    let metadata = folder.path().join("repository/metadata");
    fs::create_dir_all(&metadata).unwrap();
    for (name, bytes) in &repo.files {
        fs::write(metadata.join(name), bytes).unwrap();
    }
    fs::write(folder.path().join("root.json"), &repo.roots[0]).unwrap();
    let wanted = "xenserver/product.json\nxenserver/6.5/hotfix/XS65E001.json\nxenserver/6.5/hotfix/a/b\n";
    fs::write(folder.path().join("wanted"), wanted).unwrap();
    let found = format!(
        "{} {} {{'note': 'caf\u{e9} \"\\\\', 'status': 'released'}}",
        content.len(),
        Digest::of(content)
    );
    assert_eq!(
        python("read", folder.path()),
        format!(
            "xenserver/product.json {found}\nxenserver/6.5/hotfix/XS65E001.json {found}\nxenserver/6.5/hotfix/a/b absent\n"
        )
    );
}

#[test]
fn we_read_a_repository_of_python_tuf() {
    let folder = tempfile::tempdir().unwrap();
    python("write", folder.path());
    let root = fs::read(folder.path().join("root.json")).unwrap();
    let now = jiff::Timestamp::now();
    let set = TrustedSet::new(&root, now, Limits::default()).unwrap();
    // It reckons key ids as we do, for every scheme.
    let keys = &set.root().metadata.keys;
    assert!(keys.iter().all(|(id, key)| *id == key.id()));
    let mut schemes: Vec<Option<Scheme>> = keys.values().map(hotfixd::trust::PublicKey::scheme).collect();
    schemes.sort();
    let all_four = [Scheme::Ed25519, Scheme::EcdsaP256, Scheme::RsaPss, Scheme::RsaPkcs1];
    assert_eq!(schemes, all_four.map(Some));

    let path: TargetPath = "team/file".parse().unwrap();
    for wanted in [all(), Wanted::Path(path.clone())] {
        let local = Local { root: root.clone(), ..Local::default() };
        let mut refresh = Refresh::new(local, wanted, now, Limits::default()).unwrap();
        while let Some(request) = refresh.next_request() {
            let bytes = fs::read(folder.path().join("metadata").join(&request.file));
            refresh.supply(bytes.map_or(Answer::NotFound, Answer::Bytes));
        }
        let outcome = refresh.finish();
        assert_eq!(outcome.failure, None);
        let Ok(Step::Found(found)) = walk::find(&outcome.set, &path) else { panic!("not found") };
        assert_eq!(found.chain, ["targets", "team~1/\u{e9}"]);
        assert_eq!(found.file.sha256, Digest::of(b"content"));
        assert_eq!(found.file.custom, Some([("revision", 3_i64.into())].into()));
    }
}

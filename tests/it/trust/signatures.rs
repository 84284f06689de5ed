//! Who counts as a signer, and which bytes are signed.

use hotfixd::json::{Form, Value, canonical, parse};
use hotfixd::trust::{Envelope, Kind, Limits, Root, Signed, Targets, TopRole, TrustedSet, author};

use super::kit::{Repo, at, dig, edit, key, later, now, public, resign};

fn limits() -> Limits {
    Limits::default()
}

fn refused_root(bytes: &[u8]) -> Kind {
    TrustedSet::new(bytes, now(), limits()).unwrap_err().kind
}

fn place(kind: &Kind) -> String {
    match kind {
        Kind::Malformed(malformed) => malformed.place().dotted(),
        other => panic!("not malformed: {other:?}"),
    }
}

#[test]
fn keys_are_counted_and_not_signatures() {
    let (one, two, three) = (key(), key(), key());
    let mut root = Root::new(1, later());
    for role in TopRole::ALL {
        root.set_role(role, &public(&[&one, &two, &three]), 2);
    }
    let signed = |keys: &[&_]| author::root(&root, keys).unwrap();
    let kind = refused_root(&signed(&[&one]).to_bytes());
    assert!(matches!(kind, Kind::Signatures { have: 1, need: 2, of: 3, .. }), "{kind}");
    assert_eq!(kind.code(), "threshold");
    // The same key again replaces its signature, and a stranger's does not count.
    assert!(matches!(
        refused_root(&signed(&[&one, &one, &key()]).to_bytes()),
        Kind::Signatures { have: 1, .. }
    ));
    assert_eq!(refused_root(&signed(&[&key()]).to_bytes()).code(), "unsigned");
    let set = TrustedSet::new(&signed(&[&three, &one]).to_bytes(), now(), limits()).unwrap();
    assert_eq!(set.root().signed_by, [one.public().id(), three.public().id()].into());
}

#[test]
fn one_signature_twice_is_refused() {
    let repo = Repo::new();
    let twice = edit(&repo.roots[0], |file| match dig(file, "signatures") {
        Value::List(list) => list.push(list[0].clone()),
        _ => panic!(),
    });
    assert_eq!(place(&refused_root(&twice)), "signatures.1");
}

#[test]
fn one_key_under_two_ids_is_refused() {
    let repo = Repo::new();
    let id = repo.keys.root.public().id();
    for role in ["root", "timestamp"] {
        let bytes = resign(&repo.roots[0], &repo.keys.root, |signed| {
            let object = dig(signed, &format!("keys/{id}")).clone();
            *dig(signed, "keys/alias") = object;
            *dig(signed, &format!("roles/{role}/keyids")) = vec![id.as_str(), "alias"].into();
            *dig(signed, &format!("roles/{role}/threshold")) = 2_i64.into();
        });
        let kind = refused_root(&bytes);
        assert_eq!(place(&kind), format!("roles.{role}.keyids.1"));
        assert!(kind.to_string().contains("one key counts once"), "{kind}");
    }
    // An unknown field or another spelling does not make it another key.
    let bytes = resign(&repo.roots[0], &repo.keys.root, |signed| {
        let mut object = dig(signed, &format!("keys/{id}")).clone();
        *dig(&mut object, "x-owner") = "somebody".into();
        let upper = object
            .get("keyval")
            .and_then(|v| v.get("public"))
            .and_then(Value::as_text)
            .unwrap()
            .to_uppercase();
        *dig(&mut object, "keyval/public") = upper.into();
        *dig(signed, "keys/alias") = object;
        *dig(signed, "roles/root/keyids") = vec![id.as_str(), "alias"].into();
    });
    assert_eq!(place(&refused_root(&bytes)), "roles.root.keyids.1");
    let bytes = resign(&repo.roots[0], &repo.keys.root, |signed| {
        *dig(signed, "roles/root/keyids") = vec![id.as_str(), id.as_str()].into();
    });
    assert_eq!(place(&refused_root(&bytes)), "roles.root.keyids.1");
}

#[test]
fn thresholds_of_zero_and_beyond_the_keys() {
    let repo = Repo::new();
    for bad in [0, -1] {
        let bytes = resign(&repo.roots[0], &repo.keys.root, |signed| {
            *dig(signed, "roles/snapshot/threshold") = bad.into();
        });
        assert_eq!(place(&refused_root(&bytes)), "roles.snapshot.threshold");
    }
    // A threshold that no keys can meet is let pass in a role that is not asked: nothing is ever signed for it.
    let beyond = resign(&repo.roots[0], &repo.keys.root, |signed| {
        *dig(signed, "roles/timestamp/threshold") = 2_i64.into();
    });
    let mut set = TrustedSet::new(&beyond, now(), limits()).unwrap();
    let refusal = set.update_timestamp(repo.timestamp()).unwrap_err();
    assert!(matches!(refusal.kind, Kind::Signatures { have: 1, need: 2, of: 1, .. }), "{refusal}");
    let own = resign(&repo.roots[0], &repo.keys.root, |signed| {
        *dig(signed, "roles/root/threshold") = 2_i64.into();
    });
    assert_eq!(refused_root(&own).code(), "threshold");
    // Authors are refused both.
    let mut root = repo.root.clone();
    for threshold in [0, 2] {
        root.set_role(TopRole::Targets, &[repo.keys.targets.public()], threshold);
        assert!(author::root(&root, &[&repo.keys.root]).is_err());
    }
}

#[test]
fn keys_of_unknown_schemes_are_kept_and_never_count() {
    let repo = Repo::new();
    let object = Value::from([
        ("keytype", "sphincs".into()),
        ("scheme", "sphincs-shake-128s".into()),
        ("keyval", [("public", "00".into())].into()),
    ]);
    let bytes = resign(&repo.roots[0], &repo.keys.root, |signed| {
        *dig(signed, "keys/future") = object.clone();
        let id = repo.keys.root.public().id();
        *dig(signed, "roles/root/keyids") = vec!["future", "absent", id.as_str()].into();
    });
    let set = TrustedSet::new(&bytes, now(), limits()).unwrap();
    assert_eq!(set.root().metadata.to_value().get("keys").and_then(|keys| keys.get("future")), Some(&object));
    let two = resign(&bytes, &repo.keys.root, |signed| *dig(signed, "roles/root/threshold") = 2_i64.into());
    assert!(matches!(refused_root(&two), Kind::Signatures { have: 1, need: 2, .. }));
}

#[test]
fn the_bytes_that_came_are_verified() {
    let repo = Repo::new();
    let signed = Envelope::parse(repo.timestamp(), &limits()).unwrap().into_signed();
    let spaced = "{ \"version\":1,\n \"_type\": \"timestamp\" }";
    // Another tool signs bytes that are not canonical: they verify as they are, and only so.
    let sig = hex::encode(repo.keys.timestamp.sign(spaced.as_bytes()));
    let keyid = repo.keys.timestamp.public().id();
    let file = |signed: &str| {
        format!("{{\"signed\":{signed},\"signatures\":[{{\"keyid\":\"{keyid}\",\"sig\":\"{sig}\"}}]}}")
    };
    let keys = repo.root.role_keys(TopRole::Timestamp);
    let check = |bytes: &[u8]| keys.check(&Envelope::parse(bytes, &limits()).unwrap()).enough();
    assert!(check(file(spaced).as_bytes()));
    assert!(!check(file(&spaced.replace(' ', "")).as_bytes()));
    // And written again they still verify.
    let again = Envelope::parse(file(spaced).as_bytes(), &limits()).unwrap().to_bytes();
    assert!(check(&again));
    // Another tool signs the canonical form and writes it with white space and in another order.
    let pretty = serde_json::to_vec_pretty(&parse(repo.timestamp()).unwrap()).unwrap();
    assert_ne!(pretty, repo.timestamp());
    let mut set = TrustedSet::new(&repo.roots[0], now(), limits()).unwrap();
    set.update_timestamp(&pretty).unwrap();
    assert_eq!(set.timestamp().unwrap().bytes, pretty);
    assert_eq!(
        canonical(&signed, Form::Tuf),
        Envelope::parse(&pretty, &limits()).map(|e| canonical(e.signed(), Form::Tuf)).unwrap()
    );
}

#[test]
fn canonical_form_is_neither_jcs_nor_normalised() {
    let repo = Repo::new();
    // Composed and decomposed are two names; beyond the BMP sorts after U+FFFD, unlike in UTF-16 (JCS).
    let bytes = resign(repo.timestamp(), &repo.keys.timestamp, |signed| {
        for name in ["\u{e9}", "e\u{301}", "\u{fffd}", "\u{1f600}"] {
            *dig(signed, name) = "\"\\".into();
        }
    });
    let text = String::from_utf8(bytes.clone()).unwrap();
    assert!(text.contains("\"\u{e9}\":\"\\\"\\\\\",\"\u{fffd}\":\"\\\"\\\\\",\"\u{1f600}\":"), "{text}");
    let mut set = TrustedSet::new(&repo.roots[0], now(), limits()).unwrap();
    set.update_timestamp(&bytes).unwrap();
    assert!(set.timestamp().unwrap().metadata.header.extra.contains_key("e\u{301}"));
}

#[test]
fn control_characters_are_not_signed() {
    for text in ["a\nb", "\u{1b}[31m", "\u{7f}", "\u{85}"] {
        let mut targets = Targets::new(1, later());
        targets.header.extra.insert("note".to_owned(), text.into());
        assert!(author::targets(&targets, &[&key()]).unwrap_err().to_string().contains("control character"));
    }
}

#[test]
fn unknown_fields_survive() {
    let mut repo = Repo::new();
    repo.delegate("targets", "a", true, &["a/*"]);
    repo.add_target("targets", "t", b"t");
    repo.publish();
    let id = repo.keys.root.public().id();
    let marked = |bytes: &[u8], key: &_, places: &[&str]| {
        let bytes = resign(bytes, key, |signed| {
            for place in places {
                *dig(signed, &format!("{place}x-unknown")) =
                    vec![Value::Null, true.into(), 7_i64.into()].into();
            }
        });
        Envelope::parse(&bytes, &limits()).unwrap().into_signed()
    };
    let keys = format!("keys/{id}/");
    let keyval = format!("keys/{id}/keyval/");
    let root = marked(&repo.roots[0], &repo.keys.root, &["", "roles/root/", "roles/", &keys, &keyval]);
    assert_eq!(Root::from_value(root.clone(), &limits()).unwrap().to_value(), root);
    let places = ["", "delegations/", "delegations/roles/0/", "targets/t/", "targets/t/hashes/"];
    let targets = marked(repo.role_file("targets"), &repo.keys.targets, &places);
    assert_eq!(Targets::from_value(targets.clone(), &limits()).unwrap().to_value(), targets);
    let snapshot = marked(repo.snapshot(), &repo.keys.snapshot, &["", "meta/a.json/", "meta/a.json/hashes/"]);
    assert_eq!(
        hotfixd::trust::Snapshot::from_value(snapshot.clone(), &limits()).unwrap().to_value(),
        snapshot
    );
    let timestamp = marked(repo.timestamp(), &repo.keys.timestamp, &["", "meta/", "meta/snapshot.json/"]);
    assert_eq!(
        hotfixd::trust::Timestamp::from_value(timestamp.clone(), &limits()).unwrap().to_value(),
        timestamp
    );
    // Beside the signatures too, when a cosigner adds one.
    let file = edit(&repo.roots[0], |file| *dig(file, "x-note") = "n".into());
    let mut envelope = Envelope::parse(&file, &limits()).unwrap();
    envelope.add_signature(&key());
    let again = parse(&envelope.to_bytes()).unwrap();
    assert_eq!(again.get("x-note"), Some(&"n".into()));
    assert_eq!(again.get("signatures").and_then(Value::as_list).unwrap().len(), 2);
}

#[test]
fn names_given_twice_are_refused_wherever_they_stand() {
    let repo = Repo::new();
    let text = String::from_utf8(repo.roots[0].clone()).unwrap();
    for (from, to) in [
        ("{\"signatures\":", "{\"signatures\":[],\"signatures\":"),
        ("\"signed\":{", "\"signed\":{},\"signed\":{"),
        ("\"version\":1", "\"version\":1,\"version\":1"),
        ("\"keyid\":", "\"keyid\":\"x\",\"keyid\":"),
        ("\"keytype\":", "\"keytype\":\"x\",\"keytype\":"),
        ("{\"signatures\":", "{\"a\":1,\"\\u0061\":1,\"signatures\":"),
        ("{\"signatures\":", "{\"a\":{\"b\":1,\"b\":2},\"signatures\":"),
    ] {
        let bytes = text.replacen(from, to, 1);
        assert_ne!(bytes, text);
        let kind = refused_root(bytes.as_bytes());
        assert_eq!(kind.code(), "malformed", "{to}");
        assert!(kind.to_string().contains("given twice"), "{kind}");
    }
}

#[test]
fn too_many_signatures_keys_and_bytes() {
    let repo = Repo::new();
    let mut envelope = Envelope::parse(&repo.roots[0], &limits()).unwrap();
    for _ in 0..64 {
        envelope.add_signature(&key());
    }
    assert_eq!(place(&refused_root(&envelope.to_bytes())), "signatures");
    let few = Limits { keys: 3, ..limits() };
    assert_eq!(place(&TrustedSet::new(&repo.roots[0], now(), few).unwrap_err().kind), "keys");
    let short = Limits { root_bytes: repo.roots[0].len() - 1, ..limits() };
    assert_eq!(TrustedSet::new(&repo.roots[0], now(), short).unwrap_err().kind.code(), "too-long");
}

#[test]
fn cosigners_signatures_are_merged() {
    let (one, two) = (key(), key());
    let mut targets = Targets::new(1, at("2027-03-01T00:00:00Z"));
    let mut first = author::targets(&targets, &[&one]).unwrap();
    let second = author::targets(&targets, &[&one, &two]).unwrap();
    assert_eq!(first.merge_signatures(&second), 1);
    assert_eq!(first.to_bytes(), second.to_bytes());
    targets.header.version = 2;
    assert_eq!(first.merge_signatures(&author::targets(&targets, &[&key()]).unwrap()), 0);
}

//! What was written is read back; whatever else is given is refused or caught by the signed hashes.

use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::json::Value;
use crate::trust::{Digest, TargetFile, Targets, author};

fn documents(texts: &[&str]) -> Documents {
    let document = |(number, text): (usize, &&str)| {
        let bytes = format!(
            "{{\"id\":\"A{number}\",\"revision\":{number},\"schema\":\"hotfixd/hotfix/1\",\"title\":\"{text}\"}}"
        );
        (format!("p/6.5/hotfix/A{number}.json").parse().unwrap(), Arc::from(bytes.into_bytes()))
    };
    texts.iter().enumerate().map(document).collect()
}

/// A role that lists the documents, as it is signed.
fn role(version: u64, documents: &Documents) -> (Targets, Vec<u8>) {
    let mut role = Targets::new(version, jiff::Timestamp::from_second(2_000_000_000).unwrap());
    for (path, bytes) in documents {
        let custom = Value::from([("kind", "hotfix".into()), ("status", "withdrawn".into())]);
        role.targets.insert(path.clone(), TargetFile::of(bytes, Some(custom)));
    }
    let bytes = author::targets(&role, &[]).unwrap().to_bytes();
    (role, bytes)
}

fn texts() -> impl Strategy<Value = Vec<String>> {
    proptest::collection::vec("[a-zé ]{0,40}", 0..12)
}

/// Reads what may be anything: what comes of it passes the signed hashes or is the right thing.
fn judge(read: Result<Contents, PackError>, role: &Targets, metadata: &[u8], documents: &Documents) {
    let Ok(contents) = read else { return };
    for (path, file) in &role.targets {
        if let Some(bytes) = contents.document(path, file) {
            assert_eq!(documents.get(path), Some(bytes));
        }
    }
    if Digest::of(contents.metadata()) == Digest::of(metadata) {
        assert_eq!(contents.metadata(), metadata);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn packs_read_back(texts in texts()) {
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let documents = documents(&texts);
        let (role, metadata) = role(1, &documents);
        let packed = write(&metadata, &documents).unwrap();
        let contents = read(&packed, &Bounds::default()).unwrap();
        prop_assert_eq!(contents.metadata(), metadata.as_slice());
        prop_assert_eq!(contents.len(), documents.len());
        for (path, file) in &role.targets {
            prop_assert_eq!(contents.document(path, file), documents.get(path));
        }
    }

    #[test]
    fn deltas_read_back(before in texts(), after in texts()) {
        let before: Vec<&str> = before.iter().map(String::as_str).collect();
        let after: Vec<&str> = after.iter().map(String::as_str).collect();
        let (old_documents, new_documents) = (documents(&before), documents(&after));
        let (_, old) = role(1, &old_documents);
        let (role, new) = role(2, &new_documents);
        let changed = new_documents.iter().filter(|(path, bytes)| old_documents.get(*path) != Some(bytes));
        let changed: Documents = changed.map(|(path, bytes)| (path.clone(), Arc::clone(bytes))).collect();
        let lent = changed.iter().map(|(path, bytes)| (path, bytes.as_ref()));
        let packed = write_delta((&old, &new), lent).unwrap();
        let contents = read_delta(&packed, &old, &Bounds::default()).unwrap();
        prop_assert_eq!(contents.metadata(), new.as_slice());
        prop_assert_eq!(contents.len(), changed.len());
        for (path, file) in &role.targets {
            prop_assert_eq!(contents.document(path, file), changed.get(path));
        }
        judge(read_delta(&packed, &new, &Bounds::default()), &role, &new, &new_documents);
        judge(read_delta(&packed, b"", &Bounds::default()), &role, &new, &new_documents);
        judge(read(&packed, &Bounds::default()), &role, &new, &new_documents);
    }

    #[test]
    fn other_bytes_are_refused_or_caught(bytes in proptest::collection::vec(any::<u8>(), 0..200), lengths: [u16; 4]) {
        let documents = documents(&["one"]);
        let (role, metadata) = role(1, &documents);
        let [a, b, c, d] = lengths;
        for head in [String::new(), format!("{PACK} {a} {b} {c} {d}\n"), format!("{DELTA} {a} {}\n", bytes.len())] {
            let bytes = [head.as_bytes(), &bytes].concat();
            judge(read(&bytes, &Bounds::default()), &role, &metadata, &documents);
            judge(read_delta(&bytes, &metadata, &Bounds::default()), &role, &metadata, &documents);
        }
    }
}

#[test]
fn every_flipped_bit_and_every_cut_is_refused_or_caught() {
    let documents = documents(&["one", "two", "three"]);
    let (role, metadata) = role(2, &documents);
    let old = metadata.clone();
    let packed = write(&metadata, &documents).unwrap();
    let lent = documents.iter().map(|(path, bytes)| (path, bytes.as_ref()));
    let delta = write_delta((&old, &metadata), lent).unwrap();
    let bounds = Bounds::default();
    for (whole, is_pack) in [(packed, true), (delta, false)] {
        let again =
            |bytes: &[u8]| if is_pack { read(bytes, &bounds) } else { read_delta(bytes, &old, &bounds) };
        for at in 0..whole.len() {
            again(&whole[..at]).unwrap_err();
            for bit in 0..8 {
                let mut bytes = whole.clone();
                bytes[at] ^= 1 << bit;
                judge(again(&bytes), &role, &metadata, &documents);
            }
        }
        again(&[whole.as_slice(), b"x"].concat()).unwrap_err();
        again(&[whole.as_slice(), whole.as_slice()].concat()).unwrap_err();
    }
}

/// A pack with these frames in it, whatever they hold.
fn forged(documents: &[u8], metadata: &[u8]) -> Vec<u8> {
    let (first, second) = (frame::pack(documents, &[]).unwrap(), frame::pack(metadata, &[]).unwrap());
    let lengths = [documents.len(), first.len(), metadata.len(), second.len()].map(|n| n.to_string());
    [format!("{PACK} {}\n", lengths.join(" ")).as_bytes(), &first, &second].concat()
}

#[test]
fn nothing_is_larger_than_it_may_be() {
    let bounds = Bounds { packed_bytes: 1_000, documents_bytes: 5_000, metadata_bytes: 100, documents: 2 };
    let refused = |bytes: &[u8]| read(bytes, &bounds).unwrap_err().to_string();
    let long = vec![b' '; 6_000];
    assert_eq!(refused(&long), "bytes of the pack: 6000 is more than the 1000 that is allowed");
    // A kilobyte that would be megabytes, said and unsaid.
    let bomb = forged(&vec![b' '; 4 << 20], b"{}");
    assert!(bomb.len() < 1_000);
    assert_eq!(refused(&bomb), "bytes of its documents: 4194304 is more than the 5000 that is allowed");
    let said = String::from_utf8_lossy(&bomb).lines().next().unwrap().to_owned();
    let unsaid = [said.replace("4194304", "5000").as_bytes(), &bomb[said.len()..]].concat();
    assert_eq!(
        refused(&unsaid),
        "not a pack or delta that can be read: it holds another length than it says"
    );
    assert_eq!(
        refused(&forged(b"", &long)),
        "bytes of its metadata: 6000 is more than the 100 that is allowed"
    );
    assert_eq!(
        refused(&forged(b"a\n1\nb\n2\nc\n3\n", b"{}")),
        "documents: 3 is more than the 2 that is allowed"
    );
    let one = [b"a\n", vec![b' '; 1_000_001].as_slice(), b"\n"].concat();
    let wide = read(&forged(&one, b"{}"), &Bounds::default()).unwrap_err();
    assert_eq!(wide.to_string(), "bytes of a document: 1000001 is more than the 1000000 that is allowed");
    // In a delta the metadata is what is left.
    let text = [b"\n".as_slice(), &[b' '; 101]].concat();
    let packed = frame::pack(&text, b"old").unwrap();
    let delta = [format!("{DELTA} {} {}\n", text.len(), packed.len()).as_bytes(), &packed].concat();
    assert!(matches!(read_delta(&delta, b"old", &bounds), Err(PackError::TooLarge { limit: 100, .. })));
}

#[test]
fn what_is_odd_is_refused() {
    for text in
        ["a", "a\n", "a\nb", "b\n1\na\n1\n", "a\n1\na\n1\n", "../a\n1\n", "a\n1\n\nx", "\n", "\u{1}\n1\n"]
    {
        assert!(read(&forged(text.as_bytes(), b"{}"), &Bounds::default()).is_err(), "{text:?}");
    }
    let good = forged(b"a\n1\n", b"{}");
    read(&good, &Bounds::default()).unwrap();
    let line = String::from_utf8_lossy(&good).lines().next().unwrap().to_owned();
    let body = &good[line.len()..];
    for head in [
        line.replace("/1 ", "/2 "),
        line.replace("/1 ", "/1  "),
        line.replace("/1 ", "/1 0"),
        line.replace("/1 ", "/1 +"),
        line.replace("pack", "delta"),
        format!("{line} "),
        format!("{line} 1"),
        line.rsplit_once(' ').unwrap().0.to_owned(),
        format!("{PACK} {0} {0} {0} {0}", u64::MAX),
        String::new(),
    ] {
        assert!(read(&[head.as_bytes(), body].concat(), &Bounds::default()).is_err(), "{head:?}");
    }
    // A frame that is skipped, one more frame, and one that does not say how much it holds.
    let skipped = [0x50, 0x2a, 0x4d, 0x18, 1, 0, 0, 0, b'x'];
    let plain = frame::pack(b"{}", &[]).unwrap();
    let silent = zstd::stream::encode_all(b"{}".as_slice(), 1).unwrap();
    for (second, length) in [
        (skipped.to_vec(), 0),
        ([skipped.as_slice(), &plain].concat(), 2),
        ([plain.as_slice(), &plain].concat(), 4),
        (silent, 2),
    ] {
        let first = frame::pack(b"", &[]).unwrap();
        let head = format!("{PACK} 0 {} {length} {}\n", first.len(), second.len());
        assert!(read(&[head.as_bytes(), &first, &second].concat(), &Bounds::default()).is_err());
    }
    let two_lines = Documents::from([("a".parse().unwrap(), Arc::from(b"{\n}".as_slice()))]);
    assert_eq!(write(b"{}", &two_lines), Err(PackError::NotOneLine("a".to_owned())));
}

#[test]
fn names_are_one_segment() {
    assert_eq!(pack_path("xenserver~6.5", 7), "packs/xenserver~6.5.7.pack");
    assert_eq!(delta_path("../x", 1, 12), "deltas/..%2Fx.1-12.zst");
}

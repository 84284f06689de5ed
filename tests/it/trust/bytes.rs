//! Hostile bytes: nothing panics, and nothing that was altered verifies.

use hotfixd::trust::{Envelope, Limits, PrivateKey, PublicKey, TrustedSet};
use proptest::prelude::*;

use super::kit::{Repo, edit, now};

/// A signed repository, made once: the root, the timestamp, the snapshot, `targets` and a delegated role.
fn files() -> &'static [(String, Vec<u8>); 5] {
    static FILES: std::sync::OnceLock<[(String, Vec<u8>); 5]> = std::sync::OnceLock::new();
    FILES.get_or_init(|| {
        let mut repo = Repo::new();
        repo.delegate("targets", "one", true, &["one/*"]);
        repo.add_target("one", "one/file", b"content");
        repo.publish();
        [
            ("root".to_owned(), repo.roots[0].clone()),
            ("timestamp".to_owned(), repo.timestamp().to_vec()),
            ("snapshot".to_owned(), repo.snapshot().to_vec()),
            ("targets".to_owned(), repo.role_file("targets").to_vec()),
            ("one".to_owned(), repo.role_file("one").to_vec()),
        ]
    })
}

/// Takes all files, one of them altered; whether that one was accepted with another meaning than before.
fn accepts(role: usize, altered: &[u8]) -> bool {
    let file = |index: usize| if index == role { altered } else { files()[index].1.as_slice() };
    let Ok(mut set) = TrustedSet::new(file(0), now(), Limits::default()) else { return false };
    if role == 0 {
        return true;
    }
    set.update_timestamp(file(1)).is_ok()
        && (role == 1
            || set.update_snapshot(file(2)).is_ok()
                && (role == 2
                    || set.update_targets(file(3)).is_ok()
                        && (role == 3 || set.update_delegated("one", "targets", file(4)).is_ok())))
}

/// Where `signed` stands in a file that we wrote.
fn signed_range(bytes: &[u8]) -> std::ops::Range<usize> {
    let raw = Envelope::parse(bytes, &Limits::default()).unwrap().raw().to_vec();
    let start = bytes.windows(raw.len()).position(|window| window == raw).unwrap();
    start..start + raw.len()
}

#[test]
fn every_file_is_good_as_it_is() {
    for (role, (name, bytes)) in files().iter().enumerate() {
        assert!(accepts(role, bytes), "{name}");
    }
}

/// Every byte of what is signed, in turn.
#[test]
fn no_altered_byte_of_what_is_signed_verifies() {
    for (role, (name, bytes)) in files().iter().enumerate() {
        for index in signed_range(bytes) {
            let mut altered = bytes.clone();
            altered[index] ^= 1;
            assert!(!accepts(role, &altered), "{name}, byte {index}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    /// Any bit of the whole file, signatures too: what is signed is then refused, or means what it meant.
    #[test]
    fn no_flipped_bit_changes_the_meaning(role in 0_usize..5, at: prop::sample::Index, bit in 0_u8..8) {
        let good = &files()[role].1;
        let mut altered = good.clone();
        altered[at.index(good.len())] ^= 1 << bit;
        if accepts(role, &altered) {
            let signed = |bytes: &[u8]| Envelope::parse(bytes, &Limits::default()).unwrap().into_signed();
            prop_assert_eq!(signed(&altered), signed(good));
            // In hexadecimal a letter may change its case, and an unknown member its name; no more.
            prop_assert!(!signed_range(good).contains(&at.index(good.len())));
        }
    }

    /// Whatever is cut out, put in or doubled.
    #[test]
    fn mutated_files_never_panic(
        role in 0_usize..5, from: prop::sample::Index, to: prop::sample::Index, put: Vec<u8>, twice: bool,
    ) {
        let good = &files()[role].1;
        let (from, to) = (from.index(good.len()), to.index(good.len()));
        let (from, to) = (from.min(to), from.max(to));
        let mut altered = good[..from].to_vec();
        altered.extend_from_slice(&put);
        altered.extend_from_slice(&good[if twice { from } else { to }..]);
        if altered != *good && accepts(role, &altered) {
            let signed = |bytes: &[u8]| Envelope::parse(bytes, &Limits::default()).unwrap().into_signed();
            prop_assert_eq!(signed(&altered), signed(good));
        }
    }

    #[test]
    fn random_bytes_never_panic(bytes: Vec<u8>, text in "\\PC{0,200}") {
        for input in [bytes.as_slice(), text.as_bytes()] {
            let _ = Envelope::parse(input, &Limits::default());
            prop_assert!((0..5).all(|role| !accepts(role, input)));
        }
        let _ = PublicKey::from_pem(&text);
        let _ = PrivateKey::from_pem(&text);
    }

    /// Values of any kind in any place.
    #[test]
    fn odd_values_never_panic(
        role in 0_usize..5, at: prop::sample::Index, put in prop::sample::select(vec![
            "null", "true", "-1", "0", "9223372036854775807", "\"\"", "\"\\u0000\"", "[]", "{}", "[[]]", "{\"\":{}}", "1.5", "1e400",
        ]),
    ) {
        // In place of one of the values, which begin after a colon, a comma or a bracket.
        let good = String::from_utf8(files()[role].1.clone()).unwrap();
        let starts: Vec<usize> = good.match_indices([':', ',', '[']).map(|(index, _)| index + 1).collect();
        let start = starts[at.index(starts.len())];
        let end = good[start..].find([',', '}', ']']).map_or(good.len(), |length| start + length);
        let altered = format!("{}{put}{}", &good[..start], &good[end..]);
        let _ = accepts(role, altered.as_bytes());
    }
}

#[test]
fn deep_and_endless_json() {
    for text in [
        "[".repeat(200_000),
        "{\"a\":".repeat(200_000),
        format!("{{\"signatures\":[],\"signed\":{}1{}}}", "[".repeat(200_000), "]".repeat(200_000)),
        format!("{{\"signatures\":{}{},\"signed\":{{}}}}", "[".repeat(10_000), "]".repeat(10_000)),
        format!("{{\"signatures\":[],\"signed\":{{\"version\":1e{}}}}}", "9".repeat(400)),
        "{\"signatures\":[],\"signed\":{\"a\":\"\\ud800\"}}".to_owned(),
    ] {
        let malformed = Envelope::parse(text.as_bytes(), &Limits::default()).unwrap_err();
        assert!(malformed.to_string().len() < 400, "{malformed}");
    }
}

/// A message carries no control bytes of a hostile file to a terminal.
#[test]
fn messages_are_plain() {
    let repo = Repo::new();
    let odd = "\u{1b}[31m\u{202e}\n".repeat(100);
    for bytes in [
        edit(&repo.roots[0], |file| *super::kit::dig(file, "signed/_type") = odd.as_str().into()),
        edit(&repo.roots[0], |file| *super::kit::dig(file, &format!("signed/keys/{odd}")) = "x".into()),
        edit(&repo.roots[0], |file| {
            *super::kit::dig(file, "signed/roles/root/keyids") = vec![odd.as_str()].into();
        }),
        edit(&repo.roots[0], |file| *super::kit::dig(file, "signatures/0/keyid") = odd.as_str().into()),
        format!("{{\"{0}\":1,\"{0}\":2}}", "\\u001b\\u202e".repeat(99)).into_bytes(),
        format!("{{\"signed\":{{\"{0}\":1,\"{0}\":2}},\"signatures\":[]}}", "\\u001b\\u202e".repeat(99))
            .into_bytes(),
    ] {
        let refusal = TrustedSet::new(&bytes, now(), Limits::default()).unwrap_err().to_string();
        assert!(
            refusal.len() < 2_000 && !refusal.contains(|c: char| c.is_control() || c == '\u{202e}'),
            "{refusal:?}"
        );
    }
    let kind = hotfixd::trust::Kind::NotInSnapshot;
    let refusal = hotfixd::trust::Refusal { role: "\u{202e}x".to_owned(), version: None, kind };
    assert_eq!(refusal.to_string(), "\\u{202e}x is not listed in the snapshot");
}

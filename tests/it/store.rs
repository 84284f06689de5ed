//! The store, on both databases.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use hotfixd::store::{
    BlobState, DatabaseUrl, DocumentKind, DocumentRevision, Event, NewRelease, RoleRecord, Scope, Store,
    StoreError, SubmissionRecord, SubmissionState, Token, TokenRecord,
};
use hotfixd::trust::Digest;

use crate::support::place::{Place, on_both};
use crate::support::postgres::sql;

fn document(path: &str, revision: i64, role_version: u64) -> DocumentRevision {
    let body = format!("{{\"id\":\"A\",\"revision\":{revision}}}");
    DocumentRevision {
        product: "p".to_owned(),
        path: path.to_owned(),
        kind: DocumentKind::Advisory,
        id: "A".to_owned(),
        revision,
        sha256: Digest::of(body.as_bytes()),
        body,
        published: None,
        role: "p".to_owned(),
        role_version,
        released_at: 100 + revision,
    }
}

fn submission(id: &str, at: i64) -> SubmissionRecord {
    SubmissionRecord {
        id: id.to_owned(),
        product: "p".to_owned(),
        digest: Digest::of(id.as_bytes()),
        state: SubmissionState::Waiting,
        submitted_at: at,
        submitted_by: "somebody".to_owned(),
        updated_at: at,
        detail: "[]".to_owned(),
    }
}

fn event(action: &'static str) -> Event {
    Event {
        actor: "somebody".to_owned(),
        action,
        subject: "s-1".to_owned(),
        detail: "because \"x\"\n".to_owned(),
    }
}

on_both! {
    fn documents_are_append_only_revisions(place: Place) {
        let store = place.open();
        store
            .write(|tx| tx.add_documents(&[document("p/advisory/A.json", 1, 1), document("p/b", 1, 1)]))
            .unwrap();
        store.write(|tx| tx.add_documents(&[document("p/advisory/A.json", 2, 2)])).unwrap();
        let again = store.write(|tx| tx.add_documents(&[document("p/advisory/A.json", 3, 2)]));
        assert!(matches!(again, Err(StoreError::Taken)), "{again:?}");
        let newest = store.read(|tx| tx.newest_documents()).unwrap();
        let shown: Vec<_> = newest.iter().map(|row| (row.path.as_str(), row.revision)).collect();
        assert_eq!(shown, [("p/advisory/A.json", 2), ("p/b", 1)]);
        assert_eq!(newest[0], document("p/advisory/A.json", 2, 2));
        let of = ("p", DocumentKind::Advisory, "A");
        let all = store.read(|tx| tx.document_revisions(of, None, 10)).unwrap();
        assert_eq!(all.iter().map(|row| row.revision).collect::<Vec<_>>(), [2, 1, 1]);
        let older = store.read(|tx| tx.document_revisions(of, Some(2), 1)).unwrap();
        assert_eq!(older.iter().map(|row| row.revision).collect::<Vec<_>>(), [1]);
    }

    fn old_timestamps_are_forgotten_and_nothing_else(place: Place) {
        let store = place.open();
        let role = |name: &str, version| RoleRecord {
            name: name.to_owned(),
            version,
            body: format!("{name} {version}"),
            issued_at: 1,
        };
        for version in 1..=5 {
            store.write(|tx| tx.add_role(&role("timestamp", version))).unwrap();
            store.write(|tx| tx.add_role(&role("snapshot", version))).unwrap();
        }
        assert_eq!(store.write(|tx| tx.forget_timestamps(3)).unwrap(), 2);
        assert_eq!(store.write(|tx| tx.forget_timestamps(3)).unwrap(), 0);
        let versions = |name: &str| -> Vec<u64> {
            let found = store.read(|tx| tx.role_versions(name, 10)).unwrap();
            found.iter().map(|role| role.version).collect()
        };
        assert_eq!(versions("timestamp"), [5, 4, 3]);
        assert_eq!(versions("snapshot"), [5, 4, 3, 2, 1]);
    }

    fn documents_are_found_by_path_and_digest(place: Place) {
        let store = place.open();
        let (first, second) = (document("p/b", 1, 1), document("p/b", 2, 2));
        store.write(|tx| tx.add_documents(&[first.clone(), second])).unwrap();
        let body = |path: &str, sha256: &Digest| store.read(|tx| tx.document_body(path, sha256)).unwrap();
        assert_eq!(body("p/b", &first.sha256), Some(first.body.clone()));
        assert_eq!(body("p/c", &first.sha256), None);
        assert_eq!(body("p/b", &Digest::of(b"")), None);
    }

    fn one_that_only_reads_changes_nothing(place: Place) {
        if place.postgres.is_none() {
            assert!(matches!(Store::open_beside(place.settings()), Err(StoreError::NotFound)));
        }
        let store = place.open();
        store.write(|tx| tx.add_documents(&[document("p/b", 1, 1)])).unwrap();
        let beside = Store::open_beside(place.settings()).unwrap();
        assert_eq!(beside.read(|tx| tx.newest_documents()).unwrap().len(), 1);
        let refused = beside.write(|tx| tx.add_documents(&[document("p/c", 1, 1)]));
        assert!(matches!(refused, Err(StoreError::ReadOnly(_))), "{refused:?}");
        assert_eq!(store.read(|tx| tx.newest_documents()).unwrap().len(), 1);
    }

    fn roles_keep_every_version_and_notice_a_changed_byte(place: Place) {
        let store = place.open();
        let role = |name: &str, version| RoleRecord {
            name: name.to_owned(),
            version,
            body: format!("{{\"v\":{version}}}"),
            issued_at: 7,
        };
        store
            .write(|tx| {
                [role("root", 1), role("root", 2), role("timestamp", 1)].iter().try_for_each(|r| tx.add_role(r))
            })
            .unwrap();
        let other = RoleRecord { body: "{}".to_owned(), ..role("root", 2) };
        assert!(matches!(store.write(|tx| tx.add_role(&other)), Err(StoreError::Taken)));
        let newest = store.read(|tx| tx.newest_roles()).unwrap();
        assert_eq!(newest, [role("root", 2), role("timestamp", 1)]);
        assert_eq!(store.read(|tx| tx.role_versions("root", 9)).unwrap(), [role("root", 2), role("root", 1)]);
        drop(store);
        place.alter("UPDATE roles SET body = '{\"v\":9}' WHERE version = 2");
        let store = place.open();
        let error = store.read(|tx| tx.newest_roles()).unwrap_err();
        assert!(error.to_string().contains("role root version 2 is not what was stored"), "{error}");
    }

    fn submissions_move_and_are_paged(place: Place) {
        let store = place.open();
        for (id, at) in [("s-1", 10), ("s-2", 20), ("s-3", 20), ("s-4", 5)] {
            store.write(|tx| tx.add_submission(&submission(id, at), "body")).unwrap();
        }
        let page = |after| {
            let rows = store.read(|tx| tx.submissions(after, 2)).unwrap();
            rows.into_iter().map(|row| row.id).collect::<Vec<_>>()
        };
        assert_eq!(page(None), ["s-3", "s-2"]);
        assert_eq!(page(Some((20, "s-2"))), ["s-1", "s-4"]);
        store.write(|tx| tx.set_submission("s-1", (SubmissionState::Released, "{}"), 30)).unwrap();
        store.write(|tx| tx.set_submission_body("s-2", "body with more")).unwrap();
        assert_eq!(store.read(|tx| tx.submission_body("s-2")).unwrap(), "body with more");
        assert_eq!(store.read(|tx| tx.open_submissions("p")).unwrap(), ["s-2", "s-3", "s-4"]);
        let released = store.read(|tx| tx.submission("s-1")).unwrap();
        assert_eq!((released.state, released.updated_at), (SubmissionState::Released, 30));
        assert!(matches!(store.read(|tx| tx.submission("s-9")), Err(StoreError::NotFound)));
        let new = NewRelease {
            submission: "s-1".to_owned(),
            product: "p".to_owned(),
            role_version: 1,
            snapshot_version: 2,
            timestamp_version: 3,
            released_at: 30,
        };
        assert_eq!(store.write(|tx| tx.add_release(&new)).unwrap(), 1);
        assert!(matches!(store.write(|tx| tx.add_release(&new)), Err(StoreError::Taken)));
        assert_eq!(store.read(|tx| tx.release_of("s-1")).unwrap().release, new);
    }

    fn a_failed_transaction_leaves_nothing(place: Place) {
        let store = place.open();
        let result: Result<(), StoreError> = store.write(|tx| {
            tx.add_submission(&submission("s-1", 1), "body")?;
            tx.add_audit(&event("submit"), 1)?;
            Err(StoreError::Busy)
        });
        assert!(matches!(result, Err(StoreError::Busy)));
        assert!(matches!(store.read(|tx| tx.submission("s-1")), Err(StoreError::NotFound)));
        assert_eq!(store.read(|tx| tx.verify_audit()).unwrap(), 0);
    }

    fn a_panic_in_a_transaction_takes_nothing_of_the_next(place: Place) {
        let store = place.open();
        let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            store.write(|tx| -> Result<(), StoreError> {
                tx.add_audit(&event("submit"), 1)?;
                panic!("as it may")
            })
        }));
        assert!(panicked.is_err());
        store.write(|tx| tx.add_audit(&event("cosign"), 2)).unwrap();
        let kept = store.read(|tx| tx.audit(0, 10)).unwrap();
        assert_eq!(kept.iter().map(|entry| entry.action.as_str()).collect::<Vec<_>>(), ["cosign"]);
    }

    fn the_audit_is_a_chain(place: Place) {
        let store = place.open();
        for (at, action) in [(1, "submit"), (2, "cosign"), (3, "release")] {
            store.write(|tx| tx.add_audit(&event(action), at)).unwrap();
        }
        assert_eq!(store.read(|tx| tx.verify_audit()).unwrap(), 3);
        drop(store);
        place.alter("UPDATE audit SET actor = 'nobody' WHERE seq = 2");
        let error = place.open().read(|tx| tx.verify_audit()).unwrap_err();
        assert!(error.to_string().contains("audit entry 2 does not fit"), "{error}");
    }

    fn tokens_are_kept_as_digests(place: Place) {
        let store = place.open();
        let token = Token::publisher([7; 32]);
        let record = TokenRecord {
            name: "first-run".to_owned(),
            scope: Scope::Publisher,
            created_at: 10,
            expires_at: 100,
            last_used_at: None,
            revoked_at: None,
        };
        store.write(|tx| tx.add_token(&token.hash(), &record)).unwrap();
        store.write(|tx| tx.use_token(&token.hash(), 50)).unwrap();
        let parsed = Token::parse(token.reveal()).unwrap();
        let found = store.read(|tx| tx.token(&parsed.hash())).unwrap();
        assert_eq!(found, TokenRecord { last_used_at: Some(50), ..record });
        assert!(found.is_good(99) && !found.is_good(100));
        assert_eq!(store.write(|tx| tx.revoke_tokens("first-run", 60)).unwrap(), 1);
        assert!(!store.read(|tx| tx.token(&token.hash())).unwrap().is_good(61));
        assert!(Token::parse("hfx_pub_short").is_none());
        assert!(!format!("{token:?}").contains("0707"));
        drop(store);
        if let Some(database) = &place.postgres {
            let kept = sql(&database.url(), "SELECT tokens::text FROM tokens").concat();
            assert!(kept.contains(&token.hash().to_string()) && !kept.contains(token.reveal()), "{kept}");
        }
        for file in ["hotfixd.sqlite", "hotfixd.sqlite-wal"] {
            let bytes = std::fs::read(place.folder.path().join(file)).unwrap_or_default();
            let secret = token.reveal().as_bytes();
            assert!(!bytes.windows(secret.len()).any(|window| window == secret), "{file} holds the token");
        }
    }

    fn blobs_are_verified_as_they_come(place: Place) {
        let store = place.open();
        let digest = Digest::of(b"hello, world");
        let files = store.blob_files();
        let mut writer = files.begin(digest, 12).unwrap();
        writer.write(b"hello, ").unwrap();
        writer.write(b"world").unwrap();
        assert!(matches!(files.read(&digest), Err(StoreError::NotFound)));
        assert_eq!(writer.finish().unwrap(), 12);
        assert_eq!(files.read(&digest).unwrap().1, 12);

        let wrong = Digest::of(b"other");
        let mut writer = files.begin(wrong, 12).unwrap();
        writer.write(b"hello").unwrap();
        let error = writer.finish().unwrap_err();
        assert!(error.to_string().contains("the SHA-256 of what came is"), "{error}");
        let mut writer = files.begin(wrong, 4).unwrap();
        assert!(writer.write(b"hello").unwrap_err().to_string().contains("longer than the 4 bytes"));
        drop(writer);
        assert!(!files.holds(&wrong));
        assert_eq!(std::fs::read_dir(place.folder.path().join("blobs/tmp")).unwrap().count(), 0);

        store.write(|tx| tx.stage_blob(&digest, 12, 1)).unwrap();
        store.write(|tx| tx.stage_blob(&digest, 12, 2)).unwrap();
        assert_eq!(store.read(|tx| tx.blob(&digest)).unwrap(), (12, BlobState::Staged));
        store.write(|tx| tx.release_blob(&digest)).unwrap();
        assert_eq!(store.read(|tx| tx.blob(&digest)).unwrap(), (12, BlobState::Released));
        assert!(matches!(store.write(|tx| tx.release_blob(&wrong)), Err(StoreError::NotFound)));

        std::fs::write(place.folder.path().join("blobs/tmp/1-1"), "half").unwrap();
        drop(store);
        let _store = place.open();
        assert_eq!(std::fs::read_dir(place.folder.path().join("blobs/tmp")).unwrap().count(), 0);
    }

    fn a_text_with_nul_is_nobodys_name(place: Place) {
        let store = place.open();
        assert!(matches!(store.read(|tx| tx.submission("s\0")), Err(StoreError::NotFound)));
        assert!(matches!(store.read(|tx| tx.submission_body("s\0")), Err(StoreError::NotFound)));
        assert!(matches!(store.read(|tx| tx.release_of("\0")), Err(StoreError::NotFound)));
        assert!(matches!(store.read(|tx| tx.role_version("\0", 1)), Err(StoreError::NotFound)));
        let of = ("p", DocumentKind::Advisory, "A\0");
        assert_eq!(store.read(|tx| tx.document_revisions(of, None, 10)).unwrap(), []);
        let told = Event { subject: "s\0".to_owned(), ..event("refuse") };
        store.write(|tx| tx.add_audit(&told, 1)).unwrap();
        assert_eq!(store.read(|tx| tx.audit(0, 10)).unwrap()[0].subject, "s\u{fffd}");
        assert_eq!(store.read(|tx| tx.verify_audit()).unwrap(), 1);
    }

    fn names_are_ordered_by_their_bytes(place: Place) {
        let store = place.open();
        for id in ["b", "B", "a", "é", "_", "A"] {
            store.write(|tx| tx.add_submission(&submission(id, 1), "body")).unwrap();
        }
        assert_eq!(store.read(|tx| tx.open_submissions("p")).unwrap(), ["A", "B", "_", "a", "b", "é"]);
    }

    fn writers_take_turns_and_lose_nothing(place: Place) {
        let store = place.open();
        let (store, read) = (Arc::new(store), Arc::new(AtomicUsize::new(0)));
        let threads: Vec<_> = (0..8)
            .map(|thread| {
                let (store, read) = (Arc::clone(&store), Arc::clone(&read));
                std::thread::spawn(move || {
                    for _ in 0..25 {
                        store.write(|tx| tx.add_audit(&event("submit"), thread)).unwrap();
                        store.read(|tx| tx.audit(0, 10)).unwrap();
                        read.fetch_add(1, Ordering::Relaxed);
                    }
                })
            })
            .collect();
        threads.into_iter().for_each(|thread| thread.join().unwrap());
        assert_eq!(store.read(|tx| tx.verify_audit()).unwrap(), 200);
        assert_eq!(read.load(Ordering::Relaxed), 200);
    }

    fn a_reader_cannot_write(place: Place) {
        let store = place.open();
        drop(store);
        let mut settings = place.settings();
        settings.busy_timeout = Duration::from_millis(50);
        let store = Store::open(settings).unwrap();
        let held = store.write(|_tx| {
            // Reads go on while somebody writes.
            assert_eq!(store.read(|tx| tx.newest_roles())?.len(), 0);
            Ok::<_, StoreError>(())
        });
        held.unwrap();
    }

    fn an_older_binary_refuses_newer_data(place: Place) {
        let store = place.open();
        drop(store);
        place.alter("INSERT INTO __diesel_schema_migrations (version) VALUES ('29990101000000')");
        let error = Store::open(place.settings()).unwrap_err();
        assert!(matches!(&error, StoreError::NewerSchema(step) if step == "29990101000000"), "{error}");
        assert!(error.to_string().contains("start that version or a newer one"), "{error}");
    }
}

#[test]
fn a_full_and_a_damaged_database_are_told_apart() {
    let place = Place::sqlite();
    let store = place.open();
    let big = "x".repeat(4_000_000);
    drop(store);
    // SQLite's own limit stands for the disk's: the code and the words are the same.
    let mut settings = place.settings();
    settings.max_bytes = 1 << 20;
    let store = Store::open(settings).unwrap();
    let result = store.write(|tx| tx.add_submission(&submission("s-1", 1), &big));
    assert!(matches!(result, Err(StoreError::Full)), "{result:?}");
    store.write(|tx| tx.add_submission(&submission("s-1", 1), "small")).unwrap();
    drop(store);
    for file in ["hotfixd.sqlite-wal", "hotfixd.sqlite-shm"] {
        let _ = std::fs::remove_file(place.folder.path().join(file));
    }
    std::fs::write(place.folder.path().join("hotfixd.sqlite"), "not a database at all".repeat(100)).unwrap();
    let error = Store::open(place.settings()).unwrap_err();
    assert!(matches!(error, StoreError::Damaged(_)), "{error}");
}

#[test]
fn urls_of_both_databases_are_taken_and_none_is_repeated() {
    assert!(DatabaseUrl::parse("sqlite:data/x.sqlite").is_ok());
    assert!(DatabaseUrl::parse("sqlite:///var/lib/x.sqlite").is_ok());
    for url in ["postgres://user:secret@host/db", "postgresql://user:secret@host/db?sslmode=require"] {
        let shown = format!("{:?}", DatabaseUrl::parse(url).unwrap());
        assert!(shown.contains("host") && !shown.contains("secret"), "{shown}");
    }
    for url in ["mysql://user:secret@host/db", "postgres://user:secret@host/db?sslmode=maybe"] {
        let error = DatabaseUrl::parse(url).unwrap_err().to_string();
        assert!(error.starts_with("database: ") && !error.contains("secret"), "{error}");
    }
}

//! `openssl` reads and checks what we write, and we what it writes.

use std::fs;
use std::path::Path;
use std::process::Command;

use hotfixd::json::Value;
use hotfixd::trust::scheme::Scheme;
use hotfixd::trust::{Digest, KeyError, PrivateKey, PublicKey};

/// Runs `openssl` in a folder; its output.
fn openssl(folder: &Path, arguments: &str) -> Vec<u8> {
    let output = Command::new("openssl").args(arguments.split(' ')).current_dir(folder).output();
    let output = output.expect("the command openssl is wanted: `make test` says how to install it");
    assert!(output.status.success(), "openssl {arguments}: {}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

#[test]
fn openssl_reads_our_keys_and_verifies_our_signatures() {
    let folder = tempfile::tempdir().unwrap();
    let key = PrivateKey::generate().unwrap();
    fs::write(folder.path().join("key.pem"), key.to_pem().unwrap().as_bytes()).unwrap();
    fs::write(folder.path().join("key.pub.pem"), key.public().to_pem().unwrap()).unwrap();
    fs::write(folder.path().join("document"), b"a document").unwrap();
    fs::write(folder.path().join("signature"), key.sign(b"a document")).unwrap();
    openssl(folder.path(), "pkey -in key.pem -noout");
    assert_eq!(
        openssl(folder.path(), "pkey -in key.pem -pubout"),
        key.public().to_pem().unwrap().into_bytes()
    );
    openssl(
        folder.path(),
        "pkeyutl -verify -pubin -inkey key.pub.pem -rawin -in document -sigfile signature",
    );
    // The other way round: its private key file is ours byte for byte, and so is its signature.
    assert_eq!(openssl(folder.path(), "pkey -in key.pem"), key.to_pem().unwrap().as_bytes());
    let signature = openssl(folder.path(), "pkeyutl -sign -inkey key.pem -rawin -in document");
    assert_eq!(signature, key.sign(b"a document"));
    let der = openssl(folder.path(), "pkey -pubin -in key.pub.pem -outform DER");
    assert_eq!(key.public().fingerprint().unwrap(), Digest::of(&der));
}

#[test]
fn we_read_openssls_keys() {
    let folder = tempfile::tempdir().unwrap();
    openssl(folder.path(), "genpkey -algorithm ed25519 -out key.pem");
    let text = fs::read_to_string(folder.path().join("key.pem")).unwrap();
    let key = PrivateKey::from_pem(&text).unwrap();
    let public = String::from_utf8(openssl(folder.path(), "pkey -in key.pem -pubout")).unwrap();
    let public = PublicKey::from_pem(&public).unwrap();
    assert_eq!(public, key.public());
    assert_eq!(public.id(), key.public().id());
    assert!(public.verify(b"m", &key.sign(b"m")) && !public.verify(b"n", &key.sign(b"m")));
    assert_eq!(PrivateKey::from_pem(&text.replace('\n', "\r\n")).unwrap().public(), public);
}

#[test]
fn other_schemes_are_verified() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    fs::write(at.join("document"), b"a document").unwrap();
    for (make, sign, scheme) in [
        ("genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out key.pem", "", Scheme::EcdsaP256),
        (
            "genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out key.pem",
            " -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:digest",
            Scheme::RsaPss,
        ),
        ("genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:3072 -out key.pem", "", Scheme::RsaPkcs1),
    ] {
        openssl(at, make);
        let pem = String::from_utf8(openssl(at, "pkey -in key.pem -pubout")).unwrap();
        let signature = openssl(at, &format!("dgst -sha256 -sign key.pem{sign} document"));
        let object = Value::from([
            ("keytype", scheme.keytype().into()),
            ("scheme", scheme.name().into()),
            ("keyval", [("public", pem.as_str().into())].into()),
        ]);
        let key = PublicKey::from_value(object.clone()).unwrap();
        assert_eq!(key.scheme(), Some(scheme));
        assert_eq!(key.to_value(), object);
        assert_eq!(key.to_pem().unwrap(), pem);
        let der = openssl(at, "pkey -in key.pem -pubout -outform DER");
        assert_eq!(key.fingerprint().unwrap(), Digest::of(&der));
        assert!(key.verify(b"a document", &signature), "{scheme:?}");
        assert!(!key.verify(b"another", &signature));
        let mut altered = signature.clone();
        *altered.last_mut().unwrap() ^= 1;
        assert!(!key.verify(b"a document", &altered));
        assert!(PublicKey::from_pem(&pem).unwrap().is_same_key(&key));
    }
}

#[test]
fn files_that_are_no_such_key_say_so() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    openssl(at, "genpkey -algorithm ed25519 -aes-256-cbc -pass pass:secret -out encrypted.pem");
    openssl(at, "genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out ec.pem");
    openssl(at, "genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-384 -out p384.pem");
    openssl(at, "genpkey -algorithm ed448 -out ed448.pem");
    openssl(at, "genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:1024 -out short.pem");
    let read = |name: &str| fs::read_to_string(at.join(name)).unwrap();
    assert_eq!(PrivateKey::from_pem(&read("encrypted.pem")).unwrap_err(), KeyError::Encrypted);
    assert_eq!(PrivateKey::from_pem(&read("ec.pem")).unwrap_err(), KeyError::NotEd25519);
    assert_eq!(PrivateKey::from_pem("").unwrap_err(), KeyError::NotPem);
    assert!(matches!(
        PublicKey::from_pem(&read("ec.pem")),
        Err(KeyError::Label { wanted: "PUBLIC KEY", .. })
    ));
    let public = |name: &str| String::from_utf8(openssl(at, &format!("pkey -in {name} -pubout"))).unwrap();
    assert!(matches!(
        PrivateKey::from_pem(&public("ec.pem")),
        Err(KeyError::Label { wanted: "PRIVATE KEY", .. })
    ));
    for name in ["p384.pem", "ed448.pem"] {
        assert!(matches!(PublicKey::from_pem(&public(name)), Err(KeyError::Bad(_))), "{name}");
    }
    fs::write(at.join("document"), b"m").unwrap();
    let signature = openssl(at, "dgst -sha256 -sign short.pem document");
    assert!(!PublicKey::from_pem(&public("short.pem")).unwrap().verify(b"m", &signature));
}

#[test]
fn a_private_key_is_never_shown() {
    let key = PrivateKey::generate().unwrap();
    let shown = format!("{key:?} {:#?}", [&key]);
    let pem = key.to_pem().unwrap();
    assert!(shown.contains(key.public().id().as_str()));
    assert!(!pem.lines().any(|line| shown.contains(line)));
    assert!(PrivateKey::from_pem(&pem).unwrap().public() == key.public());
}

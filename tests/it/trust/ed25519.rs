//! Edge-case signatures: the twelve of the public ed25519-speccheck set ("Taming the many EdDSAs", 2020).

use hotfixd::json::{Value, parse};
use hotfixd::trust::PublicKey;

/// What each vector is, and whether it verifies here. Strict verification refuses keys and `R` of small
/// order (else one signature holds for any message), an `S` that is not below the group's order (else a
/// signature can be altered into a second one), what only the equation multiplied by eight accepts, and
/// encodings that are not canonical. What is left is vector 3: honest but for parts of small order in key
/// and `R`, which both equations accept.
const VERDICTS: [(&str, bool); 12] = [
    ("key and R of small order, S = 0", false),
    ("key of small order, R of mixed order", false),
    ("key of mixed order, R of small order", false),
    ("key and R of mixed order", true),
    ("only the cofactored equation holds", false),
    ("only the cofactored equation holds, and not in every reading of it", false),
    ("S above the order", false),
    ("S far above the order", false),
    ("R of small order, not canonical", false),
    ("R of small order, not canonical, hashed in its other form", false),
    ("key of small order, not canonical", false),
    ("key of small order, not canonical, hashed in its other form", false),
];

#[test]
fn edge_cases_are_judged_strictly() {
    let text = include_bytes!("../../data/ed25519-speccheck.json");
    let vectors = parse(text).unwrap();
    let vectors = vectors.as_list().unwrap();
    assert_eq!(vectors.len(), VERDICTS.len());
    for (index, (vector, (what, verdict))) in vectors.iter().zip(VERDICTS).enumerate() {
        let field = |name: &str| vector.get(name).and_then(Value::as_text).unwrap();
        let object = Value::from([
            ("keytype", "ed25519".into()),
            ("scheme", "ed25519".into()),
            ("keyval", [("public", field("pub_key").into())].into()),
        ]);
        // A key of small order is refused before any signature is looked at.
        let verified = PublicKey::from_value(object).is_ok_and(|key| {
            key.verify(&hex::decode(field("message")).unwrap(), &hex::decode(field("signature")).unwrap())
        });
        assert_eq!(verified, verdict, "vector {index}: {what}");
    }
}

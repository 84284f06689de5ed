//! The tables, in types that SQLite and PostgreSQL hold alike (`migrations/README.md`).

diesel::table! {
    documents (seq) {
        seq -> BigInt,
        product -> Text,
        path -> Text,
        kind -> Text,
        id -> Text,
        revision -> BigInt,
        sha256 -> Text,
        body -> Text,
        published -> Nullable<Text>,
        role -> Text,
        role_version -> BigInt,
        released_at -> BigInt,
    }
}

diesel::table! {
    roles (name, version) {
        name -> Text,
        version -> BigInt,
        sha256 -> Text,
        body -> Text,
        issued_at -> BigInt,
    }
}

diesel::table! {
    submissions (id) {
        id -> Text,
        product -> Text,
        digest -> Text,
        body -> Text,
        state -> Text,
        submitted_at -> BigInt,
        submitted_by -> Text,
        updated_at -> BigInt,
        detail -> Text,
    }
}

diesel::table! {
    releases (sequence) {
        sequence -> BigInt,
        submission_id -> Text,
        product -> Text,
        role_version -> BigInt,
        snapshot_version -> BigInt,
        timestamp_version -> BigInt,
        released_at -> BigInt,
    }
}

diesel::table! {
    blobs (sha256) {
        sha256 -> Text,
        bytes -> BigInt,
        state -> Text,
        stored_at -> BigInt,
    }
}

diesel::table! {
    tokens (hash) {
        hash -> Text,
        name -> Text,
        scope -> Text,
        created_at -> BigInt,
        expires_at -> BigInt,
        last_used_at -> Nullable<BigInt>,
        revoked_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    audit (seq) {
        seq -> BigInt,
        at -> BigInt,
        actor -> Text,
        action -> Text,
        subject -> Text,
        detail -> Text,
        previous -> Text,
        hash -> Text,
    }
}

-- Every revision of every document that was ever released.
CREATE TABLE documents (
    seq          INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    product      TEXT   NOT NULL,
    path         TEXT   NOT NULL,
    kind         TEXT   NOT NULL CHECK (kind IN ('product', 'advisory', 'hotfix', 'hold')),
    id           TEXT   NOT NULL,
    revision     BIGINT NOT NULL,
    sha256       TEXT   NOT NULL,
    body         TEXT   NOT NULL,
    published    TEXT,
    role         TEXT   NOT NULL,
    role_version BIGINT NOT NULL,
    released_at  BIGINT NOT NULL,
    UNIQUE (path, role, role_version)
);
CREATE INDEX documents_of_id ON documents (product, kind, id, seq);

-- The exact bytes of every version of every signed role. Bytes once issued stay.
CREATE TABLE roles (
    name      TEXT   NOT NULL,
    version   BIGINT NOT NULL CHECK (version > 0),
    sha256    TEXT   NOT NULL,
    body      TEXT   NOT NULL,
    issued_at BIGINT NOT NULL,
    PRIMARY KEY (name, version)
);

CREATE TABLE submissions (
    id           TEXT   PRIMARY KEY NOT NULL,
    product      TEXT   NOT NULL,
    digest       TEXT   NOT NULL UNIQUE,
    body         TEXT   NOT NULL,
    state        TEXT   NOT NULL CHECK (state IN ('waiting', 'ready', 'released', 'refused', 'superseded')),
    submitted_at BIGINT NOT NULL,
    submitted_by TEXT   NOT NULL,
    updated_at   BIGINT NOT NULL,
    detail       TEXT   NOT NULL
);
CREATE INDEX submissions_by_time ON submissions (submitted_at, id);

CREATE TABLE releases (
    sequence          INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    submission_id     TEXT   NOT NULL UNIQUE REFERENCES submissions (id),
    product           TEXT   NOT NULL,
    role_version      BIGINT NOT NULL,
    snapshot_version  BIGINT NOT NULL,
    timestamp_version BIGINT NOT NULL,
    released_at       BIGINT NOT NULL
);

CREATE TABLE blobs (
    sha256    TEXT   PRIMARY KEY NOT NULL,
    bytes     BIGINT NOT NULL CHECK (bytes >= 0),
    state     TEXT   NOT NULL CHECK (state IN ('staged', 'released')),
    stored_at BIGINT NOT NULL
);

CREATE TABLE tokens (
    hash         TEXT   PRIMARY KEY NOT NULL,
    name         TEXT   NOT NULL,
    scope        TEXT   NOT NULL CHECK (scope IN ('publisher')),
    created_at   BIGINT NOT NULL,
    expires_at   BIGINT NOT NULL,
    last_used_at BIGINT,
    revoked_at   BIGINT
);

-- Who did what, when; each row carries the hash of the one before it.
CREATE TABLE audit (
    seq      INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    at       BIGINT NOT NULL,
    actor    TEXT   NOT NULL,
    action   TEXT   NOT NULL,
    subject  TEXT   NOT NULL,
    detail   TEXT   NOT NULL,
    previous TEXT   NOT NULL,
    hash     TEXT   NOT NULL UNIQUE
);

-- Text is compared and ordered by its bytes, as SQLite does it.

-- Every revision of every document that was ever released.
CREATE TABLE documents (
    seq          BIGINT PRIMARY KEY NOT NULL,
    product      TEXT COLLATE "C" NOT NULL,
    path         TEXT COLLATE "C" NOT NULL,
    kind         TEXT COLLATE "C" NOT NULL CHECK (kind IN ('product', 'advisory', 'hotfix', 'hold')),
    id           TEXT COLLATE "C" NOT NULL,
    revision     BIGINT NOT NULL,
    sha256       TEXT COLLATE "C" NOT NULL,
    body         TEXT COLLATE "C" NOT NULL,
    published    TEXT COLLATE "C",
    role         TEXT COLLATE "C" NOT NULL,
    role_version BIGINT NOT NULL,
    released_at  BIGINT NOT NULL,
    UNIQUE (path, role, role_version)
);
CREATE INDEX documents_of_id ON documents (product, kind, id, seq);

-- The exact bytes of every version of every signed role. Bytes once issued stay.
CREATE TABLE roles (
    name      TEXT COLLATE "C" NOT NULL,
    version   BIGINT NOT NULL CHECK (version > 0),
    sha256    TEXT COLLATE "C" NOT NULL,
    body      TEXT COLLATE "C" NOT NULL,
    issued_at BIGINT NOT NULL,
    PRIMARY KEY (name, version)
);

CREATE TABLE submissions (
    id           TEXT COLLATE "C" PRIMARY KEY NOT NULL,
    product      TEXT COLLATE "C" NOT NULL,
    digest       TEXT COLLATE "C" NOT NULL UNIQUE,
    body         TEXT COLLATE "C" NOT NULL,
    state        TEXT COLLATE "C" NOT NULL CHECK (state IN ('waiting', 'ready', 'released', 'refused', 'superseded')),
    submitted_at BIGINT NOT NULL,
    submitted_by TEXT COLLATE "C" NOT NULL,
    updated_at   BIGINT NOT NULL,
    detail       TEXT COLLATE "C" NOT NULL
);
CREATE INDEX submissions_by_time ON submissions (submitted_at, id);

CREATE TABLE releases (
    sequence          BIGINT PRIMARY KEY NOT NULL,
    submission_id     TEXT COLLATE "C" NOT NULL UNIQUE REFERENCES submissions (id),
    product           TEXT COLLATE "C" NOT NULL,
    role_version      BIGINT NOT NULL,
    snapshot_version  BIGINT NOT NULL,
    timestamp_version BIGINT NOT NULL,
    released_at       BIGINT NOT NULL
);

CREATE TABLE blobs (
    sha256    TEXT COLLATE "C" PRIMARY KEY NOT NULL,
    bytes     BIGINT NOT NULL CHECK (bytes >= 0),
    state     TEXT COLLATE "C" NOT NULL CHECK (state IN ('staged', 'released')),
    stored_at BIGINT NOT NULL
);

CREATE TABLE tokens (
    hash         TEXT COLLATE "C" PRIMARY KEY NOT NULL,
    name         TEXT COLLATE "C" NOT NULL,
    scope        TEXT COLLATE "C" NOT NULL CHECK (scope IN ('publisher')),
    created_at   BIGINT NOT NULL,
    expires_at   BIGINT NOT NULL,
    last_used_at BIGINT,
    revoked_at   BIGINT
);

-- Who did what, when; each row carries the hash of the one before it.
CREATE TABLE audit (
    seq      BIGINT PRIMARY KEY NOT NULL,
    at       BIGINT NOT NULL,
    actor    TEXT COLLATE "C" NOT NULL,
    action   TEXT COLLATE "C" NOT NULL,
    subject  TEXT COLLATE "C" NOT NULL,
    detail   TEXT COLLATE "C" NOT NULL,
    previous TEXT COLLATE "C" NOT NULL,
    hash     TEXT COLLATE "C" NOT NULL UNIQUE
);

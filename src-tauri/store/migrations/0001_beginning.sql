-- Times are INTEGER nanoseconds since 1970-01-01T00:00Z. Truths are 0 or 1. Words are the ones of the Rust
-- types. Columns that hold a structure hold it as JSON.

CREATE TABLE settings (
    name TEXT NOT NULL PRIMARY KEY,
    json TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE accounts (
    id TEXT NOT NULL PRIMARY KEY,
    network TEXT NOT NULL,
    server TEXT NOT NULL,
    handle TEXT NOT NULL,
    author_id TEXT NOT NULL,
    persona TEXT NOT NULL CHECK (persona IN ('personal', 'official', 'anonymous')),
    client_name TEXT,
    software TEXT NOT NULL,
    limits TEXT NOT NULL CHECK (json_valid(limits)),
    local_server INTEGER NOT NULL CHECK (local_server IN (0, 1)),
    plc TEXT,
    health TEXT NOT NULL,
    session_ends_at INTEGER,
    added_at INTEGER NOT NULL,
    about_at INTEGER NOT NULL
) STRICT;

CREATE TABLE drafts (
    id TEXT NOT NULL PRIMARY KEY,
    rev INTEGER NOT NULL,
    content TEXT NOT NULL CHECK (json_valid(content)),
    accounts TEXT NOT NULL CHECK (json_valid(accounts)),
    updated_at INTEGER NOT NULL
) STRICT;

CREATE TABLE posts (
    id TEXT NOT NULL PRIMARY KEY,
    created_at INTEGER NOT NULL
) STRICT;

-- A wording can be forgotten while deliveries and journal stay, so nothing holds on to it by a foreign key.
CREATE TABLE revisions (
    id TEXT NOT NULL PRIMARY KEY,
    post TEXT NOT NULL REFERENCES posts (id),
    content TEXT NOT NULL CHECK (json_valid(content)),
    created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX revisions_by_post ON revisions (post);

-- The bytes stand apart: a look at a picture's facts must not read (and decrypt) its pages.
CREATE TABLE picture_bytes (
    sha256 TEXT NOT NULL PRIMARY KEY,
    bytes BLOB NOT NULL
) STRICT;
CREATE TABLE pictures (
    id TEXT NOT NULL PRIMARY KEY,
    sha256 TEXT NOT NULL REFERENCES picture_bytes (sha256),
    mime TEXT NOT NULL,
    width INTEGER NOT NULL,
    height INTEGER NOT NULL,
    length INTEGER NOT NULL
) STRICT;
CREATE INDEX pictures_by_sha256 ON pictures (sha256);

CREATE TABLE deliveries (
    id TEXT NOT NULL PRIMARY KEY,
    post TEXT NOT NULL REFERENCES posts (id),
    account TEXT NOT NULL,
    revision TEXT NOT NULL,
    rank INTEGER NOT NULL,
    wanted TEXT NOT NULL CHECK (json_valid(wanted)),
    override_window INTEGER NOT NULL CHECK (override_window IN (0, 1)),
    expires_at INTEGER,
    state TEXT NOT NULL CHECK (state IN (
        'queued', 'held', 'claimed', 'staged', 'sending', 'unknown', 'needs_you',
        'sent', 'rejected', 'missed', 'left', 'removed')),
    planned_at INTEGER,
    planned_window TEXT,
    planned_opened INTEGER,
    attempt TEXT,
    attempts INTEGER NOT NULL,
    frozen_record TEXT,
    frozen_at INTEGER,
    frozen_author TEXT,
    frozen_for_good INTEGER CHECK (frozen_for_good IN (0, 1)),
    frozen_first_try INTEGER,
    parts INTEGER NOT NULL,
    parts_sent INTEGER NOT NULL CHECK (parts_sent <= parts),
    receipt TEXT CHECK (json_valid(receipt)),
    not_before INTEGER,
    hold_until INTEGER,
    refusal TEXT CHECK (json_valid(refusal)),
    open_question TEXT CHECK (json_valid(open_question)),
    sent_at INTEGER,
    created_at INTEGER NOT NULL,
    CHECK ((frozen_record IS NULL) = (frozen_at IS NULL)),
    CHECK ((frozen_record IS NULL) = (frozen_author IS NULL)),
    CHECK ((frozen_record IS NULL) = (frozen_for_good IS NULL)),
    CHECK (planned_at IS NOT NULL OR (planned_window IS NULL AND planned_opened IS NULL))
) STRICT;
CREATE INDEX deliveries_by_state ON deliveries (state, rank, id);
CREATE INDEX deliveries_by_account ON deliveries (account, state);
CREATE INDEX deliveries_by_revision ON deliveries (revision);
CREATE INDEX deliveries_by_post ON deliveries (post);
CREATE INDEX deliveries_by_rank ON deliveries (rank);

-- An account can go while its past deliveries stay, so this is asked once, when a delivery is made.
CREATE TRIGGER delivery_needs_account BEFORE INSERT ON deliveries
WHEN NOT EXISTS (SELECT 1 FROM accounts WHERE id = NEW.account)
BEGIN SELECT RAISE(ABORT, 'no such account'); END;

CREATE TRIGGER delivery_needs_revision BEFORE INSERT ON deliveries
WHEN NOT EXISTS (SELECT 1 FROM revisions WHERE id = NEW.revision)
BEGIN SELECT RAISE(ABORT, 'no such revision'); END;

-- The last fence behind the engine's own table of steps: what is final stays, save that a person may queue
-- again or remove what was rejected or missed.
CREATE TRIGGER delivery_final_stays BEFORE UPDATE OF state ON deliveries
WHEN OLD.state IN ('sent', 'rejected', 'missed', 'left', 'removed')
    AND NEW.state <> OLD.state
    AND NOT (OLD.state IN ('rejected', 'missed') AND NEW.state IN ('queued', 'removed'))
BEGIN SELECT RAISE(ABORT, 'the delivery is final'); END;

CREATE TRIGGER delivery_is_kept BEFORE DELETE ON deliveries
BEGIN SELECT RAISE(ABORT, 'deliveries are kept'); END;

-- One claim may try several parts: each is a row.
CREATE TABLE attempts (
    id TEXT NOT NULL,
    part INTEGER NOT NULL,
    delivery TEXT NOT NULL REFERENCES deliveries (id),
    account TEXT NOT NULL,
    n INTEGER NOT NULL,
    began_at INTEGER NOT NULL,
    sending_at INTEGER,
    ended_at INTEGER,
    outcome TEXT,
    code TEXT,
    "window" TEXT,
    opened INTEGER,
    never_left INTEGER NOT NULL CHECK (never_left IN (0, 1)),
    PRIMARY KEY (id, part)
) STRICT;
CREATE INDEX attempts_by_delivery ON attempts (delivery, n, part);
CREATE INDEX attempts_counted ON attempts (sending_at) WHERE sending_at IS NOT NULL AND never_left = 0;
-- At most one live attempt a delivery, whatever the program above thinks.
CREATE UNIQUE INDEX attempts_one_live ON attempts (delivery) WHERE ended_at IS NULL;

CREATE TRIGGER attempt_is_kept BEFORE DELETE ON attempts
BEGIN SELECT RAISE(ABORT, 'attempts are kept'); END;

-- Append-only, without exception. Repeats of a row are counted beside it.
CREATE TABLE journal (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    delivery TEXT,
    attempt TEXT,
    account TEXT,
    event TEXT NOT NULL,
    detail TEXT,
    digest TEXT
) STRICT;
CREATE INDEX journal_by_time ON journal (at, id);
CREATE INDEX journal_by_attempt ON journal (attempt, id) WHERE attempt IS NOT NULL;

CREATE TRIGGER journal_no_update BEFORE UPDATE ON journal
BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;
CREATE TRIGGER journal_no_delete BEFORE DELETE ON journal
BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;

CREATE TABLE journal_repeats (
    entry INTEGER NOT NULL PRIMARY KEY REFERENCES journal (id),
    repeats INTEGER NOT NULL CHECK (repeats > 0),
    last_at INTEGER NOT NULL
) STRICT;
CREATE INDEX journal_repeats_by_time ON journal_repeats (last_at);

CREATE TRIGGER journal_repeats_only_grow BEFORE UPDATE ON journal_repeats
WHEN NEW.entry <> OLD.entry OR NEW.repeats <> OLD.repeats + 1
BEGIN SELECT RAISE(ABORT, 'repeats are counted one by one'); END;
CREATE TRIGGER journal_repeats_no_delete BEFORE DELETE ON journal_repeats
BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;

CREATE TABLE answered (
    request TEXT NOT NULL PRIMARY KEY,
    answer TEXT NOT NULL,
    at INTEGER NOT NULL
) STRICT;
CREATE INDEX answered_by_time ON answered (at);

-- The practice network's own: nothing above refers to it, and it refers to nothing above.
CREATE TABLE practice_posts (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    account TEXT NOT NULL,
    key TEXT NOT NULL,
    part INTEGER NOT NULL,
    id TEXT NOT NULL,
    text TEXT NOT NULL,
    cw TEXT,
    reply_to TEXT,
    pictures TEXT NOT NULL CHECK (json_valid(pictures)),
    published_at INTEGER NOT NULL,
    UNIQUE (account, key, part),
    UNIQUE (account, id)
) STRICT;
CREATE INDEX practice_posts_by_time ON practice_posts (account, published_at, seq);

CREATE TABLE practice_faults (
    account TEXT NOT NULL PRIMARY KEY,
    fault TEXT NOT NULL
) STRICT;

-- needs: 1
--
-- The portal's tables. The prefix guichet_ is replaced by the one that the store was opened with.
--
-- Times are microseconds since 1970, UTC. In a column that may be NULL, NULL is the zero time; in a column that may
-- not, which is one that a list is ordered by, the zero time is the number it has: the first moment of the year 1.

-- Structures: one row per identity, from the first time that somebody names it. Name and town are there a second time as
-- they are searched (structure.Structure.SearchName, SearchTown): written with the row, and no part of it.
CREATE TABLE guichet_structures (
    id               TEXT    NOT NULL PRIMARY KEY,
    version          INTEGER NOT NULL,
    identity_key     TEXT    UNIQUE, -- country, type and code in one: identifier.ID.MarshalText
    identity_kind    TEXT    NOT NULL, -- the three parts, for people who read the table
    identity_country TEXT    NOT NULL,
    identity_code    TEXT    NOT NULL,
    sector           TEXT    NOT NULL CHECK (sector IN ('private', 'public')),
    status           TEXT    NOT NULL CHECK (status IN ('active', 'inactive')),
    legal_name       TEXT    NOT NULL,
    last_name        TEXT    NOT NULL,
    first_name       TEXT    NOT NULL,
    label            TEXT    NOT NULL,
    address          TEXT    NOT NULL,
    complement1      TEXT    NOT NULL,
    complement2      TEXT    NOT NULL,
    postal_code      TEXT    NOT NULL,
    town             TEXT    NOT NULL,
    country          TEXT    NOT NULL,
    non_diffusible   INTEGER NOT NULL CHECK (non_diffusible IN (0, 1)),
    search_name      TEXT    NOT NULL,
    search_town      TEXT    NOT NULL,
    predecessor      TEXT, -- the structures before and after it, when the identifier changed
    successor        TEXT,
    verification     TEXT    NOT NULL CHECK (verification IN ('unasked', 'unverified', 'verified', 'contradicted')),
    checked_at       INTEGER NOT NULL,
    created_at       INTEGER,
    identity_sealed  TEXT -- base64: an individual's code, encrypted, where identity_key holds a keyed hash of it
) STRICT;

-- storage.PublicStructures: all of them, those of a kind, and those of a town, of a kind or not. Of two indexes that serve
-- alike SQLite takes the one made last: the town is fewer structures than the kind.
CREATE INDEX guichet_structures_public ON guichet_structures (search_name, id)
    WHERE sector = 'public' AND successor IS NULL;
CREATE INDEX guichet_structures_kind ON guichet_structures (identity_kind, search_name, id)
    WHERE sector = 'public' AND successor IS NULL;
CREATE INDEX guichet_structures_town ON guichet_structures (search_town, search_name, id)
    WHERE sector = 'public' AND successor IS NULL;

-- storage.Individuals
CREATE INDEX guichet_structures_individuals ON guichet_structures (id) WHERE identity_kind = 'PARTICULIER';

-- storage.Unverified
CREATE INDEX guichet_structures_unverified ON guichet_structures (checked_at, id)
    WHERE verification = 'unverified' AND successor IS NULL;

-- The open applications of a structure.
CREATE TABLE guichet_structure_applications (
    structure   TEXT NOT NULL REFERENCES guichet_structures (id) ON DELETE CASCADE,
    application TEXT NOT NULL,
    PRIMARY KEY (structure, application)
) STRICT, WITHOUT ROWID;

CREATE TABLE guichet_services (
    structure   TEXT    NOT NULL REFERENCES guichet_structures (id),
    code        TEXT    NOT NULL,
    version     INTEGER NOT NULL,
    label       TEXT    NOT NULL,
    inactive    INTEGER NOT NULL CHECK (inactive IN (0, 1)),
    valid_from  INTEGER,
    valid_until INTEGER,
    PRIMARY KEY (structure, code)
) STRICT, WITHOUT ROWID;

CREATE TABLE guichet_registrations (
    id             TEXT    NOT NULL PRIMARY KEY,
    version        INTEGER NOT NULL,
    state          TEXT    NOT NULL CHECK (state IN
        ('awaiting approval', 'awaiting activation', 'activated', 'refused', 'withdrawn', 'lapsed')),
    structure      TEXT REFERENCES guichet_structures (id), -- NULL = none is named
    login          TEXT    NOT NULL, -- as typed
    login_key      TEXT,             -- as compared; several registrations may bear one
    first_name     TEXT    NOT NULL,
    last_name      TEXT    NOT NULL,
    phone          TEXT    NOT NULL,
    contact        TEXT    NOT NULL,
    language       TEXT    NOT NULL,
    terms_version  TEXT    NOT NULL,
    terms_at       INTEGER,
    survey_version TEXT    NOT NULL,
    survey_at      INTEGER,
    claimed        INTEGER NOT NULL CHECK (claimed IN (0, 1)),
    refused_at     INTEGER,
    created_at     INTEGER NOT NULL,
    ended_at       INTEGER,
    invited        INTEGER NOT NULL CHECK (invited IN (0, 1)),
    separate       INTEGER NOT NULL CHECK (separate IN (0, 1)),
    due            INTEGER
) STRICT;

-- Reader.Roster: the newest registration of a login in a structure.
CREATE INDEX guichet_registrations_structure ON guichet_registrations (structure, login_key);

-- storage.Purge
CREATE INDEX guichet_registrations_ended ON guichet_registrations (ended_at, id) WHERE ended_at IS NOT NULL;

-- storage.DueRegistrations
CREATE INDEX guichet_registrations_due ON guichet_registrations (due, id)
    WHERE due IS NOT NULL AND state IN ('awaiting approval', 'awaiting activation');

-- storage.RegistrationsOf
CREATE INDEX guichet_registrations_open ON guichet_registrations (login_key, created_at, id)
    WHERE state IN ('awaiting approval', 'awaiting activation');

CREATE TABLE guichet_accounts (
    id             TEXT    NOT NULL PRIMARY KEY,
    version        INTEGER NOT NULL,
    state          TEXT    NOT NULL CHECK (state IN ('active', 'deactivated', 'blocked', 'closed')),
    login          TEXT    NOT NULL, -- as typed
    login_key      TEXT    UNIQUE,   -- as compared; NULL = none any more
    first_name     TEXT    NOT NULL,
    last_name      TEXT    NOT NULL,
    phone          TEXT    NOT NULL,
    contact        TEXT    NOT NULL,
    language       TEXT    NOT NULL,
    terms_version  TEXT    NOT NULL,
    terms_at       INTEGER,
    survey_version TEXT    NOT NULL,
    survey_at      INTEGER,
    epoch          INTEGER NOT NULL,
    created_at     INTEGER,
    away           INTEGER NOT NULL CHECK (away IN (0, 1)),
    contact_at     INTEGER,
    claim_day      INTEGER, -- the day that claims counts, by its first moment
    claims         INTEGER NOT NULL,
    login_failed_at INTEGER, -- a mail to it was given up
    contact_failed_at INTEGER,
    search         TEXT    NOT NULL -- account.Account.SearchText: written with the row, and no part of it
) STRICT;

CREATE TABLE guichet_credentials (
    account         TEXT    NOT NULL PRIMARY KEY REFERENCES guichet_accounts (id),
    version         INTEGER NOT NULL,
    password        TEXT    NOT NULL, -- hash; '' = the application keeps it
    question        TEXT    NOT NULL,
    answer          TEXT    NOT NULL, -- hash
    cleared_at      INTEGER,
    factor_sealed   TEXT, -- base64
    factor_since    INTEGER,
    factor_step     INTEGER NOT NULL,
    factor_recovery TEXT    NOT NULL -- hashes, as a JSON array; '' = none
) STRICT;

-- storage.Factors
CREATE INDEX guichet_credentials_factors ON guichet_credentials (account) WHERE factor_sealed IS NOT NULL;

-- Tries to prove oneself, and mails that were asked for: under keyed hashes, of people who have no account, too.
CREATE TABLE guichet_attempts (
    key               TEXT    NOT NULL PRIMARY KEY,
    version           INTEGER NOT NULL,
    over_at           INTEGER, -- when it may be forgotten
    password_failed   INTEGER NOT NULL,
    password_pending  TEXT    NOT NULL, -- the tries that told no outcome yet, as a JSON array
    password_until    INTEGER,
    password_closed   INTEGER NOT NULL,
    answer_failed     INTEGER NOT NULL,
    answer_pending    TEXT    NOT NULL,
    answer_until      INTEGER,
    answer_closed     INTEGER NOT NULL,
    code_failed       INTEGER NOT NULL,
    code_pending      TEXT    NOT NULL,
    code_until        INTEGER,
    code_closed       INTEGER NOT NULL,
    reset_at          INTEGER,
    reset_count       INTEGER NOT NULL,
    resend_at         INTEGER,
    resend_count      INTEGER NOT NULL,
    reactivate_at     INTEGER,
    reactivate_count  INTEGER NOT NULL,
    move_at           INTEGER,
    move_count        INTEGER NOT NULL,
    told_at           INTEGER,
    told_count        INTEGER NOT NULL
) STRICT;

-- storage.Purge
CREATE INDEX guichet_attempts_over ON guichet_attempts (over_at, key) WHERE over_at IS NOT NULL;

-- Mailed links: never the secret, only its hash. The account is a registration as long as that has not become one.
CREATE TABLE guichet_links (
    selector  TEXT    NOT NULL PRIMARY KEY,
    version   INTEGER NOT NULL,
    purpose   TEXT    NOT NULL CHECK (purpose IN ('activation', 'adoption', 'contact', 'reactivation', 'contest',
        'reset', 'login', 'factor')),
    account   TEXT    NOT NULL,
    seq       INTEGER NOT NULL,
    hash      TEXT, -- base64
    life_ns   INTEGER NOT NULL, -- nanoseconds
    not_after INTEGER,
    leased_at INTEGER,
    used_at   INTEGER,
    bound     TEXT    NOT NULL, -- what must still be so when it is used
    UNIQUE (account, purpose, seq)
) STRICT;

-- storage.Purge
CREATE INDEX guichet_links_ended ON guichet_links (not_after, selector) WHERE not_after IS NOT NULL;

-- The head of a structure's roster. Whoever holds it, as claimant or as main manager, has a row at structure level:
-- looked at when the transaction ends, since head and row are written together.
CREATE TABLE guichet_rosters (
    structure      TEXT    NOT NULL PRIMARY KEY REFERENCES guichet_structures (id),
    version        INTEGER NOT NULL,
    standing       TEXT    NOT NULL CHECK (standing IN ('unclaimed', 'claimed', 'managed', 'vacant')),
    holder         TEXT,
    holder_service TEXT    NOT NULL DEFAULT '' CHECK (holder_service = ''),
    designated     INTEGER, -- the claim: when it began, when its mail was leased, when it ends
    leased         INTEGER,
    term           INTEGER,
    attached       INTEGER NOT NULL,
    contest_since  INTEGER, -- the doubt that a holder speaks for the structure: since when, whose, about whom
    contest_by     TEXT,
    contest_of     TEXT,
    frozen         INTEGER NOT NULL CHECK (frozen IN (0, 1)),
    review_of      TEXT, -- what this account approved until then is looked through
    review_until   INTEGER,
    CHECK ((standing IN ('claimed', 'managed')) = (holder IS NOT NULL)),
    FOREIGN KEY (structure, holder, holder_service) REFERENCES guichet_attachments (structure, account, service)
        DEFERRABLE INITIALLY DEFERRED
) STRICT;

-- storage.DueRows
CREATE INDEX guichet_rosters_term ON guichet_rosters (term, structure, holder) WHERE standing = 'claimed';

-- The rows of a roster: requests, claims and attachments in all their states. The account is a registration as long
-- as that has not become one. Service '' is the structure level. The primary key serves storage.UsersOf
-- and storage.MembersOf too.
CREATE TABLE guichet_attachments (
    structure       TEXT    NOT NULL REFERENCES guichet_rosters (structure),
    account         TEXT    NOT NULL,
    service         TEXT    NOT NULL,
    state           TEXT    NOT NULL CHECK (state IN ('requested', 'claimed', 'approved', 'attached', 'suspended',
        'refused', 'withdrawn', 'lapsed', 'detached')),
    ord             INTEGER NOT NULL, -- the roster's version that the request made
    requested_at    INTEGER NOT NULL,
    due             INTEGER,
    since           INTEGER,
    comment         TEXT    NOT NULL, -- personal data, erasable
    repeated        INTEGER NOT NULL CHECK (repeated IN (0, 1)),
    details         TEXT, -- what the form said of a structure that nobody knows yet, as JSON
    decided_by      TEXT    NOT NULL,
    decided_at      INTEGER,
    approved        INTEGER NOT NULL CHECK (approved IN (0, 1)),
    reason          TEXT    NOT NULL, -- personal data, erasable
    invited         TEXT    NOT NULL, -- the login that a decider typed; personal data, erasable
    invited_search  TEXT    NOT NULL, -- the same as it is searched: structure.Fold
    remind          INTEGER, -- when somebody is told next that the request waits
    reminded        INTEGER NOT NULL,
    escalated       INTEGER NOT NULL CHECK (escalated IN (0, 1)),
    contested       INTEGER,
    wish_profiles   TEXT    NOT NULL, -- the wish for more profiles, as a JSON array; '' = none is open
    wish_comment    TEXT    NOT NULL, -- personal data, erasable
    wish_at         INTEGER,
    wish_ord        INTEGER NOT NULL,
    wish_decided_by TEXT    NOT NULL,
    wish_decided_at INTEGER,
    wish_approved   INTEGER NOT NULL CHECK (wish_approved IN (0, 1)),
    wish_reason     TEXT    NOT NULL, -- personal data, erasable
    asked_at        INTEGER, -- attachment.Attachment.Asked; NULL = nothing waits
    asked_ord       INTEGER,
    PRIMARY KEY (structure, account, service)
) STRICT, WITHOUT ROWID;

-- Reader.Memberships, storage.RowsOf
CREATE INDEX guichet_attachments_account ON guichet_attachments (account, structure, service);

-- Reader.Roster: the head of the queue
CREATE INDEX guichet_attachments_queue ON guichet_attachments (structure, ord, account)
    WHERE state = 'requested' AND service = '';

-- storage.OpenRequests
CREATE INDEX guichet_attachments_asked ON guichet_attachments (structure, asked_at, asked_ord, account, service)
    WHERE asked_at IS NOT NULL;

-- storage.DueReminders
CREATE INDEX guichet_attachments_remind ON guichet_attachments (remind, structure, account, service)
    WHERE remind IS NOT NULL;

-- storage.DueRows
CREATE INDEX guichet_attachments_due ON guichet_attachments (due, structure, account, service)
    WHERE state IN ('requested', 'approved');

-- The profiles that somebody was given. The main manager's come with the role and are not here.
CREATE TABLE guichet_grants (
    structure   TEXT    NOT NULL,
    account     TEXT    NOT NULL,
    service     TEXT    NOT NULL,
    application TEXT    NOT NULL,
    level       TEXT    NOT NULL CHECK (level IN ('consultation', 'modification')),
    given_by    TEXT    NOT NULL,
    given_at    INTEGER,
    PRIMARY KEY (structure, account, service, application, level),
    FOREIGN KEY (structure, account, service) REFERENCES guichet_attachments (structure, account, service)
        ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

-- storage.Deciders
CREATE INDEX guichet_grants_deciders ON guichet_grants (structure, account)
    WHERE service = '' AND application = 'organisation' AND level = 'modification';

-- The outbox.
CREATE TABLE guichet_messages (
    id         TEXT    NOT NULL PRIMARY KEY,
    version    INTEGER NOT NULL,
    state      TEXT    NOT NULL CHECK (state IN ('queued', 'sent', 'expanded', 'dropped', 'parked')),
    kind       TEXT    NOT NULL,
    recipient  TEXT    NOT NULL, -- address; '' = several people of the structure
    account    TEXT    NOT NULL,
    structure  TEXT    NOT NULL,
    language   TEXT    NOT NULL,
    content    TEXT    NOT NULL, -- what the mail is about, as JSON
    selector   TEXT    NOT NULL,
    sealed     TEXT, -- base64
    tries      INTEGER NOT NULL,
    not_before INTEGER NOT NULL,
    last_error TEXT    NOT NULL,
    created_at INTEGER NOT NULL,
    done_at    INTEGER NOT NULL,
    recipient_account TEXT NOT NULL -- whose account it goes to, one of several
) STRICT;

-- storage.DueMessages
CREATE INDEX guichet_messages_due ON guichet_messages (not_before, id) WHERE state = 'queued';

-- storage.Purge
CREATE INDEX guichet_messages_done ON guichet_messages (done_at, id) WHERE state <> 'queued';

-- storage.ParkedMessages
CREATE INDEX guichet_messages_parked ON guichet_messages (done_at, id) WHERE state = 'parked';

-- storage.MessagesOf, storage.EraseAccount
CREATE INDEX guichet_messages_account ON guichet_messages (account, created_at, id);

-- storage.EraseAccount, storage.CopyStructure
CREATE INDEX guichet_messages_recipient ON guichet_messages (recipient);
CREATE INDEX guichet_messages_structure ON guichet_messages (structure) WHERE state IN ('queued', 'parked');

-- The journal: ids and codes only. It outlives what it is about, so that it refers to nothing.
CREATE TABLE guichet_journal (
    operation      TEXT    NOT NULL,
    seq            INTEGER NOT NULL,
    try            INTEGER NOT NULL,
    at             INTEGER NOT NULL,
    actor          TEXT    NOT NULL,
    action         TEXT    NOT NULL,
    structure      TEXT    NOT NULL,
    roster_version INTEGER NOT NULL, -- that the structure's roster has after it
    account        TEXT    NOT NULL,
    service        TEXT    NOT NULL,
    state_before   TEXT    NOT NULL,
    state_after    TEXT    NOT NULL,
    PRIMARY KEY (operation, seq)
) STRICT, WITHOUT ROWID;

-- storage.History
CREATE INDEX guichet_journal_history ON guichet_journal (structure, roster_version, at, operation, seq);

-- storage.JournalOf, storage.EraseAccount, storage.Purge
CREATE INDEX guichet_journal_account ON guichet_journal (account, at, operation, seq);
CREATE INDEX guichet_journal_actor ON guichet_journal (actor, at, operation, seq);

-- storage.Purge
CREATE INDEX guichet_journal_at ON guichet_journal (at, operation, seq);

-- Comments and reasons, beside the journal: personal data, erasable without touching it.
CREATE TABLE guichet_journal_notes (
    operation TEXT    NOT NULL,
    seq       INTEGER NOT NULL,
    note      TEXT    NOT NULL,
    PRIMARY KEY (operation, seq),
    FOREIGN KEY (operation, seq) REFERENCES guichet_journal (operation, seq) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

-- needs: 1
--
-- The portal's tables. The prefix guichet_ is replaced by the one that the store was opened with.
--
-- Times are microseconds since 1970, UTC. In a column that may be NULL, NULL is the zero time; in a column that may
-- not, which is one that a list is ordered by, the zero time is the number it has: the first moment of the year 1.

-- Structures: one row per identity, from the first time that somebody names it. Name and town are there a second time as
-- they are searched (structure.Structure.SearchName, SearchTown): written with the row, and no part of it.
CREATE TABLE guichet_structures (
    id               TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    version          BIGINT NOT NULL,
    identity_key     TEXT COLLATE "C" UNIQUE, -- country, type and code in one: identifier.ID.MarshalText
    identity_kind    TEXT COLLATE "C" NOT NULL, -- the three parts, for people who read the table
    identity_country TEXT COLLATE "C" NOT NULL,
    identity_code    TEXT COLLATE "C" NOT NULL,
    sector           TEXT COLLATE "C" NOT NULL CHECK (sector IN ('private', 'public')),
    status           TEXT COLLATE "C" NOT NULL CHECK (status IN ('active', 'inactive')),
    legal_name       TEXT COLLATE "C" NOT NULL,
    last_name        TEXT COLLATE "C" NOT NULL,
    first_name       TEXT COLLATE "C" NOT NULL,
    label            TEXT COLLATE "C" NOT NULL,
    address          TEXT COLLATE "C" NOT NULL,
    complement1      TEXT COLLATE "C" NOT NULL,
    complement2      TEXT COLLATE "C" NOT NULL,
    postal_code      TEXT COLLATE "C" NOT NULL,
    town             TEXT COLLATE "C" NOT NULL,
    country          TEXT COLLATE "C" NOT NULL,
    non_diffusible   BOOLEAN NOT NULL,
    search_name      TEXT COLLATE "C" NOT NULL,
    search_town      TEXT COLLATE "C" NOT NULL,
    predecessor      TEXT COLLATE "C", -- the structures before and after it, when the identifier changed
    successor        TEXT COLLATE "C",
    verification     TEXT COLLATE "C" NOT NULL CHECK (verification IN ('unasked', 'unverified', 'verified', 'contradicted')),
    checked_at       BIGINT NOT NULL,
    created_at       BIGINT,
    identity_sealed  TEXT COLLATE "C" -- base64: an individual's code, encrypted, where identity_key holds a keyed hash of it
);

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
    structure   TEXT COLLATE "C" NOT NULL REFERENCES guichet_structures (id) ON DELETE CASCADE,
    application TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (structure, application)
);

CREATE TABLE guichet_services (
    structure   TEXT COLLATE "C" NOT NULL REFERENCES guichet_structures (id),
    code        TEXT COLLATE "C" NOT NULL,
    version     BIGINT NOT NULL,
    label       TEXT COLLATE "C" NOT NULL,
    inactive    BOOLEAN NOT NULL,
    valid_from  BIGINT,
    valid_until BIGINT,
    PRIMARY KEY (structure, code)
);

CREATE TABLE guichet_registrations (
    id             TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    version        BIGINT NOT NULL,
    state          TEXT COLLATE "C" NOT NULL CHECK (state IN
        ('awaiting approval', 'awaiting activation', 'activated', 'refused', 'withdrawn', 'lapsed')),
    structure      TEXT COLLATE "C" REFERENCES guichet_structures (id), -- NULL = none is named
    login          TEXT COLLATE "C" NOT NULL, -- as typed
    login_key      TEXT COLLATE "C",             -- as compared; several registrations may bear one
    first_name     TEXT COLLATE "C" NOT NULL,
    last_name      TEXT COLLATE "C" NOT NULL,
    phone          TEXT COLLATE "C" NOT NULL,
    contact        TEXT COLLATE "C" NOT NULL,
    language       TEXT COLLATE "C" NOT NULL,
    terms_version  TEXT COLLATE "C" NOT NULL,
    terms_at       BIGINT,
    survey_version TEXT COLLATE "C" NOT NULL,
    survey_at      BIGINT,
    claimed        BOOLEAN NOT NULL,
    refused_at     BIGINT,
    created_at     BIGINT NOT NULL,
    ended_at       BIGINT,
    invited        BOOLEAN NOT NULL,
    separate       BOOLEAN NOT NULL,
    due            BIGINT
);

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
    id             TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    version        BIGINT NOT NULL,
    state          TEXT COLLATE "C" NOT NULL CHECK (state IN ('active', 'deactivated', 'blocked', 'closed')),
    login          TEXT COLLATE "C" NOT NULL, -- as typed
    login_key      TEXT COLLATE "C" UNIQUE,   -- as compared; NULL = none any more
    first_name     TEXT COLLATE "C" NOT NULL,
    last_name      TEXT COLLATE "C" NOT NULL,
    phone          TEXT COLLATE "C" NOT NULL,
    contact        TEXT COLLATE "C" NOT NULL,
    language       TEXT COLLATE "C" NOT NULL,
    terms_version  TEXT COLLATE "C" NOT NULL,
    terms_at       BIGINT,
    survey_version TEXT COLLATE "C" NOT NULL,
    survey_at      BIGINT,
    epoch          BIGINT NOT NULL,
    created_at     BIGINT,
    away           BOOLEAN NOT NULL,
    contact_at     BIGINT,
    claim_day      BIGINT, -- the day that claims counts, by its first moment
    claims         BIGINT NOT NULL,
    login_failed_at BIGINT, -- a mail to it was given up
    contact_failed_at BIGINT,
    search         TEXT COLLATE "C" NOT NULL -- account.Account.SearchText: written with the row, and no part of it
);

CREATE TABLE guichet_credentials (
    account         TEXT COLLATE "C" NOT NULL PRIMARY KEY REFERENCES guichet_accounts (id),
    version         BIGINT NOT NULL,
    password        TEXT COLLATE "C" NOT NULL, -- hash; '' = the application keeps it
    question        TEXT COLLATE "C" NOT NULL,
    answer          TEXT COLLATE "C" NOT NULL, -- hash
    cleared_at      BIGINT,
    factor_sealed   TEXT COLLATE "C", -- base64
    factor_since    BIGINT,
    factor_step     BIGINT NOT NULL,
    factor_recovery TEXT COLLATE "C" NOT NULL -- hashes, as a JSON array; '' = none
);

-- storage.Factors
CREATE INDEX guichet_credentials_factors ON guichet_credentials (account) WHERE factor_sealed IS NOT NULL;

-- Tries to prove oneself, and mails that were asked for: under keyed hashes, of people who have no account, too.
CREATE TABLE guichet_attempts (
    key               TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    version           BIGINT NOT NULL,
    over_at           BIGINT, -- when it may be forgotten
    password_failed   BIGINT NOT NULL,
    password_pending  TEXT COLLATE "C" NOT NULL, -- the tries that told no outcome yet, as a JSON array
    password_until    BIGINT,
    password_closed   BIGINT NOT NULL,
    answer_failed     BIGINT NOT NULL,
    answer_pending    TEXT COLLATE "C" NOT NULL,
    answer_until      BIGINT,
    answer_closed     BIGINT NOT NULL,
    code_failed       BIGINT NOT NULL,
    code_pending      TEXT COLLATE "C" NOT NULL,
    code_until        BIGINT,
    code_closed       BIGINT NOT NULL,
    reset_at          BIGINT,
    reset_count       BIGINT NOT NULL,
    resend_at         BIGINT,
    resend_count      BIGINT NOT NULL,
    reactivate_at     BIGINT,
    reactivate_count  BIGINT NOT NULL,
    move_at           BIGINT,
    move_count        BIGINT NOT NULL,
    told_at           BIGINT,
    told_count        BIGINT NOT NULL
);

-- storage.Purge
CREATE INDEX guichet_attempts_over ON guichet_attempts (over_at, key) WHERE over_at IS NOT NULL;

-- Mailed links: never the secret, only its hash. The account is a registration as long as that has not become one.
CREATE TABLE guichet_links (
    selector  TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    version   BIGINT NOT NULL,
    purpose   TEXT COLLATE "C" NOT NULL CHECK (purpose IN ('activation', 'adoption', 'contact', 'reactivation', 'contest',
        'reset', 'login', 'factor')),
    account   TEXT COLLATE "C" NOT NULL,
    seq       BIGINT NOT NULL,
    hash      TEXT COLLATE "C", -- base64
    life_ns   BIGINT NOT NULL, -- nanoseconds
    not_after BIGINT,
    leased_at BIGINT,
    used_at   BIGINT,
    bound     TEXT COLLATE "C" NOT NULL, -- what must still be so when it is used
    UNIQUE (account, purpose, seq)
);

-- storage.Purge
CREATE INDEX guichet_links_ended ON guichet_links (not_after, selector) WHERE not_after IS NOT NULL;

-- The head of a structure's roster. Whoever holds it, as claimant or as main manager, has a row at structure level:
-- looked at when the transaction ends, since head and row are written together.
CREATE TABLE guichet_rosters (
    structure      TEXT COLLATE "C" NOT NULL PRIMARY KEY REFERENCES guichet_structures (id),
    version        BIGINT NOT NULL,
    standing       TEXT COLLATE "C" NOT NULL CHECK (standing IN ('unclaimed', 'claimed', 'managed', 'vacant')),
    holder         TEXT COLLATE "C",
    holder_service TEXT COLLATE "C" NOT NULL DEFAULT '' CHECK (holder_service = ''),
    designated     BIGINT, -- the claim: when it began, when its mail was leased, when it ends
    leased         BIGINT,
    term           BIGINT,
    attached       BIGINT NOT NULL,
    contest_since  BIGINT, -- the doubt that a holder speaks for the structure: since when, whose, about whom
    contest_by     TEXT COLLATE "C",
    contest_of     TEXT COLLATE "C",
    frozen         BOOLEAN NOT NULL,
    review_of      TEXT COLLATE "C", -- what this account approved until then is looked through
    review_until   BIGINT,
    CHECK ((standing IN ('claimed', 'managed')) = (holder IS NOT NULL))
);

-- storage.DueRows
CREATE INDEX guichet_rosters_term ON guichet_rosters (term, structure, holder) WHERE standing = 'claimed';

-- The rows of a roster: requests, claims and attachments in all their states. The account is a registration as long
-- as that has not become one. Service '' is the structure level. The primary key serves storage.UsersOf
-- and storage.MembersOf too.
CREATE TABLE guichet_attachments (
    structure       TEXT COLLATE "C" NOT NULL REFERENCES guichet_rosters (structure),
    account         TEXT COLLATE "C" NOT NULL,
    service         TEXT COLLATE "C" NOT NULL,
    state           TEXT COLLATE "C" NOT NULL CHECK (state IN ('requested', 'claimed', 'approved', 'attached', 'suspended',
        'refused', 'withdrawn', 'lapsed', 'detached')),
    ord             BIGINT NOT NULL, -- the roster's version that the request made
    requested_at    BIGINT NOT NULL,
    due             BIGINT,
    since           BIGINT,
    comment         TEXT COLLATE "C" NOT NULL, -- personal data, erasable
    repeated        BOOLEAN NOT NULL,
    details         TEXT COLLATE "C", -- what the form said of a structure that nobody knows yet, as JSON
    decided_by      TEXT COLLATE "C" NOT NULL,
    decided_at      BIGINT,
    approved        BOOLEAN NOT NULL,
    reason          TEXT COLLATE "C" NOT NULL, -- personal data, erasable
    invited         TEXT COLLATE "C" NOT NULL, -- the login that a decider typed; personal data, erasable
    invited_search  TEXT COLLATE "C" NOT NULL, -- the same as it is searched: structure.Fold
    remind          BIGINT, -- when somebody is told next that the request waits
    reminded        BIGINT NOT NULL,
    escalated       BOOLEAN NOT NULL,
    contested       BIGINT,
    wish_profiles   TEXT COLLATE "C" NOT NULL, -- the wish for more profiles, as a JSON array; '' = none is open
    wish_comment    TEXT COLLATE "C" NOT NULL, -- personal data, erasable
    wish_at         BIGINT,
    wish_ord        BIGINT NOT NULL,
    wish_decided_by TEXT COLLATE "C" NOT NULL,
    wish_decided_at BIGINT,
    wish_approved   BOOLEAN NOT NULL,
    wish_reason     TEXT COLLATE "C" NOT NULL, -- personal data, erasable
    asked_at        BIGINT, -- attachment.Attachment.Asked; NULL = nothing waits
    asked_ord       BIGINT,
    PRIMARY KEY (structure, account, service)
);

-- The holder's row, looked at when the transaction ends.
ALTER TABLE guichet_rosters ADD CONSTRAINT guichet_rosters_holder
    FOREIGN KEY (structure, holder, holder_service) REFERENCES guichet_attachments (structure, account, service)
    DEFERRABLE INITIALLY DEFERRED;

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
    structure   TEXT COLLATE "C" NOT NULL,
    account     TEXT COLLATE "C" NOT NULL,
    service     TEXT COLLATE "C" NOT NULL,
    application TEXT COLLATE "C" NOT NULL,
    level       TEXT COLLATE "C" NOT NULL CHECK (level IN ('consultation', 'modification')),
    given_by    TEXT COLLATE "C" NOT NULL,
    given_at    BIGINT,
    PRIMARY KEY (structure, account, service, application, level),
    FOREIGN KEY (structure, account, service) REFERENCES guichet_attachments (structure, account, service)
        ON DELETE CASCADE
);

-- storage.Deciders
CREATE INDEX guichet_grants_deciders ON guichet_grants (structure, account)
    WHERE service = '' AND application = 'organisation' AND level = 'modification';

-- The outbox.
CREATE TABLE guichet_messages (
    id         TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    version    BIGINT NOT NULL,
    state      TEXT COLLATE "C" NOT NULL CHECK (state IN ('queued', 'sent', 'expanded', 'dropped', 'parked')),
    kind       TEXT COLLATE "C" NOT NULL,
    recipient  TEXT COLLATE "C" NOT NULL, -- address; '' = several people of the structure
    account    TEXT COLLATE "C" NOT NULL,
    structure  TEXT COLLATE "C" NOT NULL,
    language   TEXT COLLATE "C" NOT NULL,
    content    TEXT COLLATE "C" NOT NULL, -- what the mail is about, as JSON
    selector   TEXT COLLATE "C" NOT NULL,
    sealed     TEXT COLLATE "C", -- base64
    tries      BIGINT NOT NULL,
    not_before BIGINT NOT NULL,
    last_error TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    done_at    BIGINT NOT NULL,
    recipient_account TEXT COLLATE "C" NOT NULL -- whose account it goes to, one of several
);

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
    operation      TEXT COLLATE "C" NOT NULL,
    seq            BIGINT NOT NULL,
    try            BIGINT NOT NULL,
    at             BIGINT NOT NULL,
    actor          TEXT COLLATE "C" NOT NULL,
    action         TEXT COLLATE "C" NOT NULL,
    structure      TEXT COLLATE "C" NOT NULL,
    roster_version BIGINT NOT NULL, -- that the structure's roster has after it
    account        TEXT COLLATE "C" NOT NULL,
    service        TEXT COLLATE "C" NOT NULL,
    state_before   TEXT COLLATE "C" NOT NULL,
    state_after    TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (operation, seq)
);

-- storage.History
CREATE INDEX guichet_journal_history ON guichet_journal (structure, roster_version, at, operation, seq);

-- storage.JournalOf, storage.EraseAccount, storage.Purge
CREATE INDEX guichet_journal_account ON guichet_journal (account, at, operation, seq);
CREATE INDEX guichet_journal_actor ON guichet_journal (actor, at, operation, seq);

-- storage.Purge
CREATE INDEX guichet_journal_at ON guichet_journal (at, operation, seq);

-- Comments and reasons, beside the journal: personal data, erasable without touching it.
CREATE TABLE guichet_journal_notes (
    operation TEXT COLLATE "C" NOT NULL,
    seq       BIGINT NOT NULL,
    note      TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (operation, seq),
    FOREIGN KEY (operation, seq) REFERENCES guichet_journal (operation, seq) ON DELETE CASCADE
);

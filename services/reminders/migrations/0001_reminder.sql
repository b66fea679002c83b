-- Runs with what they hold, reminders with what they say, and what debtors were reminded of last.

CREATE TABLE reminder_run (
    administration text COLLATE "C" NOT NULL,
    run_id uuid NOT NULL,
    state text NOT NULL DEFAULT 'listing' CHECK (state IN ('listing', 'listed', 'issuing', 'issued', 'undone')),
    generation_date date NOT NULL,
    request jsonb NOT NULL,
    rules jsonb NOT NULL,
    left_out jsonb NOT NULL DEFAULT '[]',
    listing_job uuid NOT NULL,
    issuing_job uuid,
    issuings smallint NOT NULL DEFAULT 0,
    employee text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    issued_by text,
    issued_at timestamptz,
    undone_by text,
    undone_at timestamptz,
    undo_note text,
    PRIMARY KEY (administration, run_id)
);
COMMENT ON TABLE reminder_run IS 'A control list, frozen: what was asked for, and how far it is.';
COMMENT ON COLUMN reminder_run.rules IS 'Profiles, levels and criteria in the form in which considered_item takes them.';
COMMENT ON COLUMN reminder_run.left_out IS 'Per reason, currency and code: how many open items were not on the list.';

CREATE TABLE run_item (
    administration text COLLATE "C" NOT NULL,
    run_id uuid NOT NULL,
    party_id text COLLATE "C" NOT NULL,
    item_id text COLLATE "C" NOT NULL,
    currency text NOT NULL,
    open_amount bigint NOT NULL CHECK (open_amount <> 0),
    level smallint NOT NULL CHECK (level BETWEEN 1 AND 9),
    profile smallint NOT NULL,
    due_on date NOT NULL,
    left_out_by text,
    left_out_note text,
    outcome text,
    outcome_message text,
    reminder_id uuid,
    PRIMARY KEY (administration, run_id, party_id, item_id)
);
COMMENT ON TABLE run_item IS 'Members of a run with what was open of them when the list was frozen.';
COMMENT ON COLUMN run_item.outcome IS 'Null until the run is issued; then reminded, or the code of why it was dropped.';

CREATE TABLE reminder (
    administration text COLLATE "C" NOT NULL,
    party_id text COLLATE "C" NOT NULL,
    reminder_id uuid NOT NULL,
    run_id uuid NOT NULL,
    level smallint NOT NULL CHECK (level BETWEEN 1 AND 9),
    generation_date date NOT NULL,
    pay_by date NOT NULL,
    profile text NOT NULL,
    channel text NOT NULL CHECK (channel IN ('letter', 'e-mail')),
    language text NOT NULL,
    email text,
    reference text NOT NULL,
    totals jsonb NOT NULL,
    charges jsonb NOT NULL,
    fee_amount bigint NOT NULL CHECK (fee_amount >= 0),
    notice text,
    interest_until date,
    document_id text COLLATE "C" NOT NULL,
    employee text NOT NULL,
    issued_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (administration, party_id, reminder_id)
);
CREATE INDEX reminder_by_run ON reminder (administration, run_id, party_id, level);
CREATE INDEX reminder_by_date ON reminder (administration, generation_date, level);

CREATE TABLE reminder_item (
    administration text COLLATE "C" NOT NULL,
    party_id text COLLATE "C" NOT NULL,
    item_id text COLLATE "C" NOT NULL,
    reminder_id uuid NOT NULL,
    level smallint NOT NULL CHECK (level BETWEEN 1 AND 9),
    currency text NOT NULL,
    open_amount bigint NOT NULL,
    generation_date date NOT NULL,
    PRIMARY KEY (administration, party_id, item_id, reminder_id)
);

CREATE TABLE document (
    administration text COLLATE "C" NOT NULL,
    party_id text COLLATE "C" NOT NULL,
    document_id text COLLATE "C" NOT NULL,
    name text NOT NULL,
    media_type text NOT NULL,
    sha256 text COLLATE "C" NOT NULL CHECK (sha256 ~ '^[0-9a-f]{64}$'),
    size_bytes bigint NOT NULL CHECK (size_bytes > 0),
    PRIMARY KEY (administration, party_id, document_id)
);
CREATE INDEX document_by_id ON document (administration, document_id);
COMMENT ON TABLE document IS 'What a document is; its bytes are in the document store under their SHA-256.';

CREATE TABLE party_reminder (
    administration text COLLATE "C" NOT NULL,
    party_id text COLLATE "C" NOT NULL,
    last_reminded_on date NOT NULL,
    level smallint NOT NULL CHECK (level BETWEEN 1 AND 9),
    PRIMARY KEY (administration, party_id)
);
COMMENT ON TABLE party_reminder IS 'When a debtor was reminded last, and the highest level that they reached.';

CREATE TABLE item_settlement (
    administration text COLLATE "C" NOT NULL,
    party_id text COLLATE "C" NOT NULL,
    item_id text COLLATE "C" NOT NULL,
    match_id uuid NOT NULL,
    settled_on date NOT NULL,
    amount bigint NOT NULL CHECK (amount <> 0),
    is_written_off boolean NOT NULL,
    PRIMARY KEY (administration, party_id, item_id, match_id)
);
COMMENT ON TABLE item_settlement IS
'What matches took off items (below zero on a charge) and when: for interest by the day, and for what a reminder did.';

SELECT grant_service('SELECT, INSERT, UPDATE', 'reminder_run');
SELECT grant_service('SELECT, INSERT, UPDATE', 'run_item');
SELECT grant_service('SELECT, INSERT', 'reminder');
SELECT grant_service('SELECT, INSERT', 'reminder_item');
SELECT grant_service('SELECT, INSERT', 'document');
SELECT grant_service('SELECT, INSERT, UPDATE', 'party_reminder');
SELECT grant_service('SELECT, INSERT', 'item_settlement');

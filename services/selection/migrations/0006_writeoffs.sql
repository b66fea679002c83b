-- Write-offs of fixed sets: who confirmed what, what was asked of the parties, and what came of it.

CREATE TABLE writeoff_batch (
    administration text COLLATE "C" NOT NULL,
    batch_id uuid NOT NULL,
    set_id uuid NOT NULL,
    journal text NOT NULL,
    booking_date date NOT NULL,
    note text NOT NULL DEFAULT '',
    changed text NOT NULL CHECK (changed IN ('leave-out', 'refuse')),
    four_eyes boolean NOT NULL,
    items bigint NOT NULL,
    parties bigint NOT NULL,
    requests bigint NOT NULL,
    totals jsonb NOT NULL,
    left_out jsonb NOT NULL DEFAULT '{}',
    fingerprint text NOT NULL,
    state text NOT NULL DEFAULT 'unconfirmed' CHECK (state IN ('unconfirmed', 'publishing', 'published', 'done')),
    requested_by text NOT NULL,
    requested_at timestamptz NOT NULL,
    confirmed_by text,
    confirmed_at timestamptz,
    outcome jsonb,
    finished_at timestamptz,
    PRIMARY KEY (administration, batch_id),
    CHECK ((state = 'unconfirmed') = (confirmed_by IS NULL)),
    CHECK ((state = 'done') = (outcome IS NOT NULL))
);
COMMENT ON COLUMN writeoff_batch.left_out IS 'Items of the set that are not requested, by reason: {"changed": 3}.';
COMMENT ON COLUMN writeoff_batch.outcome IS 'What items-written-off told.';
CREATE UNIQUE INDEX one_writeoff_of_a_set ON writeoff_batch (administration, set_id) WHERE state <> 'unconfirmed';

CREATE TABLE left_out_item (
    administration text COLLATE "C" NOT NULL,
    batch_id uuid NOT NULL,
    party_id text COLLATE "C" NOT NULL,
    item_id text COLLATE "C" NOT NULL,
    code text NOT NULL CHECK (code IN ('changed', 'blacklisted')),
    approved_amount bigint NOT NULL,
    open_amount bigint NOT NULL,
    PRIMARY KEY (administration, batch_id, party_id, item_id)
);
COMMENT ON TABLE left_out_item IS 'Members of the set that are not requested: open_amount is what was open at the first confirmation.';

CREATE TABLE writeoff_request (
    administration text COLLATE "C" NOT NULL,
    batch_id uuid NOT NULL,
    party_id text COLLATE "C" NOT NULL,
    request_id uuid NOT NULL,
    items integer NOT NULL CHECK (items > 0),
    written_off integer NOT NULL DEFAULT 0,
    skipped integer NOT NULL DEFAULT 0,
    PRIMARY KEY (administration, party_id, request_id)
);
COMMENT ON TABLE writeoff_request IS 'What was published, one row per event, and what the ledger told of it so far.';
CREATE INDEX writeoff_request_of_batch ON writeoff_request (administration, batch_id);

CREATE TABLE match_rejection (
    administration text COLLATE "C" NOT NULL,
    party_id text COLLATE "C" NOT NULL,
    request_id uuid NOT NULL,
    code text NOT NULL,
    message text NOT NULL,
    PRIMARY KEY (administration, party_id, request_id)
);
COMMENT ON TABLE match_rejection IS 'Requests that the ledger refused, once each, however often it is told.';

SELECT grant_service('SELECT, INSERT', 'match_rejection');
SELECT grant_service('SELECT, INSERT, UPDATE (state, confirmed_by, confirmed_at, outcome, finished_at)', 'writeoff_batch');
SELECT grant_service('SELECT, INSERT', 'left_out_item');
SELECT grant_service('SELECT, INSERT, UPDATE (written_off, skipped)', 'writeoff_request');

-- What was asked for, by whom, what was asked of the ledger, and what it answered. Rows are only ever added.

CREATE TABLE batch (
    administration text COLLATE "C" NOT NULL,
    batch_id uuid NOT NULL,
    set_id uuid,
    requests bigint NOT NULL CHECK (requests >= 1),
    employee text NOT NULL,
    begun_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (administration, batch_id)
);
COMMENT ON TABLE batch IS 'One approval: it is complete when all of its requests came and all their asks are answered.';

CREATE TABLE open_batch (
    administration text COLLATE "C" NOT NULL,
    batch_id uuid NOT NULL,
    PRIMARY KEY (administration, batch_id)
);
COMMENT ON TABLE open_batch IS 'Batches without an outcome; whoever deletes the row publishes it.';

CREATE TABLE batch_step (
    administration text COLLATE "C" NOT NULL,
    batch_id uuid NOT NULL,
    step_id bigint GENERATED ALWAYS AS IDENTITY,
    requests bigint NOT NULL,
    asks bigint NOT NULL,
    answers bigint NOT NULL,
    PRIMARY KEY (administration, batch_id, step_id)
);
COMMENT ON TABLE batch_step IS
'What one transaction added to a batch: the sums tell how far it is, and no two transactions write the same row.';

CREATE TABLE batch_outcome (
    administration text COLLATE "C" NOT NULL,
    batch_id uuid NOT NULL,
    outcome jsonb NOT NULL,
    completed_at timestamptz NOT NULL,
    PRIMARY KEY (administration, batch_id)
);
COMMENT ON TABLE batch_outcome IS 'The items-written-off that was published, once per batch.';

CREATE TABLE request (
    administration text COLLATE "C" NOT NULL,
    party_id text COLLATE "C" NOT NULL,
    request_id uuid NOT NULL,
    origin text NOT NULL CHECK (origin IN ('batch', 'manual', 'rule', 'reversal')),
    batch_id uuid,
    rule text,
    cause_topic text,
    cause_key text,
    reversal_of uuid,
    date date NOT NULL,
    note text NOT NULL,
    employee text NOT NULL CHECK (employee <> ''),
    approved_by text,
    needs_approval text,
    requested_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (administration, party_id, request_id),
    CHECK ((origin = 'batch') = (batch_id IS NOT NULL)),
    CHECK ((origin = 'rule') = (rule IS NOT NULL)),
    CHECK ((origin = 'reversal') = (reversal_of IS NOT NULL))
);
COMMENT ON COLUMN request.needs_approval IS 'The limit that made an approval necessary; nothing is asked before it.';
CREATE INDEX request_by_batch ON request (administration, batch_id) WHERE batch_id IS NOT NULL;
CREATE INDEX request_by_id ON request (administration, request_id);

CREATE TABLE approval (
    administration text COLLATE "C" NOT NULL,
    party_id text COLLATE "C" NOT NULL,
    request_id uuid NOT NULL,
    approved boolean NOT NULL,
    employee text NOT NULL CHECK (employee <> ''),
    note text NOT NULL,
    decided_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (administration, party_id, request_id)
);

CREATE TABLE request_line (
    administration text COLLATE "C" NOT NULL,
    party_id text COLLATE "C" NOT NULL,
    request_id uuid NOT NULL,
    item_id text COLLATE "C" NOT NULL,
    journal text NOT NULL,
    currency text NOT NULL,
    amount bigint NOT NULL CHECK (amount <> 0),
    approved_open_amount bigint NOT NULL,
    base_amount bigint NOT NULL,
    PRIMARY KEY (administration, party_id, request_id, item_id, journal)
);
COMMENT ON COLUMN request_line.base_amount IS 'The amount in the base currency, by the rate of the item''s posting.';

CREATE TABLE skipped_line (
    administration text COLLATE "C" NOT NULL,
    party_id text COLLATE "C" NOT NULL,
    request_id uuid NOT NULL,
    item_id text COLLATE "C" NOT NULL,
    journal text NOT NULL,
    code text NOT NULL,
    message text NOT NULL,
    PRIMARY KEY (administration, party_id, request_id, item_id, journal)
);
COMMENT ON TABLE skipped_line IS 'Lines of requests that were refused, here or by the ledger, and why.';

CREATE TABLE ask (
    administration text COLLATE "C" NOT NULL,
    party_id text COLLATE "C" NOT NULL,
    ask_id uuid NOT NULL,
    request_id uuid NOT NULL,
    journal text NOT NULL,
    currency text NOT NULL,
    fiscal_year integer NOT NULL,
    period integer NOT NULL,
    item_ids text[] COLLATE "C" NOT NULL,
    asked_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (administration, party_id, ask_id)
);
COMMENT ON TABLE ask IS 'A match-requested of ours, for a request''s lines on one journal in one currency, under an id that follows from them.';
CREATE INDEX ask_by_request ON ask (administration, party_id, request_id);
CREATE INDEX ask_by_period ON ask (administration, fiscal_year, period);

CREATE TABLE answer (
    administration text COLLATE "C" NOT NULL,
    party_id text COLLATE "C" NOT NULL,
    ask_id uuid NOT NULL,
    match_id uuid,
    code text,
    message text,
    items bigint NOT NULL,
    amount bigint NOT NULL,
    answered_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (administration, party_id, ask_id),
    CHECK ((match_id IS NULL) <> (code IS NULL))
);
COMMENT ON TABLE answer IS 'What the ledger said to an ask: the match, or why there is none.';

SELECT grant_service('SELECT, INSERT', 'batch');
SELECT grant_service('SELECT, INSERT, DELETE', 'open_batch');
SELECT grant_service('SELECT, INSERT', 'batch_step');
SELECT grant_service('SELECT, INSERT', 'batch_outcome');
SELECT grant_service('SELECT, INSERT', 'request');
SELECT grant_service('SELECT, INSERT', 'approval');
SELECT grant_service('SELECT, INSERT', 'request_line');
SELECT grant_service('SELECT, INSERT', 'skipped_line');
SELECT grant_service('SELECT, INSERT', 'ask');
SELECT grant_service('SELECT, INSERT', 'answer');

-- Items as the events told them: facts of the posting, what the library system changed since, and what the ledger
-- says is open.

CREATE TABLE item (
    administration text COLLATE "C" NOT NULL,
    party_id text COLLATE "C" NOT NULL,
    item_id text COLLATE "C" NOT NULL,
    fingerprint bigint NOT NULL,
    kind text NOT NULL,
    amount bigint NOT NULL CHECK (amount <> 0),
    currency text NOT NULL,
    base_amount bigint,
    journal text NOT NULL,
    voucher text COLLATE "C" NOT NULL,
    item_date date NOT NULL,
    payment_terms_days integer,
    payment_method text,
    description text NOT NULL,
    branch text,
    invoice_number text,
    reference text,
    employee text,
    subscription_id text,
    period_start date,
    period_end date,
    loan_id text,
    material_id text,
    checkin_id text,
    note_id text,
    reminder_id text,
    -- what the library system may change; state_version 0 is the posting itself
    state_version bigint NOT NULL DEFAULT 0,
    due_date date,
    stated_status text NOT NULL,
    blocked boolean NOT NULL,
    in_payment_run boolean NOT NULL,
    on_bank_statement boolean NOT NULL,
    processed boolean NOT NULL,
    documents jsonb NOT NULL DEFAULT '[]',
    -- what reminders and the bailiff procedure did
    reminder_level smallint NOT NULL DEFAULT 0,
    reminded_on date,
    at_bailiff boolean NOT NULL DEFAULT FALSE,
    status text NOT NULL GENERATED ALWAYS AS (
        CASE
            WHEN at_bailiff OR stated_status = 'bailiff' THEN 'bailiff'
            WHEN reminder_level > 0 OR stated_status = 'reminded' THEN 'reminded'
            ELSE stated_status
        END
    ) STORED,
    -- what the ledger says
    open_amount bigint NOT NULL,
    ledger_version bigint NOT NULL DEFAULT 0,
    corrected_elsewhere bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (administration, party_id, item_id),
    CHECK (sign(open_amount) IN (0, sign(amount)) AND abs(open_amount) <= abs(amount))
);
COMMENT ON COLUMN item.status IS 'The furthest of what the library system, reminders and the bailiff procedure state.';
COMMENT ON COLUMN item.corrected_elsewhere IS 'Sum of match lines that another administration asked for.';

CREATE TABLE item_match (
    administration text COLLATE "C" NOT NULL,
    party_id text COLLATE "C" NOT NULL,
    match_id uuid NOT NULL,
    PRIMARY KEY (administration, party_id, match_id)
);
COMMENT ON TABLE item_match IS 'Matches whose effect beyond open amounts was taken, so that none is taken twice.';

SELECT grant_service('SELECT, INSERT, UPDATE', 'item');
SELECT grant_service('SELECT, INSERT', 'item_match');

-- The bookings: one balanced entry per match that has a write-off journal for its contra, and its mirror per reversal.

CREATE TABLE entry (
    administration text COLLATE "C" NOT NULL,
    party_id text COLLATE "C" NOT NULL,
    match_id uuid NOT NULL,
    reversal_of uuid,
    request_id uuid,
    origin text NOT NULL,
    rule text,
    cause_topic text,
    cause_key text,
    journal text NOT NULL,
    date date NOT NULL,
    fiscal_year integer NOT NULL,
    period integer NOT NULL,
    currency text NOT NULL,
    employee text NOT NULL CHECK (employee <> ''),
    approved_by text,
    note text NOT NULL,
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (administration, party_id, match_id),
    CHECK ((origin = 'reversal') = (reversal_of IS NOT NULL))
);
COMMENT ON COLUMN entry.origin IS 'batch, manual or rule by the request; reversal; ledger for what others asked of the ledger.';
CREATE INDEX entry_by_period ON entry (administration, fiscal_year, period, journal);
CREATE INDEX entry_by_date ON entry (administration, date, party_id, match_id);
CREATE UNIQUE INDEX entry_reversed_once ON entry (administration, party_id, reversal_of) WHERE reversal_of IS NOT NULL;

CREATE TABLE entry_line (
    administration text COLLATE "C" NOT NULL,
    party_id text COLLATE "C" NOT NULL,
    match_id uuid NOT NULL,
    position integer NOT NULL,
    item_id text COLLATE "C",
    kind text,
    branch text,
    gl_account text,
    amount bigint NOT NULL,
    base_amount bigint,
    PRIMARY KEY (administration, party_id, match_id, position),
    CHECK ((position = 0) = (item_id IS NULL))
);
COMMENT ON TABLE entry_line IS
'Debits are positive. Position 0 is the write-off journal''s own side, the others credit the items that were waived.';
COMMENT ON COLUMN entry_line.base_amount IS 'In the base currency; null in the whole entry when a posting did not say it.';
CREATE INDEX entry_line_by_item ON entry_line (administration, party_id, item_id) WHERE item_id IS NOT NULL;

CREATE TABLE journal (
    administration text COLLATE "C" NOT NULL,
    code text COLLATE "C" NOT NULL,
    type text NOT NULL,
    version bigint NOT NULL,
    definition jsonb NOT NULL,
    PRIMARY KEY (administration, code)
);
COMMENT ON TABLE journal IS
'Every journal that was ever configured, as it was last: one whose version is not the administration''s is retired.';

CREATE TABLE sealed_period (
    administration text COLLATE "C" NOT NULL,
    fiscal_year integer NOT NULL,
    period integer NOT NULL,
    entries bigint NOT NULL,
    totals jsonb NOT NULL,
    digest text NOT NULL,
    employee text NOT NULL CHECK (employee <> ''),
    sealed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (administration, fiscal_year, period)
);
COMMENT ON TABLE sealed_period IS 'Periods whose entries were checked and never change again.';

CREATE FUNCTION refuse_unbalanced_entry() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM added
        GROUP BY administration, party_id, match_id
        HAVING sum(amount) <> 0 OR sum(base_amount) <> 0
    ) THEN
        RAISE EXCEPTION 'an entry does not balance' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER entry_line_balances AFTER INSERT ON entry_line
REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION refuse_unbalanced_entry();

CREATE FUNCTION refuse_entry_in_sealed_period() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM added INNER JOIN sealed_period USING (administration, fiscal_year, period)
    ) THEN
        RAISE EXCEPTION 'an entry falls in a sealed period' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER entry_in_open_period AFTER INSERT ON entry
REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION refuse_entry_in_sealed_period();

SELECT grant_service('SELECT, INSERT', 'entry');
SELECT grant_service('SELECT, INSERT', 'entry_line');
SELECT grant_service('SELECT, INSERT', 'sealed_period');
SELECT grant_service('SELECT, INSERT, UPDATE', 'journal');

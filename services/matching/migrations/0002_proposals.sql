-- Previewed runs: what was proposed, what people marked of it, and what became of it.

CREATE TABLE proposal (
    administration text COLLATE "C" NOT NULL,
    proposal_id uuid NOT NULL,
    method text NOT NULL,
    form jsonb NOT NULL,
    state text NOT NULL CHECK (state IN ('building', 'open', 'executing', 'executed', 'discarded')),
    revision bigint NOT NULL DEFAULT 0,
    employee text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (administration, proposal_id)
);
COMMENT ON COLUMN proposal.revision IS 'Grows with every change of a mark: part of the fingerprint that an execution names.';

CREATE TABLE proposal_group (
    administration text COLLATE "C" NOT NULL,
    party_id text COLLATE "C" NOT NULL,
    proposal_id uuid NOT NULL,
    group_number integer NOT NULL,
    currency text COLLATE "C" NOT NULL,
    closes boolean NOT NULL,
    reason jsonb NOT NULL,
    PRIMARY KEY (administration, party_id, proposal_id, group_number)
);
COMMENT ON TABLE proposal_group IS 'Items that would become one match, and why.';

CREATE TABLE proposal_item (
    administration text COLLATE "C" NOT NULL,
    party_id text COLLATE "C" NOT NULL,
    proposal_id uuid NOT NULL,
    item_id text COLLATE "C" NOT NULL,
    group_number integer NOT NULL,
    currency text COLLATE "C" NOT NULL,
    item_date date NOT NULL,
    voucher text COLLATE "C" NOT NULL,
    kind text NOT NULL,
    open_amount bigint NOT NULL,
    marked_by text,
    outcome text,
    match_id uuid,
    PRIMARY KEY (administration, party_id, proposal_id, item_id)
);
COMMENT ON COLUMN proposal_item.open_amount IS 'What was open when it was proposed: frozen.';
CREATE INDEX proposal_item_by_proposal ON proposal_item (administration, proposal_id, party_id, group_number);

SELECT grant_service('SELECT, INSERT, UPDATE', 'proposal');
SELECT grant_service('SELECT, INSERT', 'proposal_group');
SELECT grant_service('SELECT, INSERT, UPDATE', 'proposal_item');

-- What a run leaves to a person: each row names an account, and why.

CREATE TABLE finding (
    administration text COLLATE "C" NOT NULL,
    party_id text COLLATE "C" NOT NULL,
    run_id uuid NOT NULL,
    number integer NOT NULL,
    kind text NOT NULL,
    code text NOT NULL,
    currency text COLLATE "C",
    match_id uuid,
    zero_balance_date date,
    item_ids text[] NOT NULL,
    used_by uuid[] NOT NULL,
    PRIMARY KEY (administration, party_id, run_id, number),
    CONSTRAINT finding_kind_is_known CHECK (kind IN ('suggestion', 'left-alone', 'refused'))
);
COMMENT ON TABLE finding IS
'What a run did not do: combinations that it only suggests, accounts that it left alone, undos that it refused; append-only.';
COMMENT ON COLUMN finding.used_by IS 'Matches in force that use the remainder of the match that was not undone.';
CREATE INDEX finding_of_run ON finding (administration, run_id, party_id, number);

SELECT grant_service('SELECT, INSERT', 'finding');

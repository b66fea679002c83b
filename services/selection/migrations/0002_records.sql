-- The black list, and what was written off before: facts about parties that criteria ask.

CREATE TABLE blacklist (
    administration text COLLATE "C" NOT NULL,
    party_id text COLLATE "C" NOT NULL,
    version bigint NOT NULL CHECK (version > 0),
    listed boolean NOT NULL,
    reason text NOT NULL,
    until date,
    employee text NOT NULL,
    changed_at timestamptz NOT NULL,
    PRIMARY KEY (administration, party_id)
);
COMMENT ON TABLE blacklist IS 'The newest word on each party that ever was on the list.';

CREATE TABLE blacklist_change (
    administration text COLLATE "C" NOT NULL,
    party_id text COLLATE "C" NOT NULL,
    version bigint NOT NULL,
    listed boolean NOT NULL,
    reason text NOT NULL,
    until date,
    employee text NOT NULL,
    changed_at timestamptz NOT NULL,
    PRIMARY KEY (administration, party_id, version)
);
COMMENT ON TABLE blacklist_change IS 'Every change of the black list: append-only.';

CREATE TABLE past_writeoff (
    administration text COLLATE "C" NOT NULL,
    party_id text COLLATE "C" NOT NULL,
    match_id uuid NOT NULL,
    currency text COLLATE "C",
    amount bigint NOT NULL DEFAULT 0,
    items integer NOT NULL DEFAULT 0,
    reversed boolean NOT NULL DEFAULT FALSE,
    PRIMARY KEY (administration, party_id, match_id)
);
COMMENT ON TABLE past_writeoff IS
'Write-offs that the ledger told of, amount > 0 for charges waived. A reversal that comes first leaves a row without currency.';

SELECT grant_service('SELECT, INSERT, UPDATE', 'blacklist');
SELECT grant_service('SELECT, INSERT', 'blacklist_change');
SELECT grant_service('SELECT, INSERT, UPDATE', 'past_writeoff');

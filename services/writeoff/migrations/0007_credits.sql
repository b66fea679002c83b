-- What was paid for material that comes back: its settlement is undone, so that the payment stands open as a credit.

CREATE TABLE settlement (
    administration text COLLATE "C" NOT NULL,
    party_id text COLLATE "C" NOT NULL,
    match_id uuid NOT NULL,
    journal text NOT NULL,
    currency text NOT NULL,
    lines jsonb NOT NULL,
    undone boolean NOT NULL DEFAULT FALSE,
    PRIMARY KEY (administration, party_id, match_id)
);
COMMENT ON TABLE settlement IS 'Matches that settled charges of a note against credits and nothing else; lines as the ledger told them.';

CREATE TABLE release (
    administration text COLLATE "C" NOT NULL,
    party_id text COLLATE "C" NOT NULL,
    topic text COLLATE "C" NOT NULL,
    cause_key text COLLATE "C" NOT NULL,
    item_id text COLLATE "C" NOT NULL,
    match_id uuid NOT NULL,
    amount bigint NOT NULL CHECK (amount > 0),
    undo_id uuid NOT NULL,
    again_id uuid,
    asked_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (administration, party_id, topic, cause_key, item_id, match_id)
);
COMMENT ON TABLE release IS
'What a cause gives back of an item: the settlement that is undone, and the request that settles its other items again.';

CREATE TABLE release_answer (
    administration text COLLATE "C" NOT NULL,
    party_id text COLLATE "C" NOT NULL,
    request_id uuid NOT NULL,
    match_id uuid,
    code text,
    message text,
    answered_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (administration, party_id, request_id),
    CHECK ((match_id IS NULL) <> (code IS NULL))
);
COMMENT ON TABLE release_answer IS 'What the ledger said to an undo_id or again_id of a release.';
CREATE INDEX release_by_undo ON release (administration, party_id, undo_id);
CREATE INDEX release_by_again ON release (administration, party_id, again_id) WHERE again_id IS NOT NULL;

SELECT grant_service('SELECT, INSERT, UPDATE', 'settlement');
SELECT grant_service('SELECT, INSERT', 'release');
SELECT grant_service('SELECT, INSERT', 'release_answer');

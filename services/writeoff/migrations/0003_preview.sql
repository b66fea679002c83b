-- What a clerk was shown before confirming, so that a refusal can say what has changed since.

CREATE TABLE preview (
    administration text COLLATE "C" NOT NULL,
    fingerprint text COLLATE "C" NOT NULL,
    content jsonb NOT NULL,
    employee text NOT NULL,
    shown_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (administration, fingerprint)
);
CREATE INDEX preview_by_age ON preview (shown_at);

CREATE INDEX request_awaiting_approval ON request (administration, requested_at, request_id)
WHERE needs_approval IS NOT NULL;
CREATE INDEX request_by_employee ON request (administration, employee, requested_at)
WHERE origin = 'manual';
CREATE INDEX request_of_reversal ON request (administration, party_id, reversal_of)
WHERE reversal_of IS NOT NULL;
CREATE INDEX entry_by_match ON entry (administration, match_id);

SELECT grant_service('SELECT, INSERT, DELETE', 'preview');

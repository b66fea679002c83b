-- Events that automatic write-offs react to, remembered: an item may come after what concerns it.

CREATE TABLE cause (
    administration text COLLATE "C" NOT NULL,
    party_id text COLLATE "C" NOT NULL,
    topic text COLLATE "C" NOT NULL,
    cause_key text COLLATE "C" NOT NULL,
    origin text NOT NULL CHECK (origin IN ('event', 'month-end')),
    date date NOT NULL,
    event jsonb NOT NULL,
    event_id text NOT NULL,
    received_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (administration, party_id, topic, cause_key)
);
COMMENT ON COLUMN cause.date IS 'When what it causes is booked: the day of the event, or the day it was told if that came first.';

CREATE TABLE rule_outcome (
    administration text COLLATE "C" NOT NULL,
    party_id text COLLATE "C" NOT NULL,
    topic text COLLATE "C" NOT NULL,
    cause_key text COLLATE "C" NOT NULL,
    item_id text COLLATE "C" NOT NULL,
    rule text NOT NULL,
    code text NOT NULL,
    message text NOT NULL,
    request_id uuid,
    settled_amount bigint NOT NULL,
    evaluated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (administration, party_id, topic, cause_key, item_id)
);
COMMENT ON TABLE rule_outcome IS 'What a cause came to for each item that it concerns: asked, or why not yet.';
COMMENT ON COLUMN rule_outcome.settled_amount IS 'What was settled of the item before: it stays with the party.';
CREATE INDEX rule_outcome_by_run ON rule_outcome (administration, topic, cause_key)
WHERE topic IN ('month-end', 'conversion');

CREATE INDEX request_line_by_item ON request_line (administration, party_id, item_id);
CREATE INDEX item_contribution ON item (administration, party_id, item_id) WHERE kind = 'contribution';

SELECT grant_service('SELECT, INSERT', 'cause');
SELECT grant_service('SELECT, INSERT, UPDATE', 'rule_outcome');

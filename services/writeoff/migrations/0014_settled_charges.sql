-- What settled each charge that an event may take back is kept by its allocations: money, waivers and credits apart.

ALTER TABLE settlement ADD COLUMN date date;
ALTER TABLE settlement ADD COLUMN allocations jsonb;
ALTER TABLE settlement ADD COLUMN contra jsonb;
ALTER TABLE settlement ADD COLUMN undone_on date;
COMMENT ON TABLE settlement IS 'Matches that settled charges which an event may take back; lines as the ledger told them.';
COMMENT ON COLUMN settlement.date IS 'The day of the match; null where it was kept before days were.';
COMMENT ON COLUMN settlement.allocations IS
'Which credit settled which charge, as the ledger told it; null where it told nothing, or it follows from the lines.';
COMMENT ON COLUMN settlement.contra IS 'The other side of what the lines do not balance: its kind, journal and account.';
COMMENT ON COLUMN settlement.undone_on IS 'The day on which it was undone.';

CREATE TABLE settled_charge (
    administration text COLLATE "C" NOT NULL,
    party_id text COLLATE "C" NOT NULL,
    item_id text COLLATE "C" NOT NULL,
    match_id uuid NOT NULL,
    PRIMARY KEY (administration, party_id, item_id, match_id)
);
COMMENT ON TABLE settled_charge IS 'Which settlements touch a charge that an event may take back.';
COMMENT ON COLUMN settled_charge.administration IS 'The books: the legal entity whose item, party or booking this is.';
COMMENT ON COLUMN settled_charge.party_id IS 'The debtor or creditor account, by the id that the library system gave it.';
COMMENT ON COLUMN settled_charge.item_id IS 'The charge.';
COMMENT ON COLUMN settled_charge.match_id IS 'The settlement.';

CREATE TABLE remainder (
    administration text COLLATE "C" NOT NULL,
    party_id text COLLATE "C" NOT NULL,
    item_id text COLLATE "C" NOT NULL,
    source_item_id text COLLATE "C" NOT NULL,
    PRIMARY KEY (administration, party_id, item_id)
);
COMMENT ON TABLE remainder IS 'Items that matches left for a tolerated difference, and of which item each is left.';
COMMENT ON COLUMN remainder.administration IS 'The books: the legal entity whose item, party or booking this is.';
COMMENT ON COLUMN remainder.party_id IS 'The debtor or creditor account, by the id that the library system gave it.';
COMMENT ON COLUMN remainder.item_id IS 'The remainder.';
COMMENT ON COLUMN remainder.source_item_id IS 'The last item of its side: what was posted, never a remainder itself.';

ALTER TABLE release ADD COLUMN other_ids uuid[] NOT NULL DEFAULT '{}';
COMMENT ON COLUMN release.other_ids IS
'The requests that book a difference again, and that settle money that went back already with the payment.';

ALTER TABLE rule_outcome ADD COLUMN paid_amount bigint;
ALTER TABLE rule_outcome ADD COLUMN waived_amount bigint NOT NULL DEFAULT 0;
ALTER TABLE rule_outcome ADD COLUMN kept_code text;
COMMENT ON COLUMN rule_outcome.paid_amount IS 'What money had settled of the item before; null where nobody knows.';
COMMENT ON COLUMN rule_outcome.waived_amount IS 'What was waived of the item before.';
COMMENT ON COLUMN rule_outcome.kept_code IS 'Why what was paid is not given back; null where it is, or nothing was paid.';
COMMENT ON COLUMN rule_outcome.settled_amount IS 'What was settled of the item before, by whatever: paid, waived, credited.';

CREATE INDEX item_reversing ON item (administration, party_id, reverses) WHERE reverses IS NOT NULL;

-- What was kept until now names its charges in its lines.
INSERT INTO settled_charge (administration, party_id, item_id, match_id)
SELECT s.administration, s.party_id, i.item_id, s.match_id
FROM settlement AS s
CROSS JOIN LATERAL jsonb_to_recordset(s.lines) AS l (item_id text)
INNER JOIN item AS i ON i.administration = s.administration AND i.party_id = s.party_id AND i.item_id = l.item_id
WHERE i.note_id IS NOT NULL AND i.amount > 0
ON CONFLICT DO NOTHING;

-- What was waived of an item before a cause looked at it is in the entries; what was given back was paid.
UPDATE rule_outcome
SET waived_amount = waived.amount
FROM (
    SELECT o.administration, o.party_id, o.topic, o.cause_key, o.item_id, -sum(l.amount)::bigint AS amount
    FROM rule_outcome AS o
    INNER JOIN entry_line AS l
        ON l.administration = o.administration AND l.party_id = o.party_id AND l.item_id = o.item_id
    INNER JOIN entry AS e
        ON e.administration = l.administration
        AND e.party_id = l.party_id
        AND e.match_id = l.match_id
        AND e.recorded_at < o.evaluated_at
    WHERE o.settled_amount <> 0
    GROUP BY o.administration, o.party_id, o.topic, o.cause_key, o.item_id
) AS waived
WHERE rule_outcome.administration = waived.administration
    AND rule_outcome.party_id = waived.party_id
    AND rule_outcome.topic = waived.topic
    AND rule_outcome.cause_key = waived.cause_key
    AND rule_outcome.item_id = waived.item_id;

UPDATE rule_outcome
SET paid_amount = paid.amount
FROM (
    SELECT r.administration, r.party_id, r.topic, r.cause_key, r.item_id, sum(r.amount)::bigint AS amount
    FROM release AS r
    GROUP BY r.administration, r.party_id, r.topic, r.cause_key, r.item_id
) AS paid
WHERE rule_outcome.administration = paid.administration
    AND rule_outcome.party_id = paid.party_id
    AND rule_outcome.topic = paid.topic
    AND rule_outcome.cause_key = paid.cause_key
    AND rule_outcome.item_id = paid.item_id;

SELECT grant_service('SELECT, INSERT', 'settled_charge');
SELECT grant_service('SELECT, INSERT', 'remainder');

-- Causes of automatic write-offs, and what they came to.

-- name: add_causes
INSERT INTO cause (administration, party_id, topic, cause_key, origin, date, event, event_id)
SELECT c.administration, c.party_id, c.topic, c.cause_key, c.origin, c.date, c.event::jsonb, c.event_id
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::date[], $7::text[], $8::text[])
    AS c (administration, party_id, topic, cause_key, origin, date, event, event_id)
ON CONFLICT (administration, party_id, topic, cause_key) DO NOTHING
RETURNING administration, party_id, topic, cause_key;

-- name: kept_causes
-- Those of the given causes that are remembered already.
SELECT cause.administration, cause.party_id, cause.topic, cause.cause_key
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[]) AS c (administration, party_id, topic, cause_key)
INNER JOIN cause USING (administration, party_id, topic, cause_key);

-- name: causes_of_parties
SELECT c.administration, c.party_id, c.topic, c.cause_key, c.date, c.event::text AS event
FROM unnest($1::text[], $2::text[]) AS p (administration, party_id)
INNER JOIN cause AS c ON c.administration = p.administration AND c.party_id = p.party_id
WHERE c.origin = 'event'
ORDER BY c.administration, c.party_id, c.topic, c.cause_key;

-- name: kept_rule_outcomes
-- Those of the given outcomes that are kept already.
SELECT rule_outcome.administration, rule_outcome.party_id, rule_outcome.topic, rule_outcome.cause_key,
    rule_outcome.item_id
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[])
    AS o (administration, party_id, topic, cause_key, item_id)
INNER JOIN rule_outcome USING (administration, party_id, topic, cause_key, item_id);

-- name: put_rule_outcomes
INSERT INTO rule_outcome (
    administration, party_id, topic, cause_key, item_id, rule, code, message, request_id, settled_amount, paid_amount,
    waived_amount, kept_code
)
SELECT
    o.administration, o.party_id, o.topic, o.cause_key, o.item_id, o.rule, o.code, o.message, o.request_id,
    o.settled_amount, o.paid_amount, o.waived_amount, o.kept_code
FROM unnest(
    $1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::uuid[],
    $10::bigint[], $11::bigint[], $12::bigint[], $13::text[]
) AS o (
    administration, party_id, topic, cause_key, item_id, rule, code, message, request_id, settled_amount, paid_amount,
    waived_amount, kept_code
)
ON CONFLICT (administration, party_id, topic, cause_key, item_id) DO UPDATE
SET rule = excluded.rule, code = excluded.code, message = excluded.message, request_id = excluded.request_id,
    settled_amount = excluded.settled_amount, paid_amount = excluded.paid_amount,
    waived_amount = excluded.waived_amount, kept_code = excluded.kept_code, evaluated_at = excluded.evaluated_at
WHERE rule_outcome.request_id IS NULL AND rule_outcome.code <> excluded.code;

-- name: list_causes
SELECT
    c.party_id, c.topic, c.cause_key, c.origin, c.date, c.event::text AS event, c.event_id, c.received_at,
    (
        SELECT count(*) FROM rule_outcome AS o
        WHERE o.administration = c.administration
            AND o.party_id = c.party_id
            AND o.topic = c.topic
            AND o.cause_key = c.cause_key
    ) AS items
FROM cause AS c
WHERE c.administration = $1
    AND ($2::text IS NULL OR c.party_id = $2)
    AND (c.party_id, c.topic, c.cause_key) > ($3::text, $4::text, $5::text)
ORDER BY c.party_id, c.topic, c.cause_key
LIMIT $6;

-- name: list_rule_outcomes
-- Outcomes in their order, with what was settled before and what of it was given back.
-- What was given back later was paid, whatever was known of it when the rule looked.
SELECT
    o.party_id, o.topic, o.cause_key, o.item_id, o.rule, o.code, o.message, o.request_id, o.settled_amount,
    greatest(o.paid_amount, credit.amount)::bigint AS paid_amount, o.waived_amount,
    coalesce(credit.amount, 0)::bigint AS credited_amount, coalesce(credit.refused, o.kept_code) AS credit_code,
    i.currency, o.evaluated_at
FROM rule_outcome AS o
INNER JOIN item AS i USING (administration, party_id, item_id)
-- What of it was given back: the undoing was granted; and the first reason why it was not, or not settled again.
LEFT JOIN LATERAL (
    SELECT sum(r.amount) FILTER (WHERE undone.match_id IS NOT NULL) AS amount,
        min(coalesce(undone.code, again.code)) AS refused
    FROM release AS r
    LEFT JOIN release_answer AS undone
        ON undone.administration = r.administration
        AND undone.party_id = r.party_id
        AND undone.request_id = r.undo_id
    LEFT JOIN release_answer AS again
        ON again.administration = r.administration AND again.party_id = r.party_id AND again.request_id = r.again_id
    WHERE r.administration = o.administration
        AND r.party_id = o.party_id
        AND r.topic = o.topic
        AND r.cause_key = o.cause_key
        AND r.item_id = o.item_id
) AS credit ON TRUE
WHERE o.administration = $1
    AND ($2::text IS NULL OR o.party_id = $2)
    AND ($3::text IS NULL OR o.topic = $3)
    AND ($4::text IS NULL OR o.cause_key = $4)
    AND ($5::text IS NULL OR o.code = $5)
    -- Settled is what money paid; where nobody knows, what was not waived.
    AND (
        NOT $6::boolean
        OR coalesce(greatest(o.paid_amount, credit.amount), o.settled_amount - o.waived_amount) > 0
    )
    AND (o.party_id, o.topic, o.cause_key, o.item_id) > ($7::text, $8::text, $9::text, $10::text)
ORDER BY o.party_id, o.topic, o.cause_key, o.item_id
LIMIT $11;

-- Progress and outcome of batches.

-- name: add_batches
WITH added AS (
    INSERT INTO batch (administration, batch_id, set_id, requests, employee)
    SELECT b.administration, b.batch_id, b.set_id, b.requests, b.employee
    FROM unnest($1::text[], $2::uuid[], $3::uuid[], $4::bigint[], $5::text[])
        AS b (administration, batch_id, set_id, requests, employee)
    ORDER BY b.administration, b.batch_id
    ON CONFLICT (administration, batch_id) DO NOTHING
    RETURNING administration, batch_id
)
INSERT INTO open_batch (administration, batch_id)
SELECT administration, batch_id FROM added;

-- name: contradicting_batches
-- Positions (from 1) of batches that were told before with another number of requests.
SELECT b.position
FROM unnest($1::text[], $2::uuid[], $3::bigint[]) WITH ORDINALITY AS b (administration, batch_id, requests, position)
INNER JOIN batch ON batch.administration = b.administration AND batch.batch_id = b.batch_id
WHERE batch.requests <> b.requests;

-- name: plan_anew
-- Each time for the size that the tables have then.
SELECT set_config('plan_cache_mode', 'force_custom_plan', TRUE);

-- name: add_batch_steps
WITH added AS (
    INSERT INTO batch_step (administration, batch_id, requests, asks, answers)
    SELECT s.administration, s.batch_id, s.requests, s.asks, s.answers
    FROM unnest($1::text[], $2::uuid[], $3::bigint[], $4::bigint[], $5::bigint[])
        AS s (administration, batch_id, requests, asks, answers)
    RETURNING administration, batch_id
)
INSERT INTO stirred_batch (administration, batch_id)
SELECT administration, batch_id FROM added;

-- name: take_stirred_batches
-- At most $1 of them; what another completer has taken is its own.
WITH taken AS (
    SELECT stir_id FROM stirred_batch ORDER BY stir_id LIMIT $1 FOR UPDATE SKIP LOCKED
)
DELETE FROM stirred_batch
WHERE stir_id IN (SELECT stir_id FROM taken)
RETURNING administration, batch_id;

-- name: complete_batches
-- Those of the given batches without an outcome whose requests all came and whose asks are all answered.
SELECT batch.administration, batch.batch_id, batch.set_id, batch.employee
FROM unnest($1::text[], $2::uuid[]) AS b (administration, batch_id)
INNER JOIN open_batch USING (administration, batch_id)
INNER JOIN batch USING (administration, batch_id)
WHERE (
    SELECT coalesce(sum(s.requests), 0) >= batch.requests AND coalesce(sum(s.asks), 0) = coalesce(sum(s.answers), 0)
    FROM batch_step AS s
    WHERE s.administration = batch.administration AND s.batch_id = batch.batch_id
)
ORDER BY batch.administration, batch.batch_id;

-- name: close_batches
-- Waits for another completer of the same batches, and gives only those that nobody closed before.
DELETE FROM open_batch
USING unnest($1::text[], $2::uuid[]) AS b (administration, batch_id)
WHERE open_batch.administration = b.administration AND open_batch.batch_id = b.batch_id
RETURNING open_batch.administration, open_batch.batch_id;

-- name: totals_of_batches
-- What was requested, written off and skipped of the given batches, as rows of three kinds: the first by currency, the
-- second by journal and currency, the third by reason. Each is looked up request by request: OFFSET 0 keeps the planner
-- from reading the tables whole, which hold all batches that ever were.
-- OFFSET 0 keeps each look-up by its key: a batch of one request must not read the tables of all.
WITH part AS MATERIALIZED (
    -- The requests of the batches.
    SELECT b.administration, b.batch_id, r.party_id, r.request_id
    FROM unnest($1::text[], $2::uuid[]) AS b (administration, batch_id)
    CROSS JOIN LATERAL (
        SELECT request.party_id, request.request_id
        FROM request
        WHERE request.administration = b.administration AND request.batch_id = b.batch_id
        OFFSET 0
    ) AS r
)
-- What they requested, line by line.
SELECT
    p.administration, p.batch_id, 'requested' AS what, NULL AS journal, l.currency, NULL AS code, count(*) AS items,
    sum(l.amount)::bigint AS amount
FROM part AS p
CROSS JOIN LATERAL (
    SELECT request_line.currency, request_line.amount
    FROM request_line
    WHERE request_line.administration = p.administration
        AND request_line.party_id = p.party_id
        AND request_line.request_id = p.request_id
    OFFSET 0
) AS l
GROUP BY p.administration, p.batch_id, l.currency
UNION ALL
-- What the ledger granted of it, as it is booked: from each ask to its answer, from that to the sides of its entry.
SELECT
    p.administration, p.batch_id, 'written-off', e.journal, e.currency, NULL, count(*), -sum(e.amount)::bigint
FROM part AS p
CROSS JOIN LATERAL (
    SELECT w.match_id
    FROM ask AS a
    INNER JOIN answer AS w
        ON w.administration = a.administration AND w.party_id = a.party_id AND w.ask_id = a.ask_id
    WHERE a.administration = p.administration AND a.party_id = p.party_id AND a.request_id = p.request_id
    OFFSET 0
) AS answer
CROSS JOIN LATERAL (
    SELECT entry.journal, entry.currency, l.amount
    FROM entry
    INNER JOIN entry_line AS l
        ON l.administration = entry.administration
        AND l.party_id = entry.party_id
        AND l.match_id = entry.match_id
        AND l.position > 0
    WHERE entry.administration = p.administration
        AND entry.party_id = p.party_id
        AND entry.match_id = answer.match_id
    OFFSET 0
) AS e
GROUP BY p.administration, p.batch_id, e.journal, e.currency
UNION ALL
-- What was left out, here or by the ledger.
-- Skipped lines count by their reason: amounts of several currencies would add up to nothing.
SELECT p.administration, p.batch_id, 'skipped', NULL, NULL, s.code, count(*), NULL
FROM part AS p
CROSS JOIN LATERAL (
    SELECT skipped_line.code
    FROM skipped_line
    WHERE skipped_line.administration = p.administration
        AND skipped_line.party_id = p.party_id
        AND skipped_line.request_id = p.request_id
    OFFSET 0
) AS s
GROUP BY p.administration, p.batch_id, s.code
ORDER BY administration, batch_id, what, journal, currency, code;

-- name: add_batch_outcomes
INSERT INTO batch_outcome (administration, batch_id, outcome, completed_at)
SELECT o.administration, o.batch_id, o.outcome::jsonb, $4
FROM unnest($1::text[], $2::uuid[], $3::text[]) AS o (administration, batch_id, outcome);

-- name: get_batch
SELECT
    batch.batch_id, batch.set_id, batch.requests, batch.employee, batch.begun_at,
    coalesce(steps.requests, 0)::bigint AS requests_received, coalesce(steps.asks, 0)::bigint AS asks,
    coalesce(steps.answers, 0)::bigint AS answers, batch_outcome.outcome::text AS outcome, batch_outcome.completed_at
FROM batch
LEFT JOIN batch_outcome USING (administration, batch_id)
LEFT JOIN LATERAL (
    SELECT sum(s.requests) AS requests, sum(s.asks) AS asks, sum(s.answers) AS answers
    FROM batch_step AS s
    WHERE s.administration = batch.administration AND s.batch_id = batch.batch_id
) AS steps ON TRUE
WHERE batch.administration = $1 AND batch.batch_id = $2;

-- name: list_batches
SELECT
    batch.batch_id, batch.set_id, batch.requests, batch.employee, batch.begun_at,
    coalesce(steps.requests, 0)::bigint AS requests_received, coalesce(steps.asks, 0)::bigint AS asks,
    coalesce(steps.answers, 0)::bigint AS answers, batch_outcome.outcome::text AS outcome, batch_outcome.completed_at
FROM batch
LEFT JOIN batch_outcome USING (administration, batch_id)
LEFT JOIN LATERAL (
    SELECT sum(s.requests) AS requests, sum(s.asks) AS asks, sum(s.answers) AS answers
    FROM batch_step AS s
    WHERE s.administration = batch.administration AND s.batch_id = batch.batch_id
) AS steps ON TRUE
WHERE batch.administration = $1 AND ($2::uuid IS NULL OR batch.batch_id > $2)
ORDER BY batch.batch_id
LIMIT $3;

-- name: batch_lines
-- Every line of a batch with what became of it.
SELECT
    l.party_id, l.request_id, l.item_id, l.journal, l.currency, l.amount,
    coalesce(booked.amount, 0)::bigint AS written_off, s.code, s.message
FROM request AS r
INNER JOIN request_line AS l
    ON l.administration = r.administration AND l.party_id = r.party_id AND l.request_id = r.request_id
LEFT JOIN skipped_line AS s
    ON s.administration = l.administration
    AND s.party_id = l.party_id
    AND s.request_id = l.request_id
    AND s.item_id = l.item_id
    AND s.journal = l.journal
LEFT JOIN LATERAL (
    SELECT -sum(b.amount) AS amount
    FROM entry_line AS b
    INNER JOIN entry AS e
        ON e.administration = b.administration AND e.party_id = b.party_id AND e.match_id = b.match_id
    WHERE b.administration = l.administration
        AND b.party_id = l.party_id
        AND b.item_id = l.item_id
        AND e.request_id = l.request_id
        AND e.journal = l.journal
) AS booked ON TRUE
WHERE r.administration = $1
    AND r.batch_id = $2
    AND (l.party_id, l.item_id) > ($3::text, $4::text)
    AND ($5::boolean IS NULL OR (s.code IS NOT NULL) = $5)
ORDER BY l.party_id, l.item_id
LIMIT $6;

-- name: batches_between
-- Ids from the lowest to the highest that begin alike.
SELECT batch_id AS id FROM batch
WHERE administration = $1 AND batch_id BETWEEN $2 AND $3
ORDER BY batch_id
LIMIT $4;

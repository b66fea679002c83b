-- name: open_import
INSERT INTO import (administration, import_id, file, fingerprint, employee) VALUES ($1, $2, $3, $4, $5);

-- name: lock_import
SELECT state, employee FROM import WHERE administration = $1 AND import_id = $2 FOR UPDATE;

-- name: drop_staged_chunk
DELETE FROM import_event WHERE administration = $1 AND import_id = $2 AND chunk = $3;

-- name: count_staged
SELECT count(*) AS events, coalesce(max(chunk) + 1, 0) AS chunks
FROM import_event
WHERE administration = $1 AND import_id = $2;

-- name: set_import_state
UPDATE import SET state = $3 WHERE administration = $1 AND import_id = $2;

-- name: publish_staged
-- The next parts of a file go out, in its order.
WITH moved AS (
    DELETE FROM import_event
    WHERE administration = $1 AND import_id = $2 AND chunk >= $3 AND chunk < $4
    RETURNING chunk, position, topic, key, body, event_id, source, headers, subject
)
INSERT INTO outbox (topic, key, body, event_id, source, headers, subject, traceparent)
SELECT
    moved.topic, moved.key, moved.body, moved.event_id, moved.source, moved.headers, moved.subject, $5
FROM moved
ORDER BY moved.chunk, moved.position;

-- name: drop_import
WITH gone AS (
    DELETE FROM import_event WHERE administration = $1 AND import_id = $2
)
DELETE FROM import WHERE administration = $1 AND import_id = $2;

-- name: abandoned_imports
SELECT administration, import_id
FROM import
WHERE state = 'open' AND opened_at < clock_timestamp() - make_interval(hours => $1)
ORDER BY opened_at
LIMIT $2;

-- name: answers_of
-- What became of those of the given requests, by their positions from 1, that were answered; no code means a match.
SELECT given.position, answered_request.code
FROM unnest($2::text[], $3::uuid[]) WITH ORDINALITY AS given (party_id, request_id, position)
JOIN answered_request
ON answered_request.administration = $1
AND answered_request.party_id = given.party_id
AND answered_request.request_id = given.request_id;

-- name: standing_items
-- Those of the given items, by their positions from 1, that are posted already: what never changes of them, and what is
-- open. Index look-ups, whatever the statistics say of a table that grows by the second.
SELECT
    given.position, found.amount, found.currency, found.base_amount, found.kind, found.journal, found.voucher,
    found.item_date,
    coalesce((
        SELECT open_item.open_amount
        FROM open_item
        WHERE open_item.administration = $1
        AND open_item.party_id = given.party_id
        AND open_item.currency = found.currency
        AND open_item.side = sign(found.amount)::smallint
        AND open_item.item_date = found.item_date
        AND open_item.voucher = found.voucher
        AND open_item.item_id = given.item_id
    ), 0) AS open_amount
FROM unnest($2::text[], $3::text[]) WITH ORDINALITY AS given (party_id, item_id, position)
CROSS JOIN LATERAL (
    SELECT amount, currency, base_amount, kind, journal, voucher, item_date
    FROM item
    WHERE item.administration = $1
    AND item.party_id = given.party_id
    AND item.item_id = given.item_id
    LIMIT 1
) AS found;

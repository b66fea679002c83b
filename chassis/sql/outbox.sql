-- name: add_to_outbox
-- And wakes the relay, if it sleeps, when the transaction commits.
WITH added AS (
    INSERT INTO outbox (topic, key, body, event_id, source, headers, subject, traceparent)
    SELECT e.topic, e.key, e.body, e.event_id, e.source, e.headers::jsonb, e.subject, e.traceparent
    FROM unnest($1::text[], $2::text[], $3::bytea[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[])
    WITH ORDINALITY AS e (topic, key, body, event_id, source, headers, subject, traceparent, position)
    ORDER BY e.position
)
SELECT wake_relay();

-- name: lock_keys
-- Shares of all keys, in their order: who holds a key's share is the only one who tells anything under it.
SELECT pg_advisory_xact_lock(hashtextextended('openitems.keys.' || current_schema() || '.' || share, 0))
FROM unnest($1::integer[]) AS share;

-- name: newest_told
-- The newest event about each of the subjects, as far as it is kept.
SELECT s.subject, t.topic, t.body
FROM unnest($1::text[]) AS s (subject)
CROSS JOIN LATERAL (
    SELECT topic, body FROM outbox WHERE outbox.subject = s.subject ORDER BY id DESC LIMIT 1
) AS t;

-- name: wake_relay
SELECT wake_relay();

-- name: try_relay_sleep
-- False while transactions that have told something are under way.
SELECT pg_try_advisory_lock(hashtextextended('openitems.relay.sleep.' || current_schema(), 0));

-- name: end_relay_sleep
SELECT pg_advisory_unlock(hashtextextended('openitems.relay.sleep.' || current_schema(), 0));

-- name: is_anything_unpublished
SELECT EXISTS (SELECT FROM outbox WHERE published_at IS NULL);

-- name: try_relay_lock
SELECT pg_try_advisory_lock(hashtextextended('openitems.relay.' || current_schema(), 0));

-- name: unpublished_events
SELECT id, topic, key, body, reference, event_id, source, headers::text AS headers, traceparent, created_at
FROM outbox
WHERE published_at IS NULL
ORDER BY id
LIMIT $1;

-- name: mark_published
UPDATE outbox SET published_at = clock_timestamp() WHERE id = ANY($1::bigint[]);

-- name: count_unpublished
SELECT count(*) FROM (SELECT FROM outbox WHERE published_at IS NULL LIMIT 1000000) AS unpublished;

-- name: replay_outbox
-- After a broker was lost: everything that is still kept goes out again, in its old order.
UPDATE outbox SET published_at = NULL WHERE published_at IS NOT NULL;

-- name: forget_published
DELETE FROM outbox
WHERE id IN (
    SELECT id FROM outbox
    WHERE published_at < clock_timestamp() - make_interval(days => $1)
    ORDER BY published_at
    LIMIT 5000
);

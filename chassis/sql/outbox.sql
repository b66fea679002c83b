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

-- name: read_by_index
-- For the relay's own connection: however much was published before, what is not yet is found by its index, in order.
SELECT
    set_config('enable_seqscan', 'off', FALSE), set_config('enable_bitmapscan', 'off', FALSE),
    set_config('enable_sort', 'off', FALSE);

-- name: unpublished_events
-- $1 most events, $2 most administrations, $3 from this one on (empty: from the first). The oldest events of each of the next
-- administrations that have some, as many of each, in the order of their ids.
WITH RECURSIVE administration AS (
    -- Whose events wait: from one to the next by the index, without looking at what else the one before has.
    (
        SELECT split_part(key, ':', 1) COLLATE "C" AS name, 1 AS number
        FROM outbox
        WHERE published_at IS NULL AND split_part(key, ':', 1) COLLATE "C" >= $3::text
        ORDER BY split_part(key, ':', 1) COLLATE "C"
        LIMIT 1
    )
    UNION ALL
    SELECT following.name, administration.number + 1
    FROM administration
    CROSS JOIN LATERAL (
        SELECT split_part(key, ':', 1) COLLATE "C" AS name
        FROM outbox
        WHERE published_at IS NULL AND split_part(key, ':', 1) COLLATE "C" > administration.name
        ORDER BY split_part(key, ':', 1) COLLATE "C"
        LIMIT 1
    ) AS following
    WHERE administration.number < $2::integer
), share AS MATERIALIZED (
    SELECT greatest(1, $1::integer / greatest(1, count(*))) AS events FROM administration
)
SELECT
    own.id, own.topic, own.key, own.body, own.reference, own.event_id, own.source, own.headers::text AS headers,
    own.traceparent, own.created_at
FROM administration
CROSS JOIN share
CROSS JOIN LATERAL (
    SELECT *
    FROM outbox
    WHERE published_at IS NULL AND split_part(key, ':', 1) COLLATE "C" = administration.name
    ORDER BY id
    LIMIT share.events
) AS own
ORDER BY own.id;

-- name: mark_published
-- $1 ids, $2 partitions and $3 offsets in which the broker has them.
UPDATE outbox
SET published_at = clock_timestamp(), partition = p.partition, record_offset = p.record_offset
FROM unnest($1::bigint[], $2::integer[], $3::bigint[]) AS p (id, partition, record_offset)
WHERE outbox.id = p.id;

-- name: last_told
SELECT coalesce(max(id), 0) FROM outbox;

-- name: untold_events
-- $1 administration, $2 after this id, $3 up to this one, $4 whether only what the service tells by itself: how many events
-- of the administration are not published.
SELECT count(*)
FROM outbox
WHERE published_at IS NULL AND split_part(key, ':', 1) COLLATE "C" = $1 AND id > $2 AND id <= $3
    AND (source IS NULL OR NOT $4::boolean);

-- name: told_events
-- The same of what is published: how many, and where each partition goes on after them.
SELECT topic, partition, count(*) AS events, max(record_offset) + 1 AS goes_on
FROM outbox
WHERE published_at IS NOT NULL AND split_part(key, ':', 1) COLLATE "C" = $1 AND id > $2 AND id <= $3
    AND (source IS NULL OR NOT $4::boolean) AND partition IS NOT NULL
GROUP BY topic, partition;

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

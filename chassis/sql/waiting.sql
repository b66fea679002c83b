-- name: put_waiting
INSERT INTO waiting_event (digest, topic, key, administration, refers_to, body, headers, next_attempt_at)
SELECT w.digest, w.topic, w.key, w.administration, w.refers_to, w.body, w.headers::jsonb, clock_timestamp() + INTERVAL '250 ms'
FROM unnest($1::bytea[], $2::text[], $3::text[], $4::text[], $5::text[], $6::bytea[], $7::text[])
    AS w (digest, topic, key, administration, refers_to, body, headers)
ON CONFLICT (digest) DO UPDATE SET
    refers_to = excluded.refers_to,
    attempts = waiting_event.attempts + 1,
    next_attempt_at = clock_timestamp() + least(INTERVAL '30 s', INTERVAL '250 ms' * power(2, least(waiting_event.attempts, 7)));

-- name: postpone_waiting
-- Events on which our own code failed: tried again after the same pauses as what still waits.
UPDATE waiting_event
SET
    attempts = attempts + 1,
    next_attempt_at = clock_timestamp() + least(INTERVAL '30 s', INTERVAL '250 ms' * power(2, least(attempts, 7)))
WHERE digest = ANY($1::bytea[]);

-- name: wake_waiting
UPDATE waiting_event
SET next_attempt_at = clock_timestamp()
WHERE key = ANY($1::text[]) AND next_attempt_at > clock_timestamp();

-- name: any_waiting
SELECT EXISTS (SELECT FROM waiting_event);

-- name: take_due_waiting
-- $1 most events, $2 most bytes of them, one at least: which they are is found before any body is read.
WITH due AS MATERIALIZED (
    SELECT digest, received_at, octet_length(body) AS size
    FROM waiting_event
    WHERE next_attempt_at <= clock_timestamp()
    ORDER BY received_at, digest
    LIMIT $1
    FOR UPDATE SKIP LOCKED
), placed AS (
    SELECT digest, received_at, sum(size) OVER (ORDER BY received_at, digest) - size AS before FROM due
)
SELECT w.digest, w.topic, w.key, w.body, w.headers::text AS headers, w.received_at
FROM placed
INNER JOIN waiting_event AS w USING (digest)
WHERE placed.before < $2::bigint
ORDER BY placed.received_at, placed.digest;

-- name: delete_waiting
DELETE FROM waiting_event WHERE digest = ANY($1::bytea[]);

-- name: count_waiting
SELECT
    count(*) AS waiting,
    count(*) FILTER (WHERE received_at < clock_timestamp() - make_interval(secs => $1)) AS overdue
FROM waiting_event;

-- name: list_waiting
SELECT
    encode(digest, 'hex') AS id, topic, key, administration, refers_to, received_at, attempts, next_attempt_at,
    received_at < clock_timestamp() - make_interval(secs => $4) AS overdue
FROM waiting_event
WHERE (administration = ANY($1::text[]) OR $1 IS NULL)
    AND ($2::text IS NULL OR encode(digest, 'hex') > $2)
ORDER BY digest
LIMIT $3;

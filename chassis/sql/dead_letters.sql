-- name: put_dead_letters
INSERT INTO dead_letter (
    digest, topic, partition, record_offset, key, administration, body, headers, code, message, field, remedy
)
SELECT
    d.digest, d.topic, d.partition, d.record_offset, d.key, d.administration, d.body, d.headers::jsonb, d.code, d.message,
    d.field, d.remedy
FROM unnest(
    $1::bytea[], $2::text[], $3::integer[], $4::bigint[], $5::text[], $6::text[], $7::bytea[], $8::text[], $9::text[],
    $10::text[], $11::text[], $12::text[]
) AS d (digest, topic, partition, record_offset, key, administration, body, headers, code, message, field, remedy)
ON CONFLICT (digest) DO NOTHING
RETURNING digest;

-- name: count_dead_letters
SELECT count(*) FROM dead_letter WHERE resolved_at IS NULL;

-- name: list_dead_letters
-- Of these administrations; of all, and of none, where they are null.
SELECT
    id, topic, partition, record_offset, key, administration, code, message, field, remedy, received_at, retried_at, resolved_at,
    left(encode(body, 'escape'), 2000) AS body
FROM dead_letter
WHERE ($1::text IS NULL OR topic = $1)
    AND (resolved_at IS NULL OR $2::boolean)
    AND id > $3
    AND ($4::text[] IS NULL OR administration = ANY($4))
ORDER BY id
LIMIT $5;

-- name: lock_dead_letter
SELECT id, topic, partition, record_offset, key, body, headers::text AS headers, resolved_at
FROM dead_letter
WHERE id = $1 AND ($2::text[] IS NULL OR administration = ANY($2))
FOR UPDATE;

-- name: resolve_dead_letter
UPDATE dead_letter SET retried_at = clock_timestamp(), resolved_at = clock_timestamp() WHERE id = $1;

-- name: note_dead_letter_retry
UPDATE dead_letter
SET retried_at = clock_timestamp(), code = $2, message = $3, field = $4, remedy = $5
WHERE id = $1;

-- name: claim_idempotency_key
-- Waits for a concurrent transaction that holds the same key: no row comes back once that one has committed.
INSERT INTO idempotency (employee, route, key, request_digest)
VALUES ($1, $2, $3, $4)
ON CONFLICT (employee, route, key) DO NOTHING
RETURNING claimed_at;

-- name: stored_outcome
SELECT request_digest, status, body, location
FROM idempotency
WHERE employee = $1 AND route = $2 AND key = $3;

-- name: store_outcome
UPDATE idempotency
SET status = $4, body = $5, location = $6
WHERE employee = $1 AND route = $2 AND key = $3;

-- name: drop_expired_idempotency_keys
DELETE FROM idempotency
WHERE (employee, route, key) IN (
    SELECT employee, route, key
    FROM idempotency
    WHERE claimed_at < $1
    ORDER BY claimed_at
    LIMIT $2
    FOR UPDATE SKIP LOCKED
);

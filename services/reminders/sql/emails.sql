-- name: queue_emails
INSERT INTO reminder_email (administration, party_id, reminder_id, recipient, message_sha256)
SELECT $1, e.party_id, e.reminder_id, e.recipient, e.message_sha256
FROM unnest($2::text[], $3::uuid[], $4::text[], $5::text[]) AS e (party_id, reminder_id, recipient, message_sha256);

-- name: take_due_email
SELECT administration, party_id, reminder_id, recipient, message_sha256, attempts
FROM reminder_email
WHERE state = 'queued' AND next_attempt_at <= $1
ORDER BY next_attempt_at
LIMIT 1
FOR UPDATE SKIP LOCKED;

-- name: record_email_attempt
UPDATE reminder_email
SET state = $4, attempts = attempts + 1, reply = $5, next_attempt_at = coalesce($6, next_attempt_at), sent_at = $7
WHERE administration = $1 AND party_id = $2 AND reminder_id = $3;

-- name: record_bounce
UPDATE reminder_email SET state = 'bounced', bounced_at = $2, reply = $3
WHERE administration = $4 AND reminder_id = $1 AND state IN ('sent', 'bounced');

-- name: list_emails
SELECT party_id, reminder_id, recipient, state, attempts, next_attempt_at, reply, sent_at, bounced_at
FROM reminder_email
WHERE administration = $1 AND ($2::text IS NULL OR state = $2) AND ($3::uuid IS NULL OR reminder_id > $3)
ORDER BY reminder_id
LIMIT $4;

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
-- Of one administration ($1), or of whichever sent the reminder.
UPDATE reminder_email SET state = 'bounced', bounced_at = $3, reply = $4
WHERE reminder_id = $2 AND ($1::text IS NULL OR administration = $1) AND state IN ('sent', 'bounced');

-- name: record_delay
UPDATE reminder_email SET reply = $3
WHERE reminder_id = $2 AND ($1::text IS NULL OR administration = $1) AND state = 'sent';

-- name: get_mailbox_position
SELECT uid_validity, last_uid FROM bounce_mailbox WHERE mailbox = $1;

-- name: move_mailbox_position
INSERT INTO bounce_mailbox (mailbox, uid_validity, last_uid, read_at)
VALUES ($1, $2, $3, $4)
ON CONFLICT (mailbox) DO UPDATE SET
    last_uid = CASE
        WHEN bounce_mailbox.uid_validity = excluded.uid_validity THEN greatest(bounce_mailbox.last_uid, excluded.last_uid)
        ELSE excluded.last_uid
    END,
    uid_validity = excluded.uid_validity,
    read_at = excluded.read_at;

-- name: list_emails
SELECT party_id, reminder_id, recipient, state, attempts, next_attempt_at, reply, sent_at, bounced_at
FROM reminder_email
WHERE administration = $1 AND ($2::text IS NULL OR state = $2) AND ($3::uuid IS NULL OR reminder_id > $3)
ORDER BY reminder_id
LIMIT $4;

-- name: queue_emails
INSERT INTO reminder_email (administration, party_id, reminder_id, recipient, message_sha256)
SELECT $1, e.party_id, e.reminder_id, e.recipient, e.message_sha256
FROM unnest($2::text[], $3::uuid[], $4::text[], $5::text[]) AS e (party_id, reminder_id, recipient, message_sha256);

-- name: lease_due_email
-- The message that has been due for longest, for one process alone during $2 seconds: nobody else takes it before.
UPDATE reminder_email AS e SET leased_until = clock_timestamp() + make_interval(secs => $2::float8)
FROM (
    SELECT administration, party_id, reminder_id
    FROM reminder_email
    WHERE
        state = 'queued' AND next_attempt_at <= $1
        AND (leased_until IS NULL OR leased_until <= clock_timestamp())
    ORDER BY next_attempt_at
    LIMIT 1
    FOR UPDATE SKIP LOCKED
) AS due
WHERE e.administration = due.administration AND e.party_id = due.party_id AND e.reminder_id = due.reminder_id
RETURNING e.administration, e.party_id, e.reminder_id, e.recipient, e.message_sha256, e.attempts, e.leased_until;

-- name: give_email_back
UPDATE reminder_email SET leased_until = NULL
WHERE administration = $1 AND party_id = $2 AND reminder_id = $3 AND leased_until = $4;

-- name: record_email_attempt
-- What was accepted is sent whoever has the lease ($8) by now; anything else only its holder may say. A message that came
-- back before this was known stays bounced.
UPDATE reminder_email
SET
    state = CASE WHEN state = 'queued' THEN $4 ELSE state END,
    reply = CASE WHEN state = 'queued' THEN $5 ELSE reply END,
    attempts = attempts + 1,
    next_attempt_at = coalesce($6, next_attempt_at),
    sent_at = coalesce(sent_at, $7),
    leased_until = NULL
WHERE
    administration = $1 AND party_id = $2 AND reminder_id = $3
    AND (leased_until = $8 OR ($4 = 'sent' AND state = 'queued'));

-- name: record_bounce
-- Of one administration ($1), or of whichever sent the reminder. What is leased may be with its server already, and come
-- back before we note that it was sent.
UPDATE reminder_email SET state = 'bounced', bounced_at = $3, reply = $4
WHERE
    reminder_id = $2 AND ($1::text IS NULL OR administration = $1)
    AND (state IN ('sent', 'bounced') OR (state = 'queued' AND leased_until IS NOT NULL));

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

-- Reminders that go out by e-mail: queued with the reminder itself, and what became of each.

CREATE TABLE reminder_email (
    administration text COLLATE "C" NOT NULL,
    party_id text COLLATE "C" NOT NULL,
    reminder_id uuid NOT NULL,
    recipient text NOT NULL,
    message_sha256 text COLLATE "C" NOT NULL CHECK (message_sha256 ~ '^[0-9a-f]{64}$'),
    state text NOT NULL DEFAULT 'queued' CHECK (state IN ('queued', 'sent', 'refused', 'given-up', 'bounced')),
    attempts integer NOT NULL DEFAULT 0,
    next_attempt_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    reply text,
    sent_at timestamptz,
    bounced_at timestamptz,
    PRIMARY KEY (administration, party_id, reminder_id)
);
COMMENT ON TABLE reminder_email IS 'One message per reminder; its bytes are in the document store.';
CREATE INDEX reminder_email_due ON reminder_email (next_attempt_at) WHERE state = 'queued';
CREATE INDEX reminder_email_by_state ON reminder_email (administration, state, reminder_id);

SELECT grant_service('SELECT, INSERT, UPDATE', 'reminder_email');

-- Bounces come to one mailbox for all administrations: how far it was read, and messages found by their reminder alone.

CREATE TABLE bounce_mailbox (
    mailbox text COLLATE "C" PRIMARY KEY,
    uid_validity bigint NOT NULL,
    last_uid bigint NOT NULL CHECK (last_uid >= 0),
    read_at timestamptz NOT NULL
);
COMMENT ON TABLE bounce_mailbox IS 'How far each mailbox of bounces was read; a mailbox is only read, never changed.';

CREATE INDEX reminder_email_by_reminder ON reminder_email (reminder_id);

SELECT grant_service('SELECT, INSERT, UPDATE', 'bounce_mailbox');

-- What came from outside names what it is about, so that the next event about the same can be compared with it before
-- anybody has consumed it. Events of our own have none: the index has no rows of them, and costs them nothing.

ALTER TABLE outbox ADD COLUMN subject text COLLATE "C";
COMMENT ON COLUMN outbox.subject IS
'What an event of another system tells about, where it is the newest word of it; null for events of our own.';
CREATE INDEX outbox_subject ON outbox (subject, id) WHERE subject IS NOT NULL;

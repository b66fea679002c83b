-- Whose books a message is of, so that who runs one administration sees and retries what is theirs. Letters of before have
-- none: they stay with who runs all of them.

ALTER TABLE dead_letter ADD COLUMN administration text COLLATE "C";
COMMENT ON COLUMN dead_letter.administration IS
'Whose books the message says it is of; null where it cannot be read, or was put aside before this was noted.';
CREATE INDEX dead_letter_administration ON dead_letter (administration, id) WHERE resolved_at IS NULL;

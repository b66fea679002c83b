-- Whether a posting contradicts an earlier one is told by comparing their facts; nothing writes a fingerprint any more.
ALTER TABLE item ALTER COLUMN fingerprint DROP NOT NULL;

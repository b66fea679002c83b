-- A match that is heard of after its period was sealed is booked in the next open one, and says so.

ALTER TABLE entry ADD COLUMN matched_on date;
COMMENT ON COLUMN entry.matched_on IS 'The ledger''s date, where its period was sealed here before the match was heard of.';

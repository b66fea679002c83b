-- What the rules of write-offs leave out of one is told at the first confirmation, with its amounts.

-- More codes than its two from now on; an earlier version shows whatever code is there.
-- squawk-ignore ban-drop-constraint
ALTER TABLE left_out_item DROP CONSTRAINT left_out_item_code_check;
ALTER TABLE writeoff_batch ADD COLUMN left_out_totals jsonb NOT NULL DEFAULT '[]';

COMMENT ON COLUMN left_out_item.code IS
'Why: changed since the set was fixed, blacklisted, or what the rules of write-offs say, such as not-a-debtor.';
COMMENT ON COLUMN writeoff_batch.left_out_totals IS
'The same by currency, with the amounts of the fixed set: [{"code": "changed", "currency": "EUR", "items": 3, "amount": 450}].';

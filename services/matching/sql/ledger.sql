-- Items as they are posted and changed, and what is open of them.

-- name: posted_items
-- Those of the given items that are posted already, with what never changes of them. Index look-ups, whatever the
-- statistics say of a table that grows by the second.
SELECT
    given.administration, given.party_id, given.item_id, found.amount, found.currency, found.base_amount, found.kind,
    found.journal, found.voucher, found.item_date
FROM unnest($1::text[], $2::text[], $3::text[]) AS given (administration, party_id, item_id)
CROSS JOIN LATERAL (
    SELECT amount, currency, base_amount, kind, journal, voucher, item_date
    FROM item
    WHERE item.administration = given.administration
    AND item.party_id = given.party_id
    AND item.item_id = given.item_id
    LIMIT 1
) AS found

-- name: open_accounts
INSERT INTO account (administration, party_id)
SELECT given.administration, given.party_id
FROM unnest($1::text[], $2::text[]) AS given (administration, party_id)
ON CONFLICT (administration, party_id) DO NOTHING

-- name: unknown_items
-- Positions (from 1) of the given items that are not posted yet.
SELECT given.position
FROM unnest(string_to_array($1, chr(31)), string_to_array($2, chr(31)), string_to_array($3, chr(31))) WITH ORDINALITY AS given (administration, party_id, item_id, position)
WHERE NOT EXISTS (
    SELECT FROM item
    WHERE item.administration = given.administration
    AND item.party_id = given.party_id
    AND item.item_id = given.item_id
)

-- name: stored_states
-- Those of the given items that were changed: the version that holds, and what it says.
SELECT
    k.administration, k.party_id, k.item_id, s.version, s.status, s.blocked, s.in_payment_run, s.on_bank_statement,
    s.processed, s.due_date
FROM unnest($1::text[], $2::text[], $3::text[]) AS k (administration, party_id, item_id)
CROSS JOIN LATERAL (
    SELECT version, status, blocked, in_payment_run, on_bank_statement, processed, due_date
    FROM item_state
    WHERE item_state.administration = k.administration
        AND item_state.party_id = k.party_id
        AND item_state.item_id = k.item_id
        AND item_state.version > 0
    LIMIT 1
) AS s;

-- name: change_items
-- $1 whole states of posted items as a JSON array, one per item; the highest version wins, `held` of what is open
-- follows. Take the parties' locks before.
WITH change AS MATERIALIZED (
    SELECT *
    FROM json_to_recordset($1::json) AS change (
        administration text, party_id text, item_id text, version bigint, due_date date, blocked boolean,
        in_payment_run boolean, on_bank_statement boolean, processed boolean, status text
    )
), found AS MATERIALIZED (
    SELECT change.*, item.currency, item.item_date, item.voucher, item.amount
    FROM change
    JOIN item USING (administration, party_id, item_id)
), changed AS (
    -- An older version that comes late changes nothing, and gives no row: what follows it does nothing either.
    INSERT INTO item_state (
        administration, party_id, item_id, version, due_date, blocked, in_payment_run, on_bank_statement, processed,
        status
    )
    SELECT
        administration, party_id, item_id, version, due_date, blocked, in_payment_run, on_bank_statement, processed,
        status
    FROM found
    ON CONFLICT (administration, party_id, item_id) DO UPDATE SET
        version = excluded.version,
        due_date = excluded.due_date,
        blocked = excluded.blocked,
        in_payment_run = excluded.in_payment_run,
        on_bank_statement = excluded.on_bank_statement,
        processed = excluded.processed,
        status = excluded.status
    WHERE item_state.version < excluded.version
    RETURNING administration, party_id, item_id, in_payment_run OR on_bank_statement AS held
), kept AS (
    -- Only what is open has a row to follow; it is found by its whole key, for a party may have hundreds of thousands.
    UPDATE open_item
    SET held = changed.held
    FROM changed
    JOIN found USING (administration, party_id, item_id)
    WHERE open_item.administration = found.administration
    AND open_item.party_id = found.party_id
    AND open_item.currency = found.currency
    AND open_item.side = CASE WHEN found.amount > 0 THEN 1 ELSE -1 END
    AND open_item.item_date = found.item_date
    AND open_item.voucher = found.voucher
    AND open_item.item_id = found.item_id
    AND open_item.held IS DISTINCT FROM changed.held
)
SELECT count(*) FROM changed

-- name: mark_items
-- $4 reminder levels (0: none) and $5 bailiff marks of posted items, one row per item; a mark is never taken back.
INSERT INTO item_state (
    administration, party_id, item_id, version, due_date, blocked, in_payment_run, on_bank_statement, processed,
    status, reminder_level, at_bailiff
)
SELECT
    item.administration, item.party_id, item.item_id, 0, item.due_date, false, false, false, true, 'open',
    mark.reminder_level, mark.at_bailiff
FROM unnest($1::text[], $2::text[], $3::text[], $4::smallint[], $5::boolean[])
    AS mark (administration, party_id, item_id, reminder_level, at_bailiff)
JOIN item USING (administration, party_id, item_id)
ON CONFLICT (administration, party_id, item_id) DO UPDATE SET
    reminder_level = greatest(item_state.reminder_level, excluded.reminder_level),
    at_bailiff = item_state.at_bailiff OR excluded.at_bailiff

-- name: lock_parties
-- The lock of every change of open amounts: accounts in key order.
SELECT account.administration, account.party_id
FROM account
JOIN (
    SELECT DISTINCT wanted.administration, wanted.party_id
    FROM unnest($1::text[], $2::text[]) AS wanted (administration, party_id)
) AS wanted USING (administration, party_id)
ORDER BY account.administration, account.party_id
FOR NO KEY UPDATE OF account

-- name: items_by_id
-- What matching decides about, by identity; open_amount is 0 when nothing is open. Each item is looked up by its keys,
-- however many are wanted and whatever the tables' statistics say.
SELECT
    item.administration,
    item.party_id,
    item.item_id,
    item.currency,
    item.amount,
    item.base_amount,
    coalesce(open_item.open_amount, 0) AS open_amount,
    open_item.open_base_amount,
    item.item_date,
    item.voucher,
    item.kind,
    item.journal,
    CASE WHEN state.is_there THEN state.due_date ELSE item.due_date END AS due_date,
    item.payment_terms_days,
    item.payment_method,
    item.description,
    item.branch,
    item.invoice_number,
    item.reference,
    coalesce(state.in_payment_run, false) AS in_payment_run,
    coalesce(state.on_bank_statement, false) AS on_bank_statement,
    coalesce(state.blocked, false) AS blocked,
    coalesce(state.status, 'open') AS status,
    open_item.given_back_on
FROM unnest($1::text[], $2::text[], $3::text[]) AS wanted (administration, party_id, item_id)
-- LIMIT 1 on a whole key: a plan that reads the table once for all cannot be chosen.
CROSS JOIN LATERAL (
    SELECT *
    FROM item
    WHERE item.administration = wanted.administration
    AND item.party_id = wanted.party_id
    AND item.item_id = wanted.item_id
    LIMIT 1
) AS item
-- Without a state the item is as it was posted.
LEFT JOIN LATERAL (
    SELECT
        true AS is_there, item_state.due_date, item_state.in_payment_run, item_state.on_bank_statement,
        item_state.blocked, item_state.status
    FROM item_state
    WHERE item_state.administration = wanted.administration
    AND item_state.party_id = wanted.party_id
    AND item_state.item_id = wanted.item_id
    LIMIT 1
) AS state ON true
LEFT JOIN LATERAL (
    SELECT open_item.open_amount, open_item.open_base_amount, open_item.given_back_on
    FROM open_item
    WHERE open_item.administration = item.administration
    AND open_item.party_id = item.party_id
    AND open_item.currency = item.currency
    AND open_item.side = CASE WHEN item.amount > 0 THEN 1 ELSE -1 END
    AND open_item.item_date = item.item_date
    AND open_item.voucher = item.voucher
    AND open_item.item_id = item.item_id
    LIMIT 1
) AS open_item ON true

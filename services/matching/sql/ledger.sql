-- Items as they are posted and changed, and what is open of them.

-- name: post_items
-- $1 postings as a JSON array, one per item identity; $2 their fingerprints. Returns how many were new.
WITH posting AS MATERIALIZED (
    SELECT *
    FROM ROWS FROM (
        json_to_recordset($1::json) AS (
            administration text, party_id text, item_id text, amount bigint, base_amount bigint, item_date date,
            due_date date, payment_terms_days integer, kind text, currency text, journal text, voucher text,
            payment_method text, description text, branch text, invoice_number text, reference text, status text,
            blocked boolean, in_payment_run boolean, on_bank_statement boolean, processed boolean, remainder_of uuid
        ),
        unnest($2::bigint[])
    ) AS posting (
        administration, party_id, item_id, amount, base_amount, item_date, due_date, payment_terms_days, kind,
        currency, journal, voucher, payment_method, description, branch, invoice_number, reference, status, blocked,
        in_payment_run, on_bank_statement, processed, remainder_of, fingerprint
    )
), accounted AS (
    INSERT INTO account (administration, party_id)
    SELECT DISTINCT posting.administration, posting.party_id
    FROM posting
    ORDER BY posting.administration, posting.party_id
    ON CONFLICT (administration, party_id) DO NOTHING
), posted AS (
    INSERT INTO item (
        administration, party_id, item_id, amount, base_amount, fingerprint, item_date, due_date, payment_terms_days,
        kind, currency, journal, voucher, payment_method, description, branch, invoice_number, reference, remainder_of
    )
    SELECT
        administration, party_id, item_id, amount, base_amount, fingerprint, item_date, due_date, payment_terms_days,
        kind, currency, journal, voucher, payment_method, description, branch, invoice_number, reference, remainder_of
    FROM posting
    ON CONFLICT (administration, party_id, item_id) DO NOTHING
    RETURNING administration, party_id, item_id
), fresh AS (
    SELECT posting.*
    FROM posting
    JOIN posted USING (administration, party_id, item_id)
), stated AS (
    INSERT INTO item_state (
        administration, party_id, item_id, version, due_date, blocked, in_payment_run, on_bank_statement, processed,
        status
    )
    SELECT
        administration, party_id, item_id, 0, due_date, blocked, in_payment_run, on_bank_statement, processed, status
    FROM fresh
    WHERE blocked OR in_payment_run OR on_bank_statement OR NOT processed OR status <> 'open'
), opened AS (
    INSERT INTO open_item (
        administration, party_id, currency, side, held, item_date, voucher, item_id, amount, open_amount,
        open_base_amount, version
    )
    SELECT
        administration, party_id, currency, CASE WHEN amount > 0 THEN 1 ELSE -1 END,
        in_payment_run OR on_bank_statement, item_date, voucher, item_id, amount, amount, base_amount, 0
    FROM fresh
)
SELECT count(*) FROM posted

-- name: contradicting_items
-- Positions (from 1) of the given items that are posted already with another fingerprint.
SELECT given.position
FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[])
    WITH ORDINALITY AS given (administration, party_id, item_id, fingerprint, position)
JOIN item USING (administration, party_id, item_id)
WHERE item.fingerprint <> given.fingerprint

-- name: unknown_items
-- Positions (from 1) of the given items that are not posted yet.
SELECT given.position
FROM unnest($1::text[], $2::text[], $3::text[]) WITH ORDINALITY AS given (administration, party_id, item_id, position)
WHERE NOT EXISTS (
    SELECT FROM item
    WHERE item.administration = given.administration
    AND item.party_id = given.party_id
    AND item.item_id = given.item_id
)

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
    coalesce(state.on_bank_statement, false) AS on_bank_statement
FROM unnest($1::text[], $2::text[], $3::text[]) AS wanted (administration, party_id, item_id)
CROSS JOIN LATERAL (
    SELECT *
    FROM item
    WHERE item.administration = wanted.administration
    AND item.party_id = wanted.party_id
    AND item.item_id = wanted.item_id
    LIMIT 1
) AS item
LEFT JOIN LATERAL (
    SELECT true AS is_there, item_state.due_date, item_state.in_payment_run, item_state.on_bank_statement
    FROM item_state
    WHERE item_state.administration = wanted.administration
    AND item_state.party_id = wanted.party_id
    AND item_state.item_id = wanted.item_id
    LIMIT 1
) AS state ON true
LEFT JOIN LATERAL (
    SELECT open_item.open_amount, open_item.open_base_amount
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

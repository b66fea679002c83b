-- name: posted_items
-- Those of the given items that are posted already, with what never changes of them. Index look-ups, whatever the
-- statistics say of a table that grows by the second.
SELECT
    p.administration, p.party_id, p.item_id, i.amount, i.currency, i.base_amount, i.kind, i.journal, i.voucher,
    i.item_date
FROM unnest($1::text[], $2::text[], $3::text[]) AS p (administration, party_id, item_id)
CROSS JOIN LATERAL (
    SELECT amount, currency, base_amount, kind, journal, voucher, item_date
    FROM item
    WHERE item.administration = p.administration AND item.party_id = p.party_id AND item.item_id = p.item_id
    LIMIT 1
) AS i;

-- name: unknown_items
-- Positions (from 1) of the given items that are not posted yet.
SELECT p.position
FROM unnest(string_to_array($1, chr(31)), string_to_array($2, chr(31)), string_to_array($3, chr(31))) WITH ORDINALITY AS p (administration, party_id, item_id, position)
WHERE NOT EXISTS (
    SELECT FROM item
    WHERE item.administration = p.administration AND item.party_id = p.party_id AND item.item_id = p.item_id
);

-- name: stored_states
-- Those of the given items that were changed: the version that holds, and what it says.
SELECT
    k.administration, k.party_id, k.item_id, i.state_version, i.stated_status, i.blocked, i.in_payment_run,
    i.on_bank_statement, i.processed, i.due_date
FROM unnest($1::text[], $2::text[], $3::text[]) AS k (administration, party_id, item_id)
CROSS JOIN LATERAL (
    SELECT state_version, stated_status, blocked, in_payment_run, on_bank_statement, processed, due_date
    FROM item
    WHERE item.administration = k.administration AND item.party_id = k.party_id AND item.item_id = k.item_id
        AND item.state_version > 0
    LIMIT 1
) AS i;

-- name: change_items
UPDATE item
SET
    state_version = c.version, stated_status = c.status, blocked = c.blocked, in_payment_run = c.in_payment_run,
    on_bank_statement = c.on_bank_statement, processed = c.processed, due_date = c.due_date, documents = c.documents
FROM json_to_recordset($1::json) AS c (
    administration text, party_id text, item_id text, version bigint, status text, blocked boolean,
    in_payment_run boolean, on_bank_statement boolean, processed boolean, due_date date, documents jsonb
)
WHERE item.administration = c.administration
    AND item.party_id = c.party_id
    AND item.item_id = c.item_id
    AND item.state_version < c.version;

-- name: set_open_amounts
UPDATE item
SET open_amount = l.open_amount, ledger_version = l.version
FROM unnest(
    string_to_array($1, chr(31)), string_to_array($2, chr(31)), string_to_array($3, chr(31)),
    string_to_array($4, ',')::bigint[], string_to_array($5, ',')::bigint[]
) AS l (administration, party_id, item_id, open_amount, version)
WHERE item.administration = l.administration
    AND item.party_id = l.party_id
    AND item.item_id = l.item_id
    AND item.ledger_version < l.version;

-- name: set_given_back
-- The latest day on which a match on each item was undone; it never goes back.
UPDATE item
SET given_back_on = l.given_back_on
FROM unnest($1::text[], $2::text[], $3::text[], $4::date[]) AS l (administration, party_id, item_id, given_back_on)
WHERE item.administration = l.administration
    AND item.party_id = l.party_id
    AND item.item_id = l.item_id
    AND (item.given_back_on IS NULL OR item.given_back_on < l.given_back_on);

-- name: new_corrections
INSERT INTO item_match (administration, party_id, match_id)
SELECT m.administration, m.party_id, m.match_id
FROM unnest($1::text[], $2::text[], $3::uuid[]) AS m (administration, party_id, match_id)
ON CONFLICT DO NOTHING
RETURNING match_id;

-- name: add_corrections
UPDATE item
SET corrected_elsewhere = item.corrected_elsewhere + c.amount
FROM (
    SELECT l.administration, l.party_id, l.item_id, sum(l.amount)::bigint AS amount
    FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[]) AS l (administration, party_id, item_id, amount)
    GROUP BY l.administration, l.party_id, l.item_id
) AS c
WHERE item.administration = c.administration AND item.party_id = c.party_id AND item.item_id = c.item_id;

-- name: mark_reminded
UPDATE item
SET reminder_level = greatest(item.reminder_level, r.level), reminded_on = greatest(item.reminded_on, r.reminded_on)
FROM unnest($1::text[], $2::text[], $3::text[], $4::smallint[], $5::date[])
    AS r (administration, party_id, item_id, level, reminded_on)
WHERE item.administration = r.administration AND item.party_id = r.party_id AND item.item_id = r.item_id;

-- name: mark_at_bailiff
UPDATE item
SET at_bailiff = TRUE
FROM unnest($1::text[], $2::text[], $3::text[]) AS b (administration, party_id, item_id)
WHERE item.administration = b.administration
    AND item.party_id = b.party_id
    AND item.item_id = b.item_id
    AND NOT item.at_bailiff;

-- name: open_totals
-- Open totals per party and currency, for comparison with the other services.
SELECT party_id, currency, sum(open_amount)::bigint AS open_amount, count(*) AS items
FROM item
WHERE administration = $1 AND (party_id, currency) > ($2::text, $3::text) AND open_amount <> 0
GROUP BY party_id, currency
ORDER BY party_id, currency
LIMIT $4;

-- name: unmatched_of
-- $1 administration, $2 parties.
SELECT u.party_id, u.currency, u.items, u.amount
FROM unmatched_credits($1, $2::text[]) AS u
ORDER BY u.party_id, u.currency;

-- name: unmatched_summary_of
-- $1 administration, $2 parties, $3 most that are named.
SELECT unmatched_summary($1, $2::text[], $3)::text;

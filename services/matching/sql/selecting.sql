-- Open items as a proposal looks at them.

-- name: selected_items
-- $1 administration, $2 parties, $3 criteria: the items that a run may take, in settlement order.
SELECT
    $1::text AS administration, candidate.party_id, candidate.item_id, candidate.currency, item.amount,
    item.base_amount, candidate.open_amount, candidate.open_base_amount, item.item_date, item.voucher, item.kind,
    item.journal, CASE WHEN state.item_id IS NULL THEN item.due_date ELSE state.due_date END AS due_date,
    item.payment_terms_days, item.payment_method, item.description, item.branch, item.invoice_number, item.reference,
    coalesce(state.blocked, false) AS blocked, coalesce(state.status, 'open') AS status
FROM selectable_items($1, $2, $3::jsonb) AS candidate
JOIN item ON item.administration = $1 AND item.party_id = candidate.party_id AND item.item_id = candidate.item_id
LEFT JOIN item_state AS state
    ON state.administration = $1 AND state.party_id = candidate.party_id AND state.item_id = candidate.item_id
WHERE candidate.is_selected
ORDER BY candidate.party_id, candidate.currency, candidate.side, candidate.item_date, candidate.voucher, candidate.item_id

-- name: foreign_accounts
-- $1 administration, $2 parties, $3 criteria, $4 base currency, $5 most items that are named: accounts in other currencies
-- on both of whose sides a run would take items, if its journal allowed them.
SELECT
    party_id, currency,
    (array_agg(item_id ORDER BY item_date, voucher, item_id))[1:$5::integer] AS item_ids
FROM selectable_items($1, $2, $3::jsonb)
WHERE is_selected AND currency <> $4
GROUP BY party_id, currency
HAVING min(side) < max(side)
ORDER BY party_id, currency

-- name: count_held
-- $1 administration, $2 parties, $3 criteria: how many open items the criteria would select if nothing held them, in a
-- payment run or on a read bank statement.
SELECT count(*)
FROM open_item
JOIN item USING (administration, party_id, item_id)
LEFT JOIN item_state AS state USING (administration, party_id, item_id)
CROSS JOIN jsonb_to_record($3::jsonb) AS criteria (
    currency_from text, currency_to text, voucher_from text, voucher_to text, item_date_from date, item_date_to date,
    due_date_from date, due_date_to date, kinds text[]
)
WHERE open_item.administration = $1
    AND open_item.party_id = ANY($2::text[])
    AND open_item.held
    AND in_range(open_item.currency, criteria.currency_from, criteria.currency_to)
    AND in_range(open_item.voucher, criteria.voucher_from, criteria.voucher_to)
    AND in_range(open_item.item_date, criteria.item_date_from, criteria.item_date_to)
    AND in_range(
        CASE WHEN state.item_id IS NULL THEN item.due_date ELSE state.due_date END,
        criteria.due_date_from, criteria.due_date_to
    )
    AND (criteria.kinds IS NULL OR item.kind = ANY(criteria.kinds));

-- name: count_later
-- $1 administration, $2 parties, $3 criteria, $4 day: how many open items the criteria would select that a match of the day
-- would be earlier than. The key alone says which are posted later, and later reversals say which others may have been given
-- back since, so that a run of today, to which hardly anything is later, finds that out without a look at the rows.
WITH later AS (
    -- Posted later.
    SELECT open_item.party_id, open_item.item_id, open_item.currency, open_item.voucher, open_item.item_date
    FROM open_item
    WHERE open_item.administration = $1 AND open_item.party_id = ANY($2::text[]) AND open_item.item_date > $4::date
    UNION ALL
    -- Posted before, and given back later.
    SELECT open_item.party_id, open_item.item_id, open_item.currency, open_item.voucher, open_item.item_date
    FROM (
        SELECT DISTINCT match.party_id, line.item_id
        FROM match
        CROSS JOIN LATERAL unnest(match.item_ids) AS line (item_id)
        WHERE match.administration = $1
        AND match.party_id = ANY($2::text[])
        AND match.reversal_of IS NOT NULL
        AND match.match_date > $4::date
    ) AS given_back
    JOIN open_item
        ON open_item.administration = $1
        AND open_item.party_id = given_back.party_id
        AND open_item.item_id = given_back.item_id
    WHERE open_item.given_back_on > $4::date AND open_item.item_date <= $4::date
)
-- Of these, what the criteria select.
SELECT count(*)
FROM later
JOIN item ON item.administration = $1 AND item.party_id = later.party_id AND item.item_id = later.item_id
LEFT JOIN item_state AS state
    ON state.administration = $1 AND state.party_id = later.party_id AND state.item_id = later.item_id
CROSS JOIN jsonb_to_record($3::jsonb) AS criteria (
    currency_from text, currency_to text, voucher_from text, voucher_to text, item_date_from date, item_date_to date,
    due_date_from date, due_date_to date, kinds text[]
)
WHERE in_range(later.currency, criteria.currency_from, criteria.currency_to)
    AND in_range(later.voucher, criteria.voucher_from, criteria.voucher_to)
    AND in_range(later.item_date, criteria.item_date_from, criteria.item_date_to)
    AND in_range(
        CASE WHEN state.item_id IS NULL THEN item.due_date ELSE state.due_date END,
        criteria.due_date_from, criteria.due_date_to
    )
    AND (criteria.kinds IS NULL OR item.kind = ANY(criteria.kinds));

-- name: count_proposed
-- $1 administration, $2 parties, $3 criteria: the proposals that hold open items which the criteria would select if none
-- did, and how many each. What a payment run or a statement holds as well is counted there.
SELECT reservation.proposal_id, count(*) AS items
FROM reservation
JOIN open_item USING (administration, party_id, item_id)
JOIN item USING (administration, party_id, item_id)
LEFT JOIN item_state AS state USING (administration, party_id, item_id)
CROSS JOIN jsonb_to_record($3::jsonb) AS criteria (
    currency_from text, currency_to text, voucher_from text, voucher_to text, item_date_from date, item_date_to date,
    due_date_from date, due_date_to date, kinds text[]
)
WHERE reservation.administration = $1
    AND reservation.party_id = ANY($2::text[])
    AND reservation.expires_at > now()
    AND NOT open_item.held
    AND in_range(open_item.currency, criteria.currency_from, criteria.currency_to)
    AND in_range(open_item.voucher, criteria.voucher_from, criteria.voucher_to)
    AND in_range(open_item.item_date, criteria.item_date_from, criteria.item_date_to)
    AND in_range(
        CASE WHEN state.item_id IS NULL THEN item.due_date ELSE state.due_date END,
        criteria.due_date_from, criteria.due_date_to
    )
    AND (criteria.kinds IS NULL OR item.kind = ANY(criteria.kinds))
GROUP BY reservation.proposal_id
ORDER BY reservation.proposal_id;

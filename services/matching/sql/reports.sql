-- What people read: items, matches, accounts.

-- name: list_items
-- $1 administration, $2 party (NULL: all), $3 only what is open, $4 $5 after this party and item, $6 limit,
-- $7 item (NULL: all). The bounds on the party keep the scan inside of it, whatever plan is made.
SELECT
    item.party_id, item.item_id, item.kind, item.journal, item.voucher, item.item_date,
    CASE WHEN state.item_id IS NULL THEN item.due_date ELSE state.due_date END AS due_date,
    item.currency, item.amount, coalesce(open_item.open_amount, 0) AS open_amount,
    coalesce(open_item.version, 0) AS version, item.invoice_number, item.reference, item.description,
    -- Its own, or else its party's.
    branch_of(item.branch, party.branch) AS branch,
    coalesce(state.blocked, false) AS blocked, coalesce(state.in_payment_run, false) AS in_payment_run,
    coalesce(state.on_bank_statement, false) AS on_bank_statement, coalesce(state.processed, true) AS processed,
    CASE
        WHEN open_item.item_id IS NULL THEN 'settled'
        WHEN state.at_bailiff OR state.status = 'bailiff' THEN 'bailiff'
        WHEN state.reminder_level > 0 OR state.status = 'reminded' THEN 'reminded'
        ELSE coalesce(state.status, 'open')
    END AS status
FROM item
LEFT JOIN party USING (administration, party_id)
LEFT JOIN item_state AS state USING (administration, party_id, item_id)
LEFT JOIN open_item
    ON open_item.administration = item.administration
    AND open_item.party_id = item.party_id
    AND open_item.currency = item.currency
    AND open_item.side = CASE WHEN item.amount > 0 THEN 1 ELSE -1 END
    AND open_item.item_date = item.item_date
    AND open_item.voucher = item.voucher
    AND open_item.item_id = item.item_id
WHERE item.administration = $1
AND item.party_id BETWEEN coalesce($2::text, $4::text) AND coalesce($2::text, chr(1114111))
AND ($7::text IS NULL OR item.item_id = $7)
AND (NOT $3::boolean OR open_item.item_id IS NOT NULL)
AND (item.party_id, item.item_id) > ($4::text, $5::text)
ORDER BY item.party_id, item.item_id
LIMIT $6

-- name: list_matches
-- $1 administration, $2 party (NULL: all), $3 run (NULL: all), $4 $5 after this party and sequence, $6 limit, $7 an item
-- that they touched (NULL: all).
SELECT match.*, (
    SELECT reversal.match_id
    FROM match AS reversal
    WHERE reversal.administration = match.administration
    AND reversal.party_id = match.party_id
    AND reversal.reversal_of = match.match_id
) AS reversed_by
FROM match
WHERE match.administration = $1
AND match.party_id BETWEEN coalesce($2::text, $4::text) AND coalesce($2::text, chr(1114111))
AND ($3::uuid IS NULL OR match.run_id = $3)
AND ($7::text IS NULL OR $7 = ANY(match.item_ids))
AND (match.party_id, match.sequence) > ($4::text, $5::bigint)
ORDER BY match.party_id, match.sequence
LIMIT $6

-- name: reservation_of
SELECT proposal_id, employee, expires_at
FROM reservation
WHERE administration = $1 AND party_id = $2 AND item_id = $3 AND expires_at > now()

-- name: account_totals
-- $1 administration, $2 party: what is open per currency.
SELECT
    currency,
    running_total(open_amount) AS open_amount,
    count(*) AS items,
    running_total(open_amount) FILTER (WHERE side = 1) AS charges,
    running_total(open_amount) FILTER (WHERE side = -1) AS credits
FROM open_item
WHERE administration = $1 AND party_id = $2
GROUP BY currency
ORDER BY currency

-- name: open_totals
-- $1 administration, $2 $3 after this party and currency, $4 limit: open totals for comparison with the other services.
SELECT party_id, currency, sum(open_amount)::bigint AS open_amount, count(*) AS items
FROM open_item
WHERE administration = $1 AND (party_id, currency) > ($2::text, $3::text)
GROUP BY party_id, currency
ORDER BY party_id, currency
LIMIT $4

-- name: next_accounts
-- $1 administration, $2 after this party, $3 from, $4 to (NULL: open), $5 group, $6 kind (NULL: any), $7 limit.
SELECT account.party_id
FROM account
WHERE account.administration = $1
AND account.party_id > $2
AND ($3::text IS NULL OR account.party_id >= $3)
AND ($4::text IS NULL OR account.party_id <= $4)
AND (
    ($5::text IS NULL AND $6::text IS NULL)
    OR EXISTS (SELECT FROM party_is($1, account.party_id, $5, $6))
)
ORDER BY account.party_id
LIMIT $7

-- name: open_items_as_of
-- $1 administration, $2 parties, $3 day: what was open at the end of the day, recomputed from postings and matches.
WITH settled AS (
    SELECT match.party_id, line.item_id, running_total(line.amount) AS amount
    FROM match
    CROSS JOIN LATERAL unnest(match.item_ids, match.amounts) AS line (item_id, amount)
    WHERE match.administration = $1 AND match.party_id = ANY($2::text[]) AND match.match_date <= $3
    GROUP BY match.party_id, line.item_id
)
SELECT
    item.party_id, item.item_id, item.kind, item.journal, item.voucher, item.item_date,
    CASE WHEN state.item_id IS NULL THEN item.due_date ELSE state.due_date END AS due_date,
    item.currency, item.amount, item.amount + coalesce(settled.amount, 0) AS open_amount
FROM item
LEFT JOIN item_state AS state USING (administration, party_id, item_id)
LEFT JOIN settled ON settled.party_id = item.party_id AND settled.item_id = item.item_id
WHERE item.administration = $1
AND item.party_id = ANY($2::text[])
AND item.item_date <= $3
AND item.amount + coalesce(settled.amount, 0) <> 0
ORDER BY item.party_id, item.currency, item.item_date, item.voucher, item.item_id

-- name: ageing
-- $1 administration, $2 parties, $3 day, $4 by 'due-date' or 'item-date', $5 ascending first days of the buckets.
-- Bucket 0 is younger than the first of them; an item without a due date counts from its own date.
WITH settled AS (
    SELECT match.party_id, line.item_id, running_total(line.amount) AS amount
    FROM match
    CROSS JOIN LATERAL unnest(match.item_ids, match.amounts) AS line (item_id, amount)
    WHERE match.administration = $1 AND match.party_id = ANY($2::text[]) AND match.match_date <= $3
    GROUP BY match.party_id, line.item_id
), aged AS (
    SELECT
        item.party_id,
        item.currency,
        item.amount + coalesce(settled.amount, 0) AS open_amount,
        width_bucket($3::date - CASE
            WHEN $4::text = 'item-date' THEN item.item_date
            WHEN state.item_id IS NULL THEN coalesce(item.due_date, item.item_date)
            ELSE coalesce(state.due_date, item.item_date)
        END, $5::integer[]) AS bucket
    FROM item
    LEFT JOIN item_state AS state USING (administration, party_id, item_id)
    LEFT JOIN settled ON settled.party_id = item.party_id AND settled.item_id = item.item_id
    WHERE item.administration = $1 AND item.party_id = ANY($2::text[]) AND item.item_date <= $3
)
SELECT party_id, currency, bucket, running_total(open_amount) AS open_amount, count(*) AS items
FROM aged
WHERE open_amount <> 0
GROUP BY party_id, currency, bucket
ORDER BY party_id, currency, bucket

-- name: account_balances
-- $1 administration, $2 parties: what is open per party and currency, credits being negative.
SELECT
    party_id,
    currency,
    count(*) AS items,
    running_total(CASE WHEN side = 1 THEN open_amount ELSE 0 END) AS charges,
    running_total(CASE WHEN side = -1 THEN open_amount ELSE 0 END) AS credits,
    running_total(open_amount) AS balance
FROM open_item
WHERE administration = $1 AND party_id = ANY($2::text[])
GROUP BY party_id, currency

-- name: settlements_in_force
-- $1 administration, $2 parties, $3 $4 after this party and sequence, $5 limit: matches that keep settlement information.
SELECT party_id, sequence, match_id, match_date, method, currency, item_ids, amounts
FROM match
WHERE administration = $1
AND party_id = ANY($2::text[])
AND (party_id, sequence) > ($3::text, $4::bigint)
AND settlement_information
AND reversal_of IS NULL
AND line_currencies IS NULL
AND NOT EXISTS (
    SELECT FROM match AS reversal
    WHERE reversal.administration = $1
    AND reversal.party_id = match.party_id
    AND reversal.reversal_of = match.match_id
)
ORDER BY party_id, sequence
LIMIT $5

-- name: clearing_journal
-- $1 administration, $2 fiscal year, $3 period (NULL: all), $4 journal (NULL: all), $5 $6 after this party and
-- sequence, $7 limit: the clearing entries as they were booked.
SELECT
    match.party_id, match.sequence, match.match_id, match.match_date, match.journal, match.fiscal_year, match.period,
    match.method, match.currency, match.reversal_of, match.employee, match.reason, match.recorded_at, match.contra_kind,
    match.contra_amount, match.contra_journal, match.contra_gl_account, match.exchange_difference,
    match.exchange_gl_account, cardinality(match.item_ids) AS lines, match.run_id, match.request_id,
    (SELECT coalesce(sum(amount), 0)::bigint FROM unnest(match.amounts) AS amount WHERE amount > 0) AS credits_settled,
    (SELECT coalesce(sum(amount), 0)::bigint FROM unnest(match.amounts) AS amount WHERE amount < 0) AS charges_settled
FROM match
WHERE match.administration = $1
AND match.fiscal_year = $2
AND ($3::integer IS NULL OR match.period = $3)
AND ($4::text IS NULL OR match.journal = $4)
AND (match.party_id, match.sequence) > ($5::text, $6::bigint)
ORDER BY match.party_id, match.sequence
LIMIT $7

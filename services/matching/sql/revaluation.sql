-- Exchange adjustment.

-- name: unrated_currencies
-- $1 administration, $2 currencies that need no rate, or have one, $3 day: in which others anything was open at its end. Only
-- what is in those is recomputed, which is nothing where every rate is given.
WITH settled AS (
    SELECT match.party_id, line.item_id, running_total(line.amount) AS amount
    FROM match
    CROSS JOIN LATERAL unnest(match.item_ids, match.amounts) AS line (item_id, amount)
    WHERE match.administration = $1
    AND match.match_date <= $3
    AND (match.currency <> ALL($2::text[]) OR match.line_currencies IS NOT NULL)
    GROUP BY match.party_id, line.item_id
)
SELECT DISTINCT item.currency
FROM item
LEFT JOIN settled USING (party_id, item_id)
WHERE item.administration = $1
AND item.currency <> ALL($2::text[])
AND item.item_date <= $3
AND item.amount + coalesce(settled.amount, 0) <> 0
ORDER BY item.currency
LIMIT 200

-- name: revalue
-- $1 administration, $2 parties, $3 day, $4 currencies and $5 what a minor unit is worth in the base currency,
-- $6 booking, $7 booking of the next day. Books what differs at the end of the day, and takes it back the day after.
WITH rate AS MATERIALIZED (
    SELECT * FROM unnest($4::text[], $5::numeric[]) AS rate (currency, worth)
), booking AS MATERIALIZED (
    SELECT *, is_reversal = 'true' AS taken_back
    FROM (
        SELECT 'false' AS is_reversal, entry.* FROM jsonb_to_record($6::jsonb) AS entry (
            run_id uuid, match_date date, journal text, fiscal_year integer, period integer, employee text,
            exchange_gains text, exchange_losses text
        )
        UNION ALL
        SELECT 'true' AS is_reversal, entry.* FROM jsonb_to_record($7::jsonb) AS entry (
            run_id uuid, match_date date, journal text, fiscal_year integer, period integer, employee text,
            exchange_gains text, exchange_losses text
        )
    ) AS both_days
), settled AS (
    -- What matches took away by the end of the day: later ones do not count yet.
    SELECT
        match.party_id,
        line.item_id,
        sum(line.amount)::bigint AS amount,
        sum(line.base_amount)::bigint AS base_amount,
        bool_and(line.base_amount IS NOT NULL) AS is_valued
    FROM match
    CROSS JOIN LATERAL unnest(match.item_ids, match.amounts, match.base_amounts)
        AS line (item_id, amount, base_amount)
    WHERE match.administration = $1 AND match.party_id = ANY($2::text[]) AND match.match_date <= $3
    GROUP BY match.party_id, line.item_id
), open AS (
    -- Items whose worth in the base currency nobody said cannot differ from it: they are left out, and listed elsewhere.
    SELECT
        item.party_id,
        item.currency,
        rate.worth,
        sum(item.amount + coalesce(settled.amount, 0))::bigint AS open_amount,
        -- Where a match did not say what its lines are worth, what is open has its share of the whole, as in the ledger.
        sum(
            CASE WHEN coalesce(settled.is_valued, true) THEN item.base_amount + coalesce(settled.base_amount, 0)
            ELSE base_share(item.base_amount, item.amount, item.amount + settled.amount) END
        )::bigint AS open_base_amount
    FROM item
    JOIN rate USING (currency)
    LEFT JOIN settled ON settled.party_id = item.party_id AND settled.item_id = item.item_id
    WHERE item.administration = $1
    AND item.party_id = ANY($2::text[])
    AND item.item_date <= $3
    AND item.base_amount IS NOT NULL
    GROUP BY item.party_id, item.currency, rate.worth
), revalued AS (
    SELECT open.*, round(open.open_amount * open.worth)::bigint AS revalued_amount
    FROM open
)
-- Both days at once, so that no adjustment is ever without its reversal.
INSERT INTO revaluation (
    administration, party_id, run_id, currency, is_reversal, booked_on, fiscal_year, period, journal, open_amount,
    open_base_amount, revalued_amount, difference, gl_account, employee
)
SELECT
    $1, revalued.party_id, booking.run_id, revalued.currency, booking.taken_back, booking.match_date,
    booking.fiscal_year, booking.period, booking.journal, revalued.open_amount, revalued.open_base_amount,
    revalued.revalued_amount,
    CASE WHEN booking.taken_back THEN revalued.open_base_amount - revalued.revalued_amount
    ELSE revalued.revalued_amount - revalued.open_base_amount END,
    exchange_account(
        $1, revalued.party_id, revalued.open_base_amount - revalued.revalued_amount, booking.exchange_gains,
        booking.exchange_losses
    ),
    booking.employee
FROM revalued
CROSS JOIN booking
WHERE revalued.revalued_amount <> revalued.open_base_amount
ORDER BY revalued.party_id, revalued.currency, booking.taken_back

-- name: unvalued_accounts
-- $1 administration, $2 parties, $3 day, $4 base currency, $5 most items that are named: accounts in other currencies with
-- something open at the end of the day that nobody said the worth of, so that no difference can be told.
WITH settled AS (
    SELECT match.party_id, line.item_id, running_total(line.amount) AS amount
    FROM match
    CROSS JOIN LATERAL unnest(match.item_ids, match.amounts) AS line (item_id, amount)
    WHERE match.administration = $1
    AND match.party_id = ANY($2::text[])
    AND match.match_date <= $3
    AND (match.currency <> $4 OR match.line_currencies IS NOT NULL)
    GROUP BY match.party_id, line.item_id
)
SELECT
    item.party_id,
    item.currency,
    (array_agg(item.item_id ORDER BY item.item_date, item.voucher, item.item_id))[1:$5::integer] AS item_ids
FROM item
LEFT JOIN settled USING (party_id, item_id)
WHERE item.administration = $1
AND item.party_id = ANY($2::text[])
AND item.currency <> $4
AND item.base_amount IS NULL
AND item.item_date <= $3
AND item.amount + coalesce(settled.amount, 0) <> 0
GROUP BY item.party_id, item.currency
ORDER BY item.party_id, item.currency

-- name: list_revaluations
-- $1 administration, $2 run, $3 $4 $5 after this party, currency and side of the day, $6 limit.
SELECT
    party_id, currency, is_reversal, booked_on, fiscal_year, period, journal, open_amount, open_base_amount,
    revalued_amount, difference, gl_account, employee
FROM revaluation
WHERE administration = $1
AND run_id = $2
AND (party_id, currency, is_reversal) > ($3::text, $4::text, $5::boolean)
ORDER BY party_id, currency, is_reversal
LIMIT $6

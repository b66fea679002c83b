-- What must always hold, recomputed from the stored facts. Each row is a violation.

-- name: journal_movements
-- $1 administration, $2 journals, $3 $4 the days, both included, $5 $6 $7 after this journal, day and currency, $8 limit:
-- what the items on each journal add up to a day, as the journal gains: debtors' items with their sign turned, suppliers'
-- as they are. For comparison with what other services say of the same journals.
SELECT
    item.journal, item.item_date AS day, item.currency, count(*) AS bookings,
    sum(CASE WHEN party.kind = 'creditor' THEN item.amount ELSE -item.amount END)::bigint AS movement
FROM item
LEFT JOIN party USING (administration, party_id)
WHERE item.administration = $1
AND item.journal = ANY($2::text[])
AND item.item_date BETWEEN $3 AND $4
AND (item.journal, item.item_date, item.currency) > ($5::text, $6::date, $7::text)
GROUP BY item.journal, item.item_date, item.currency
ORDER BY item.journal, item.item_date, item.currency
LIMIT $8

-- name: audit_items
-- $1 administration, $2 parties, $3 most rows: open amounts against postings and match lines.
-- What is recomputed from facts and what is stored are joined from both sides, so that neither can have a row alone.
WITH settled AS (
    SELECT match.party_id, line.item_id, sum(line.amount) AS amount
    FROM match
    CROSS JOIN LATERAL unnest(match.item_ids, match.amounts) AS line (item_id, amount)
    WHERE match.administration = $1 AND match.party_id = ANY($2::text[])
    GROUP BY match.party_id, line.item_id
), expected AS (
    -- A match may name an item that was never posted: it has an open amount here, and nothing posted.
    SELECT party_id, item_id, item.amount AS posted, coalesce(item.amount, 0) + coalesce(settled.amount, 0) AS open
    FROM (
        SELECT item.party_id, item.item_id, item.amount
        FROM item
        WHERE item.administration = $1 AND item.party_id = ANY($2::text[])
    ) AS item
    FULL JOIN settled USING (party_id, item_id)
), stored AS (
    SELECT open_item.party_id, open_item.item_id, open_item.open_amount
    FROM open_item
    WHERE open_item.administration = $1 AND open_item.party_id = ANY($2::text[])
)
SELECT
    party_id,
    item_id,
    CASE
        WHEN expected.posted IS NULL THEN 'match-of-unknown-item'
        WHEN expected.open * sign(expected.posted) < 0 THEN 'open-amount-flipped'
        WHEN abs(expected.open) > abs(expected.posted) THEN 'open-amount-exceeds-amount'
        ELSE 'open-amount-differs'
    END AS invariant,
    format('posted %s, recomputed %s, stored %s', expected.posted, expected.open, stored.open_amount) AS detail
FROM expected
FULL JOIN stored USING (party_id, item_id)
WHERE coalesce(expected.open, 0) <> coalesce(stored.open_amount, 0)
OR expected.posted IS NULL
OR expected.open * sign(expected.posted) < 0
OR abs(expected.open) > abs(expected.posted)
ORDER BY party_id, item_id
LIMIT $3

-- name: audit_days
-- $1 administration, $2 parties, $3 most rows: the same on every past day on which something happened, not only now. Items
-- first: at the end of each day on which a match moved it, no more of it is open than was posted, and nothing of the other
-- sign. Accounts then, by party and currency: what was open of the items that there were on a day is what was posted less
-- what contra lines took; a match on an item that was yet to come settles one side only.
WITH moved AS (
    SELECT match.party_id, line.item_id, match.match_date AS day, running_total(line.amount) AS amount
    FROM match
    CROSS JOIN LATERAL unnest(match.item_ids, match.amounts) AS line (item_id, amount)
    WHERE match.administration = $1 AND match.party_id = ANY($2::text[])
    GROUP BY match.party_id, line.item_id, match.match_date
), day_end AS MATERIALIZED (
    -- One pass over each item's days in their order.
    SELECT
        moved.party_id,
        moved.item_id,
        item.currency,
        moved.day,
        item.item_date,
        moved.amount,
        item.amount AS posted,
        item.amount + running_total(moved.amount) OVER (
            PARTITION BY moved.party_id, moved.item_id ORDER BY moved.day ROWS UNBOUNDED PRECEDING
        ) AS open
    FROM moved
    JOIN item ON item.administration = $1 AND item.party_id = moved.party_id AND item.item_id = moved.item_id
), movement AS (
    -- What was posted counts the same on both sides, so that only lines and what balances them are left: a line from the
    -- day on which both it and its item are there. Lines of different currencies balance in the base currency only.
    SELECT day_end.party_id, day_end.currency, greatest(day_end.day, day_end.item_date) AS day, day_end.amount
    FROM day_end
    UNION ALL
    SELECT match.party_id, match.currency, match.match_date, match.contra_amount
    FROM match
    WHERE match.administration = $1
    AND match.party_id = ANY($2::text[])
    AND match.contra_amount <> 0
    AND match.line_currencies IS NULL
    UNION ALL
    SELECT match.party_id, line.currency, match.match_date, -line.amount
    FROM match
    CROSS JOIN LATERAL unnest(match.line_currencies, match.amounts) AS line (currency, amount)
    WHERE match.administration = $1 AND match.party_id = ANY($2::text[]) AND match.line_currencies IS NOT NULL
), account AS (
    SELECT
        movement.party_id,
        movement.currency,
        movement.day,
        running_total(running_total(movement.amount)) OVER (
            PARTITION BY movement.party_id, movement.currency ORDER BY movement.day ROWS UNBOUNDED PRECEDING
        ) AS difference
    FROM movement
    GROUP BY movement.party_id, movement.currency, movement.day
)
(
    SELECT
        day_end.party_id,
        day_end.item_id,
        CASE WHEN day_end.open * sign(day_end.posted) < 0 THEN 'open-amount-flipped-on-a-day'
        ELSE 'open-amount-exceeds-amount-on-a-day' END AS invariant,
        format('on %s: posted %s, recomputed %s %s', day_end.day, day_end.posted, day_end.open, day_end.currency) AS detail
    FROM day_end
    WHERE day_end.open * sign(day_end.posted) < 0 OR abs(day_end.open) > abs(day_end.posted)
    ORDER BY day_end.party_id, day_end.item_id, day_end.day
    LIMIT $3
)
UNION ALL
(
    SELECT
        account.party_id,
        NULL,
        'account-differs-on-a-day',
        format(
            'account in %s from %s on: what is open differs by %s from postings and contra lines',
            account.currency, account.day, account.difference
        )
    FROM account
    WHERE account.difference <> 0
    ORDER BY account.party_id, account.currency, account.day
    LIMIT $3
)

-- name: audit_matches
-- $1 administration, $2 parties, $3 fiscal periods as JSON, $4 most rows: balance, currency, reversal, period, person, and
-- that nothing is earlier than what it touches. One row a match: the first that does not hold of it.
WITH period AS MATERIALIZED (
    SELECT *
    FROM jsonb_to_recordset($3::jsonb) AS period (year integer, period integer, start date, "end" date)
), judged AS (
    SELECT
        match.party_id,
        match.match_id,
        CASE
            WHEN match.line_currencies IS NULL AND array_total(match.amounts) + match.contra_amount <> 0
                THEN 'match-does-not-balance'
            WHEN match.base_amounts IS NOT NULL
                AND array_total(match.base_amounts) + match.contra_base_amount + match.exchange_difference <> 0
                THEN 'match-does-not-balance-in-base'
            -- An explicit foreign-currency match balances in the base currency only.
            WHEN match.line_currencies IS NULL AND touched.has_other_currency THEN 'match-mixes-currencies'
            WHEN match.reversal_of IS NOT NULL AND original.match_id IS NULL THEN 'reversal-of-unknown-match'
            WHEN match.reversal_of IS NOT NULL
                AND array_negative(original.amounts) <> match.amounts[1:cardinality(original.amounts)]
                THEN 'reversal-does-not-copy'
            WHEN NOT EXISTS (
                SELECT FROM period
                WHERE period.year = match.fiscal_year AND period.period = match.period
                AND match.match_date BETWEEN period.start AND period."end"
            ) THEN 'match-outside-its-period'
            WHEN match.employee = '' THEN 'match-without-employee'
            WHEN match.match_date < touched.latest_day THEN 'match-earlier-than-its-items'
            WHEN match.match_date < original.match_date THEN 'reversal-earlier-than-its-match'
        END AS invariant,
        format('of %s, touches what is of %s', match.match_date, greatest(touched.latest_day, original.match_date))
            AS days
    FROM match
    CROSS JOIN LATERAL (
        SELECT max(item.item_date) AS latest_day, bool_or(item.currency <> match.currency) AS has_other_currency
        FROM item
        WHERE item.administration = $1 AND item.party_id = match.party_id AND item.item_id = ANY(match.item_ids)
    ) AS touched
    LEFT JOIN match AS original
        ON original.administration = $1
        AND original.party_id = match.party_id
        AND original.match_id = match.reversal_of
    WHERE match.administration = $1 AND match.party_id = ANY($2::text[])
)
SELECT party_id, match_id, invariant, days
FROM judged
WHERE invariant IS NOT NULL
ORDER BY party_id, match_id
LIMIT $4

-- name: audit_counts
-- $1 administration, $2 parties: what was looked at.
SELECT
    (SELECT count(*) FROM item WHERE administration = $1 AND party_id = ANY($2::text[])) AS items,
    (SELECT count(*) FROM match WHERE administration = $1 AND party_id = ANY($2::text[])) AS matches

-- Which parties a run takes next, and what they look like. Lock order everywhere: accounts by (administration,
-- party_id), then whatever hangs on them.

-- name: next_parties
-- $1 administration, $2 after this party, $3 from, $4 to, $5 list, $6 group, $7 kind (NULL: any), $8 most open items.
SELECT DISTINCT counted.party_id
FROM (
    SELECT open_item.party_id
    FROM open_item
    WHERE open_item.administration = $1
    AND open_item.party_id > $2
    AND ($3::text IS NULL OR open_item.party_id >= $3)
    AND ($4::text IS NULL OR open_item.party_id <= $4)
    AND ($5::text[] IS NULL OR open_item.party_id = ANY($5))
    AND (
        ($6::text IS NULL AND $7::text IS NULL)
        OR EXISTS (SELECT FROM party_is($1, open_item.party_id, $6, $7))
    )
    ORDER BY open_item.party_id
    LIMIT $8
) AS counted
ORDER BY counted.party_id

-- name: next_posted_parties
-- As next_parties, with or without anything open; $8 most items.
SELECT DISTINCT counted.party_id
FROM (
    SELECT item.party_id
    FROM item
    WHERE item.administration = $1
    AND item.party_id > $2
    AND ($3::text IS NULL OR item.party_id >= $3)
    AND ($4::text IS NULL OR item.party_id <= $4)
    AND ($5::text[] IS NULL OR item.party_id = ANY($5))
    AND (
        ($6::text IS NULL AND $7::text IS NULL)
        OR EXISTS (SELECT FROM party_is($1, item.party_id, $6, $7))
    )
    ORDER BY item.party_id
    LIMIT $8
) AS counted
ORDER BY counted.party_id

-- name: count_parties
-- $1 administration, $2 after this party, $3 up to this one (NULL: all), $4 from, $5 to, $6 list, $7 group, $8 kind (NULL:
-- any): parties that ever had an item, from the primary key alone where neither group nor kind is asked for.
SELECT count(*)
FROM account
WHERE account.administration = $1
AND account.party_id > $2
AND ($3::text IS NULL OR account.party_id <= $3)
AND ($4::text IS NULL OR account.party_id >= $4)
AND ($5::text IS NULL OR account.party_id <= $5)
AND ($6::text[] IS NULL OR account.party_id = ANY($6))
AND (
    ($7::text IS NULL AND $8::text IS NULL)
    OR EXISTS (SELECT FROM party_is($1, account.party_id, $7, $8))
)

-- name: party_of
SELECT party_group, kind FROM party WHERE administration = $1 AND party_id = $2

-- name: lock_accounts
-- $1 administration, $2 parties.
SELECT account.party_id
FROM account
WHERE account.administration = $1 AND account.party_id = ANY($2::text[])
ORDER BY account.party_id
FOR NO KEY UPDATE

-- name: next_run_parties
-- $1 administration, $2 run, $3 after this party, $4 most matches.
SELECT DISTINCT counted.party_id
FROM (
    SELECT match.party_id
    FROM match
    WHERE match.administration = $1 AND match.run_id = $2 AND match.party_id > $3
    ORDER BY match.party_id
    LIMIT $4
) AS counted
ORDER BY counted.party_id

-- name: count_run_parties
-- $1 administration, $2 run.
SELECT count(*)
FROM (SELECT DISTINCT match.party_id FROM match WHERE match.administration = $1 AND match.run_id = $2) AS counted

-- name: remainder_matches
-- $1 administration, $2 locked parties, $3 run: what made a remainder and was not undone, the newest first.
SELECT match.party_id, match.match_id
FROM match
WHERE match.administration = $1
AND match.party_id = ANY($2::text[])
AND match.run_id = $3
AND match.contra_kind = 'remainder'
AND match.reversal_of IS NULL
AND NOT EXISTS (
    SELECT FROM match AS reversal
    WHERE reversal.administration = $1
    AND reversal.party_id = match.party_id
    AND reversal.reversal_of = match.match_id
)
ORDER BY match.sequence DESC

-- name: accounts_with_balance
-- $1 administration, $2 parties: what does not come to zero, all that is open counted, whoever holds it.
SELECT party_id, currency
FROM open_item
WHERE administration = $1 AND party_id = ANY($2::text[])
GROUP BY party_id, currency
HAVING sum(open_amount) <> 0

-- name: zero_balance_days
-- $1 administration, $2 parties, $3 whether all currencies of a party have to be zero at once. Per party and currency the
-- latest day at whose end the balance of postings and contra bookings was zero (NULL: never), and a match that reaches
-- across that day, if one is in force.
-- What moved a balance: postings, and contra lines. The lines of a match move nothing, they only settle.
WITH movement AS (
    SELECT item.party_id, item.currency, item.item_date AS day, item.amount
    FROM item
    WHERE item.administration = $1 AND item.party_id = ANY($2::text[])
    UNION ALL
    SELECT match.party_id, match.currency, match.match_date AS day, -match.contra_amount
    FROM match
    WHERE match.administration = $1 AND match.party_id = ANY($2::text[])
    AND match.contra_amount <> 0 AND match.line_currencies IS NULL
), day_end AS (
    SELECT
        party_id, currency, day,
        sum(sum(amount)) OVER (PARTITION BY party_id, currency ORDER BY day) AS balance
    FROM movement
    GROUP BY party_id, currency, day
), zero_of_account AS (
    SELECT party_id, currency, max(day) FILTER (WHERE balance = 0) AS day
    FROM day_end
    GROUP BY party_id, currency
), turned AS (
    -- Each day end on which a currency leaves zero counts one up, each on which it comes to zero one down: at the end of a
    -- day so many currencies of the party are not zero as these add up to.
    SELECT
        party_id, day,
        (balance <> 0)::integer - coalesce(
            lag((balance <> 0)::integer) OVER (PARTITION BY party_id, currency ORDER BY day), 0
        ) AS away_from_zero
    FROM day_end
    WHERE $3::boolean
), zero_of_party AS (
    SELECT party_id, max(day) FILTER (WHERE currencies_away = 0) AS day
    FROM (
        SELECT party_id, day, sum(sum(away_from_zero)) OVER (PARTITION BY party_id ORDER BY day) AS currencies_away
        FROM turned
        GROUP BY party_id, day
    ) AS party_day
    GROUP BY party_id
), zero AS MATERIALIZED (
    SELECT
        zero_of_account.party_id, zero_of_account.currency,
        CASE WHEN $3::boolean THEN zero_of_party.day ELSE zero_of_account.day END AS day
    FROM zero_of_account
    LEFT JOIN zero_of_party USING (party_id)
), crossing AS (
    -- A match with items on both sides of the day: settling up to it would tear the match apart.
    SELECT match.party_id, match.currency, (array_agg(match.match_id ORDER BY match.sequence))[1] AS match_id
    FROM match
    JOIN zero USING (party_id, currency)
    WHERE match.administration = $1
    AND match.party_id = ANY($2::text[])
    AND match.reversal_of IS NULL
    AND zero.day IS NOT NULL
    AND (
        SELECT reversal.match_id
        FROM match AS reversal
        WHERE reversal.administration = $1
        AND reversal.party_id = match.party_id
        AND reversal.reversal_of = match.match_id
    ) IS NULL
    AND (
        SELECT bool_or(item.item_date <= zero.day) AND bool_or(item.item_date > zero.day)
        FROM item
        WHERE item.administration = $1
        AND item.party_id = match.party_id
        AND item.item_id = ANY(match.item_ids)
    )
    GROUP BY match.party_id, match.currency
)
SELECT zero.party_id, zero.currency, zero.day, crossing.match_id AS crossing_match
FROM zero
LEFT JOIN crossing USING (party_id, currency)
ORDER BY zero.party_id, zero.currency

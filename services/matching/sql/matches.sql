-- Matches as they are appended, reversed and told.

-- name: append_matches
-- $1 a JSON array of matches in their order, their accounts locked. Books and announces them and moves what is open.
-- Returns the number of items whose stored open amount was not what the match was decided on: anything but 0 is a bug.
--
-- The decision was made on what was read under the lock, and says what is open after each line. Several matches of a
-- batch may touch one item: it moves once, by the sum of their lines, to what the last of them says. Each of the ways to
-- move names the rows that it found as they should be; what none of them counts was decided on something else.
WITH entry AS MATERIALIZED (
    SELECT *
    FROM jsonb_to_recordset($1::jsonb) AS entry (
        position integer, administration text, party_id text, match_id uuid, run_id uuid, request_id uuid,
        reversal_of uuid, match_date date, touched_on date, fiscal_year integer, period integer, settlement_information boolean,
        contra_amount bigint, contra_base_amount bigint, exchange_difference bigint, method text, journal text,
        currency text, employee text, contra_kind text, contra_journal text, contra_gl_account text,
        contra_item_id text, exchange_gains text, exchange_losses text, reason text, note text, origin_administration text,
        item_ids text[], amounts bigint[], open_amounts bigint[], base_amounts bigint[], line_currencies text[],
        skipped jsonb
    )
),

-- Step 1, booking in the order of the decisions: sequences are the items' versions.
booked AS (
    INSERT INTO match (
        administration, party_id, match_id, run_id, request_id, reversal_of, match_date, touched_on, fiscal_year, period,
        settlement_information, contra_amount, contra_base_amount, exchange_difference, method, journal, currency,
        employee, contra_kind, contra_journal, contra_gl_account, contra_item_id, exchange_gl_account, reason, note,
        origin_administration, item_ids, amounts, open_amounts, base_amounts, line_currencies, skipped
    )
    SELECT
        administration, party_id, match_id, run_id, request_id, reversal_of, match_date, touched_on, fiscal_year, period,
        settlement_information, contra_amount, contra_base_amount, exchange_difference, method, journal, currency,
        employee, contra_kind, contra_journal, contra_gl_account, contra_item_id,
        exchange_account(administration, party_id, exchange_difference, exchange_gains, exchange_losses), reason, note,
        origin_administration, item_ids, amounts, open_amounts, base_amounts, line_currencies, skipped
    FROM entry
    ORDER BY position
    RETURNING administration, party_id, match_id, sequence, reversal_of, match_date, item_ids, amounts, open_amounts,
        base_amounts
), announced AS (
    INSERT INTO outbox (topic, key, reference)
    SELECT 'items-matched', administration || ':' || party_id, administration || ':' || party_id || ':' || match_id
    FROM booked
    ORDER BY sequence
),

-- Step 2, by item: what all lines together take or give, and where the last of them leaves it.
change AS MATERIALIZED (
    SELECT
        booked.administration,
        booked.party_id,
        line.item_id,
        running_total(line.amount) AS amount,
        sum(line.base_amount)::bigint AS base_amount,
        (array_agg(line.open_amount ORDER BY booked.sequence DESC))[1] AS open_amount,
        min(booked.match_date) AS first_day,
        max(booked.match_date) FILTER (WHERE booked.reversal_of IS NOT NULL) AS given_back_on,
        max(booked.sequence) AS version
    FROM booked
    CROSS JOIN LATERAL unnest(booked.item_ids, booked.amounts, booked.open_amounts, booked.base_amounts)
        AS line (item_id, amount, open_amount, base_amount)
    GROUP BY booked.administration, booked.party_id, line.item_id
),

-- Step 3: the item's facts, and the row of what is open of it (NULL: nothing is).
placed AS MATERIALIZED (
    -- Looked up key by key, and then moved by address: a plan does not depend on how large the ledger is.
    SELECT
        change.*,
        item.currency,
        item.item_date,
        item.voucher,
        item.amount AS posted_amount,
        item.base_amount AS posted_base_amount,
        item.side,
        open_item.row_address,
        open_item.open_amount + change.amount AS moved_to
    FROM change
    CROSS JOIN LATERAL (
        SELECT
            item.currency, item.item_date, item.voucher, item.amount, item.base_amount,
            CASE WHEN item.amount > 0 THEN 1 ELSE -1 END AS side
        FROM item
        WHERE item.administration = change.administration
        AND item.party_id = change.party_id
        AND item.item_id = change.item_id
        LIMIT 1
    ) AS item
    LEFT JOIN LATERAL (
        SELECT open_item.ctid AS row_address, open_item.open_amount
        FROM open_item
        WHERE open_item.administration = change.administration
        AND open_item.party_id = change.party_id
        AND open_item.currency = item.currency
        AND open_item.side = item.side
        AND open_item.item_date = item.item_date
        AND open_item.voucher = item.voucher
        AND open_item.item_id = change.item_id
        LIMIT 1
    ) AS open_item ON true
    -- Decided by the same rule before; a line that is earlier than its item all the same moves nothing, and is missed.
    WHERE change.first_day >= item.item_date
),

-- Step 4, the three ways to move: to nothing, to something else, and back from nothing. Each asks again that the sum of
-- the lines leads from the stored amount to the decided one.
closed AS (
    DELETE FROM open_item
    WHERE open_item.ctid = ANY(ARRAY(
        SELECT placed.row_address FROM placed WHERE placed.moved_to = 0 AND placed.open_amount = 0
    ))
    RETURNING open_item.item_id
), moved AS (
    UPDATE open_item
    SET
        open_amount = placed.open_amount,
        open_base_amount = open_item.open_base_amount + coalesce(
            placed.base_amount,
            base_share(placed.posted_base_amount, placed.posted_amount, placed.open_amount) - open_item.open_base_amount
        ),
        version = placed.version,
        given_back_on = greatest(open_item.given_back_on, placed.given_back_on)
    FROM placed
    WHERE open_item.ctid = placed.row_address AND placed.open_amount <> 0 AND placed.moved_to = placed.open_amount
    RETURNING open_item.item_id
), reopened AS (
    INSERT INTO open_item (
        administration, party_id, currency, side, held, item_date, voucher, item_id, amount, open_amount,
        open_base_amount, version, given_back_on
    )
    SELECT
        placed.administration, placed.party_id, placed.currency, placed.side,
        coalesce((
            SELECT state.in_payment_run OR state.on_bank_statement
            FROM item_state AS state
            WHERE state.administration = placed.administration
            AND state.party_id = placed.party_id
            AND state.item_id = placed.item_id
        ), false),
        placed.item_date, placed.voucher, placed.item_id, placed.posted_amount, placed.open_amount,
        coalesce(
            placed.base_amount, base_share(placed.posted_base_amount, placed.posted_amount, placed.open_amount)
        ),
        placed.version, placed.given_back_on
    FROM placed
    WHERE placed.row_address IS NULL AND placed.open_amount <> 0 AND placed.open_amount = placed.amount
    ORDER BY placed.administration, placed.party_id, placed.currency, placed.side, placed.item_date, placed.voucher,
        placed.item_id
    RETURNING item_id
)
SELECT
    (SELECT count(*) FROM change)
    - (SELECT count(*) FROM closed)
    - (SELECT count(*) FROM moved)
    - (SELECT count(*) FROM reopened)
    - (
        -- settled before, undone and settled again by these matches: there is no row, and there need be none
        SELECT count(*) FROM placed WHERE placed.row_address IS NULL AND placed.open_amount = 0 AND placed.amount = 0
    ) AS mismatched

-- name: new_ids
SELECT uuidv7() AS id FROM generate_series(1, $1::integer)

-- name: answered_requests
-- Those of the given requests that were answered before.
SELECT given.request_id
FROM unnest($1::text[], $2::text[], $3::uuid[]) AS given (administration, party_id, request_id)
JOIN answered_request USING (administration, party_id, request_id)

-- name: effects_of_requests
-- Of the given requests those that were answered, and whether a match came of each.
SELECT given.request_id, answered_request.match_id IS NOT NULL AS had_effect
FROM unnest($1::text[], $2::text[], $3::uuid[]) AS given (administration, party_id, request_id)
JOIN answered_request USING (administration, party_id, request_id)

-- name: answer_requests
INSERT INTO answered_request (administration, party_id, request_id, match_id, code)
SELECT * FROM unnest($1::text[], $2::text[], $3::uuid[], $4::uuid[], $5::text[])
ON CONFLICT (administration, party_id, request_id) DO NOTHING

-- name: matches_by_id
SELECT match.*, (
    SELECT reversal.match_id
    FROM match AS reversal
    WHERE reversal.administration = match.administration
    AND reversal.party_id = match.party_id
    AND reversal.reversal_of = match.match_id
) AS reversed_by
FROM unnest($1::text[], $2::text[], $3::uuid[]) AS given (administration, party_id, match_id)
JOIN match USING (administration, party_id, match_id)
ORDER BY match.sequence

-- name: matches_between
-- Ids from the lowest to the highest that begin alike.
SELECT match_id AS id FROM match
WHERE administration = $1 AND party_id = $5 AND match_id BETWEEN $2 AND $3
ORDER BY match_id
LIMIT $4;

-- name: settled_of_run
-- $1 administration, $2 parties, $3 run: what the run settled of them so far, where it went over them more than once.
SELECT
    match.currency,
    count(DISTINCT match.party_id) AS parties,
    count(DISTINCT match.match_id) AS matches,
    count(DISTINCT (match.party_id, line.item_id)) AS items,
    running_total(-line.amount) FILTER (WHERE line.amount < 0) AS amount
FROM match
CROSS JOIN LATERAL unnest(match.item_ids, match.amounts) AS line (item_id, amount)
WHERE match.administration = $1
AND match.party_id = ANY($2::text[])
AND match.run_id = $3
AND match.reversal_of IS NULL
GROUP BY match.currency
ORDER BY match.currency

-- Whole runs undone, as sets.

-- name: left_of_run
-- $1 administration, $2 run: whether it made matches that are no reversals, the day of one that is in force (NULL: none is),
-- and whether it wrote off. A run books all of its matches on one day, and all of them write off or none does.
SELECT
    EXISTS (
        SELECT FROM match WHERE match.administration = $1 AND match.run_id = $2 AND match.reversal_of IS NULL
    ) AS has_matched,
    (
        SELECT match.match_date
        FROM match
        WHERE match.administration = $1 AND match.run_id = $2 AND match.reversal_of IS NULL
        -- No second EXISTS: match by match by its key, so that the first one in force ends a look at a large run.
        AND (
            SELECT reversal.match_id
            FROM match AS reversal
            WHERE reversal.administration = $1
            AND reversal.party_id = match.party_id
            AND reversal.reversal_of = match.match_id
        ) IS NULL
        LIMIT 1
    ) AS in_force_since,
    coalesce((
        SELECT match.reason IS NOT NULL FROM match
        WHERE match.administration = $1 AND match.run_id = $2 AND match.reversal_of IS NULL
        LIMIT 1
    ), FALSE) AS has_written_off

-- name: reverse_matches
-- $1 administration, $2 locked parties, $3 run (NULL: any), $4 matches (NULL: any), $5 booking. What was reversed, is a
-- reversal, or made a remainder is left alone, and so is what the booking would be earlier than. What no run made was made
-- by hand.
--
-- A reversal turns the signs of what is stored: nothing is computed anew, so that a cent that was rounded then comes back as
-- it went. An item may be a line of many of the matches: they are undone from the newest, and the item's open amount after
-- each is what was open before, plus what all of them so far give back. Where the last of them arrives is what is open.
WITH booking AS MATERIALIZED (
    SELECT *
    FROM jsonb_to_record($5::jsonb) AS booking (
        run_id uuid, request_id uuid, match_date date, fiscal_year integer, period integer, employee text, note text
    )
),

-- Step 1, what is undone: newest first, party by party, each with the sequence that its reversal will have, which is the
-- version of its items as well.
undone AS MATERIALIZED (
    SELECT candidate.*, nextval('match_sequence') AS version
    FROM (
        SELECT match.*
        FROM match
        CROSS JOIN booking
        WHERE match.administration = $1
        AND match.party_id = ANY($2::text[])
        -- One CASE, so that the planner does not multiply the selectivities down to a single row.
        AND CASE WHEN
            ($3::uuid IS NULL OR match.run_id = $3)
            AND ($4::uuid[] IS NULL OR match.match_id = ANY($4))
            AND match.reversal_of IS NULL
            AND match.contra_kind IS DISTINCT FROM 'remainder'
            -- What was booked before touched_on was kept may itself be earlier than its items: they are looked up.
            AND greatest(match.match_date, coalesce(match.touched_on, (
                SELECT max(item.item_date)
                FROM item
                WHERE item.administration = $1 AND item.party_id = match.party_id AND item.item_id = ANY(match.item_ids)
            ))) <= booking.match_date
            THEN (
                SELECT reversal.match_id
                FROM match AS reversal
                WHERE reversal.administration = $1
                AND reversal.party_id = match.party_id
                AND reversal.reversal_of = match.match_id
            ) IS NULL
            ELSE false END
        ORDER BY match.party_id, match.sequence DESC
    ) AS candidate
),

-- What a payment run or a read bank statement holds is marked so when it is open again.
held AS MATERIALIZED (
    SELECT item_state.party_id, item_state.item_id
    FROM item_state
    WHERE item_state.administration = $1
    AND item_state.party_id = ANY($2::text[])
    AND (item_state.in_payment_run OR item_state.on_bank_statement)
),

-- Step 2, the lines: each with its item's facts, with the row of what is open of it now (NULL: nothing is), and with what
-- is open after this line. `is_last` is the line that leaves the item as it will be.
placed AS MATERIALIZED (
    SELECT
        line.*,
        fact.currency,
        fact.item_date,
        fact.voucher,
        fact.posted_amount,
        fact.posted_base_amount,
        fact.side,
        current.row_address,
        current.open_base_amount,
        coalesce(current.open_amount, 0) + running_total(line.amount) OVER of_item AS open_amount,
        CASE WHEN line.base IS NOT NULL THEN running_total(line.base) OVER of_item END AS base_change,
        lead(line.version) OVER of_item IS NULL AS is_last
    -- Each a subquery of its own: read once and hashed, never looked up line by line.
    FROM (
        SELECT undone.party_id, undone.version, line.item_id, line.position, -line.amount AS amount, -line.base AS base
        FROM undone
        CROSS JOIN LATERAL unnest(undone.item_ids, undone.amounts, undone.base_amounts)
            WITH ORDINALITY AS line (item_id, amount, base, position)
        OFFSET 0
    ) AS line
    LEFT JOIN (
        SELECT
            item.party_id, item.item_id, item.currency, item.item_date, item.voucher, item.amount AS posted_amount,
            item.base_amount AS posted_base_amount, CASE WHEN item.amount > 0 THEN 1 ELSE -1 END AS side
        FROM item
        WHERE item.administration = $1 AND item.party_id = ANY($2::text[])
        OFFSET 0
    ) AS fact USING (party_id, item_id)
    LEFT JOIN (
        SELECT
            open_item.party_id, open_item.item_id, open_item.ctid AS row_address, open_item.open_amount,
            open_item.open_base_amount
        FROM open_item
        WHERE open_item.administration = $1 AND open_item.party_id = ANY($2::text[])
        OFFSET 0
    ) AS current USING (party_id, item_id)
    WINDOW of_item AS (
        PARTITION BY line.party_id, line.item_id ORDER BY line.version, line.position DESC ROWS UNBOUNDED PRECEDING
    )
),

-- Step 3, the reversals, their lines in the order of the match that they undo.
entry AS (
    SELECT
        version,
        array_agg(amount ORDER BY position) AS amounts,
        array_agg(open_amount ORDER BY position) AS open_amounts,
        max(item_date) AS latest_item_date
    FROM placed
    GROUP BY version
),

-- Step 4, booking: where the match had a contra or a difference, the same account gets it back.
booked AS (
    INSERT INTO match (
        administration, party_id, sequence, run_id, request_id, reversal_of, match_date, touched_on, fiscal_year, period,
        settlement_information, contra_amount, contra_base_amount, exchange_difference, method, journal, currency,
        employee, contra_kind, contra_journal, contra_gl_account, exchange_gl_account, reason, note,
        origin_administration, item_ids, amounts, open_amounts, base_amounts, line_currencies
    )
    SELECT
        $1, undone.party_id, undone.version, booking.run_id, booking.request_id, undone.match_id, booking.match_date,
        greatest(undone.match_date, entry.latest_item_date), booking.fiscal_year, booking.period, undone.settlement_information, -undone.contra_amount,
        -undone.contra_base_amount, -undone.exchange_difference, 'reversal', undone.journal, undone.currency,
        booking.employee, undone.contra_kind, undone.contra_journal, undone.contra_gl_account,
        undone.exchange_gl_account, undone.reason, booking.note, undone.origin_administration, undone.item_ids,
        entry.amounts, entry.open_amounts, array_negative(undone.base_amounts),
        undone.line_currencies
    FROM entry
    JOIN undone USING (version)
    CROSS JOIN booking
    ORDER BY undone.version
    RETURNING party_id, match_id, sequence, cardinality(item_ids) AS lines
), announced AS (
    INSERT INTO outbox (topic, key, reference)
    SELECT 'items-matched', $1 || ':' || party_id, $1 || ':' || party_id || ':' || match_id
    FROM booked
    ORDER BY sequence
),

-- Step 5, what is open now: an item of which something was open is moved, one that was settled comes back. Its base amount
-- gets back what the lines took, or is its share of the whole where they took none.
restored AS (
    SELECT * FROM placed WHERE is_last
), moved AS (
    UPDATE open_item
    SET
        open_amount = restored.open_amount,
        open_base_amount = open_item.open_base_amount + coalesce(
            restored.base_change,
            base_share(restored.posted_base_amount, restored.posted_amount, restored.open_amount)
            - open_item.open_base_amount
        ),
        version = restored.version,
        given_back_on = greatest(open_item.given_back_on, booking.match_date)
    FROM restored
    CROSS JOIN booking
    WHERE restored.row_address IS NOT NULL AND open_item.ctid = restored.row_address
), reopened AS (
    INSERT INTO open_item (
        administration, party_id, currency, side, held, item_date, voucher, item_id, amount, open_amount,
        open_base_amount, version, given_back_on
    )
    SELECT
        $1, restored.party_id, restored.currency, restored.side,
        (restored.party_id, restored.item_id) IN (SELECT held.party_id, held.item_id FROM held),
        restored.item_date, restored.voucher, restored.item_id, restored.posted_amount, restored.open_amount,
        coalesce(
            restored.base_change,
            base_share(restored.posted_base_amount, restored.posted_amount, restored.open_amount)
        ),
        restored.version, booking.match_date
    FROM restored
    CROSS JOIN booking
    WHERE restored.row_address IS NULL
    ORDER BY restored.party_id
)
SELECT
    count(*) AS matches,
    count(*) FILTER (WHERE undone.run_id IS NULL) AS by_hand,
    coalesce(sum(booked.lines), 0)::bigint AS lines
FROM booked
JOIN undone ON undone.version = booked.sequence

-- name: earlier_settlements
-- $1 administration, $2 locked parties, $3 criteria, $4 $5 $6 zero-balance days by party and currency, $7 the day on which
-- they are to be undone: each with whether it is later than that. These are the matches in force, by hand, asked for or made by a run, in which items of one currency settle each other, and of which every item is
-- within the criteria and held by nothing. What has another side than the party's items (a write-off, a difference,
-- another currency) is no such settlement. Accounts that the run will not settle keep what they have.
--
-- First the accounts that are left out: those without a day, and those whose balance is not zero where the run asks for
-- that. Then each match is judged by itself, before its items are looked up; one item that the run may not take keeps the
-- match, because its other items cannot be open without it.
WITH last_day AS MATERIALIZED (
    SELECT last_day.party_id, last_day.currency, last_day.day
    FROM unnest($4::text[], $5::text[], $6::date[]) AS last_day (party_id, currency, day)
), unbalanced AS MATERIALIZED (
    SELECT open_item.party_id, open_item.currency
    FROM open_item
    WHERE open_item.administration = $1 AND open_item.party_id = ANY($2::text[])
    GROUP BY open_item.party_id, open_item.currency
    HAVING sum(open_item.open_amount) <> 0
)
SELECT match.match_id, match.match_date > $7::date AS is_later
FROM match
CROSS JOIN jsonb_to_record($3::jsonb) AS criteria (
    currency_from text, currency_to text, voucher_from text, voucher_to text, item_date_from date,
    item_date_to date, due_date_from date, due_date_to date, kinds text[], only_zero_balance boolean,
    up_to_zero_balance boolean
)
LEFT JOIN last_day USING (party_id, currency)
WHERE match.administration = $1
AND match.party_id = ANY($2::text[])
-- One CASE, so that the planner does not multiply the selectivities down to a single row.
AND CASE WHEN
    match.contra_kind IS NULL
    AND match.line_currencies IS NULL
    AND match.reversal_of IS NULL
    AND in_range(match.currency, criteria.currency_from, criteria.currency_to)
    AND NOT (
        criteria.only_zero_balance IS TRUE
        AND (match.party_id, match.currency) IN (SELECT unbalanced.party_id, unbalanced.currency FROM unbalanced)
    )
    THEN (
        SELECT reversal.match_id
        FROM match AS reversal
        WHERE reversal.administration = $1
        AND reversal.party_id = match.party_id
        AND reversal.reversal_of = match.match_id
    ) IS NULL AND (
        SELECT bool_and(
            NOT coalesce(state.in_payment_run OR state.on_bank_statement, false)
            AND reservation.item_id IS NULL
            AND in_range(item.voucher, criteria.voucher_from, criteria.voucher_to)
            AND in_range(item.item_date, criteria.item_date_from, criteria.item_date_to)
            AND (criteria.up_to_zero_balance IS NOT TRUE OR coalesce(item.item_date <= last_day.day, false))
            AND in_range(
                CASE WHEN state.item_id IS NULL THEN item.due_date ELSE state.due_date END,
                criteria.due_date_from, criteria.due_date_to
            )
            AND (criteria.kinds IS NULL OR item.kind = ANY(criteria.kinds))
        )
        FROM item
        LEFT JOIN item_state AS state USING (administration, party_id, item_id)
        LEFT JOIN reservation
            ON reservation.administration = $1 AND reservation.party_id = item.party_id
            AND reservation.item_id = item.item_id AND reservation.expires_at > now()
        WHERE item.administration = $1
        AND item.party_id = match.party_id
        AND item.item_id = ANY(match.item_ids)
    )
    ELSE false END

-- name: matches_using_items
-- Which matches in force touch the given items, in their order.
SELECT given.administration, given.party_id, given.item_id, match.match_id
FROM unnest($1::text[], $2::text[], $3::text[]) AS given (administration, party_id, item_id)
JOIN match
    ON match.administration = given.administration
    AND match.party_id = given.party_id
    AND given.item_id = ANY(match.item_ids)
WHERE match.reversal_of IS NULL
AND NOT EXISTS (
    SELECT FROM match AS reversal
    WHERE reversal.administration = match.administration
    AND reversal.party_id = match.party_id
    AND reversal.reversal_of = match.match_id
)
ORDER BY match.sequence

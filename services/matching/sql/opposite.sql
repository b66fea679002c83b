-- Opposite items, as sets: pairs of the same amount. Pairs within a tolerance are found among what these leave.

-- name: match_opposite_items
-- $1 administration, $2 locked parties, $3 criteria, $4 booking. Within an account the oldest charge of an amount goes with
-- the oldest credit of that amount; each pair is a match of its own, so that it is undone alone.
--
-- Within an account charges of one amount are numbered from the oldest, and credits of that amount too; the n-th charge
-- and the n-th credit are a pair. A number that one side only has stays open. Nothing is joined: the two of a pair are
-- what falls together when items are grouped by amount and number, so that an account of any size is one sort.
WITH booking AS MATERIALIZED (
    SELECT *
    FROM jsonb_to_record($4::jsonb) AS booking (
        run_id uuid, match_date date, journal text, fiscal_year integer, period integer, employee text,
        note text, settlement_information boolean, base_currency text, exchange_gains text, exchange_losses text
    )
),

-- Step 1: the turn of each item among those of its side and amount.
numbered AS (
    SELECT
        selectable.*,
        abs(selectable.open_amount) AS size,
        row_number() OVER (
            PARTITION BY party_id, currency, abs(open_amount), side ORDER BY item_date, voucher, item_id
        ) AS turn
    FROM selectable_items($1, $2, $3::jsonb) AS selectable
    WHERE selectable.is_selected
),

-- Step 2: what has the same turn goes together, the credit first. Both are settled whole, so that their base amounts
-- are what is open of them, and what these leave is an exchange difference.
pair AS MATERIALIZED (
    SELECT
        party_id,
        currency,
        size,
        turn,
        array_agg(row_address ORDER BY side) AS row_addresses,
        array_agg(item_id ORDER BY side) AS item_ids,
        array_agg(-open_amount ORDER BY side) AS amounts,
        array_agg(-open_base_amount ORDER BY side) AS base_amounts,
        count(open_base_amount) = 2 AS is_valued,
        running_total(open_base_amount) AS base_difference,
        max(item_date) AS touched_on
    FROM numbered
    GROUP BY party_id, currency, size, turn
    HAVING count(*) = 2
),

-- Step 3: differences are booked where both are valued, and in another currency than the books'.
entry AS (
    SELECT
        pair.*,
        CASE WHEN is_valued AND currency <> booking.base_currency THEN base_difference ELSE 0 END AS exchange_difference
    FROM pair
    CROSS JOIN booking
),

-- Step 4: a match for each pair, announced, and both its items gone from what is open.
booked AS (
    INSERT INTO match (
        administration, party_id, run_id, match_date, touched_on, fiscal_year, period, settlement_information,
        exchange_difference, exchange_gl_account, method, journal, currency, employee, note, item_ids, amounts,
        open_amounts, base_amounts
    )
    SELECT
        $1, entry.party_id, booking.run_id, booking.match_date, entry.touched_on, booking.fiscal_year, booking.period,
        booking.settlement_information, entry.exchange_difference,
        CASE WHEN entry.exchange_difference <> 0 THEN exchange_account(
            $1, entry.party_id, entry.exchange_difference, booking.exchange_gains, booking.exchange_losses
        ) END,
        'opposite-items', booking.journal, entry.currency, booking.employee, booking.note, entry.item_ids,
        entry.amounts, ARRAY[0, 0]::bigint[],
        CASE WHEN entry.is_valued AND entry.currency <> booking.base_currency THEN entry.base_amounts END
    FROM entry
    CROSS JOIN booking
    ORDER BY entry.party_id, entry.currency, entry.size, entry.turn
    RETURNING party_id, match_id, sequence
), announced AS (
    INSERT INTO outbox (topic, key, reference)
    SELECT 'items-matched', $1 || ':' || party_id, $1 || ':' || party_id || ':' || match_id
    FROM booked
    ORDER BY sequence
), closed AS (
    DELETE FROM open_item
    USING (SELECT unnest(pair.row_addresses) AS row_address FROM pair) AS line
    WHERE open_item.ctid = line.row_address
)
SELECT
    pair.currency,
    count(DISTINCT pair.party_id) AS parties,
    count(*) AS matches,
    2 * count(*) AS items,
    running_total(pair.size) AS amount
FROM pair
GROUP BY pair.currency
ORDER BY pair.currency

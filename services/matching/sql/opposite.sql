-- Opposite items, as sets: pairs of the same amount. Pairs within a tolerance are found among what these leave.

-- name: match_opposite_items
-- $1 administration, $2 locked parties, $3 criteria, $4 booking, $5 most pairs of a match. Within an account the oldest
-- charge of an amount goes with the oldest credit of that amount; a match holds an account's pairs side by side.
WITH booking AS MATERIALIZED (
    SELECT *
    FROM jsonb_to_record($4::jsonb) AS booking (
        run_id uuid, match_date date, journal text, fiscal_year integer, period integer, employee text,
        note text, settlement_information boolean, base_currency text, exchange_gains text, exchange_losses text
    )
), numbered AS (
    SELECT
        selectable.*,
        row_number() OVER (
            PARTITION BY party_id, currency, abs(open_amount), side ORDER BY item_date, voucher, item_id
        ) AS turn
    FROM selectable_items($1, $2, $3::jsonb) AS selectable
    WHERE selectable.is_selected
), paired AS (
    SELECT numbered.*, count(*) OVER (PARTITION BY party_id, currency, abs(open_amount), turn) AS sides
    FROM numbered
), line AS MATERIALIZED (
    SELECT
        paired.row_address, paired.party_id, paired.currency, paired.side, paired.item_id, paired.open_amount,
        CASE WHEN paired.currency <> booking.base_currency THEN paired.open_base_amount END AS open_base_amount,
        row_number() OVER (
            PARTITION BY paired.party_id, paired.currency, paired.side ORDER BY abs(paired.open_amount), paired.turn
        ) AS pair
    FROM paired
    CROSS JOIN booking
    WHERE paired.sides = 2
), entry AS (
    SELECT
        party_id,
        currency,
        (pair - 1) / $5::integer AS piece,
        array_agg(item_id ORDER BY side, pair) AS item_ids,
        array_agg(-open_amount ORDER BY side, pair) AS amounts,
        array_fill(0::bigint, ARRAY[count(*)::integer]) AS open_amounts,
        CASE WHEN count(open_base_amount) = count(*) THEN array_agg(-open_base_amount ORDER BY side, pair) END
            AS base_amounts,
        CASE WHEN count(open_base_amount) = count(*) THEN sum(open_base_amount)::bigint ELSE 0 END
            AS exchange_difference
    FROM line
    GROUP BY party_id, currency, (pair - 1) / $5::integer
), booked AS (
    INSERT INTO match (
        administration, party_id, run_id, match_date, fiscal_year, period, settlement_information,
        exchange_difference, exchange_gl_account, method, journal, currency, employee, note, item_ids, amounts,
        open_amounts, base_amounts
    )
    SELECT
        $1, entry.party_id, booking.run_id, booking.match_date, booking.fiscal_year, booking.period,
        booking.settlement_information, entry.exchange_difference,
        CASE WHEN entry.exchange_difference <> 0 THEN exchange_account(
            $1, entry.party_id, entry.exchange_difference, booking.exchange_gains, booking.exchange_losses
        ) END,
        'opposite-items', booking.journal, entry.currency, booking.employee, booking.note, entry.item_ids,
        entry.amounts, entry.open_amounts, entry.base_amounts
    FROM entry
    CROSS JOIN booking
    ORDER BY entry.party_id, entry.currency, entry.piece
    RETURNING party_id, currency, match_id, sequence
), announced AS (
    INSERT INTO outbox (topic, key, reference)
    SELECT 'items-matched', $1 || ':' || party_id, $1 || ':' || party_id || ':' || match_id
    FROM booked
    ORDER BY sequence
), closed AS (
    DELETE FROM open_item
    USING line
    WHERE open_item.ctid = line.row_address
)
SELECT settled.currency, counted.parties, counted.matches, settled.items, settled.amount
FROM (
    SELECT line.currency, count(*) AS items, running_total(line.open_amount) FILTER (WHERE line.side = 1) AS amount
    FROM line
    GROUP BY line.currency
) AS settled
JOIN (
    SELECT booked.currency, count(DISTINCT booked.party_id) AS parties, count(*) AS matches
    FROM booked
    GROUP BY booked.currency
) AS counted USING (currency)
ORDER BY settled.currency

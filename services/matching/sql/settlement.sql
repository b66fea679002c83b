-- Oldest first and account balance, as sets.
--
-- Lay the charges of an account end to end from the oldest, each as long as its open amount, and its credits below them
-- in the same way:
--
--     charges  |---- I1 ----|-- I2 --|------ I3 ------|
--     credits  |------ C1 ------|---- C2 ----|
--                                            ^ settled
--
-- Where the shorter side ends, settlement ends: what lies left of that point is settled, what lies right of it stays open,
-- and an item that the point cuts is settled in part. Which credit settled which charge can be read off the picture, so
-- that nothing is paired: a match keeps its lines in this order, and its allocations follow from them. An account balance
-- is the same picture in which both sides are settled to their ends.

-- name: settle
-- $1 administration, $2 locked parties, $3 criteria, $4 booking, $5 $6 $7 zero-balance days by party and currency,
-- $8 most allocations of a match. Method account-balance settles whole accounts whose balance is within the tolerance,
-- a difference goes to the account for payment differences; every other method settles as far as the smaller side goes.

-- Step 1, what is asked: read once, and materialised so that the planner does not take them for tables of many rows.
WITH criteria AS MATERIALIZED (
    SELECT *
    FROM jsonb_to_record($3::jsonb) AS criteria (
        only_zero_balance boolean, up_to_zero_balance boolean, method text, tolerance bigint, books_differences boolean,
        charge_kinds text[]
    )
), booking AS MATERIALIZED (
    SELECT *
    FROM jsonb_to_record($4::jsonb) AS booking (
        run_id uuid, match_date date, journal text, fiscal_year integer, period integer, employee text,
        note text, settlement_information boolean, base_currency text, exchange_gains text, exchange_losses text,
        payment_differences text
    )
), last_day AS MATERIALIZED (
    SELECT last_day.party_id, last_day.currency, last_day.day
    FROM unnest($5::text[], $6::text[], $7::date[]) AS last_day (party_id, currency, day)
),

-- Step 2, the items: all that is open of the parties, each with whether the run may take it. The others stay in, because
-- they count in the account's balance. The outer joins keep the rows in the order of the primary key, so that no step
-- below sorts.
candidate AS (
    SELECT
        selectable.row_address,
        selectable.party_id,
        selectable.currency,
        selectable.side,
        selectable.item_date,
        selectable.voucher,
        selectable.item_id,
        selectable.open_amount,
        selectable.open_base_amount,
        selectable.is_selected
        AND (NOT criteria.up_to_zero_balance OR coalesce(selectable.item_date <= last_day.day, false))
        -- Only charges of some kinds, where the run settles those first: a CASE, so that others look nothing up.
        AND CASE WHEN criteria.charge_kinds IS NULL OR selectable.side = -1 THEN true ELSE (
            SELECT item.kind = ANY(criteria.charge_kinds)
            FROM item
            WHERE item.administration = $1 AND item.party_id = selectable.party_id
            AND item.item_id = selectable.item_id
        ) END AS is_selected
    FROM selectable_items($1, $2, $3::jsonb) AS selectable
    LEFT JOIN criteria ON true
    LEFT JOIN last_day ON last_day.party_id = selectable.party_id AND last_day.currency = selectable.currency
),

-- Step 3, the picture: `reach` is where an item ends on its side, counted from the oldest. What the run may not take has
-- no length.
reach AS (
    SELECT
        *,
        running_total(CASE WHEN is_selected THEN abs(open_amount) ELSE 0 END) OVER (
            PARTITION BY party_id, currency, side ORDER BY item_date, voucher, item_id ROWS UNBOUNDED PRECEDING
        ) AS reach
    FROM candidate
),

-- Step 4, where settlement ends: at the end of the shorter side. least() ignores NULL, hence the coalesce: a party with
-- one side only settles nothing.
total AS (
    SELECT
        *,
        count(*) FILTER (WHERE is_selected) OVER account AS candidates,
        least(
            coalesce(max(reach) FILTER (WHERE side = 1) OVER account, 0),
            coalesce(max(reach) FILTER (WHERE side = -1) OVER account, 0)
        ) AS settled,
        running_total(open_amount) OVER account AS balance,
        running_total(CASE WHEN is_selected THEN open_amount ELSE 0 END) OVER account AS selected_balance
    FROM reach
    WINDOW account AS (PARTITION BY party_id, currency)
),

-- Step 5, the lines: of each item the part from `settled_from` to `settled_to`, if there is any. An account balance takes
-- items whole, where both sides are there, and only if the difference is tolerated and has an account to go to.
-- In the base currency there is no second amount to settle.
line AS MATERIALIZED (
    SELECT
        row_address,
        party_id,
        currency,
        side,
        item_id,
        open_amount,
        item_date,
        CASE WHEN currency <> booking.base_currency THEN open_base_amount END AS open_base_amount,
        candidates,
        reach,
        reach - abs(open_amount) AS settled_from,
        CASE WHEN criteria.method = 'account-balance' THEN reach ELSE least(reach, settled) END AS settled_to
    FROM total
    CROSS JOIN criteria
    CROSS JOIN booking
    WHERE is_selected
    AND CASE WHEN criteria.method = 'account-balance'
        THEN settled > 0
            AND abs(selected_balance) <= criteria.tolerance
            AND (selected_balance = 0 OR criteria.books_differences)
        ELSE reach - abs(open_amount) < settled END
    AND (NOT criteria.only_zero_balance OR balance = 0)
),

-- Step 6, long accounts: a match has at most $8 allocations, so that its event stays small. In an account with more
-- candidates the ends of both sides are ranked from left to right; every $8th is a cut, and what lies between two cuts is
-- a match of its own, which balances because both sides are cut at the same point. Short accounts skip this step.
ranked AS (
    SELECT *, row_number() OVER (PARTITION BY party_id, currency ORDER BY settled_to, side) AS rank
    FROM line
    WHERE candidates > $8::integer
),

-- Where the pieces end.
cut AS (
    SELECT party_id, currency, rank / $8::integer AS piece, settled_to AS amount
    FROM ranked
    WHERE rank % $8::integer = 0
),

-- Over which pieces an item reaches: from the piece in which the item before it on its side ended, to that of its own end.
spread AS (
    SELECT
        *,
        coalesce(lag(rank) OVER (PARTITION BY party_id, currency, side ORDER BY rank), 0) / $8::integer AS first_piece,
        (rank - 1) / $8::integer AS last_piece
    FROM ranked
),

-- The part of each item within each piece, from `low` to `high`.
portion AS (
    SELECT party_id, currency, 0 AS piece, side, item_id, open_amount, open_base_amount, item_date, settled_from,
        settled_from AS low,
        settled_to AS high
    FROM line
    WHERE candidates <= $8::integer
    UNION ALL
    SELECT spread.party_id, spread.currency, pieces.piece, spread.side, spread.item_id,
        spread.open_amount, spread.open_base_amount, spread.item_date, spread.settled_from,
        greatest(spread.settled_from, coalesce(lower_cut.amount, 0)) AS low,
        least(spread.settled_to, coalesce(upper_cut.amount, spread.settled_to)) AS high
    FROM spread
    CROSS JOIN LATERAL generate_series(spread.first_piece, spread.last_piece) AS pieces (piece)
    LEFT JOIN cut AS lower_cut
        ON lower_cut.party_id = spread.party_id AND lower_cut.currency = spread.currency
        AND lower_cut.piece = pieces.piece
    LEFT JOIN cut AS upper_cut
        ON upper_cut.party_id = spread.party_id AND upper_cut.currency = spread.currency
        AND upper_cut.piece = pieces.piece + 1
),

-- Step 7, the base currency: the difference between what was open of the item's base amount before the part, and what is
-- open after it. Both are shares of the whole, so that rounding never adds up, and the last part takes all that is left.
based AS (
    SELECT
        portion.*,
        CASE WHEN open_base_amount IS NOT NULL THEN (
            SELECT
                base_share(item.base_amount, item.amount, portion.open_amount - portion.side * (high - settled_from))
                - CASE WHEN low = settled_from THEN open_base_amount
                ELSE base_share(item.base_amount, item.amount, portion.open_amount - portion.side * (low - settled_from))
                END
            FROM item
            WHERE item.administration = $1 AND item.party_id = portion.party_id AND item.item_id = portion.item_id
        ) END AS base_change
    FROM portion
    WHERE high > low
),

-- Step 8, the matches: credits, then charges, each from the oldest; in this order lines laid side by side are allocations.
-- What the lines do not balance is the contra of an account balance. A base amount is booked only if all lines have one.
entry AS (
    SELECT
        party_id,
        currency,
        piece,
        array_agg(item_id ORDER BY side, low) AS item_ids,
        array_agg(-side * (high - low) ORDER BY side, low) AS amounts,
        array_agg(open_amount - side * (high - settled_from) ORDER BY side, low) AS open_amounts,
        CASE WHEN count(base_change) = count(*) THEN array_agg(base_change ORDER BY side, low) END AS base_amounts,
        running_total(side * (high - low)) AS contra_amount,
        max(item_date) AS touched_on,
        CASE WHEN count(base_change) = count(*) THEN -sum(base_change)::bigint ELSE 0 END AS base_difference
    FROM based
    GROUP BY party_id, currency, piece
),

-- Step 9, booking. What the lines do not balance in the base currency belongs to the contra where there is one; otherwise
-- it is an exchange difference, and goes to the account for it. Sequences grow in the order of the keys.
booked AS (
    INSERT INTO match (
        administration, party_id, run_id, match_date, touched_on, fiscal_year, period, settlement_information, contra_kind,
        contra_gl_account, contra_amount, contra_base_amount, exchange_difference, exchange_gl_account, method,
        journal, currency, employee, note, item_ids, amounts, open_amounts, base_amounts
    )
    SELECT
        $1, entry.party_id, booking.run_id, booking.match_date, entry.touched_on, booking.fiscal_year, booking.period,
        booking.settlement_information,
        CASE WHEN entry.contra_amount <> 0 THEN 'payment-difference' END,
        CASE WHEN entry.contra_amount <> 0 THEN booking.payment_differences END,
        entry.contra_amount,
        CASE WHEN entry.contra_amount <> 0 THEN entry.base_difference ELSE 0 END,
        CASE WHEN entry.contra_amount = 0 THEN entry.base_difference ELSE 0 END,
        CASE WHEN entry.contra_amount = 0 AND entry.base_difference <> 0 THEN exchange_account(
            $1, entry.party_id, entry.base_difference, booking.exchange_gains, booking.exchange_losses
        ) END,
        criteria.method, booking.journal, entry.currency, booking.employee, booking.note, entry.item_ids,
        entry.amounts, entry.open_amounts, entry.base_amounts
    FROM entry
    CROSS JOIN booking
    CROSS JOIN criteria
    ORDER BY entry.party_id, entry.currency, entry.piece
    RETURNING party_id, currency, match_id, sequence
),

-- Step 10, telling: the outbox refers to the match, whose event is rendered when it is published.
announced AS (
    INSERT INTO outbox (topic, key, reference)
    SELECT 'items-matched', $1 || ':' || party_id, $1 || ':' || party_id || ':' || match_id
    FROM booked
    ORDER BY sequence
),

-- Step 11, what is open now: by the rows' addresses, which cannot change while the accounts are locked. What is settled
-- to its end goes; what is settled in part keeps the rest, and the number of the last match of its account as its version.
closed AS (
    DELETE FROM open_item
    USING line
    WHERE open_item.ctid = line.row_address AND line.settled_to = line.reach
), reduced AS (
    UPDATE open_item
    SET
        open_amount = line.open_amount - line.side * (line.settled_to - line.settled_from),
        open_base_amount = CASE WHEN open_item.open_base_amount IS NOT NULL THEN (
            SELECT base_share(
                item.base_amount, item.amount, line.open_amount - line.side * (line.settled_to - line.settled_from)
            )
            FROM item
            WHERE item.administration = $1 AND item.party_id = line.party_id AND item.item_id = line.item_id
        ) END,
        version = last.sequence
    FROM line
    JOIN (SELECT party_id, currency, max(sequence) AS sequence FROM booked GROUP BY party_id, currency) AS last
        USING (party_id, currency)
    WHERE open_item.ctid = line.row_address AND line.settled_to < line.reach
)

-- Step 12, what was done, per currency.
SELECT
    settled.currency,
    counted.parties,
    counted.matches,
    settled.items,
    settled.amount
FROM (
    SELECT
        line.currency,
        count(*) AS items,
        running_total(line.settled_to - line.settled_from) FILTER (WHERE line.side = 1) AS amount
    FROM line
    GROUP BY line.currency
) AS settled
JOIN (
    SELECT booked.currency, count(DISTINCT booked.party_id) AS parties, count(*) AS matches
    FROM booked
    GROUP BY booked.currency
) AS counted USING (currency)
ORDER BY settled.currency

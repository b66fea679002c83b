-- No booking is earlier than what it touches: a match than its items, a reversal than its match.

ALTER TABLE open_item ADD COLUMN given_back_on date;
COMMENT ON COLUMN open_item.given_back_on IS
'The latest day on which an undone match gave something of it back; null for never. A match before that day would settle it twice until then.';

-- What was given back before there was a day for it.
UPDATE open_item
SET given_back_on = given_back.day
FROM (
    SELECT match.administration, match.party_id, line.item_id, max(match.match_date) AS day
    FROM match
    CROSS JOIN LATERAL unnest(match.item_ids) AS line (item_id)
    WHERE match.reversal_of IS NOT NULL
    GROUP BY match.administration, match.party_id, line.item_id
) AS given_back
WHERE open_item.administration = given_back.administration
AND open_item.party_id = given_back.party_id
AND open_item.item_id = given_back.item_id;

ALTER TABLE match ADD COLUMN touched_on date;
COMMENT ON COLUMN match.touched_on IS
'The latest day of what it touches: of its items, and of the match that it reverses. Null where it was booked before this was kept.';
-- Not validated: what is there has no touched_on, and the audit looks at its days.
ALTER TABLE match ADD CONSTRAINT match_is_not_earlier_than_what_it_touches CHECK (match_date >= touched_on) NOT VALID;

-- Which open items a run or a proposal may take is still said in one place: none that it would be earlier than.
CREATE OR REPLACE FUNCTION selectable_items(of_administration text, of_parties text[], selection jsonb)
RETURNS SETOF selectable_item
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT
        open_item.ctid AS row_address,
        open_item.party_id,
        open_item.currency,
        open_item.side,
        open_item.item_date,
        open_item.voucher,
        open_item.item_id,
        open_item.open_amount,
        open_item.open_base_amount,
        NOT open_item.held
        AND reservation.item_id IS NULL
        AND coalesce(greatest(open_item.item_date, open_item.given_back_on) <= criteria.match_date, true)
        AND in_range(open_item.currency, criteria.currency_from, criteria.currency_to)
        AND in_range(open_item.voucher, criteria.voucher_from, criteria.voucher_to)
        AND in_range(open_item.item_date, criteria.item_date_from, criteria.item_date_to)
        AND (
            (criteria.due_date_from IS NULL AND criteria.due_date_to IS NULL AND criteria.kinds IS NULL)
            OR coalesce((
                SELECT
                    (criteria.kinds IS NULL OR item.kind = ANY(criteria.kinds))
                    AND in_range(
                        CASE WHEN state.item_id IS NULL THEN item.due_date ELSE state.due_date END,
                        criteria.due_date_from, criteria.due_date_to
                    )
                FROM item
                LEFT JOIN item_state AS state USING (administration, party_id, item_id)
                WHERE item.administration = of_administration
                AND item.party_id = open_item.party_id
                AND item.item_id = open_item.item_id
            ), false)
        ) AS is_selected
    -- An outer join, so that the rows come in the order of the primary key.
    FROM open_item
    LEFT JOIN jsonb_to_record(selection) AS criteria (
        currency_from text, currency_to text, voucher_from text, voucher_to text, item_date_from date,
        item_date_to date, due_date_from date, due_date_to date, kinds text[], match_date date
    ) ON true
    LEFT JOIN reservation
        ON reservation.administration = of_administration AND reservation.party_id = open_item.party_id
        AND reservation.item_id = open_item.item_id AND reservation.expires_at > now()
    WHERE open_item.administration = of_administration AND open_item.party_id = ANY(of_parties);
END;

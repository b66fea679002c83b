-- Which open items a run or a proposal may take, said in one place.

CREATE FUNCTION in_range(value anyelement, low anyelement, high anyelement) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS 'SELECT coalesce((low IS NULL OR value >= low) AND (high IS NULL OR value <= high), false)';
COMMENT ON FUNCTION in_range(anyelement, anyelement, anyelement) IS
'Whether a value lies between two bounds, both inclusive; a missing bound is open, a missing value lies within open bounds only.';

CREATE TYPE selectable_item AS (
    row_address tid,
    party_id text COLLATE "C",
    currency text COLLATE "C",
    side smallint,
    item_date date,
    voucher text COLLATE "C",
    item_id text COLLATE "C",
    open_amount bigint,
    open_base_amount bigint,
    is_selected boolean
);
COMMENT ON TYPE selectable_item IS
'An open item, and whether the criteria select it and nothing holds it. Key columns sort bytewise, as in open_item.';

CREATE FUNCTION selectable_items(of_administration text, of_parties text[], selection jsonb)
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
        item_date_to date, due_date_from date, due_date_to date, kinds text[]
    ) ON true
    LEFT JOIN reservation
        ON reservation.administration = of_administration AND reservation.party_id = open_item.party_id
        AND reservation.item_id = open_item.item_id AND reservation.expires_at > now()
    WHERE open_item.administration = of_administration AND open_item.party_id = ANY(of_parties);
END;
COMMENT ON FUNCTION selectable_items(text, text[], jsonb) IS
'The open items of parties, each with whether a run may take it; plain enough to be planned as a part of the statement.';

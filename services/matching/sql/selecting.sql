-- Open items as a proposal looks at them.

-- name: selected_items
-- $1 administration, $2 parties, $3 criteria: the items that a run may take, in settlement order.
WITH criteria AS MATERIALIZED (
    SELECT *
    FROM jsonb_to_record($3::jsonb) AS criteria (
        currency_from text, currency_to text, voucher_from text, voucher_to text, item_date_from date,
        item_date_to date, due_date_from date, due_date_to date, kinds text[], only_zero_balance boolean,
        up_to_zero_balance boolean, method text, tolerance bigint, books_differences boolean
    )
), candidate AS (
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
        AND (criteria.currency_from IS NULL OR open_item.currency >= criteria.currency_from)
        AND (criteria.currency_to IS NULL OR open_item.currency <= criteria.currency_to)
        AND (criteria.voucher_from IS NULL OR open_item.voucher >= criteria.voucher_from)
        AND (criteria.voucher_to IS NULL OR open_item.voucher <= criteria.voucher_to)
        AND (criteria.item_date_from IS NULL OR open_item.item_date >= criteria.item_date_from)
        AND (criteria.item_date_to IS NULL OR open_item.item_date <= criteria.item_date_to)
        AND (
            (criteria.due_date_from IS NULL AND criteria.due_date_to IS NULL AND criteria.kinds IS NULL)
            OR coalesce((
                SELECT
                    (criteria.kinds IS NULL OR item.kind = ANY(criteria.kinds))
                    AND (criteria.due_date_from IS NULL OR coalesce(
                        CASE WHEN state.item_id IS NULL THEN item.due_date ELSE state.due_date END
                        >= criteria.due_date_from, false))
                    AND (criteria.due_date_to IS NULL OR coalesce(
                        CASE WHEN state.item_id IS NULL THEN item.due_date ELSE state.due_date END
                        <= criteria.due_date_to, false))
                FROM item
                LEFT JOIN item_state AS state USING (administration, party_id, item_id)
                WHERE item.administration = $1
                AND item.party_id = open_item.party_id
                AND item.item_id = open_item.item_id
            ), false)
        ) AS is_selected
    FROM open_item
    CROSS JOIN criteria
    LEFT JOIN reservation
        ON reservation.administration = $1 AND reservation.party_id = open_item.party_id
        AND reservation.item_id = open_item.item_id AND reservation.expires_at > now()
    WHERE open_item.administration = $1 AND open_item.party_id = ANY($2::text[])
)
SELECT
    $1::text AS administration, candidate.party_id, candidate.item_id, candidate.currency, item.amount,
    item.base_amount, candidate.open_amount, candidate.open_base_amount, item.item_date, item.voucher, item.kind,
    item.journal, CASE WHEN state.item_id IS NULL THEN item.due_date ELSE state.due_date END AS due_date,
    item.payment_terms_days, item.payment_method, item.description, item.branch, item.invoice_number, item.reference
FROM candidate
JOIN item ON item.administration = $1 AND item.party_id = candidate.party_id AND item.item_id = candidate.item_id
LEFT JOIN item_state AS state
    ON state.administration = $1 AND state.party_id = candidate.party_id AND state.item_id = candidate.item_id
WHERE candidate.is_selected
ORDER BY candidate.party_id, candidate.currency, candidate.side, candidate.item_date, candidate.voucher, candidate.item_id

-- Open items as a proposal looks at them.

-- name: selected_items
-- $1 administration, $2 parties, $3 criteria: the items that a run may take, in settlement order.
SELECT
    $1::text AS administration, candidate.party_id, candidate.item_id, candidate.currency, item.amount,
    item.base_amount, candidate.open_amount, candidate.open_base_amount, item.item_date, item.voucher, item.kind,
    item.journal, CASE WHEN state.item_id IS NULL THEN item.due_date ELSE state.due_date END AS due_date,
    item.payment_terms_days, item.payment_method, item.description, item.branch, item.invoice_number, item.reference
FROM selectable_items($1, $2, $3::jsonb) AS candidate
JOIN item ON item.administration = $1 AND item.party_id = candidate.party_id AND item.item_id = candidate.item_id
LEFT JOIN item_state AS state
    ON state.administration = $1 AND state.party_id = candidate.party_id AND state.item_id = candidate.item_id
WHERE candidate.is_selected
ORDER BY candidate.party_id, candidate.currency, candidate.side, candidate.item_date, candidate.voucher, candidate.item_id

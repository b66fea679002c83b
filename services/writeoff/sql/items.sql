-- Items of the read model, as decisions see them.

-- name: load_items
-- The given items, as far as they are posted.
SELECT
    item.administration, item.party_id, item.item_id, item.kind, item.currency, item.amount, item.open_amount,
    item.base_amount, item.status, item.item_date, coalesce(party.kind, 'debtor') AS party_kind,
    item.subscription_id, item.period_start, item.period_end, item.loan_id, item.material_id, item.checkin_id,
    item.note_id
FROM unnest($1::text[], $2::text[], $3::text[]) AS k (administration, party_id, item_id)
INNER JOIN item
    ON item.administration = k.administration AND item.party_id = k.party_id AND item.item_id = k.item_id
LEFT JOIN party ON party.administration = k.administration AND party.party_id = k.party_id;

-- name: named_items
-- Charges of parties that are named by their subscription, their note, their check-in, or their own id.
SELECT
    item.administration, item.party_id, item.item_id, item.kind, item.currency, item.amount, item.open_amount,
    item.base_amount, item.status, item.item_date, coalesce(party.kind, 'debtor') AS party_kind,
    item.subscription_id, item.period_start, item.period_end, item.loan_id, item.material_id, item.checkin_id,
    item.note_id
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[])
    AS c (administration, party_id, subscription_id, note_id, checkin_id, item_id)
INNER JOIN item ON item.administration = c.administration AND item.party_id = c.party_id
LEFT JOIN party ON party.administration = c.administration AND party.party_id = c.party_id
WHERE item.amount > 0
    AND (
        item.subscription_id = c.subscription_id OR item.note_id = c.note_id OR item.checkin_id = c.checkin_id
        OR item.item_id = c.item_id
    );

-- name: open_charges
-- What a party owes, oldest first.
SELECT item_id
FROM item
WHERE administration = $1 AND party_id = $2 AND open_amount > 0
ORDER BY item_date, voucher, item_id
LIMIT $3;

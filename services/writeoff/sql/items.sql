-- Items of the read model, as decisions see them.

-- name: load_items
-- The given items, as far as they are posted.
SELECT
    item.administration, item.party_id, item.item_id, item.kind, item.currency, item.amount, item.open_amount,
    item.base_amount, item.status, item.item_date, coalesce(party.kind, 'debtor') AS party_kind,
    item.subscription_id, item.period_start, item.period_end, item.loan_id, item.material_id, item.checkin_id,
    item.note_id, item.given_back_on
FROM unnest($1::text[], $2::text[], $3::text[]) AS k (administration, party_id, item_id)
INNER JOIN item
    ON item.administration = k.administration AND item.party_id = k.party_id AND item.item_id = k.item_id
LEFT JOIN party ON party.administration = k.administration AND party.party_id = k.party_id;

-- name: named_items
-- Charges of parties that are named by their subscription, note, check-in, loan or material, or their own id: each name is
-- looked up by itself, so that a name costs the same whatever else its party has. By loan and material the party's items
-- are read through, which is asked for only where a configuration wants what is not on the note.
SELECT
    item.administration, item.party_id, item.item_id, item.kind, item.currency, item.amount, item.open_amount,
    item.base_amount, item.status, item.item_date, coalesce(party.kind, 'debtor') AS party_kind,
    item.subscription_id, item.period_start, item.period_end, item.loan_id, item.material_id, item.checkin_id,
    item.note_id, item.given_back_on
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[])
    AS c (administration, party_id, subscription_id, note_id, checkin_id, item_id, loan_id, material_id)
-- The ids of what is called so, each once.
CROSS JOIN LATERAL (
    SELECT by_subscription.item_id
    FROM item AS by_subscription
    WHERE by_subscription.administration = c.administration
        AND by_subscription.party_id || chr(31) || by_subscription.subscription_id = c.party_id || chr(31) || c.subscription_id
        AND by_subscription.subscription_id IS NOT NULL
    -- A note stands for all that is on it.
    UNION
    SELECT by_note.item_id
    FROM item AS by_note
    WHERE by_note.administration = c.administration
        AND by_note.party_id || chr(31) || by_note.note_id = c.party_id || chr(31) || c.note_id
        AND by_note.note_id IS NOT NULL
    UNION
    SELECT by_checkin.item_id
    FROM item AS by_checkin
    WHERE by_checkin.administration = c.administration
        AND by_checkin.party_id || chr(31) || by_checkin.checkin_id = c.party_id || chr(31) || c.checkin_id
        AND by_checkin.checkin_id IS NOT NULL
    UNION
    SELECT by_loan.item_id
    FROM item AS by_loan
    WHERE (c.loan_id IS NOT NULL OR c.material_id IS NOT NULL)
        AND by_loan.administration = c.administration
        AND by_loan.party_id = c.party_id
        AND (by_loan.loan_id = c.loan_id OR by_loan.material_id = c.material_id)
    -- And some events know the item itself.
    UNION
    SELECT c.item_id
) AS named
-- The items, each by its key.
CROSS JOIN LATERAL (
    SELECT *
    FROM item AS own
    WHERE own.administration = c.administration AND own.party_id = c.party_id AND own.item_id = named.item_id
    LIMIT 1
) AS item
LEFT JOIN party ON party.administration = c.administration AND party.party_id = c.party_id
WHERE item.amount > 0;

-- name: open_charges
-- What a party owes, oldest first.
SELECT item_id
FROM item
WHERE administration = $1 AND party_id = $2 AND open_amount > 0
ORDER BY item_date, voucher, item_id
LIMIT $3;

-- name: standing_items
-- Those of the given items, by their positions from 1, that are posted already: what never changes of them, and what is
-- open. Index look-ups, whatever the statistics say of a table that grows by the second.
SELECT
    given.position, found.amount, found.currency, found.base_amount, found.kind, found.journal, found.voucher,
    found.item_date, found.open_amount
FROM unnest($2::text[], $3::text[]) WITH ORDINALITY AS given (party_id, item_id, position)
CROSS JOIN LATERAL (
    SELECT amount, currency, base_amount, kind, journal, voucher, item_date, open_amount
    FROM item
    WHERE item.administration = $1 AND item.party_id = given.party_id AND item.item_id = given.item_id
    LIMIT 1
) AS found;

-- What the ledger was asked, and its answers. Rows are only ever added.

-- name: load_asks
-- The given asks of ours, with the request behind each; looked up one by one, in this order, whatever the statistics say.
SELECT
    k.administration, k.party_id, k.ask_id, found.request_id, found.journal, found.currency, found.batch_id, found.items
FROM unnest($1::text[], $2::text[], $3::uuid[]) AS k (administration, party_id, ask_id)
CROSS JOIN LATERAL (
    SELECT ask.request_id, ask.journal, ask.currency, cardinality(ask.item_ids) AS items, request.batch_id
    FROM ask
    CROSS JOIN LATERAL (
        SELECT request.batch_id
        FROM request
        WHERE request.administration = ask.administration
            AND request.party_id = ask.party_id
            AND request.request_id = ask.request_id
        OFFSET 0
    ) AS request
    WHERE ask.administration = k.administration AND ask.party_id = k.party_id AND ask.ask_id = k.ask_id
    OFFSET 0
) AS found;

-- name: add_answers
INSERT INTO answer (administration, party_id, ask_id, match_id, code, message, items, amount)
SELECT a.administration, a.party_id, a.ask_id, a.match_id, a.code, a.message, a.items, a.amount
FROM unnest($1::text[], $2::text[], $3::uuid[], $4::uuid[], $5::text[], $6::text[], $7::bigint[], $8::bigint[])
    AS a (administration, party_id, ask_id, match_id, code, message, items, amount)
ON CONFLICT (administration, party_id, ask_id) DO NOTHING
RETURNING administration, party_id, ask_id;

-- name: skip_rest_of_asks
-- Every item of the given asks that the ledger neither settled nor named gets the ask's own reason.
INSERT INTO skipped_line (administration, party_id, request_id, item_id, journal, code, message)
SELECT a.administration, a.party_id, ask.request_id, i.item_id, ask.journal, a.code, a.message
FROM unnest($1::text[], $2::text[], $3::uuid[], $4::uuid[], $5::text[], $6::text[])
    AS a (administration, party_id, ask_id, match_id, code, message)
INNER JOIN ask ON ask.administration = a.administration AND ask.party_id = a.party_id AND ask.ask_id = a.ask_id
CROSS JOIN LATERAL unnest(ask.item_ids) AS i (item_id)
WHERE NOT EXISTS (
    SELECT FROM entry_line AS l
    WHERE l.administration = a.administration
        AND l.party_id = a.party_id
        AND l.match_id = a.match_id
        AND l.item_id = i.item_id
)
ON CONFLICT (administration, party_id, request_id, item_id, journal) DO NOTHING;

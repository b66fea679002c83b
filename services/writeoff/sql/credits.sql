-- What was paid for charges that a cause takes back.

-- name: keep_settlements
-- Of the given matches, lines as JSON, those that touch a charge of a note: looked up line by line, each by its key, until
-- one is found. A join would be free to walk through all items of the party for each of its matches.
INSERT INTO settlement (administration, party_id, match_id, journal, currency, lines)
SELECT m.administration, m.party_id, m.match_id, m.journal, m.currency, m.lines::jsonb
FROM unnest($1::text[], $2::text[], $3::uuid[], $4::text[], $5::text[], $6::text[])
    AS m (administration, party_id, match_id, journal, currency, lines)
WHERE EXISTS (
    SELECT FROM jsonb_to_recordset(m.lines::jsonb) AS l (item_id text)
    CROSS JOIN LATERAL (
        SELECT item.note_id, item.amount
        FROM item
        WHERE item.administration = m.administration AND item.party_id = m.party_id AND item.item_id = l.item_id
        LIMIT 1
    ) AS charge
    WHERE charge.note_id IS NOT NULL AND charge.amount > 0
)
ON CONFLICT (administration, party_id, match_id) DO NOTHING;

-- name: note_undone_settlements
UPDATE settlement
SET undone = TRUE
FROM unnest($1::text[], $2::text[], $3::uuid[]) AS r (administration, party_id, match_id)
WHERE settlement.administration = r.administration
    AND settlement.party_id = r.party_id
    AND settlement.match_id = r.match_id
    AND NOT settlement.undone;

-- name: settlements_of_parties
-- Settlements that stand, each line with the kind of its item, in the order of the ledger's matches.
SELECT
    s.administration, s.party_id, s.match_id, s.journal, s.currency,
    (
        SELECT json_agg(json_build_array(l.item_id, l.amount, settled.kind) ORDER BY l.position)
        FROM jsonb_array_elements(s.lines) WITH ORDINALITY AS e (line, position)
        CROSS JOIN LATERAL (
            SELECT e.line ->> 'item_id' AS item_id, (e.line ->> 'amount')::bigint AS amount, e.position
        ) AS l
        CROSS JOIN LATERAL (
            SELECT item.kind
            FROM item
            WHERE item.administration = s.administration AND item.party_id = s.party_id AND item.item_id = l.item_id
            LIMIT 1
        ) AS settled
    )::text AS lines
FROM unnest($1::text[], $2::text[]) AS p (administration, party_id)
INNER JOIN settlement AS s ON s.administration = p.administration AND s.party_id = p.party_id
WHERE NOT s.undone
ORDER BY s.administration, s.party_id, s.match_id;

-- name: add_releases
INSERT INTO release (administration, party_id, topic, cause_key, item_id, match_id, amount, undo_id, again_id)
SELECT r.administration, r.party_id, r.topic, r.cause_key, r.item_id, r.match_id, r.amount, r.undo_id, r.again_id
FROM unnest(
    $1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::uuid[], $7::bigint[], $8::uuid[], $9::uuid[]
) AS r (administration, party_id, topic, cause_key, item_id, match_id, amount, undo_id, again_id)
ON CONFLICT (administration, party_id, topic, cause_key, item_id, match_id) DO NOTHING;

-- name: answer_releases
-- Of the given answers, those to a request that undoes a settlement or settles again.
INSERT INTO release_answer (administration, party_id, request_id, match_id, code, message)
SELECT a.administration, a.party_id, a.request_id, a.match_id, a.code, a.message
FROM unnest($1::text[], $2::text[], $3::uuid[], $4::uuid[], $5::text[], $6::text[])
    AS a (administration, party_id, request_id, match_id, code, message)
WHERE EXISTS (
    SELECT FROM release AS r
    WHERE r.administration = a.administration AND r.party_id = a.party_id AND a.request_id IN (r.undo_id, r.again_id)
)
ON CONFLICT (administration, party_id, request_id) DO NOTHING;

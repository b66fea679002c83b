-- What settled charges that an event of the library may take back, and what was given back of it.

-- name: charges_of_events
-- Of the given items, the charges that an event may name: looked up by key, one by one, whatever the size of the account.
SELECT k.administration, k.party_id, k.item_id
FROM unnest($1::text[], $2::text[], $3::text[]) AS k (administration, party_id, item_id)
CROSS JOIN LATERAL (
    SELECT
        item.amount > 0
        AND coalesce(item.note_id, item.checkin_id, item.subscription_id, item.loan_id, item.material_id) IS NOT NULL
            AS is_named
    FROM item
    WHERE item.administration = k.administration AND item.party_id = k.party_id AND item.item_id = k.item_id
    LIMIT 1
) AS charge
WHERE charge.is_named;

-- name: keep_settlements
-- A reversal that is heard before its match leaves a row that is undone already.
INSERT INTO settlement (
    administration, party_id, match_id, journal, currency, date, lines, allocations, contra, undone, undone_on
)
SELECT
    m.administration, m.party_id, m.match_id, m.journal, m.currency, m.date, m.lines::jsonb, m.allocations::jsonb,
    m.contra::jsonb, m.undone_on IS NOT NULL, m.undone_on
FROM unnest(
    $1::text[], $2::text[], $3::uuid[], $4::text[], $5::text[], $6::date[], $7::text[], $8::text[], $9::text[],
    $10::date[]
) AS m (administration, party_id, match_id, journal, currency, date, lines, allocations, contra, undone_on)
ON CONFLICT (administration, party_id, match_id) DO UPDATE
SET undone = settlement.undone OR excluded.undone, undone_on = coalesce(settlement.undone_on, excluded.undone_on);

-- name: keep_settled_charges
INSERT INTO settled_charge (administration, party_id, item_id, match_id)
SELECT c.administration, c.party_id, c.item_id, c.match_id
FROM unnest($1::text[], $2::text[], $3::text[], $4::uuid[]) AS c (administration, party_id, item_id, match_id)
ON CONFLICT (administration, party_id, item_id, match_id) DO NOTHING;

-- name: keep_remainders
-- Of what a remainder is left: of the last item on its side, or of what that one was left of.
INSERT INTO remainder (administration, party_id, item_id, source_item_id)
SELECT r.administration, r.party_id, r.item_id, coalesce(earlier.source_item_id, r.source_item_id)
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[]) AS r (administration, party_id, item_id, source_item_id)
LEFT JOIN remainder AS earlier
    ON earlier.administration = r.administration
    AND earlier.party_id = r.party_id
    AND earlier.item_id = r.source_item_id
ON CONFLICT (administration, party_id, item_id) DO NOTHING;

-- name: settlements_of_charges
-- The settlements of the given charges, in the order of the ledger's matches: each line with what its item is, which of a
-- remainder is what it is left of, and with the postings that took back its money and are still open.
SELECT
    s.administration, s.party_id, s.match_id, s.journal, s.currency, s.date, s.undone, s.undone_on,
    s.allocations::text AS allocations, s.contra::text AS contra, touched.item_ids AS charges,
    (
        SELECT json_agg(
            json_build_object(
                'item_id', e.line ->> 'item_id', 'amount', (e.line ->> 'amount')::bigint, 'base_amount',
                (e.line ->> 'base_amount')::bigint, 'currency', e.line ->> 'currency', 'kind', posted.kind, 'journal', posted.journal, 'day',
                own.item_date, 'taken_back', posted.taken_back
            ) ORDER BY e.position
        )
        FROM jsonb_array_elements(s.lines) WITH ORDINALITY AS e (line, position)
        CROSS JOIN LATERAL (
            SELECT item.item_date
            FROM item
            WHERE item.administration = s.administration
                AND item.party_id = s.party_id
                AND item.item_id = e.line ->> 'item_id'
            LIMIT 1
        ) AS own
        CROSS JOIN LATERAL (
            SELECT coalesce((
                SELECT remainder.source_item_id
                FROM remainder
                WHERE remainder.administration = s.administration
                    AND remainder.party_id = s.party_id
                    AND remainder.item_id = e.line ->> 'item_id'
            ), e.line ->> 'item_id') AS item_id
        ) AS root
        LEFT JOIN LATERAL (
            SELECT
                item.kind, item.journal, (
                    SELECT json_agg(json_build_array(back.item_id, back.open_amount, back.item_date) ORDER BY back.item_id)
                    FROM item AS back
                    WHERE back.administration = s.administration
                        AND back.party_id = s.party_id
                        AND back.reverses = root.item_id
                        AND back.open_amount > 0
                ) AS taken_back
            FROM item
            WHERE item.administration = s.administration
                AND item.party_id = s.party_id
                AND item.item_id = root.item_id
            LIMIT 1
        ) AS posted ON TRUE
    )::text AS lines
FROM (
    -- A settlement of several of the charges comes once.
    SELECT c.administration, c.party_id, c.match_id, array_agg(c.item_id ORDER BY c.item_id) AS item_ids
    FROM unnest($1::text[], $2::text[], $3::text[]) AS k (administration, party_id, item_id)
    INNER JOIN settled_charge AS c
        ON c.administration = k.administration AND c.party_id = k.party_id AND c.item_id = k.item_id
    GROUP BY c.administration, c.party_id, c.match_id
) AS touched
INNER JOIN settlement AS s
    ON s.administration = touched.administration
    AND s.party_id = touched.party_id
    AND s.match_id = touched.match_id
ORDER BY s.administration, s.party_id, s.match_id;

-- name: waived_amounts
-- What is written off of the given items on A-journals and not taken back.
SELECT k.administration, k.party_id, k.item_id, -sum(l.amount)::bigint AS amount
FROM unnest($1::text[], $2::text[], $3::text[]) AS k (administration, party_id, item_id)
INNER JOIN entry_line AS l
    ON l.administration = k.administration AND l.party_id = k.party_id AND l.item_id = k.item_id
GROUP BY k.administration, k.party_id, k.item_id
HAVING sum(l.amount) <> 0;

-- name: add_releases
INSERT INTO release (
    administration, party_id, topic, cause_key, item_id, match_id, amount, undo_id, again_id, other_ids
)
SELECT
    r.administration, r.party_id, r.topic, r.cause_key, r.item_id, r.match_id, r.amount, r.undo_id, r.again_id,
    CASE WHEN r.other_ids = '' THEN '{}' ELSE string_to_array(r.other_ids, ' ')::uuid[] END
FROM unnest(
    $1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::uuid[], $7::bigint[], $8::uuid[], $9::uuid[],
    $10::text[]
) AS r (administration, party_id, topic, cause_key, item_id, match_id, amount, undo_id, again_id, other_ids)
ON CONFLICT (administration, party_id, topic, cause_key, item_id, match_id) DO NOTHING;

-- name: answer_releases
-- Of the given answers, those to a request that undoes a settlement or settles again.
INSERT INTO release_answer (administration, party_id, request_id, match_id, code, message)
SELECT a.administration, a.party_id, a.request_id, a.match_id, a.code, a.message
FROM unnest($1::text[], $2::text[], $3::uuid[], $4::uuid[], $5::text[], $6::text[])
    AS a (administration, party_id, request_id, match_id, code, message)
WHERE EXISTS (
    SELECT FROM release AS r
    WHERE r.administration = a.administration
        AND r.party_id = a.party_id
        AND (a.request_id IN (r.undo_id, r.again_id) OR a.request_id = ANY(r.other_ids))
)
ON CONFLICT (administration, party_id, request_id) DO NOTHING;

-- name: causes_to_look_at_again
-- Causes that asked for the given items, whose asks were all answered, of which nothing was written off, or, where $4, less
-- than was asked: something had settled them before.
SELECT DISTINCT ON (c.administration, c.party_id, c.topic, c.cause_key)
    c.administration, c.party_id, c.topic, c.cause_key, c.date, c.event::text AS event
FROM unnest($1::text[], $2::text[], $3::text[], $4::boolean[]) AS k (administration, party_id, item_id, in_part)
INNER JOIN rule_outcome AS o
    ON o.administration = k.administration AND o.party_id = k.party_id AND o.item_id = k.item_id
INNER JOIN cause AS c
    ON c.administration = o.administration
    AND c.party_id = o.party_id
    AND c.topic = o.topic
    AND c.cause_key = o.cause_key
WHERE c.origin = 'event'
    AND o.request_id IS NOT NULL
    -- No ask of the request is without an answer.
    AND NOT EXISTS (
        SELECT FROM ask AS a
        WHERE a.administration = o.administration
            AND a.party_id = o.party_id
            AND a.request_id = o.request_id
            AND NOT EXISTS (
                SELECT FROM answer AS w
                WHERE w.administration = a.administration AND w.party_id = a.party_id AND w.ask_id = a.ask_id
            )
    )
    -- Nothing was written off: what has been is done with, unless the ledger told just now that it was only a part.
    AND (
        k.in_part
        OR NOT EXISTS (
            SELECT FROM ask AS a
            INNER JOIN answer AS w
                ON w.administration = a.administration AND w.party_id = a.party_id AND w.ask_id = a.ask_id
            WHERE a.administration = o.administration
                AND a.party_id = o.party_id
                AND a.request_id = o.request_id
                AND w.match_id IS NOT NULL
        )
    )
ORDER BY c.administration, c.party_id, c.topic, c.cause_key;

-- name: charges_granted_in_part
-- Of the given asks, those that a rule made and the ledger granted less of than was asked, or nothing: their items.
SELECT DISTINCT a.administration, a.party_id, l.item_id
FROM unnest($1::text[], $2::text[], $3::uuid[]) AS k (administration, party_id, ask_id)
INNER JOIN ask AS a ON a.administration = k.administration AND a.party_id = k.party_id AND a.ask_id = k.ask_id
INNER JOIN request AS r
    ON r.administration = a.administration AND r.party_id = a.party_id AND r.request_id = a.request_id
INNER JOIN answer AS w ON w.administration = a.administration AND w.party_id = a.party_id AND w.ask_id = a.ask_id
INNER JOIN request_line AS l
    ON l.administration = a.administration
    AND l.party_id = a.party_id
    AND l.request_id = a.request_id
    AND l.journal = a.journal
    AND l.item_id = ANY(a.item_ids)
WHERE r.origin = 'rule'
    AND w.amount < (
        SELECT sum(asked.amount)
        FROM request_line AS asked
        WHERE asked.administration = a.administration
            AND asked.party_id = a.party_id
            AND asked.request_id = a.request_id
            AND asked.journal = a.journal
            AND asked.item_id = ANY(a.item_ids)
    );

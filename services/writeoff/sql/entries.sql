-- Bookings on A-journals.

-- name: add_entries
-- One entry per match; gives those that are new. What a request knows of its cause is copied to its entry, and what a
-- reversed entry knows to its mirror.
INSERT INTO entry (
    administration, party_id, match_id, reversal_of, request_id, origin, rule, cause_topic, cause_key, journal, date,
    fiscal_year, period, currency, employee, approved_by, note, recorded_at, matched_on
)
SELECT
    m.administration, m.party_id, m.match_id, m.reversal_of, request.request_id,
    CASE WHEN m.reversal_of IS NOT NULL THEN 'reversal' ELSE coalesce(request.origin, 'ledger') END,
    coalesce(reversed.rule, request.rule), coalesce(reversed.cause_topic, request.cause_topic),
    coalesce(reversed.cause_key, request.cause_key), m.journal, m.date, m.fiscal_year, m.period, m.currency, m.employee,
    request.approved_by, m.note, m.recorded_at, m.matched_on
FROM unnest( -- the matches, one an entry
    $1::text[], $2::text[], $3::uuid[], $4::uuid[], $5::uuid[], $6::text[], $7::date[], $8::integer[], $9::integer[],
    $10::text[], $11::text[], $12::text[], $13::timestamptz[], $14::date[]
) AS m (
    administration, party_id, match_id, reversal_of, ask_id, journal, date, fiscal_year, period, currency, employee,
    note, recorded_at, matched_on
)
-- The request behind the ask that a match answers, key by key; none where others asked the ledger.
-- OFFSET 0 keeps each look-up by its key, however many matches come and whatever the statistics say.
LEFT JOIN LATERAL (
    SELECT asked.request_id, asked.origin, asked.rule, asked.cause_topic, asked.cause_key, asked.approved_by
    FROM ask
    CROSS JOIN LATERAL (
        -- Who approved it before it came, or else here: what is asked of the ledger was not declined.
        SELECT
            r.request_id, r.origin, r.rule, r.cause_topic, r.cause_key,
            coalesce(r.approved_by, approval.employee) AS approved_by
        FROM request AS r
        LEFT JOIN approval USING (administration, party_id, request_id)
        WHERE r.administration = ask.administration AND r.party_id = ask.party_id AND r.request_id = ask.request_id
        OFFSET 0
    ) AS asked
    WHERE ask.administration = m.administration AND ask.party_id = m.party_id AND ask.ask_id = m.ask_id
    OFFSET 0
) AS request ON TRUE
-- The entry that a reversal takes back: it was booked before.
-- A mirror says of its cause what the entry says that it takes back.
LEFT JOIN entry AS reversed
    ON m.reversal_of IS NOT NULL
    AND reversed.administration = m.administration
    AND reversed.party_id = m.party_id
    AND reversed.match_id = m.reversal_of
-- A match that is told again changes nothing.
ON CONFLICT (administration, party_id, match_id) DO NOTHING
RETURNING administration, party_id, match_id;

-- name: add_entry_lines
-- Kind and branch are those of the item, or else of its party, on the day of booking.
INSERT INTO entry_line (
    administration, party_id, match_id, position, item_id, kind, branch, gl_account, amount, base_amount
)
SELECT
    l.administration, l.party_id, l.match_id, l.position, l.item_id, item.kind, branch_of(item.branch, party.branch),
    l.gl_account, l.amount, l.base_amount
FROM unnest(
    $1::text[], $2::text[], $3::uuid[], $4::integer[], $5::text[], $6::text[], $7::bigint[], $8::bigint[]
) AS l (administration, party_id, match_id, position, item_id, gl_account, amount, base_amount)
LEFT JOIN item
    ON item.administration = l.administration AND item.party_id = l.party_id AND item.item_id = l.item_id
LEFT JOIN party
    ON party.administration = l.administration AND party.party_id = l.party_id AND l.item_id IS NOT NULL;

-- name: booked_matches
SELECT entry.match_id
FROM unnest($1::text[], $2::text[], $3::uuid[]) AS m (administration, party_id, match_id)
INNER JOIN entry
    ON entry.administration = m.administration AND entry.party_id = m.party_id AND entry.match_id = m.match_id;

-- name: get_entry
SELECT
    e.administration, e.party_id, e.match_id, e.reversal_of, e.request_id, e.origin, e.rule, e.cause_topic, e.cause_key,
    e.journal, e.date, e.fiscal_year, e.period, e.currency, e.employee, e.approved_by, e.note, e.matched_on, e.recorded_at,
    mirror.match_id AS reversed_by,
    (
        SELECT l.amount FROM entry_line AS l
        WHERE l.administration = e.administration
            AND l.party_id = e.party_id
            AND l.match_id = e.match_id
            AND l.position = 0
    ) AS amount
FROM entry AS e
LEFT JOIN entry AS mirror
    ON mirror.administration = e.administration AND mirror.party_id = e.party_id AND mirror.reversal_of = e.match_id
WHERE e.administration = $1 AND e.match_id = $2
LIMIT 1;

-- name: entry_lines
SELECT position, item_id, kind, branch, gl_account, amount, base_amount
FROM entry_line
WHERE administration = $1 AND party_id = $2 AND match_id = $3
ORDER BY position
LIMIT 2001;

-- name: lock_entry
SELECT pg_advisory_xact_lock(hashtextextended('writeoff.entry.' || $1::uuid::text, 0));

-- name: pending_reversal
-- A reversal of this entry that is not refused: it waits for an approval or for the ledger, or is done.
SELECT r.request_id
FROM request AS r
WHERE r.administration = $1
    AND r.party_id = $2
    AND r.reversal_of = $3
    AND NOT EXISTS (
        SELECT FROM approval AS a
        WHERE a.administration = r.administration
            AND a.party_id = r.party_id
            AND a.request_id = r.request_id
            AND NOT a.approved
    )
    AND NOT EXISTS (
        SELECT FROM ask
        INNER JOIN answer USING (administration, party_id, ask_id)
        WHERE ask.administration = r.administration
            AND ask.party_id = r.party_id
            AND ask.request_id = r.request_id
            AND answer.code IS NOT NULL
    )
LIMIT 1;

-- name: reversible_lines
-- What each item of an entry would get back, and what is open of it now.
SELECT
    l.item_id, l.kind, -l.amount AS amount, coalesce(-l.base_amount, -l.amount) AS base_amount, i.open_amount
FROM entry_line AS l
INNER JOIN item AS i USING (administration, party_id, item_id)
WHERE l.administration = $1 AND l.party_id = $2 AND l.match_id = $3 AND l.position > 0
ORDER BY l.position
LIMIT 2001;

-- name: entries_between
-- Ids from the lowest to the highest that begin alike.
SELECT match_id AS id FROM entry
WHERE administration = $1 AND match_id BETWEEN $2 AND $3
ORDER BY match_id
LIMIT $4;

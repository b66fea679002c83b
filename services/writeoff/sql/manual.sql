-- Write-offs by hand: previews, limits, approvals, reversals.

-- name: keep_preview
INSERT INTO preview (administration, fingerprint, content, employee) VALUES ($1, $2, $3::jsonb, $4)
ON CONFLICT (administration, fingerprint) DO NOTHING;

-- name: get_preview
SELECT content::text AS content FROM preview WHERE administration = $1 AND fingerprint = $2;

-- name: forget_previews
DELETE FROM preview
WHERE (administration, fingerprint) IN (
    SELECT administration, fingerprint FROM preview WHERE shown_at < $1 ORDER BY shown_at LIMIT 1000
);

-- name: open_charges
-- What a party owes, oldest first.
SELECT item_id
FROM item
WHERE administration = $1 AND party_id = $2 AND open_amount > 0
ORDER BY item_date, voucher, item_id
LIMIT $3;

-- name: lock_employee
SELECT pg_advisory_xact_lock(hashtextextended('writeoff.employee.' || $1::text || '.' || $2::text, 0));

-- name: waived_by_employee
-- What an employee asked for by hand today, without what was refused or declined, in the base currency.
SELECT coalesce(sum(l.base_amount), 0)::bigint
FROM request AS r
INNER JOIN request_line AS l USING (administration, party_id, request_id)
WHERE r.administration = $1
    AND r.employee = $2
    AND r.origin = 'manual'
    AND r.requested_at >= date_trunc('day', clock_timestamp())
    AND NOT EXISTS (
        SELECT FROM approval AS a
        WHERE a.administration = r.administration
            AND a.party_id = r.party_id
            AND a.request_id = r.request_id
            AND NOT a.approved
    )
    AND NOT EXISTS (
        SELECT FROM skipped_line AS s
        WHERE s.administration = l.administration
            AND s.party_id = l.party_id
            AND s.request_id = l.request_id
            AND s.item_id = l.item_id
            AND s.journal = l.journal
    );

-- name: get_request
SELECT administration, party_id, request_id, origin, reversal_of, date, note, employee, needs_approval
FROM request
WHERE administration = $1 AND request_id = $2
LIMIT 1;

-- name: show_request
-- A request with its lines and the ledger's answers, in one go.
SELECT
    r.party_id, r.request_id, r.origin, r.batch_id, r.rule, r.cause_topic, r.cause_key, r.reversal_of, r.date, r.note,
    r.employee, coalesce(r.approved_by, a.employee) AS approved_by, r.needs_approval, r.requested_at,
    CASE
        WHEN r.needs_approval IS NOT NULL AND a.approved IS NULL THEN 'awaiting-approval'
        WHEN NOT a.approved THEN 'declined'
        WHEN coalesce(asked.unanswered, 0) > 0 THEN 'asked'
        ELSE 'answered'
    END AS state,
    coalesce(lines.shown, '[]') AS lines, coalesce(asked.shown, '[]') AS answers
FROM request AS r
LEFT JOIN approval AS a USING (administration, party_id, request_id)
LEFT JOIN LATERAL (
    SELECT json_agg(line ORDER BY line.item_id, line.journal)::text AS shown
    FROM (
        SELECT
            l.item_id, l.journal, l.currency, l.amount, coalesce(booked.amount, 0)::bigint AS written_off, s.code,
            s.message
        FROM request_line AS l
        LEFT JOIN skipped_line AS s USING (administration, party_id, request_id, item_id, journal)
        LEFT JOIN LATERAL (
            SELECT -sum(b.amount) AS amount
            FROM entry_line AS b
            INNER JOIN entry AS e USING (administration, party_id, match_id)
            WHERE b.administration = l.administration
                AND b.party_id = l.party_id
                AND b.item_id = l.item_id
                AND e.request_id = l.request_id
                AND e.journal = l.journal
        ) AS booked ON TRUE
        WHERE l.administration = r.administration AND l.party_id = r.party_id AND l.request_id = r.request_id
        LIMIT 4000
    ) AS line
) AS lines ON TRUE
LEFT JOIN LATERAL (
    SELECT
        json_agg(answer ORDER BY answer.journal, answer.currency, answer.ask_id)::text AS shown,
        count(*) FILTER (WHERE answer.answered_at IS NULL) AS unanswered
    FROM (
        SELECT
            k.ask_id, k.journal, k.currency, k.asked_at, w.match_id, w.code, w.message, w.items, w.amount, w.answered_at
        FROM ask AS k
        LEFT JOIN answer AS w USING (administration, party_id, ask_id)
        WHERE k.administration = r.administration AND k.party_id = r.party_id AND k.request_id = r.request_id
        LIMIT 4000
    ) AS answer
) AS asked ON TRUE
WHERE r.administration = $1 AND r.request_id = $2
LIMIT 1;

-- name: request_lines
SELECT item_id, journal, currency, amount, approved_open_amount, base_amount
FROM request_line
WHERE administration = $1 AND party_id = $2 AND request_id = $3
ORDER BY item_id, journal
LIMIT 4000;

-- name: awaiting_approval
SELECT
    r.party_id, r.request_id, r.origin, r.reversal_of, r.date, r.note, r.employee, r.needs_approval, r.requested_at,
    coalesce(sum(l.base_amount), 0)::bigint AS base_amount, count(l.item_id) AS items
FROM request AS r
LEFT JOIN request_line AS l USING (administration, party_id, request_id)
WHERE r.administration = $1
    AND r.needs_approval IS NOT NULL
    AND (r.requested_at, r.request_id) > ($2::timestamptz, $3::uuid)
    AND NOT EXISTS (
        SELECT FROM approval AS a
        WHERE a.administration = r.administration AND a.party_id = r.party_id AND a.request_id = r.request_id
    )
GROUP BY r.administration, r.party_id, r.request_id
ORDER BY r.requested_at, r.request_id
LIMIT $4;

-- name: add_approval
INSERT INTO approval (administration, party_id, request_id, approved, employee, note)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (administration, party_id, request_id) DO NOTHING
RETURNING request_id;

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

-- name: lock_entry
SELECT pg_advisory_xact_lock(hashtextextended('writeoff.entry.' || $1::uuid::text, 0));

-- name: reversible_lines
-- What each item of an entry would get back, and what is open of it now.
SELECT
    l.item_id, l.kind, -l.amount AS amount, coalesce(-l.base_amount, -l.amount) AS base_amount, i.open_amount
FROM entry_line AS l
INNER JOIN item AS i USING (administration, party_id, item_id)
WHERE l.administration = $1 AND l.party_id = $2 AND l.match_id = $3 AND l.position > 0
ORDER BY l.position
LIMIT 2001;

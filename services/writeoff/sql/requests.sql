-- Requests, their lines, and their approvals. Rows are only ever added.

-- name: kept_requests
-- Those of the given requests that are kept already.
SELECT request.administration, request.party_id, request.request_id
FROM unnest($1::text[], $2::text[], $3::uuid[]) AS r (administration, party_id, request_id)
INNER JOIN request USING (administration, party_id, request_id);

-- name: add_requests
INSERT INTO request (
    administration, party_id, request_id, origin, batch_id, rule, cause_topic, cause_key, reversal_of, date, note,
    employee, approved_by, needs_approval
)
SELECT
    r.administration, r.party_id, r.request_id, r.origin, r.batch_id, r.rule, r.cause_topic, r.cause_key, r.reversal_of,
    r.date, r.note, r.employee, r.approved_by, r.needs_approval
FROM unnest(
    $1::text[], $2::text[], $3::uuid[], $4::text[], $5::uuid[], $6::text[], $7::text[], $8::text[], $9::uuid[],
    $10::date[], $11::text[], $12::text[], $13::text[], $14::text[]
) AS r (
    administration, party_id, request_id, origin, batch_id, rule, cause_topic, cause_key, reversal_of, date, note,
    employee, approved_by, needs_approval
)
ON CONFLICT (administration, party_id, request_id) DO NOTHING
RETURNING administration, party_id, request_id;

-- name: add_wishes
-- Lines of new requests, asks and refused lines at once. The ids of each ask's items come joined by the unit separator,
-- which no id contains. One statement, for a request by hand has a line or two and each statement costs a round trip.
WITH lines AS (
    -- What was requested.
    INSERT INTO request_line (
        administration, party_id, request_id, item_id, journal, currency, amount, approved_open_amount, base_amount
    )
    SELECT
        l.administration, l.party_id, l.request_id, l.item_id, l.journal, l.currency, l.amount, l.approved_open_amount,
        l.base_amount
    FROM unnest(
        $1::text[], $2::text[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::bigint[], $8::bigint[], $9::bigint[]
    ) AS l (
        administration, party_id, request_id, item_id, journal, currency, amount, approved_open_amount, base_amount
    )
), asks AS (
    -- What the ledger is asked for it.
    INSERT INTO ask (administration, party_id, ask_id, request_id, journal, currency, fiscal_year, period, item_ids)
    SELECT
        a.administration, a.party_id, a.ask_id, a.request_id, a.journal, a.currency, a.fiscal_year, a.period,
        string_to_array(a.item_ids, chr(31))
    FROM unnest(
        $10::text[], $11::text[], $12::uuid[], $13::uuid[], $14::text[], $15::text[], $16::integer[], $17::integer[],
        $18::text[]
    ) AS a (administration, party_id, ask_id, request_id, journal, currency, fiscal_year, period, item_ids)
)
-- What is refused at once.
INSERT INTO skipped_line (administration, party_id, request_id, item_id, journal, code, message)
SELECT s.administration, s.party_id, s.request_id, s.item_id, s.journal, s.code, s.message
FROM unnest($19::text[], $20::text[], $21::uuid[], $22::text[], $23::text[], $24::text[], $25::text[])
    AS s (administration, party_id, request_id, item_id, journal, code, message)
ON CONFLICT (administration, party_id, request_id, item_id, journal) DO NOTHING;

-- name: add_skipped_lines
INSERT INTO skipped_line (administration, party_id, request_id, item_id, journal, code, message)
SELECT s.administration, s.party_id, s.request_id, s.item_id, s.journal, s.code, s.message
FROM unnest($1::text[], $2::text[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[])
    AS s (administration, party_id, request_id, item_id, journal, code, message)
ON CONFLICT (administration, party_id, request_id, item_id, journal) DO NOTHING;

-- name: get_request
SELECT administration, party_id, request_id, origin, reversal_of, date, note, employee, needs_approval
FROM request
WHERE administration = $1 AND request_id = $2
LIMIT 1;

-- name: show_request
-- A request with its lines and the ledger's answers, these as JSON, so that one statement sees one state of all three.
-- Its state follows from its rows: nothing is ever updated.
-- $1 administration, $2 request; lines and answers as JSON, each list in the order of its keys.
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
-- Its lines, each with what was booked of it and why it was left out.
LEFT JOIN LATERAL (
    SELECT json_agg(line ORDER BY line.item_id, line.journal)::text AS shown
    FROM (
        SELECT
            l.item_id, l.journal, l.currency, l.amount, coalesce(booked.amount, 0)::bigint AS written_off, s.code,
            s.message
        FROM request_line AS l
        LEFT JOIN skipped_line AS s USING (administration, party_id, request_id, item_id, journal)
        LEFT JOIN LATERAL (
            -- The ledger may have settled less than was asked for.
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
-- What was asked of the ledger for it, with the answers that are there.
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

-- name: lock_employee
SELECT pg_advisory_xact_lock(hashtextextended('writeoff.employee.' || $1::text || '.' || $2::text, 0));

-- name: waived_by_employee
-- What an employee asked for by hand since an instant, without what was refused or declined, in the base currency.
SELECT coalesce(sum(l.base_amount), 0)::bigint
FROM request AS r
INNER JOIN request_line AS l USING (administration, party_id, request_id)
WHERE r.administration = $1
    AND r.employee = $2
    AND r.origin = 'manual'
    AND r.requested_at >= $3
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

-- name: requests_between
-- Ids from the lowest to the highest that begin alike.
SELECT request_id AS id FROM request
WHERE administration = $1 AND request_id BETWEEN $2 AND $3
ORDER BY request_id
LIMIT $4;

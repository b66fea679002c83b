-- The account that is given of write-offs. Amounts are positive for what was waived, negative for what was taken back.

-- name: overview_journals
-- Every journal, configured or retired, with what was booked on it between two days: waived on A-journals, on K- and
-- B-journals what was received, paid and received back (money_moved), and nothing of either on the others.
-- Waived is what the journal's own side of the entries says, position 0: reversals take it away again.
WITH waived AS (
    -- What the journal's own side of each entry comes to; a reversal takes away.
    SELECT e.journal, e.currency, count(DISTINCT e.match_id) AS bookings, sum(l.amount) AS waived
    FROM entry AS e
    INNER JOIN entry_line AS l
        ON l.administration = e.administration
        AND l.party_id = e.party_id
        AND l.match_id = e.match_id
        AND l.position = 0
    WHERE e.administration = $1 AND e.date BETWEEN $2 AND $3
    GROUP BY e.journal, e.currency
), money AS (
    -- Given back is all that takes away from what was received.
    SELECT
        m.journal, m.currency, count(*) AS bookings, sum(m.voided + m.refunded + m.charged_back) AS given_back,
        sum(m.taken_in - m.voided - m.refunded - m.charged_back) AS received, sum(m.paid) AS paid,
        sum(m.received_back) AS received_back, sum(m.inflow) AS movement
    FROM money_moved AS m
    WHERE m.administration = $1 AND m.day BETWEEN $2 AND $3
    GROUP BY m.journal, m.currency
), booked AS (
    SELECT
        waived.journal, waived.currency, waived.bookings, waived.waived, NULL AS received, NULL AS given_back,
        NULL AS paid, NULL AS received_back, NULL AS movement
    FROM waived
    UNION ALL
    SELECT
        money.journal, money.currency, money.bookings, NULL, money.received, money.given_back, money.paid,
        money.received_back, money.movement
    FROM money
)
SELECT
    j.code, j.type, j.definition -> 'label' ->> 'nl' AS label_nl, j.definition -> 'label' ->> 'da' AS label_da,
    j.definition -> 'label' ->> 'en' AS label_en, j.definition ->> 'used_for' AS used_for,
    j.definition ->> 'default_for' AS default_for, a.configuration ->> 'base_currency' AS base_currency,
    (j.definition ->> 'item_limit')::bigint AS item_limit, j.definition ->> 'gl_account' AS gl_account,
    j.version < a.version AS is_retired, b.currency, coalesce(b.bookings, 0) AS bookings,
    CASE WHEN j.type IN ('K', 'B') THEN coalesce(b.received, 0)::bigint END AS received,
    CASE WHEN j.type IN ('K', 'B') THEN coalesce(b.given_back, 0)::bigint END AS given_back,
    CASE WHEN j.type IN ('K', 'B') THEN coalesce(b.paid, 0)::bigint END AS paid,
    CASE WHEN j.type IN ('K', 'B') THEN coalesce(b.received_back, 0)::bigint END AS received_back,
    CASE WHEN j.type IN ('K', 'B') THEN coalesce(b.movement, 0)::bigint END AS movement,
    CASE WHEN j.type = 'A' THEN coalesce(b.waived, 0)::bigint END AS waived
FROM journal AS j
INNER JOIN administration AS a USING (administration)
-- A journal has one row per currency, and one without any where nothing was booked on it.
LEFT JOIN booked AS b ON b.journal = j.code
WHERE j.administration = $1
ORDER BY j.code, b.currency
LIMIT 10001;

-- name: overview_write_offs
-- Sums by the dimensions named in $2; the others are null, so that the groups of all of them are those of the named ones.
-- What was written off and what of it was taken back stand beside what remains waived.
-- $1 administration, $3 and $4 the days, both included, $5 to $13 filters, null for any. One statement for every choice
-- of dimensions: what is not asked for is null in every row, and groups nothing.
SELECT
    CASE WHEN 'year' = ANY($2::text[]) THEN e.fiscal_year END AS fiscal_year,
    CASE WHEN 'period' = ANY($2) THEN e.period END AS period,
    CASE WHEN 'date' = ANY($2) THEN e.date END AS date,
    CASE WHEN 'journal' = ANY($2) THEN e.journal END AS journal,
    CASE WHEN 'branch' = ANY($2) THEN l.branch END AS branch,
    CASE WHEN 'kind' = ANY($2) THEN l.kind END AS kind,
    CASE WHEN 'rule' = ANY($2) THEN e.rule END AS rule,
    CASE WHEN 'origin' = ANY($2) THEN e.origin END AS origin,
    CASE WHEN 'employee' = ANY($2) THEN e.employee END AS employee,
    -- Lines credit what was waived, so that written off is above zero with its sign turned.
    e.currency, count(*) AS items,
    coalesce(-sum(l.amount) FILTER (WHERE e.reversal_of IS NULL), 0)::bigint AS written_off,
    coalesce(sum(l.amount) FILTER (WHERE e.reversal_of IS NOT NULL), 0)::bigint AS reversed,
    -sum(l.amount)::bigint AS amount
FROM entry AS e
INNER JOIN entry_line AS l
    ON l.administration = e.administration AND l.party_id = e.party_id AND l.match_id = e.match_id AND l.position > 0
-- A filter that is not given takes everything.
WHERE e.administration = $1
    AND e.date BETWEEN $3 AND $4
    AND ($5::text IS NULL OR e.journal = $5)
    AND ($6::text IS NULL OR l.branch = $6)
    AND ($7::text IS NULL OR l.kind = $7)
    AND ($8::text IS NULL OR e.rule = $8)
    AND ($9::text IS NULL OR e.employee = $9)
    AND ($10::text IS NULL OR e.party_id = $10)
    AND ($11::text IS NULL OR e.origin = $11)
    AND ($12::integer IS NULL OR e.fiscal_year = $12)
    AND ($13::integer IS NULL OR e.period = $13)
GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, e.currency
ORDER BY 1, 2, 3, 4, 5, 6, 7, 8, 9, e.currency
LIMIT 10001;

-- name: list_write_offs
-- Line by line, in the order of date, party and entry.
SELECT
    e.date, e.party_id, e.match_id, l.position, e.journal, e.fiscal_year, e.period, e.origin, e.rule, e.cause_topic,
    e.cause_key, e.reversal_of, e.request_id, l.item_id, l.kind, l.branch, e.currency, -l.amount AS amount, e.employee,
    e.approved_by, e.note, e.matched_on, e.recorded_at
FROM entry AS e
INNER JOIN entry_line AS l
    ON l.administration = e.administration AND l.party_id = e.party_id AND l.match_id = e.match_id AND l.position > 0
WHERE e.administration = $1
    AND e.date BETWEEN $2 AND $3
    AND ($4::text IS NULL OR e.journal = $4)
    AND ($5::text IS NULL OR l.branch = $5)
    AND ($6::text IS NULL OR l.kind = $6)
    AND ($7::text IS NULL OR e.rule = $7)
    AND ($8::text IS NULL OR e.employee = $8)
    AND ($9::text IS NULL OR e.party_id = $9)
    AND ($10::text IS NULL OR e.origin = $10)
    AND ($11::integer IS NULL OR e.fiscal_year = $11)
    AND ($12::integer IS NULL OR e.period = $12)
    AND (e.date, e.party_id, e.match_id, l.position) > ($13::date, $14::text, $15::uuid, $16::integer)
ORDER BY e.date, e.party_id, e.match_id, l.position
LIMIT $17;

-- name: overview_employees
-- Per employee, day and currency: money received (money_moved: cash and bank journals only, less what was given back)
-- beside what was waived and taken back. What no employee is named for has none.
SELECT
    b.employee, b.day, b.currency, sum(b.received)::bigint AS received, sum(b.given_back)::bigint AS given_back,
    sum(b.paid)::bigint AS paid, sum(b.received_back)::bigint AS received_back, sum(b.waived)::bigint AS waived,
    sum(b.reversed)::bigint AS reversed, sum(b.receipts)::bigint AS receipts, sum(b.waivers)::bigint AS waivers
FROM (
    SELECT
        e.employee, e.date AS day, e.currency, 0 AS received, 0 AS given_back, 0 AS paid, 0 AS received_back,
        CASE WHEN e.reversal_of IS NULL THEN l.amount ELSE 0 END AS waived,
        CASE WHEN e.reversal_of IS NOT NULL THEN -l.amount ELSE 0 END AS reversed, 0 AS receipts, 1 AS waivers
    FROM entry AS e
    INNER JOIN entry_line AS l
        ON l.administration = e.administration
        AND l.party_id = e.party_id
        AND l.match_id = e.match_id
        AND l.position = 0
    WHERE e.administration = $1 AND e.date BETWEEN $2 AND $3 AND ($4::text IS NULL OR e.employee = $4)
    UNION ALL
    SELECT
        m.employee, m.day, m.currency, m.taken_in - m.voided - m.refunded - m.charged_back,
        m.voided + m.refunded + m.charged_back, m.paid, m.received_back, 0, 0, (m.taken_in <> 0)::integer, 0
    FROM money_moved AS m
    WHERE m.administration = $1 AND m.day BETWEEN $2 AND $3 AND ($4::text IS NULL OR m.employee = $4)
) AS b
GROUP BY b.employee, b.day, b.currency
ORDER BY b.day, b.employee, b.currency
LIMIT 10001;

-- name: explain_item
-- Everything that this service knows to have happened to an item, in the order of time: one part per kind of happening,
-- all with the same columns.
-- $1 administration, $2 party, $3 item; amounts in the item's currency.
SELECT h.at, h.what, h.detail, h.amount, i.currency, h.journal, h.employee, h.request_id, h.match_id
FROM (
    -- What rules made of it.
    SELECT
        o.evaluated_at AS at, 'rule' AS what, concat_ws(' ', o.rule, o.topic, o.cause_key, o.code, o.message) AS detail,
        NULL::bigint AS amount, NULL AS journal, NULL AS employee, o.request_id, NULL::uuid AS match_id
    FROM rule_outcome AS o
    WHERE o.administration = $1 AND o.party_id = $2 AND o.item_id = $3
    UNION ALL
    -- That it was asked for.
    SELECT
        r.requested_at, 'requested', concat_ws(' ', r.origin, r.needs_approval, r.note), l.amount, l.journal, r.employee,
        r.request_id, NULL
    FROM request_line AS l
    INNER JOIN request AS r USING (administration, party_id, request_id)
    WHERE l.administration = $1 AND l.party_id = $2 AND l.item_id = $3
    UNION ALL
    -- That it was left out: when the ledger answered, or at once where it was never asked.
    SELECT
        -- Refused here at once, or by the ledger when it answered.
        coalesce(w.answered_at, r.requested_at), 'left out', concat_ws(': ', s.code, s.message), l.amount, s.journal,
        r.employee, r.request_id, NULL
    FROM request_line AS l
    INNER JOIN skipped_line AS s USING (administration, party_id, request_id, item_id, journal)
    INNER JOIN request AS r USING (administration, party_id, request_id)
    LEFT JOIN LATERAL (
        SELECT max(answer.answered_at) AS answered_at
        FROM ask
        INNER JOIN answer USING (administration, party_id, ask_id)
        WHERE ask.administration = r.administration
            AND ask.party_id = r.party_id
            AND ask.request_id = r.request_id
            AND ask.journal = s.journal
    ) AS w ON TRUE
    WHERE l.administration = $1 AND l.party_id = $2 AND l.item_id = $3
    UNION ALL
    -- That it was booked, or taken back.
    SELECT
        -- Entries that others asked of the ledger are there too: they have no request.
        e.recorded_at, CASE WHEN e.reversal_of IS NULL THEN 'written off' ELSE 'taken back' END,
        concat_ws(' ', e.origin, e.rule, e.cause_topic, e.cause_key, e.note), -l.amount, e.journal, e.employee,
        e.request_id, e.match_id
    FROM entry_line AS l
    INNER JOIN entry AS e USING (administration, party_id, match_id)
    WHERE l.administration = $1 AND l.party_id = $2 AND l.item_id = $3
) AS h
LEFT JOIN item AS i ON i.administration = $1 AND i.party_id = $2 AND i.item_id = $3
ORDER BY h.at, h.what
LIMIT 1000;

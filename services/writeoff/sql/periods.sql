-- Periods: what is booked in them, their export for the general ledger, and their sealing.

-- name: list_periods
SELECT
    p.year AS fiscal_year, p.period, p.start, p."end", p.open AS is_open, s.sealed_at, s.employee AS sealed_by,
    (
        SELECT count(*) FROM entry AS e
        WHERE e.administration = $1 AND e.fiscal_year = p.year AND e.period = p.period
    ) AS entries
FROM administration AS a
CROSS JOIN LATERAL jsonb_to_recordset(a.configuration -> 'fiscal_periods')
    AS p (year integer, period integer, start date, "end" date, open boolean)
LEFT JOIN sealed_period AS s
    ON s.administration = a.administration AND s.fiscal_year = p.year AND s.period = p.period
WHERE a.administration = $1
ORDER BY p.start
LIMIT 1000;

-- name: period_facts
SELECT facts.entries, facts.digest FROM period_facts($1, $2, $3) AS facts;

-- name: period_totals
SELECT e.journal, e.currency, count(*) AS entries, sum(l.amount)::bigint AS amount
FROM entry AS e
INNER JOIN entry_line AS l
    ON l.administration = e.administration AND l.party_id = e.party_id AND l.match_id = e.match_id AND l.position = 0
WHERE e.administration = $1 AND e.fiscal_year = $2 AND e.period = $3
GROUP BY e.journal, e.currency
ORDER BY e.journal, e.currency
LIMIT 2000;

-- name: unanswered_in_period
SELECT count(*)
FROM ask AS a
WHERE a.administration = $1
    AND a.fiscal_year = $2
    AND a.period = $3
    AND NOT EXISTS (
        SELECT FROM answer AS w
        WHERE w.administration = a.administration AND w.party_id = a.party_id AND w.ask_id = a.ask_id
    );

-- name: waiting_bookings
SELECT count(*) FROM waiting_event WHERE administration = $1 AND topic IN ('items-matched', 'match-rejected');

-- name: unlinked_in_period
-- Journals of the period whose bookings have no general-ledger account on one of their sides.
SELECT DISTINCT e.journal, CASE WHEN l.position = 0 THEN 'write-off' ELSE 'debtors' END AS side
FROM entry AS e
INNER JOIN entry_line AS l USING (administration, party_id, match_id)
INNER JOIN administration AS a USING (administration)
LEFT JOIN journal AS j ON j.administration = e.administration AND j.code = e.journal
WHERE e.administration = $1
    AND e.fiscal_year = $2
    AND e.period = $3
    AND l.gl_account IS NULL
    AND CASE
        WHEN l.position = 0
            THEN coalesce(j.definition ->> 'gl_account', a.configuration -> 'gl_links' ->> 'write_offs')
        ELSE a.configuration -> 'gl_links' ->> 'debtors'
    END IS NULL
ORDER BY 1, 2
LIMIT 100;

-- name: seal_period
INSERT INTO sealed_period (administration, fiscal_year, period, entries, totals, digest, employee)
VALUES ($1, $2, $3, $4, $5::jsonb, $6, $7)
ON CONFLICT (administration, fiscal_year, period) DO NOTHING
RETURNING sealed_at;

-- name: ledger_lines
-- The entries of a period, side by side; an account that was not linked when it was booked is the one linked now.
SELECT
    e.date, e.party_id, e.match_id, l.position, e.fiscal_year, e.period, e.journal,
    coalesce(
        l.gl_account,
        CASE
            WHEN l.position = 0
                THEN coalesce(j.definition ->> 'gl_account', a.configuration -> 'gl_links' ->> 'write_offs')
            ELSE a.configuration -> 'gl_links' ->> 'debtors'
        END
    ) AS gl_account,
    e.currency, greatest(l.amount, 0) AS debit, greatest(-l.amount, 0) AS credit,
    a.configuration ->> 'base_currency' AS base_currency, l.base_amount, l.item_id, l.kind, l.branch, e.rule,
    e.reversal_of, e.matched_on, e.employee, e.note, e.approved_by
FROM entry AS e
INNER JOIN entry_line AS l USING (administration, party_id, match_id)
INNER JOIN administration AS a USING (administration)
LEFT JOIN journal AS j ON j.administration = e.administration AND j.code = e.journal
WHERE e.administration = $1
    AND e.fiscal_year = $2
    AND e.period = $3
    AND (e.date, e.party_id, e.match_id, l.position) > ($4::date, $5::text, $6::uuid, $7::integer)
ORDER BY e.date, e.party_id, e.match_id, l.position
LIMIT $8;

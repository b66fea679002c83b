-- What must always hold here, recomputed from the stored facts; each query gives the rows that break it.

-- name: unbalanced_entries
SELECT e.party_id, e.match_id, coalesce(sum(l.amount), 0)::bigint AS difference, count(l.position) AS lines
FROM entry AS e
LEFT JOIN entry_line AS l USING (administration, party_id, match_id)
WHERE e.administration = $1
GROUP BY e.administration, e.party_id, e.match_id
HAVING count(l.position) < 2 OR sum(l.amount) <> 0 OR coalesce(sum(l.base_amount), 0) <> 0
LIMIT $2;

-- name: unbooked_answers
-- Asks that the ledger granted, and whose match has no entry.
SELECT w.party_id, w.match_id, w.ask_id
FROM answer AS w
LEFT JOIN entry AS e ON e.administration = w.administration AND e.party_id = w.party_id AND e.match_id = w.match_id
WHERE w.administration = $1 AND w.match_id IS NOT NULL AND e.match_id IS NULL
LIMIT $2;

-- name: entries_without_answer
-- Entries that name a request of ours, and no answer that names them.
SELECT e.party_id, e.match_id, e.request_id
FROM entry AS e
WHERE e.administration = $1
    AND e.request_id IS NOT NULL
    AND NOT EXISTS (
        SELECT FROM ask AS a
        INNER JOIN answer AS w
            ON w.administration = a.administration AND w.party_id = a.party_id AND w.ask_id = a.ask_id
        WHERE a.administration = e.administration
            AND a.party_id = e.party_id
            AND a.request_id = e.request_id
            AND w.match_id = e.match_id
    )
LIMIT $2;

-- name: overdrawn_items
-- Items of which more was written off than was posted, or more was put back than was written off.
SELECT l.party_id, l.item_id, -sum(l.amount)::bigint AS written_off, i.amount
FROM entry_line AS l
LEFT JOIN item AS i USING (administration, party_id, item_id)
WHERE l.administration = $1 AND l.item_id IS NOT NULL
GROUP BY l.party_id, l.item_id, i.amount
HAVING i.amount IS NULL
    OR abs(sum(l.amount)) > abs(i.amount)
    OR sign(-sum(l.amount)) NOT IN (0, sign(i.amount))
LIMIT $2;

-- name: overdrawn_days
-- The same at the end of every day on which something was written off of an item, or put back: one pass over its days.
SELECT d.party_id, d.item_id, d.date, d.written_off, i.amount
FROM (
    SELECT
        l.party_id, l.item_id, e.date,
        -sum(sum(l.amount)) OVER (PARTITION BY l.party_id, l.item_id ORDER BY e.date ROWS UNBOUNDED PRECEDING) AS written_off
    FROM entry_line AS l
    INNER JOIN entry AS e USING (administration, party_id, match_id)
    WHERE l.administration = $1 AND l.item_id IS NOT NULL
    GROUP BY l.party_id, l.item_id, e.date
) AS d
INNER JOIN item AS i ON i.administration = $1 AND i.party_id = d.party_id AND i.item_id = d.item_id
WHERE abs(d.written_off) > abs(i.amount) OR sign(d.written_off) NOT IN (0, sign(i.amount))
LIMIT $2;

-- name: early_entries
SELECT e.party_id, e.match_id, e.date, l.item_id, i.item_date
FROM entry AS e
INNER JOIN entry_line AS l USING (administration, party_id, match_id)
INNER JOIN item AS i
    ON i.administration = e.administration AND i.party_id = e.party_id AND i.item_id = l.item_id
WHERE e.administration = $1 AND i.item_date > e.date
LIMIT $2;

-- name: early_reversals
SELECT r.party_id, r.match_id, r.date, r.reversal_of, e.date AS written_off_on
FROM entry AS r
INNER JOIN entry AS e
    ON e.administration = r.administration AND e.party_id = r.party_id AND e.match_id = r.reversal_of
WHERE r.administration = $1 AND r.date < e.date
LIMIT $2;

-- name: odd_reversals
-- Mirrors that do not undo their entry to the cent, item by item.
SELECT r.party_id, r.match_id, r.reversal_of
FROM entry AS r
WHERE r.administration = $1
    AND r.reversal_of IS NOT NULL
    AND EXISTS (
        SELECT FROM entry_line AS l
        WHERE l.administration = r.administration
            AND l.party_id = r.party_id
            AND l.match_id IN (r.match_id, r.reversal_of)
        GROUP BY l.item_id
        HAVING sum(l.amount) <> 0
    )
LIMIT $2;

-- name: wrong_journals
SELECT party_id, match_id, journal FROM entry WHERE administration = $1 AND journal NOT LIKE 'A%' LIMIT $2;

-- name: inconsistent_batches
-- Outcomes whose counts do not add up, or are not those of the lines that are kept.
SELECT o.batch_id, o.outcome ->> 'requested_items' AS told, lines.items AS requested, skipped.items AS skipped
FROM batch_outcome AS o
CROSS JOIN LATERAL (
    SELECT count(*) AS items
    FROM request AS r
    INNER JOIN request_line AS l USING (administration, party_id, request_id)
    WHERE r.administration = o.administration AND r.batch_id = o.batch_id
) AS lines
CROSS JOIN LATERAL (
    SELECT count(*) AS items
    FROM request AS r
    INNER JOIN skipped_line AS l USING (administration, party_id, request_id)
    WHERE r.administration = o.administration AND r.batch_id = o.batch_id
) AS skipped
WHERE o.administration = $1
    AND (
        (o.outcome ->> 'requested_items')::bigint <> lines.items
        OR (o.outcome ->> 'skipped_items')::bigint <> skipped.items
        OR (o.outcome ->> 'requested_items')::bigint
        <> (o.outcome ->> 'written_off_items')::bigint + (o.outcome ->> 'skipped_items')::bigint
    )
LIMIT $2;

-- name: changed_periods
-- Sealed periods whose entries are no longer those that were sealed.
SELECT s.fiscal_year, s.period, s.entries, now_there.entries AS entries_now
FROM sealed_period AS s
CROSS JOIN LATERAL period_facts(s.administration, s.fiscal_year, s.period) AS now_there
WHERE s.administration = $1 AND (s.digest <> now_there.digest OR s.entries <> now_there.entries)
LIMIT $2;

-- name: untied_journals
-- Cash and bank journals' days on which the receipts do not say what the items on the journal add up to: debtors' items
-- with their sign turned, suppliers' as they are. Asked of the items themselves, and not of the view that the reports read.
WITH told AS (
    SELECT
        m.journal, m.day, m.currency,
        sum(m.taken_in - m.voided - m.refunded - m.charged_back - m.paid + m.received_back) AS movement
    FROM money_moved AS m
    WHERE m.administration = $1
    GROUP BY m.journal, m.day, m.currency
), booked AS (
    SELECT
        i.journal, i.item_date AS day, i.currency,
        sum(CASE WHEN p.kind = 'creditor' THEN i.amount ELSE -i.amount END) AS movement
    FROM item AS i
    LEFT JOIN party AS p ON p.administration = i.administration AND p.party_id = i.party_id
    WHERE i.administration = $1
        AND i.journal IN (SELECT j.code FROM journal AS j WHERE j.administration = $1 AND j.type IN ('K', 'B'))
    GROUP BY i.journal, i.item_date, i.currency
)
SELECT journal, day, currency, told.movement AS receipts, booked.movement AS booked
FROM told
FULL JOIN booked USING (journal, day, currency)
WHERE told.movement IS DISTINCT FROM booked.movement
LIMIT $2;

-- name: audited
SELECT
    (SELECT count(*) FROM entry WHERE administration = $1) AS entries,
    (SELECT count(*) FROM answer WHERE administration = $1) AS answers,
    (SELECT count(*) FROM batch_outcome WHERE administration = $1) AS batches,
    (SELECT count(*) FROM sealed_period WHERE administration = $1) AS sealed_periods,
    (SELECT count(*) FROM money_moved WHERE administration = $1) AS receipts,
    (SELECT count(*) FROM ask AS a WHERE a.administration = $1 AND NOT EXISTS (
        SELECT FROM answer AS w
        WHERE w.administration = a.administration AND w.party_id = a.party_id AND w.ask_id = a.ask_id
    )) AS unanswered_asks;

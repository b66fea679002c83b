-- name: insert_run
INSERT INTO reminder_run (administration, run_id, generation_date, request, rules, listing_job, employee)
VALUES ($1, $2, $3, $4::jsonb, $5::jsonb, $6, $7);

-- name: get_run
SELECT
    administration, run_id, state, generation_date, request::text AS request, rules::text AS rules,
    left_out::text AS left_out, listing_job, issuing_job, issuings, employee, created_at, issued_by, issued_at, undone_by,
    undone_at, undo_note
FROM reminder_run
WHERE administration = $1 AND run_id = $2;

-- name: lock_run
SELECT
    administration, run_id, state, generation_date, request::text AS request, rules::text AS rules,
    left_out::text AS left_out, listing_job, issuing_job, issuings, employee, created_at, issued_by, issued_at, undone_by,
    undone_at, undo_note
FROM reminder_run
WHERE administration = $1 AND run_id = $2
FOR UPDATE;

-- name: list_runs
-- Newest first.
SELECT
    administration, run_id, state, generation_date, request::text AS request, rules::text AS rules,
    left_out::text AS left_out, listing_job, issuing_job, issuings, employee, created_at, issued_by, issued_at, undone_by,
    undone_at, undo_note
FROM reminder_run
WHERE administration = $1 AND ($2::uuid IS NULL OR run_id < $2)
ORDER BY run_id DESC
LIMIT $3;

-- name: freeze_items
-- Puts the listed items of some parties in the run; what came of all of them per reason (null: listed) and currency.
WITH listed AS MATERIALIZED (
    SELECT l.party_id, l.item_id, l.currency, l.open_amount, l.level, l.profile, l.due_on, l.reason
    FROM listed_item($1, $3, $4, $5, $6::jsonb) AS l
),

frozen AS (
    INSERT INTO run_item (administration, run_id, party_id, item_id, currency, open_amount, level, profile, due_on)
    SELECT $1, $2, l.party_id, l.item_id, l.currency, l.open_amount, l.level, l.profile, l.due_on
    FROM listed AS l
    WHERE l.reason IS NULL
    ON CONFLICT DO NOTHING
)

SELECT l.reason, l.currency, count(*) AS items, sum(l.open_amount)::bigint AS open_amount
FROM listed AS l
GROUP BY l.reason, l.currency
ORDER BY l.reason NULLS FIRST, l.currency;

-- name: finish_listing
UPDATE reminder_run SET state = 'listed', left_out = $3::jsonb
WHERE administration = $1 AND run_id = $2 AND state = 'listing';

-- name: summarise_runs
-- What some runs hold and what came of it, one row per run. `figures` has an entry per state of the members (null: would be
-- reminded) and currency, and one for all currencies of a state, without one: who owes in two currencies is one debtor.
-- The digest is over who and what would be reminded, and how much.
WITH counted AS (
    -- By debtor first, which hashes what count(DISTINCT party_id) would sort: half the time of a large run.
    SELECT
        d.run_id, d.outcome, d.currency, sum(d.items)::bigint AS items, count(*) AS parties,
        sum(d.open_amount)::bigint AS open_amount, bit_xor(d.digest) AS digest
    FROM (
        SELECT
            r.run_id,
            CASE WHEN r.outcome IS NOT NULL THEN r.outcome WHEN r.left_out_by IS NOT NULL THEN 'left-out' END AS outcome,
            r.currency,
            r.party_id,
            count(*) AS items,
            sum(r.open_amount) AS open_amount,
            bit_xor(hashtextextended(r.item_id || '/' || r.party_id, r.open_amount)) AS digest
        FROM run_item AS r
        WHERE r.administration = $1 AND r.run_id = ANY($2::uuid[])
        GROUP BY 1, 2, 3, 4
    ) AS d
    GROUP BY d.run_id, d.outcome, d.currency
),

overall AS (
    -- Debtors over all currencies: counted once more only where there are several.
    SELECT
        c.run_id, c.outcome, NULL::text AS currency, sum(c.items)::bigint AS items,
        CASE
            WHEN count(*) = 1 THEN max(c.parties)
            ELSE (
                SELECT count(DISTINCT r.party_id)
                FROM run_item AS r
                WHERE
                    r.administration = $1 AND r.run_id = c.run_id
                    AND coalesce(r.outcome, CASE WHEN r.left_out_by IS NOT NULL THEN 'left-out' END)
                    IS NOT DISTINCT FROM c.outcome
            )
        END AS parties,
        0::bigint AS open_amount, 0::bigint AS digest
    FROM counted AS c
    GROUP BY c.run_id, c.outcome
),

told AS (
    -- One value per run, so that the run's own row is not repeated for each of its figures.
    SELECT
        b.run_id,
        jsonb_agg(to_jsonb(b) - 'run_id' ORDER BY b.outcome NULLS FIRST, b.currency NULLS FIRST)::text AS figures
    FROM (
        SELECT run_id, outcome, currency, items, parties, open_amount, digest FROM counted
        UNION ALL
        SELECT run_id, outcome, currency, items, parties, open_amount, digest FROM overall
    ) AS b
    GROUP BY b.run_id
),

sent AS (
    -- Not out of the figures: a reminder has many members.
    SELECT m.run_id, count(*) AS reminders
    FROM reminder AS m
    WHERE m.administration = $1 AND m.run_id = ANY($2::uuid[])
    GROUP BY m.run_id
)

-- A run that is still empty has figures too: none.
SELECT n.run_id, coalesce(t.figures, '[]') AS figures, coalesce(s.reminders, 0) AS reminders
FROM unnest($2::uuid[]) AS n (run_id)
LEFT JOIN told AS t ON t.run_id = n.run_id
LEFT JOIN sent AS s ON s.run_id = n.run_id;

-- name: count_reminders
SELECT count(*) FROM reminder WHERE administration = $1 AND run_id = $2;

-- name: list_run_items
-- $3: all, included, left-out, reminded or dropped.
SELECT
    r.party_id, coalesce(p.name, '') AS party_name, r.item_id, i.voucher, i.item_date, r.due_on, r.currency, r.open_amount,
    r.level, r.left_out_by, r.left_out_note, r.outcome, r.outcome_message, r.reminder_id
FROM run_item AS r
INNER JOIN item AS i ON i.administration = r.administration AND i.party_id = r.party_id AND i.item_id = r.item_id
LEFT JOIN party AS p ON p.administration = r.administration AND p.party_id = r.party_id
WHERE
    r.administration = $1
    AND r.run_id = $2
    AND (r.party_id, r.item_id) > ($4::text, $5::text)
    AND CASE $3
        WHEN 'included' THEN r.left_out_by IS NULL AND r.outcome IS NULL
        WHEN 'left-out' THEN r.left_out_by IS NOT NULL
        WHEN 'reminded' THEN coalesce(r.outcome = 'reminded', FALSE)
        WHEN 'dropped' THEN coalesce(r.outcome <> 'reminded', FALSE)
        ELSE TRUE
    END
ORDER BY r.party_id, r.item_id
LIMIT $6;

-- name: leave_out
-- A party's items, or one of them ($4); how many were in the run until now.
UPDATE run_item SET left_out_by = $5, left_out_note = $6
WHERE
    administration = $1 AND run_id = $2 AND party_id = $3 AND ($4::text IS NULL OR item_id = $4) AND left_out_by IS NULL
    AND outcome IS NULL;

-- name: take_back
UPDATE run_item SET left_out_by = NULL, left_out_note = NULL
WHERE
    administration = $1 AND run_id = $2 AND party_id = $3 AND ($4::text IS NULL OR item_id = $4)
    AND left_out_by IS NOT NULL AND outcome IS NULL;

-- name: begin_issuing
UPDATE reminder_run SET state = 'issuing', issuing_job = $3, issuings = issuings + 1, issued_by = $4
WHERE administration = $1 AND run_id = $2;

-- name: finish_issuing
UPDATE reminder_run SET state = 'issued', issued_at = $3
WHERE administration = $1 AND run_id = $2 AND state = 'issuing';

-- name: undo_run
UPDATE reminder_run SET state = 'undone', undone_by = $3, undone_at = $4, undo_note = $5
WHERE administration = $1 AND run_id = $2;

-- name: new_ids
SELECT uuidv7() AS run_id, uuidv7() AS job_id;

-- name: runs_between
-- Ids from the lowest to the highest that begin alike.
SELECT run_id AS id FROM reminder_run
WHERE administration = $1 AND run_id BETWEEN $2 AND $3
ORDER BY run_id
LIMIT $4;

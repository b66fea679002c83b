-- Runs over many parties: the month's end, a conversion.

-- name: due_contributions
-- What a month's end of the day $2 takes of contributions open for $3 months, in the order of the key; and whether each is
-- asked for just now, or was by this very run.
SELECT
    item.administration, item.party_id, item.item_id, item.kind, item.currency, item.amount, item.open_amount,
    item.base_amount, item.status, item.item_date, item.subscription_id, item.period_start,
    item.period_end, item.loan_id, item.material_id, item.checkin_id, item.note_id,
    item.given_back_on, coalesce(party.kind, 'debtor') AS party_kind, standing.is_asked, standing.is_taken
FROM due_contributions($1, $2::date, $3::integer) AS item
LEFT JOIN party USING (administration, party_id)
CROSS JOIN LATERAL standing_in_run(
    item.administration, item.party_id, item.item_id, 'month-end', $2::date
) AS standing
WHERE (item.party_id, item.item_id) > ($4::text, $5::text)
ORDER BY item.party_id, item.item_id
LIMIT $6;

-- name: alike_contributions
-- The same, in groups that are alike in all that decides about them, and a digest that says which items they are.
SELECT
    item.kind, item.currency, item.open_amount, item.period_start, item.period_end,
    coalesce(party.kind, 'debtor') AS party_kind, standing.is_asked, standing.is_taken, count(*) AS items,
    max(greatest(item.item_date, item.given_back_on)) AS latest_on,
    sum(hashtextextended(concat_ws(':', item.party_id, item.item_id), 0)) AS digest
FROM due_contributions($1, $2::date, $3::integer) AS item
LEFT JOIN party USING (administration, party_id)
CROSS JOIN LATERAL standing_in_run(
    item.administration, item.party_id, item.item_id, 'month-end', $2::date
) AS standing
GROUP BY
    item.kind, item.currency, item.open_amount, item.period_start, item.period_end, coalesce(party.kind, 'debtor'),
    standing.is_asked, standing.is_taken, greatest(item.item_date, item.given_back_on) > $2::date
ORDER BY 1, 2, 3, 4, 5, 6, 7, 8;

-- name: due_for_conversion
-- What a conversion takes: posted before the day $2 and on one of the journals $3, each only if given.
SELECT
    item.administration, item.party_id, item.item_id, item.kind, item.currency, item.amount, item.open_amount,
    item.base_amount, item.status, item.item_date, item.subscription_id, item.period_start,
    item.period_end, item.loan_id, item.material_id, item.checkin_id, item.note_id,
    item.given_back_on, coalesce(party.kind, 'debtor') AS party_kind, standing.is_asked, standing.is_taken
FROM due_for_conversion($1, $2::date, $3::text[]) AS item
LEFT JOIN party USING (administration, party_id)
CROSS JOIN LATERAL standing_in_run(
    item.administration, item.party_id, item.item_id, 'conversion', $7::date
) AS standing
WHERE (item.party_id, item.item_id) > ($4::text, $5::text)
ORDER BY item.party_id, item.item_id
LIMIT $6;

-- name: alike_for_conversion
-- The same, in groups that are alike in all that decides about them, and a digest that says which items they are.
SELECT
    item.kind, item.currency, item.open_amount, item.period_start, item.period_end,
    coalesce(party.kind, 'debtor') AS party_kind, standing.is_asked, standing.is_taken, count(*) AS items,
    max(greatest(item.item_date, item.given_back_on)) AS latest_on,
    sum(hashtextextended(concat_ws(':', item.party_id, item.item_id), 0)) AS digest
FROM due_for_conversion($1, $2::date, $3::text[]) AS item
LEFT JOIN party USING (administration, party_id)
CROSS JOIN LATERAL standing_in_run(
    item.administration, item.party_id, item.item_id, 'conversion', $4::date
) AS standing
GROUP BY
    item.kind, item.currency, item.open_amount, item.period_start, item.period_end, coalesce(party.kind, 'debtor'),
    standing.is_asked, standing.is_taken, greatest(item.item_date, item.given_back_on) > $4::date
ORDER BY 1, 2, 3, 4, 5, 6, 7, 8;

-- name: unmatched_of_due_contributions
-- As sum_due_contributions; $4 most accounts that are named.
SELECT unmatched_summary($1, ARRAY(
    SELECT DISTINCT item.party_id
    FROM item
    WHERE item.administration = $1
        AND item.kind = 'contribution'
        AND item.open_amount > 0
        AND item.status <> 'open'
        AND item.item_date + make_interval(months => $3::integer) < $2::date + INTERVAL '1 day'
), $4)::text;

-- name: unmatched_of_conversion
-- As sum_due_for_conversion; $4 most accounts that are named.
SELECT unmatched_summary($1, ARRAY(
    SELECT DISTINCT item.party_id
    FROM item
    WHERE item.administration = $1
        AND item.open_amount > 0
        AND ($2::date IS NULL OR item.item_date < $2)
        AND ($3::text[] IS NULL OR item.journal = ANY($3))
), $4)::text;

-- name: count_failed_runs
-- How often a run with these parameters failed, whatever its note was.
SELECT count(*)
FROM job
WHERE administration = $1 AND kind = $2 AND parameters - 'note' = $3::jsonb - 'note'
    AND state = 'failed';

-- name: is_queued
SELECT EXISTS (SELECT FROM job WHERE job_id = $1);

-- name: administrations_with_rule
-- Those whose configuration has a rule like $1, in the order of their names, after $2.
SELECT administration
FROM administration
WHERE configuration -> 'write_off_rules' @> $1::jsonb AND administration > $2
ORDER BY administration
LIMIT $3;

-- name: begin_schedule
INSERT INTO month_end_schedule (administration, since) VALUES ($1, $2)
ON CONFLICT (administration) DO NOTHING;

-- name: last_month_end
-- The latest month's end for which a run was queued, or else the day since which they are.
SELECT greatest(
    s.since, (SELECT max((j.parameters ->> 'date')::date) FROM job AS j WHERE j.administration = $1 AND j.kind = 'month-end')
)
FROM month_end_schedule AS s
WHERE s.administration = $1;

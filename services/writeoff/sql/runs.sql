-- Runs over many parties: the month's end, a conversion.

-- name: due_contributions
-- Contributions of status invoiced or further that are open for $3 months on the day $2, in the order of the key; and
-- whether they are asked for just now, or were by this very run.
SELECT
    item.administration, item.party_id, item.item_id, item.kind, item.currency, item.amount, item.open_amount,
    item.base_amount, item.status, item.item_date, item.subscription_id, item.period_start,
    item.period_end, item.loan_id, item.material_id, item.checkin_id, item.note_id,
    coalesce(party.kind, 'debtor') AS party_kind, standing.is_asked, standing.is_taken
FROM item
LEFT JOIN party USING (administration, party_id)
CROSS JOIN LATERAL standing_in_run(
    item.administration, item.party_id, item.item_id, 'month-end', $2::date
) AS standing
WHERE item.administration = $1
    AND item.kind = 'contribution'
    AND item.open_amount > 0
    AND item.status <> 'open'
    AND item.item_date + make_interval(months => $3::integer) < $2::date + INTERVAL '1 day'
    AND (item.party_id, item.item_id) > ($4::text, $5::text)
ORDER BY item.party_id, item.item_id
LIMIT $6;

-- name: sum_due_contributions
SELECT
    item.currency, count(*) AS items, sum(item.open_amount)::bigint AS amount,
    sum(hashtextextended(concat_ws(':', item.party_id, item.item_id, item.open_amount), 0)) AS digest
FROM item
WHERE item.administration = $1
    AND item.kind = 'contribution'
    AND item.open_amount > 0
    AND item.status <> 'open'
    AND item.item_date + make_interval(months => $3::integer) < $2::date + INTERVAL '1 day'
GROUP BY item.currency
ORDER BY item.currency
LIMIT 200;

-- name: due_for_conversion
-- Open charges, posted before the day $2 and on one of the journals $3, each only if given.
SELECT
    item.administration, item.party_id, item.item_id, item.kind, item.currency, item.amount, item.open_amount,
    item.base_amount, item.status, item.item_date, item.subscription_id, item.period_start,
    item.period_end, item.loan_id, item.material_id, item.checkin_id, item.note_id,
    coalesce(party.kind, 'debtor') AS party_kind, standing.is_asked, standing.is_taken
FROM item
LEFT JOIN party USING (administration, party_id)
CROSS JOIN LATERAL standing_in_run(
    item.administration, item.party_id, item.item_id, 'conversion', $7::date
) AS standing
WHERE item.administration = $1
    AND item.open_amount > 0
    AND ($2::date IS NULL OR item.item_date < $2)
    AND ($3::text[] IS NULL OR item.journal = ANY($3))
    AND (item.party_id, item.item_id) > ($4::text, $5::text)
ORDER BY item.party_id, item.item_id
LIMIT $6;

-- name: sum_due_for_conversion
SELECT
    item.currency, count(*) AS items, sum(item.open_amount)::bigint AS amount,
    sum(hashtextextended(concat_ws(':', item.party_id, item.item_id, item.open_amount), 0)) AS digest
FROM item
WHERE item.administration = $1
    AND item.open_amount > 0
    AND ($2::date IS NULL OR item.item_date < $2)
    AND ($3::text[] IS NULL OR item.journal = ANY($3))
GROUP BY item.currency
ORDER BY item.currency
LIMIT 200;

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

-- name: wrong_balances
-- Accounts whose kept balance is not the sum of their open items.
SELECT
    party_id, currency, coalesce(b.open_amount, 0) AS kept, coalesce(i.open_amount, 0) AS added_up,
    coalesce(b.open_items, 0) AS kept_items, coalesce(i.open_items, 0) AS counted_items
FROM (SELECT party_id, currency, open_amount, open_items FROM balance WHERE administration = $1) AS b
FULL JOIN (
    SELECT party_id, currency, sum(open_amount)::bigint AS open_amount, count(*) AS open_items
    FROM item
    WHERE administration = $1 AND open_amount <> 0
    GROUP BY party_id, currency
) AS i USING (party_id, currency)
WHERE coalesce(b.open_amount, 0) <> coalesce(i.open_amount, 0) OR coalesce(b.open_items, 0) <> coalesce(i.open_items, 0)
ORDER BY party_id, currency
LIMIT $2;

-- name: wrong_fixed_sets
-- Fixed sets whose members are not those that were frozen.
SELECT set_id, name, fingerprint, fingerprint_of(administration, set_id) AS computed
FROM selection_set
WHERE administration = $1 AND fixed AND fingerprint <> fingerprint_of(administration, set_id)
ORDER BY set_id
LIMIT $2;

-- name: unreported_writeoffs
-- Confirmed write-offs whose set had no control report of its members and amounts.
SELECT b.batch_id, b.set_id
FROM writeoff_batch AS b
INNER JOIN selection_set AS s ON s.administration = b.administration AND s.set_id = b.set_id
WHERE b.administration = $1 AND b.state <> 'unconfirmed'
    AND NOT EXISTS (
        SELECT FROM control_report AS r
        WHERE r.administration = s.administration AND r.set_id = s.set_id AND r.fingerprint = s.fingerprint
            AND r.exported_at <= b.confirmed_at
    )
ORDER BY b.batch_id
LIMIT $2;

-- name: miscounted_writeoffs
-- Published write-offs that do not add up to what was confirmed, or were confirmed by one person where two were asked.
SELECT b.batch_id, b.items, r.items AS published, b.requests, r.requests AS published_requests
FROM writeoff_batch AS b
CROSS JOIN LATERAL (
    SELECT count(*) AS requests, coalesce(sum(items), 0)::bigint AS items
    FROM writeoff_request
    WHERE administration = b.administration AND batch_id = b.batch_id
) AS r
WHERE b.administration = $1
    AND (
        (b.state IN ('published', 'done') AND (b.items <> r.items OR b.requests <> r.requests))
        OR (b.four_eyes AND b.confirmed_by = b.requested_by)
    )
ORDER BY b.batch_id
LIMIT $2;

-- name: audited
SELECT
    (SELECT count(*) FROM balance WHERE administration = $1) AS balances,
    (SELECT count(*) FROM selection_set WHERE administration = $1 AND fixed) AS fixed_sets,
    (SELECT count(*) FROM writeoff_batch WHERE administration = $1 AND state <> 'unconfirmed') AS writeoffs;

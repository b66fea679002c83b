-- name: report_ageing
-- Open amounts per currency by days overdue: not due, 1-30, 31-60, 61-90, over 90; per party where $3 asks it.
SELECT
    CASE WHEN $3 THEN i.party_id ELSE '' END AS party_id,
    CASE WHEN $3 THEN min(p.name) ELSE '' END AS party_name,
    i.currency, count(*) AS items, sum(i.open_amount)::bigint AS open_amount,
    coalesce(sum(i.open_amount) FILTER (WHERE i.days <= 0), 0)::bigint AS not_due,
    coalesce(sum(i.open_amount) FILTER (WHERE i.days BETWEEN 1 AND 30), 0)::bigint AS days_1_30,
    coalesce(sum(i.open_amount) FILTER (WHERE i.days BETWEEN 31 AND 60), 0)::bigint AS days_31_60,
    coalesce(sum(i.open_amount) FILTER (WHERE i.days BETWEEN 61 AND 90), 0)::bigint AS days_61_90,
    coalesce(sum(i.open_amount) FILTER (WHERE i.days > 90), 0)::bigint AS days_over_90
FROM (
    SELECT
        item.party_id, item.currency, item.open_amount,
        $2::date - payable_on(item.due_date, item.item_date, item.payment_terms_days) AS days
    FROM item
    WHERE item.administration = $1 AND item.open_amount <> 0
) AS i
LEFT JOIN party AS p ON $3 AND p.administration = $1 AND p.party_id = i.party_id
GROUP BY CASE WHEN $3 THEN i.party_id ELSE '' END, i.currency
ORDER BY 1, 3;

-- name: report_totals
-- Open items by what $2 names: status, journal, branch or kind.
SELECT
    coalesce(CASE $2 WHEN 'status' THEN i.status WHEN 'journal' THEN i.journal WHEN 'branch' THEN i.branch ELSE i.kind END, '')
        AS grouped_by,
    i.currency, count(*) AS items, count(DISTINCT i.party_id) AS parties, sum(i.open_amount)::bigint AS open_amount,
    coalesce(sum(i.open_amount) FILTER (WHERE i.open_amount > 0), 0)::bigint AS charges,
    coalesce(sum(i.open_amount) FILTER (WHERE i.open_amount < 0), 0)::bigint AS credits
FROM item AS i
WHERE i.administration = $1 AND i.open_amount <> 0
GROUP BY 1, 2
ORDER BY 1, 2;

-- name: report_customers
-- Accounts that owe at least $3, by party. The columns are those that the report shows.
SELECT
    c.party_id, c.party_name, c.street, c.postal_code, c.city, c.account_currency, c.party_open_items,
    c.party_open_amount, c.party_overdue_amount, c.party_oldest_item_date, c.party_reminder_level, c.blacklisted
FROM selectable_parties($1, $2) AS c
WHERE c.party_open_items > 0 AND c.party_open_amount >= $3::bigint
    AND ($4::text IS NULL OR c.account_currency = $4)
ORDER BY c.party_id, c.account_currency;

-- name: page_of_customers
SELECT
    c.party_id, c.party_name, c.street, c.postal_code, c.city, c.account_currency, c.party_open_items,
    c.party_open_amount, c.party_overdue_amount, c.party_oldest_item_date, c.party_reminder_level, c.blacklisted
FROM selectable_parties($1, $2) AS c
WHERE c.party_open_items > 0 AND c.party_open_amount >= $3::bigint
    AND ($4::text IS NULL OR c.account_currency = $4)
    AND (c.party_id, c.account_currency) > ($5, $6)
ORDER BY c.party_id, c.account_currency
LIMIT $7;

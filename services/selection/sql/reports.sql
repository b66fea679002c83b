-- name: report_ageing
-- Open amounts per currency by days overdue: not due, 1-30, 31-60, 61-90, over 90; per party where $3 asks it. Of parties of
-- the kind $4 (null: both): what is owed to a supplier is no part of what debtors owe.
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
        AND (
            $4::text IS NULL
            OR ($4 = 'creditor') = (
                item.party_id IN (SELECT c.party_id FROM party AS c WHERE c.administration = $1 AND c.kind = 'creditor')
            )
        )
) AS i
LEFT JOIN party AS p ON $3 AND p.administration = $1 AND p.party_id = i.party_id
GROUP BY CASE WHEN $3 THEN i.party_id ELSE '' END, i.currency
ORDER BY 1, 3;

-- name: report_totals
-- Open items by what $2 names: status, journal, branch or kind; of parties of the kind $3 (null: both).
SELECT
    coalesce(
        CASE $2
            WHEN 'status' THEN i.status
            WHEN 'journal' THEN i.journal
            WHEN 'branch' THEN branch_of(i.branch, p.branch)
            ELSE i.kind
        END, ''
    ) AS grouped_by,
    i.currency, count(*) AS items, count(DISTINCT i.party_id) AS parties, sum(i.open_amount)::bigint AS open_amount,
    coalesce(sum(i.open_amount) FILTER (WHERE i.open_amount > 0), 0)::bigint AS charges,
    coalesce(sum(i.open_amount) FILTER (WHERE i.open_amount < 0), 0)::bigint AS credits
FROM item AS i
LEFT JOIN party AS p ON p.administration = i.administration AND p.party_id = i.party_id
WHERE i.administration = $1 AND i.open_amount <> 0
    AND ($3::text IS NULL OR coalesce(p.kind, 'debtor') = $3)
GROUP BY 1, 2
ORDER BY 1, 2;

-- name: report_customers
-- Accounts that owe at least $3, by party; of the kind $5 (null: both). The columns are those that the report shows.
SELECT
    c.party_id, c.party_name, c.street, c.postal_code, c.city, c.account_currency, c.party_open_items,
    c.party_open_amount, c.party_overdue_amount, c.party_oldest_item_date, c.party_reminder_level, c.blacklisted
FROM selectable_parties($1, $2) AS c
WHERE c.party_open_items > 0 AND c.party_open_amount >= $3::bigint
    AND ($4::text IS NULL OR c.account_currency = $4)
    AND ($5::text IS NULL OR coalesce(c.party_kind, 'debtor') = $5)
ORDER BY c.party_id, c.account_currency;

-- name: page_of_customers
SELECT
    c.party_id, c.party_name, c.street, c.postal_code, c.city, c.account_currency, c.party_open_items,
    c.party_open_amount, c.party_overdue_amount, c.party_oldest_item_date, c.party_reminder_level, c.blacklisted
FROM selectable_parties($1, $2) AS c
WHERE c.party_open_items > 0 AND c.party_open_amount >= $3::bigint
    AND ($4::text IS NULL OR c.account_currency = $4)
    AND ($5::text IS NULL OR coalesce(c.party_kind, 'debtor') = $5)
    AND (c.party_id, c.account_currency) > ($6, $7)
ORDER BY c.party_id, c.account_currency
LIMIT $8;

-- name: plan_for_these_values
-- A list may hold three items or three million: the plan is made for the values at hand.
SET LOCAL plan_cache_mode = force_custom_plan;

-- name: work_in_memory
SET LOCAL work_mem = '32MB';

-- name: last_of_next_parties
-- The last of the next $3 parties that have items, after $2; null when there are none.
SELECT max(n.party_id)
FROM (
    SELECT DISTINCT i.party_id FROM item AS i WHERE i.administration = $1 AND i.party_id > $2 ORDER BY i.party_id LIMIT $3
) AS n;

-- name: summarise_list
-- Per reason (null: listed) and currency. From the inside out: every item with the reason that it has by itself, summed per
-- debtor; the reasons that a debtor's balance gives on top of that; all debtors added up. So the balances are windows over
-- a few groups of each debtor, not over all of their items.
SELECT
    b.reason,
    b.currency,
    sum(b.items)::bigint AS items,
    sum(b.open_amount)::bigint AS open_amount,
    count(*) AS parties
FROM (
    SELECT
        g.currency, g.items, g.open_amount,
        -- A reason of the item's own comes before one of its debtor's balance, as in `listed_item`.
        coalesce(
            g.reason,
            balance_reason(
                $5::jsonb ->> 'debtors',
                sum(g.open_amount) FILTER (WHERE g.reason IS DISTINCT FROM 'not-processed') OVER debtor,
                sum(g.open_amount) FILTER (WHERE g.reason IS NULL) OVER debtor,
                max(g.minimum_amount) FILTER (WHERE g.reason IS NULL) OVER debtor
            )
        ) AS reason
    FROM (
        -- A debtor's items, few rows from here on.
        SELECT
            c.party_id,
            c.currency,
            c.reason,
            max(c.minimum_amount) AS minimum_amount,
            count(*) AS items,
            sum(c.open_amount)::bigint AS open_amount
        FROM considered_item($1, $2, $3, $4, $5::jsonb) AS c
        GROUP BY c.party_id, c.currency, c.reason
    ) AS g
    WINDOW debtor AS (PARTITION BY g.party_id, g.currency)
) AS b
GROUP BY b.reason, b.currency
ORDER BY b.reason NULLS FIRST, b.currency;

-- name: list_items
-- $6: listed, left-out or all; $7 and $8: grouping and sorting; after the key ($9, $10, $11, $12), null at the start.
-- Whatever a list is sorted by becomes one text beside the item, so that one comparison of rows continues any list.
SELECT *
FROM (
    SELECT
        l.party_id,
        coalesce(p.name, '') AS party_name,
        p.category,
        p.language,
        l.item_id,
        i.kind,
        i.journal,
        i.voucher,
        i.item_date,
        l.due_on,
        l.age_days,
        i.amount,
        l.open_amount,
        l.currency,
        l.level,
        l.profile,
        i.reminder_level AS reached_level,
        i.reminded_on,
        pr.last_reminded_on AS party_reminded_on,
        i.description,
        l.reason,
        -- The invoice's documents came with the item; the reminders' are ours, oldest first.
        i.documents::text AS invoice_documents,
        (
            SELECT
                coalesce(
                    jsonb_agg(
                        jsonb_build_object(
                            'document_id', d.document_id, 'kind', 'reminder', 'name', d.name, 'media_type', d.media_type,
                            'sha256', d.sha256
                        )
                        ORDER BY ri.generation_date, ri.level, d.document_id
                    ),
                    '[]'
                )::text
            FROM reminder_item AS ri
            INNER JOIN reminder AS r
                ON r.administration = ri.administration AND r.party_id = ri.party_id AND r.reminder_id = ri.reminder_id
            INNER JOIN document AS d
                ON d.administration = r.administration AND d.party_id = r.party_id AND d.document_id = r.document_id
            WHERE ri.administration = i.administration AND ri.party_id = i.party_id AND ri.item_id = i.item_id
        ) AS reminder_documents,
        -- The key: the group, then what is sorted by. Largest first is smallest first of what is left up to a bound that no
        -- age or amount reaches.
        CASE $7
            WHEN 'debtor' THEN l.party_id
            WHEN 'category' THEN coalesce(p.category, '')
            WHEN 'language' THEN coalesce(p.language, '')
            WHEN 'branch' THEN coalesce(branch_of(i.branch, p.branch), '')
            WHEN 'level' THEN coalesce(l.level::text, '')
            ELSE ''
        END COLLATE "C" AS group_key,
        CASE $8
            WHEN 'name' THEN lower(coalesce(p.name, ''))
            WHEN 'item-date' THEN i.item_date::text
            WHEN 'due-date' THEN l.due_on::text
            WHEN 'age' THEN (1000000 - l.age_days)::text
            WHEN 'voucher' THEN i.voucher
            WHEN 'amount' THEN (50000000000000000 - l.open_amount)::text
            ELSE ''
        END COLLATE "C" AS sort_key
    FROM listed_item($1, $2, $3, $4, $5::jsonb) AS l
    INNER JOIN item AS i ON i.administration = $1 AND i.party_id = l.party_id AND i.item_id = l.item_id
    LEFT JOIN party AS p ON p.administration = $1 AND p.party_id = l.party_id
    LEFT JOIN party_reminder AS pr ON pr.administration = $1 AND pr.party_id = l.party_id
    WHERE $6 = 'all' OR (l.reason IS NULL) = ($6 = 'listed')
) AS shown
WHERE $11::text IS NULL OR (shown.group_key, shown.sort_key, shown.party_id, shown.item_id) > ($9, $10, $11, $12)
ORDER BY shown.group_key, shown.sort_key, shown.party_id, shown.item_id
LIMIT $13;

-- name: explain_item
-- One item whatever is open of it: its state, and the reason in the list that the rules make.
SELECT i.party_id, i.item_id, i.open_amount, i.currency, i.reminder_level, i.reminded_on, l.open_amount AS considered, l.reason
FROM item AS i
LEFT JOIN listed_item($1, '', NULL, ARRAY[$2], $4::jsonb) AS l ON l.party_id = i.party_id AND l.item_id = i.item_id
WHERE i.administration = $1 AND i.party_id = $2 AND i.item_id = $3;

-- name: unmatched_of_list
-- $6 most accounts that are named.
SELECT unmatched_summary(
    $1,
    ARRAY(SELECT DISTINCT l.party_id FROM listed_item($1, $2, $3, $4, $5::jsonb) AS l WHERE l.reason IS NULL),
    $6
)::text;

-- name: count_listed_parties
SELECT count(DISTINCT l.party_id) FROM listed_item($1, $2, $3, $4, $5::jsonb) AS l WHERE l.reason IS NULL;

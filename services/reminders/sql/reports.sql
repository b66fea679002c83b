-- name: get_document
SELECT party_id, document_id, name, media_type, sha256, size_bytes
FROM document
WHERE administration = $1 AND document_id = $2;

-- name: list_reminders
-- A debtor's reminders, or those that name one of its items ($3), newest first; after the key ($4, $5), null at the start.
-- Two of one transaction were issued in the same instant, so that the id breaks the tie.
SELECT
    r.party_id, r.reminder_id, r.run_id, r.level, r.generation_date, r.pay_by, r.profile, r.channel, r.language, r.email,
    r.reference, r.totals::text AS totals, r.charges::text AS charges, r.document_id, r.employee, r.issued_at,
    -- All items of the reminder, also where only one of them is asked about.
    (
        SELECT
            jsonb_agg(
                jsonb_build_object(
                    'item_id', i.item_id, 'level', i.level, 'currency', i.currency, 'open_amount', i.open_amount
                )
                ORDER BY i.item_id
            )::text
        FROM reminder_item AS i
        WHERE i.administration = r.administration AND i.party_id = r.party_id AND i.reminder_id = r.reminder_id
    ) AS items
FROM reminder AS r
WHERE
    r.administration = $1
    AND r.party_id = $2
    AND (
        $3::text IS NULL
        OR EXISTS (
            SELECT
            FROM reminder_item AS i
            WHERE
                i.administration = r.administration AND i.party_id = r.party_id AND i.item_id = $3
                AND i.reminder_id = r.reminder_id
        )
    )
    AND ($4::timestamptz IS NULL OR (r.issued_at, r.reminder_id) < ($4, $5::uuid))
ORDER BY r.issued_at DESC, r.reminder_id DESC
LIMIT $6;

-- name: list_run_reminders
SELECT
    r.party_id, r.reminder_id, r.run_id, r.level, r.generation_date, r.pay_by, r.profile, r.channel, r.language, r.email,
    r.reference, r.totals::text AS totals, r.charges::text AS charges, r.document_id, r.employee, r.issued_at,
    NULL AS items
FROM reminder AS r
WHERE r.administration = $1 AND r.run_id = $2 AND (r.party_id, r.level) > ($3, $4::smallint)
ORDER BY r.party_id, r.level
LIMIT $5;

-- name: debtor_state
SELECT p.party_id, p.name, p.language, p.channel, p.email, r.last_reminded_on, coalesce(r.level, 0) AS level
FROM party AS p
LEFT JOIN party_reminder AS r ON r.administration = p.administration AND r.party_id = p.party_id
WHERE p.administration = $1 AND p.party_id = $2;

-- name: report_levels
-- What is open of the items of each level that they reached (0: never reminded).
SELECT i.reminder_level AS level, i.currency, count(*) AS items, count(DISTINCT i.party_id) AS parties,
    sum(i.open_amount)::bigint AS open_amount, min(i.reminded_on) AS first_reminded_on, max(i.reminded_on) AS last_reminded_on
FROM item AS i
INNER JOIN party AS p ON p.administration = i.administration AND p.party_id = i.party_id AND p.kind = 'debtor'
WHERE i.administration = $1 AND i.open_amount <> 0
GROUP BY i.reminder_level, i.currency
ORDER BY i.reminder_level, i.currency;

-- name: report_ages
-- What is open by days since it was due, on a day; -1: not due by then.
SELECT a.days_from, i.currency, count(*) AS items, count(DISTINCT i.party_id) AS parties,
    sum(i.open_amount)::bigint AS open_amount
FROM item AS i
INNER JOIN party AS p ON p.administration = i.administration AND p.party_id = i.party_id AND p.kind = 'debtor'
CROSS JOIN LATERAL (
    SELECT $2::date - coalesce(i.due_date, i.item_date + coalesce(i.payment_terms_days, p.payment_terms_days, 0)) AS days
) AS d
CROSS JOIN LATERAL (
    SELECT CASE WHEN d.days <= 0 THEN -1 ELSE (SELECT max(b.days_from) FROM unnest($3::integer[]) AS b (days_from) WHERE b.days_from <= d.days) END
        AS days_from
) AS a
WHERE i.administration = $1 AND i.open_amount <> 0
GROUP BY a.days_from, i.currency
ORDER BY a.days_from, i.currency;

-- name: report_effect
-- Of the reminders of a period: what was open on them, and what of it was paid within $4 days, per level and currency.
SELECT
    r.level,
    r.currency,
    count(DISTINCT r.reminder_id) AS reminders,
    count(*) AS items,
    sum(r.open_amount)::bigint AS open_amount,
    count(*) FILTER (WHERE r.paid > 0) AS items_paid,
    sum(least(r.paid, r.open_amount))::bigint AS paid
FROM (
    SELECT
        m.reminder_id,
        m.level,
        i.currency,
        i.open_amount,
        (
            SELECT greatest(-coalesce(sum(s.amount), 0), 0)
            FROM item_settlement AS s
            WHERE
                s.administration = i.administration AND s.party_id = i.party_id AND s.item_id = i.item_id
                AND s.settled_on BETWEEN m.generation_date AND m.generation_date + $4::integer AND NOT s.is_written_off
        ) AS paid
    FROM reminder AS m
    INNER JOIN reminder_item AS i
        ON i.administration = m.administration AND i.party_id = m.party_id AND i.reminder_id = m.reminder_id
    WHERE m.administration = $1 AND m.generation_date BETWEEN $2 AND $3 AND i.open_amount > 0
) AS r
GROUP BY r.level, r.currency
ORDER BY r.level, r.currency;

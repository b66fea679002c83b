-- name: next_run_parties
SELECT DISTINCT r.party_id
FROM run_item AS r
WHERE r.administration = $1 AND r.run_id = $2 AND r.party_id > $3 AND r.left_out_by IS NULL AND r.outcome IS NULL
ORDER BY r.party_id
LIMIT $4;

-- name: count_run_parties
SELECT count(DISTINCT r.party_id)
FROM run_item AS r
WHERE r.administration = $1 AND r.run_id = $2 AND r.left_out_by IS NULL AND r.outcome IS NULL;

-- name: lock_run_parties
-- In the order of their ids, before anything of theirs is read: the outbox then keeps the order per party.
SELECT p.party_id
FROM party AS p
WHERE p.administration = $1 AND p.party_id = ANY($2::text[])
ORDER BY p.party_id
FOR NO KEY UPDATE;

-- name: lock_run_items
SELECT i.item_id
FROM run_item AS r
INNER JOIN item AS i ON i.administration = r.administration AND i.party_id = r.party_id AND i.item_id = r.item_id
WHERE r.administration = $1 AND r.run_id = $2 AND r.party_id = ANY($3::text[]) AND r.left_out_by IS NULL
    AND r.outcome IS NULL
ORDER BY i.party_id, i.item_id
FOR NO KEY UPDATE OF i;

-- name: run_members
SELECT r.party_id, r.item_id
FROM run_item AS r
WHERE r.administration = $1 AND r.run_id = $2 AND r.party_id = ANY($3::text[]) AND r.left_out_by IS NULL
    AND r.outcome IS NULL;

-- name: recheck_items
-- The members of some parties as they stand now; a reason says why one has to be dropped.
-- The list is made once for all of them: left to itself, the planner makes it anew for every member.
WITH listed AS MATERIALIZED (
    SELECT e.party_id, e.item_id, e.open_amount, e.level, e.reason
    FROM listed_item($1, '', NULL, $3::text[], $4::jsonb) AS e
)

SELECT
    r.party_id,
    r.item_id,
    r.currency,
    r.open_amount,
    r.level,
    r.profile,
    r.due_on,
    i.kind,
    i.voucher,
    i.item_date,
    i.description,
    i.amount,
    i.reference,
    branch_of(i.branch, p.branch) AS branch,
    i.reminder_level AS reached_level,
    i.reminded_on,
    CASE
        -- Not considered at all: nothing is open of it any more.
        WHEN l.item_id IS NULL THEN 'settled'
        -- Then whatever would keep it off a list of today, in the words of that list.
        WHEN l.reason IS NOT NULL THEN l.reason
        -- And at last: it would be listed, but as something else than what the clerk approved.
        WHEN l.open_amount <> r.open_amount THEN 'amount-changed'
        WHEN l.level <> r.level THEN 'level-changed'
    END AS reason
FROM run_item AS r
INNER JOIN item AS i ON i.administration = r.administration AND i.party_id = r.party_id AND i.item_id = r.item_id
LEFT JOIN party AS p ON p.administration = r.administration AND p.party_id = r.party_id
LEFT JOIN listed AS l ON l.party_id = r.party_id AND l.item_id = r.item_id
WHERE r.administration = $1 AND r.run_id = $2 AND r.party_id = ANY($3::text[]) AND r.left_out_by IS NULL AND r.outcome IS NULL
ORDER BY r.party_id, r.due_on, i.voucher, r.item_id;

-- name: run_debtors
SELECT
    p.party_id, p.name, p.debtor_type, p.street, p.postal_code, p.city, p.country, p.email, p.language, p.channel, p.branch,
    coalesce(r.level, 0) AS reached_level, r.last_reminded_on
FROM party AS p
LEFT JOIN party_reminder AS r ON r.administration = p.administration AND r.party_id = p.party_id
WHERE p.administration = $1 AND p.party_id = ANY($2::text[])
ORDER BY p.party_id;

-- name: record_outcomes
UPDATE run_item SET outcome = o.outcome, outcome_message = o.message, reminder_id = o.reminder_id
FROM unnest($3::text[], $4::text[], $5::text[], $6::text[], $7::uuid[])
    AS o (party_id, item_id, outcome, message, reminder_id)
WHERE
    run_item.administration = $1 AND run_item.run_id = $2 AND run_item.party_id = o.party_id
    AND run_item.item_id = o.item_id;

-- name: insert_documents
INSERT INTO document (administration, party_id, document_id, name, media_type, sha256, size_bytes)
SELECT d.administration, d.party_id, d.document_id, d.name, d.media_type, d.sha256, d.size_bytes
FROM jsonb_to_recordset($1::jsonb) AS d (
    administration text, party_id text, document_id text, name text, media_type text, sha256 text, size_bytes bigint
);

-- name: insert_reminders
INSERT INTO reminder (
    administration, party_id, reminder_id, run_id, level, generation_date, pay_by, profile, channel, language, email,
    reference, totals, charges, fee_amount, notice, interest_until, document_id, employee
)
SELECT
    r.administration, r.party_id, r.reminder_id, r.run_id, r.level, r.generation_date, r.pay_by, r.profile, r.channel,
    r.language, r.email, r.reference, r.totals, r.charges, r.fee_amount, r.notice, r.interest_until, r.document_id, r.employee
FROM jsonb_to_recordset($1::jsonb) AS r (
    administration text, party_id text, reminder_id uuid, run_id uuid, level smallint, generation_date date, pay_by date,
    profile text, channel text, language text, email text, reference text, totals jsonb, charges jsonb,
    fee_amount bigint, notice text, interest_until date, document_id text, employee text
);

-- name: insert_reminder_items
INSERT INTO reminder_item (
    administration, party_id, item_id, reminder_id, level, currency, open_amount, generation_date
)
SELECT r.administration, r.party_id, r.item_id, r.reminder_id, r.level, r.currency, r.open_amount, r.generation_date
FROM jsonb_to_recordset($1::jsonb) AS r (
    administration text, party_id text, item_id text, reminder_id uuid, level smallint, currency text, open_amount bigint,
    generation_date date
);

-- name: move_parties
-- A debtor's level never falls, and the date of the last reminder never goes back.
INSERT INTO party_reminder (administration, party_id, last_reminded_on, level)
SELECT $1, m.party_id, m.reminded_on, m.level
FROM unnest($2::text[], $3::date[], $4::smallint[]) AS m (party_id, reminded_on, level)
ON CONFLICT (administration, party_id) DO UPDATE SET
    last_reminded_on = greatest(party_reminder.last_reminded_on, excluded.last_reminded_on),
    level = greatest(party_reminder.level, excluded.level);

-- name: taken_references
SELECT r.reference FROM reminder AS r WHERE r.administration = $1 AND r.reference = ANY($2::text[]);

-- name: insert_settlements
-- A row a match; the ids of its items come joined by the unit separator, which no id contains, their amounts by commas.
INSERT INTO item_settlement (administration, party_id, item_id, match_id, settled_on, amount, is_written_off)
SELECT s.administration, s.party_id, s.item_id, s.match_id, s.settled_on, s.amount, s.is_written_off
FROM (
    SELECT m.administration, m.party_id, l.item_id, m.match_id, m.settled_on, l.amount, m.is_written_off
    FROM unnest($1::text[], $2::text[], $3::uuid[], $4::date[], $5::boolean[], $6::text[], $7::text[])
        AS m (administration, party_id, match_id, settled_on, is_written_off, item_ids, amounts)
    CROSS JOIN LATERAL unnest(string_to_array(m.item_ids, chr(31)), string_to_array(m.amounts, ',')::bigint[])
        AS l (item_id, amount)
) AS s
ON CONFLICT DO NOTHING;

-- name: earlier_reminders
-- The reminders that named the given items before, oldest first.
SELECT n.party_id, n.item_id, r.generation_date, r.channel, r.fee_amount, r.notice, r.interest_until
FROM unnest($2::text[], $3::text[]) AS n (party_id, item_id)
INNER JOIN reminder_item AS i ON i.administration = $1 AND i.party_id = n.party_id AND i.item_id = n.item_id
INNER JOIN reminder AS r ON r.administration = $1 AND r.party_id = i.party_id AND r.reminder_id = i.reminder_id
ORDER BY n.party_id, n.item_id, r.generation_date;

-- name: settlements
SELECT s.party_id, s.item_id, s.settled_on, s.amount
FROM unnest($2::text[], $3::text[]) AS n (party_id, item_id)
INNER JOIN item_settlement AS s ON s.administration = $1 AND s.party_id = n.party_id AND s.item_id = n.item_id
ORDER BY s.party_id, s.item_id, s.settled_on;

-- name: documents_between
-- Ids from the lowest to the highest that begin alike.
SELECT document_id AS id FROM document
WHERE administration = $1 AND document_id BETWEEN $2::uuid::text AND $3::uuid::text
ORDER BY document_id
LIMIT $4;

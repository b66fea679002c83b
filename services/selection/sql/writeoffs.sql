-- name: has_control_report
SELECT EXISTS (SELECT FROM control_report WHERE administration = $1 AND set_id = $2 AND fingerprint = $3);

-- name: add_control_report
INSERT INTO control_report (
    administration, set_id, report_id, fingerprint, format, fields, members, employee, exported_at, criteria
)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10);

-- name: list_control_reports
SELECT report_id, fingerprint, format, fields, members, employee, exported_at, criteria
FROM control_report
WHERE administration = $1 AND set_id = $2
ORDER BY exported_at DESC, report_id
LIMIT $3;

-- name: other_batch
SELECT batch_id FROM writeoff_batch WHERE administration = $1 AND set_id = $2 AND state <> 'unconfirmed' LIMIT 1;

-- name: list_changes
-- Members of a set whose item has another open amount now.
SELECT m.party_id, m.item_id, m.currency, m.open_amount AS approved_amount, i.open_amount
FROM set_member AS m
INNER JOIN item AS i ON i.administration = m.administration AND i.party_id = m.party_id AND i.item_id = m.item_id
WHERE m.administration = $1 AND m.set_id = $2 AND (m.party_id, m.item_id) > ($3, $4) AND m.marked
    AND i.open_amount <> m.open_amount
ORDER BY m.party_id, m.item_id
LIMIT $5;

-- name: unmatched_of_set
-- $3 most accounts that are named.
SELECT unmatched_summary(
    $1,
    ARRAY(
        SELECT DISTINCT m.party_id FROM set_member AS m WHERE m.administration = $1 AND m.set_id = $2 AND m.marked
    ),
    $3
)::text;

-- name: kinds_of_members
-- What decides whether the rules of write-offs let a member pass, each combination once.
SELECT DISTINCT
    i.kind, i.amount >= 0 AS is_charge, coalesce(p.kind, 'debtor') AS party_kind, i.currency,
    greatest(i.item_date, i.given_back_on) > $3::date AS is_later
FROM set_member AS m
INNER JOIN item AS i ON i.administration = m.administration AND i.party_id = m.party_id AND i.item_id = m.item_id
LEFT JOIN party AS p ON p.administration = m.administration AND p.party_id = m.party_id
WHERE m.administration = $1 AND m.set_id = $2 AND m.marked
ORDER BY 1, 2, 3, 4, 5
LIMIT 1000;

-- name: leave_out
-- Keeps which members must not be requested, and why.
INSERT INTO left_out_item (administration, batch_id, party_id, item_id, code, approved_amount, open_amount)
SELECT $1, $3, o.party_id, o.item_id, o.code, o.approved_amount, o.open_amount
FROM to_leave_out($1, $2, $4, $5, $6, $7, $8, $9, $10, $11, $12) AS o;

-- name: news_since_left_out
-- Where what must be left out is not what was left out at the first confirmation, item by item.
SELECT party_id, item_id, o.code AS code_before, n.code AS code_now
FROM (SELECT party_id, item_id, code FROM left_out_item WHERE administration = $1 AND batch_id = $3) AS o
FULL JOIN (
    SELECT party_id, item_id, code FROM to_leave_out($1, $2, $4, $5, $6, $7, $8, $9, $10, $11, $12)
) AS n USING (party_id, item_id)
WHERE (o.code IS NULL) <> (n.code IS NULL)
ORDER BY party_id, item_id
LIMIT $13;

-- name: summarise_left_out
SELECT
    coalesce(jsonb_object_agg(code, items), '{}')::text AS counts,
    coalesce(string_agg(code || digest, ',' ORDER BY code), '') AS digest
FROM (
    SELECT
        code, count(*) AS items,
        encode(sha256(convert_to(string_agg(party_id || E'\x1f' || item_id, E'\x1e' ORDER BY party_id, item_id), 'UTF8')), 'hex')
            AS digest
    FROM left_out_item
    WHERE administration = $1 AND batch_id = $2
    GROUP BY code
) AS left_out;

-- name: total_left_out
-- By reason and currency, with the amounts of the fixed set.
SELECT o.code, i.currency, count(*) AS items, sum(o.approved_amount)::bigint AS amount
FROM left_out_item AS o
INNER JOIN item AS i ON i.administration = o.administration AND i.party_id = o.party_id AND i.item_id = o.item_id
WHERE o.administration = $1 AND o.batch_id = $2
GROUP BY o.code, i.currency
ORDER BY o.code, i.currency;

-- name: list_left_out
SELECT o.party_id, o.item_id, i.currency, o.code, o.approved_amount, o.open_amount
FROM left_out_item AS o
INNER JOIN item AS i ON i.administration = o.administration AND i.party_id = o.party_id AND i.item_id = o.item_id
WHERE o.administration = $1 AND o.batch_id = $2 AND (o.party_id, o.item_id) > ($3, $4)
ORDER BY o.party_id, o.item_id
LIMIT $5;

-- name: count_requested
-- What is left of a set, per currency, when the given items are left out.
SELECT m.currency, count(*) AS items, sum(m.open_amount)::bigint AS amount
FROM set_member AS m
WHERE m.administration = $1 AND m.set_id = $2 AND m.marked
    AND NOT EXISTS (
        SELECT FROM left_out_item AS o
        WHERE o.administration = $1 AND o.batch_id = $3 AND o.party_id = m.party_id AND o.item_id = m.item_id
    )
GROUP BY m.currency
ORDER BY m.currency;

-- name: count_requests
-- Parties of a write-off, and the events that tell of them with at most $4 items each.
SELECT count(*) AS parties, coalesce(sum(ceil(items::numeric / $4)), 0)::bigint AS requests
FROM (
    SELECT count(*) AS items
    FROM set_member AS m
    WHERE m.administration = $1 AND m.set_id = $2 AND m.marked
        AND NOT EXISTS (
            SELECT FROM left_out_item AS o
            WHERE o.administration = $1 AND o.batch_id = $3 AND o.party_id = m.party_id AND o.item_id = m.item_id
        )
    GROUP BY m.party_id
) AS party;

-- name: add_batch
INSERT INTO writeoff_batch (
    administration, batch_id, set_id, journal, booking_date, note, changed, four_eyes, items, parties, requests, totals,
    left_out, left_out_totals, fingerprint, requested_by, requested_at
)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12::jsonb, $13::jsonb, $14::jsonb, $15, $16, $17);

-- name: lock_batch
SELECT batch_id FROM writeoff_batch WHERE administration = $1 AND batch_id = $2 FOR UPDATE;

-- name: get_batch
-- The run that publishes a write-off has its id; where that failed, the write-off is stopped, and `failure` says why.
SELECT
    b.batch_id, b.set_id, b.journal, b.booking_date, b.note, b.changed, b.four_eyes, b.items, b.parties, b.requests,
    b.totals::text AS totals, b.left_out::text AS left_out, b.left_out_totals::text AS left_out_totals, b.fingerprint,
    CASE WHEN j.job_id IS NULL THEN b.state ELSE 'stopped' END AS state, b.requested_by, b.requested_at, b.confirmed_by,
    b.confirmed_at, b.outcome::text AS outcome, b.finished_at, j.error::text AS failure
FROM writeoff_batch AS b
LEFT JOIN job AS j ON b.state = 'publishing' AND j.job_id = b.batch_id AND j.state = 'failed'
WHERE b.administration = $1 AND b.batch_id = $2;

-- name: list_batches
SELECT
    b.batch_id, b.set_id, b.journal, b.booking_date, b.note, b.changed, b.four_eyes, b.items, b.parties, b.requests,
    b.totals::text AS totals, b.left_out::text AS left_out, b.left_out_totals::text AS left_out_totals, b.fingerprint,
    CASE WHEN j.job_id IS NULL THEN b.state ELSE 'stopped' END AS state, b.requested_by, b.requested_at, b.confirmed_by,
    b.confirmed_at, b.outcome::text AS outcome, b.finished_at, j.error::text AS failure
FROM writeoff_batch AS b
LEFT JOIN job AS j ON b.state = 'publishing' AND j.job_id = b.batch_id AND j.state = 'failed'
WHERE b.administration = $1
    AND ($2::timestamptz IS NULL OR (b.requested_at, b.batch_id) < ($2, $3::uuid))
    AND ($5::uuid IS NULL OR b.set_id = $5)
ORDER BY b.requested_at DESC, b.batch_id DESC
LIMIT $4;

-- name: progress_of_batch
SELECT
    count(*) AS requests, coalesce(sum(items), 0)::bigint AS items,
    coalesce(sum(written_off), 0)::bigint AS written_off, coalesce(sum(skipped), 0)::bigint AS skipped
FROM writeoff_request
WHERE administration = $1 AND batch_id = $2;

-- name: confirm_batch
UPDATE writeoff_batch
SET state = 'publishing', confirmed_by = $3, confirmed_at = $4
WHERE administration = $1 AND batch_id = $2 AND state = 'unconfirmed';

-- name: last_party_of_chunk
-- The party after $4 with whose items a chunk of about $5 items ends.
SELECT max(party_id)
FROM (
    SELECT m.party_id
    FROM set_member AS m
    WHERE m.administration = $1 AND m.set_id = $2 AND m.party_id > $4 AND m.marked
        AND NOT EXISTS (
            SELECT FROM left_out_item AS o
            WHERE o.administration = $1 AND o.batch_id = $3 AND o.party_id = m.party_id AND o.item_id = m.item_id
        )
    ORDER BY m.party_id
    LIMIT $5
) AS chunk;

-- name: requested_items
SELECT m.party_id, m.item_id, m.currency, m.open_amount
FROM set_member AS m
WHERE m.administration = $1 AND m.set_id = $2 AND m.party_id > $4 AND m.party_id <= $5 AND m.marked
    AND NOT EXISTS (
        SELECT FROM left_out_item AS o
        WHERE o.administration = $1 AND o.batch_id = $3 AND o.party_id = m.party_id AND o.item_id = m.item_id
    )
ORDER BY m.party_id, m.item_id;

-- name: add_requests
INSERT INTO writeoff_request (administration, batch_id, party_id, request_id, items)
SELECT $1, $2, r.party_id, r.request_id, r.items
FROM unnest($3::text[], $4::uuid[], $5::integer[]) AS r (party_id, request_id, items);

-- name: add_asks
INSERT INTO writeoff_ask (administration, party_id, ask_id, request_id, items)
SELECT $1, a.party_id, a.ask_id, a.request_id, a.items
FROM unnest($2::text[], $3::uuid[], $4::uuid[], $5::integer[]) AS a (party_id, ask_id, request_id, items);

-- name: finish_publishing
UPDATE writeoff_batch
SET state = 'published'
WHERE administration = $1 AND batch_id = $2 AND state = 'publishing';

-- name: count_answers
-- Adds what the ledger answered to the requests that it was asked for; what it did not write off of an ask is skipped.
UPDATE writeoff_request
SET written_off = writeoff_request.written_off + answer.written_off, skipped = writeoff_request.skipped + answer.skipped
FROM (
    SELECT
        k.administration, k.party_id, k.request_id, sum(a.written_off)::integer AS written_off,
        sum(greatest(k.items - a.written_off, 0))::integer AS skipped
    FROM unnest($1::text[], $2::text[], $3::uuid[], $4::integer[]) AS a (administration, party_id, ask_id, written_off)
    INNER JOIN writeoff_ask AS k
        ON k.administration = a.administration AND k.party_id = a.party_id AND k.ask_id = a.ask_id
    GROUP BY k.administration, k.party_id, k.request_id
) AS answer
WHERE writeoff_request.administration = answer.administration
    AND writeoff_request.party_id = answer.party_id
    AND writeoff_request.request_id = answer.request_id;

-- name: note_rejections
INSERT INTO match_rejection (administration, party_id, request_id, code, message)
SELECT r.administration, r.party_id, r.request_id, r.code, r.message
FROM unnest($1::text[], $2::text[], $3::uuid[], $4::text[], $5::text[])
    AS r (administration, party_id, request_id, code, message)
ON CONFLICT (administration, party_id, request_id) DO NOTHING
RETURNING request_id;

-- name: finish_batches
UPDATE writeoff_batch
SET state = 'done', outcome = f.outcome::jsonb, finished_at = f.finished_at
FROM unnest($1::text[], $2::uuid[], $3::text[], $4::timestamptz[]) AS f (administration, batch_id, outcome, finished_at)
WHERE writeoff_batch.administration = f.administration
    AND writeoff_batch.batch_id = f.batch_id
    AND writeoff_batch.state IN ('publishing', 'published');

-- name: note_writeoffs
INSERT INTO past_writeoff (administration, party_id, match_id, currency, amount, items)
SELECT w.administration, w.party_id, w.match_id, w.currency, w.amount, w.items
FROM unnest($1::text[], $2::text[], $3::uuid[], $4::text[], $5::bigint[], $6::integer[])
    AS w (administration, party_id, match_id, currency, amount, items)
ON CONFLICT (administration, party_id, match_id) DO UPDATE SET
    currency = excluded.currency, amount = excluded.amount, items = excluded.items
WHERE past_writeoff.currency IS NULL
RETURNING match_id;

-- name: note_reversals
INSERT INTO past_writeoff (administration, party_id, match_id, reversed)
SELECT r.administration, r.party_id, r.match_id, TRUE
FROM unnest($1::text[], $2::text[], $3::uuid[]) AS r (administration, party_id, match_id)
ON CONFLICT (administration, party_id, match_id) DO UPDATE SET reversed = TRUE
WHERE NOT past_writeoff.reversed;

-- name: write_offs_between
-- Ids from the lowest to the highest that begin alike.
SELECT batch_id AS id FROM writeoff_batch
WHERE administration = $1 AND batch_id BETWEEN $2 AND $3
ORDER BY batch_id
LIMIT $4;

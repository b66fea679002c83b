-- Requests, what is asked of the ledger for them, and its answers.

-- name: share_books
-- Held by whoever asks for bookings or makes them, so that a period is sealed between two of them and never during one.
-- What they do is looking up keys: one plan serves all, and planning anew each time would cost more than the lookups. It
-- may be made while the tables are as good as empty, so nothing that reads them whole is allowed in it.
SELECT
    pg_advisory_xact_lock_shared(hashtextextended('writeoff.books.' || a.administration, 0)),
    set_config('plan_cache_mode', 'force_generic_plan', TRUE), set_config('enable_hashjoin', 'off', TRUE),
    set_config('enable_mergejoin', 'off', TRUE), set_config('enable_seqscan', 'off', TRUE),
    set_config('enable_material', 'off', TRUE)
FROM unnest($1::text[]) AS a (administration)
ORDER BY a.administration;

-- name: load_books
-- Configurations, with the periods that are sealed here and the A-journals that were configured once and are no more.
SELECT
    a.administration, a.configuration::text AS configuration,
    coalesce((
        SELECT string_agg(concat(s.fiscal_year, '/', s.period), ' ' ORDER BY s.fiscal_year, s.period)
        FROM sealed_period AS s
        WHERE s.administration = a.administration
    ), '') AS sealed,
    coalesce((
        SELECT string_agg(j.code, ' ' ORDER BY j.code)
        FROM journal AS j
        WHERE j.administration = a.administration AND j.type = 'A' AND j.version < a.version
    ), '') AS retired
FROM administration AS a
WHERE a.administration = ANY($1::text[]);

-- name: keep_journals
INSERT INTO journal (administration, code, type, version, definition)
SELECT a.administration, j.definition ->> 'code', j.definition ->> 'type', a.version, j.definition
FROM administration AS a
CROSS JOIN LATERAL jsonb_array_elements(a.configuration -> 'journals') AS j (definition)
WHERE a.administration = ANY($1::text[])
ON CONFLICT (administration, code) DO UPDATE
SET type = excluded.type, version = excluded.version, definition = excluded.definition
WHERE journal.version < excluded.version;

-- name: load_items
-- The given items, as far as they are posted.
SELECT
    item.administration, item.party_id, item.item_id, item.kind, item.currency, item.amount, item.open_amount,
    item.base_amount, item.status, item.item_date, coalesce(party.kind, 'debtor') AS party_kind,
    item.subscription_id, item.period_start, item.period_end, item.loan_id, item.material_id, item.checkin_id,
    item.note_id
FROM unnest($1::text[], $2::text[], $3::text[]) AS k (administration, party_id, item_id)
INNER JOIN item
    ON item.administration = k.administration AND item.party_id = k.party_id AND item.item_id = k.item_id
LEFT JOIN party ON party.administration = k.administration AND party.party_id = k.party_id;

-- name: add_batches
WITH added AS (
    INSERT INTO batch (administration, batch_id, set_id, requests, employee)
    SELECT b.administration, b.batch_id, b.set_id, b.requests, b.employee
    FROM unnest($1::text[], $2::uuid[], $3::uuid[], $4::bigint[], $5::text[])
        AS b (administration, batch_id, set_id, requests, employee)
    ORDER BY b.administration, b.batch_id
    ON CONFLICT (administration, batch_id) DO NOTHING
    RETURNING administration, batch_id
)
INSERT INTO open_batch (administration, batch_id)
SELECT administration, batch_id FROM added;

-- name: contradicting_batches
-- Positions (from 1) of batches that were told before with another number of requests.
SELECT b.position
FROM unnest($1::text[], $2::uuid[], $3::bigint[]) WITH ORDINALITY AS b (administration, batch_id, requests, position)
INNER JOIN batch ON batch.administration = b.administration AND batch.batch_id = b.batch_id
WHERE batch.requests <> b.requests;

-- name: kept_requests
-- Those of the given requests that are kept already.
SELECT request.administration, request.party_id, request.request_id
FROM unnest($1::text[], $2::text[], $3::uuid[]) AS r (administration, party_id, request_id)
INNER JOIN request USING (administration, party_id, request_id);

-- name: add_requests
INSERT INTO request (
    administration, party_id, request_id, origin, batch_id, rule, cause_topic, cause_key, reversal_of, date, note,
    employee, approved_by, needs_approval
)
SELECT
    r.administration, r.party_id, r.request_id, r.origin, r.batch_id, r.rule, r.cause_topic, r.cause_key, r.reversal_of,
    r.date, r.note, r.employee, r.approved_by, r.needs_approval
FROM unnest(
    $1::text[], $2::text[], $3::uuid[], $4::text[], $5::uuid[], $6::text[], $7::text[], $8::text[], $9::uuid[],
    $10::date[], $11::text[], $12::text[], $13::text[], $14::text[]
) AS r (
    administration, party_id, request_id, origin, batch_id, rule, cause_topic, cause_key, reversal_of, date, note,
    employee, approved_by, needs_approval
)
ON CONFLICT (administration, party_id, request_id) DO NOTHING
RETURNING administration, party_id, request_id;

-- name: add_wishes
-- Lines of new requests, asks and refused lines at once. The ids of each ask's items come joined by the unit separator,
-- which no id contains.
WITH lines AS (
    INSERT INTO request_line (
        administration, party_id, request_id, item_id, journal, currency, amount, approved_open_amount, base_amount
    )
    SELECT
        l.administration, l.party_id, l.request_id, l.item_id, l.journal, l.currency, l.amount, l.approved_open_amount,
        l.base_amount
    FROM unnest(
        $1::text[], $2::text[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::bigint[], $8::bigint[], $9::bigint[]
    ) AS l (
        administration, party_id, request_id, item_id, journal, currency, amount, approved_open_amount, base_amount
    )
), asks AS (
    INSERT INTO ask (administration, party_id, ask_id, request_id, journal, currency, fiscal_year, period, item_ids)
    SELECT
        a.administration, a.party_id, a.ask_id, a.request_id, a.journal, a.currency, a.fiscal_year, a.period,
        string_to_array(a.item_ids, chr(31))
    FROM unnest(
        $10::text[], $11::text[], $12::uuid[], $13::uuid[], $14::text[], $15::text[], $16::integer[], $17::integer[],
        $18::text[]
    ) AS a (administration, party_id, ask_id, request_id, journal, currency, fiscal_year, period, item_ids)
)
INSERT INTO skipped_line (administration, party_id, request_id, item_id, journal, code, message)
SELECT s.administration, s.party_id, s.request_id, s.item_id, s.journal, s.code, s.message
FROM unnest($19::text[], $20::text[], $21::uuid[], $22::text[], $23::text[], $24::text[], $25::text[])
    AS s (administration, party_id, request_id, item_id, journal, code, message)
ON CONFLICT (administration, party_id, request_id, item_id, journal) DO NOTHING;

-- name: add_skipped_lines
INSERT INTO skipped_line (administration, party_id, request_id, item_id, journal, code, message)
SELECT s.administration, s.party_id, s.request_id, s.item_id, s.journal, s.code, s.message
FROM unnest($1::text[], $2::text[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[])
    AS s (administration, party_id, request_id, item_id, journal, code, message)
ON CONFLICT (administration, party_id, request_id, item_id, journal) DO NOTHING;

-- name: load_asks
-- The given asks of ours, with the request behind each; looked up one by one, in this order, whatever the statistics say.
SELECT
    k.administration, k.party_id, k.ask_id, found.request_id, found.journal, found.currency, found.batch_id, found.items
FROM unnest($1::text[], $2::text[], $3::uuid[]) AS k (administration, party_id, ask_id)
CROSS JOIN LATERAL (
    SELECT ask.request_id, ask.journal, ask.currency, cardinality(ask.item_ids) AS items, request.batch_id
    FROM ask
    CROSS JOIN LATERAL (
        SELECT request.batch_id
        FROM request
        WHERE request.administration = ask.administration
            AND request.party_id = ask.party_id
            AND request.request_id = ask.request_id
        OFFSET 0
    ) AS request
    WHERE ask.administration = k.administration AND ask.party_id = k.party_id AND ask.ask_id = k.ask_id
    OFFSET 0
) AS found;

-- name: add_answers
INSERT INTO answer (administration, party_id, ask_id, match_id, code, message, items, amount)
SELECT a.administration, a.party_id, a.ask_id, a.match_id, a.code, a.message, a.items, a.amount
FROM unnest($1::text[], $2::text[], $3::uuid[], $4::uuid[], $5::text[], $6::text[], $7::bigint[], $8::bigint[])
    AS a (administration, party_id, ask_id, match_id, code, message, items, amount)
ON CONFLICT (administration, party_id, ask_id) DO NOTHING
RETURNING administration, party_id, ask_id;

-- name: skip_rest_of_asks
-- Every item of the given asks that the ledger neither settled nor named gets the ask's own reason.
INSERT INTO skipped_line (administration, party_id, request_id, item_id, journal, code, message)
SELECT a.administration, a.party_id, ask.request_id, i.item_id, ask.journal, a.code, a.message
FROM unnest($1::text[], $2::text[], $3::uuid[], $4::uuid[], $5::text[], $6::text[])
    AS a (administration, party_id, ask_id, match_id, code, message)
INNER JOIN ask ON ask.administration = a.administration AND ask.party_id = a.party_id AND ask.ask_id = a.ask_id
CROSS JOIN LATERAL unnest(ask.item_ids) AS i (item_id)
WHERE NOT EXISTS (
    SELECT FROM entry_line AS l
    WHERE l.administration = a.administration
        AND l.party_id = a.party_id
        AND l.match_id = a.match_id
        AND l.item_id = i.item_id
)
ON CONFLICT (administration, party_id, request_id, item_id, journal) DO NOTHING;

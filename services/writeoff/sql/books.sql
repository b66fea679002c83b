-- An administration's journals and periods, and the lock that keeps periods from being sealed meanwhile.

-- name: share_books
-- Held by whoever asks for bookings or makes them, so that a period is sealed between two of them and never during one.
SELECT pg_advisory_xact_lock_shared(hashtextextended('writeoff.books.' || a.administration, 0))
FROM unnest($1::text[]) AS a (administration)
ORDER BY a.administration;

-- name: plan_for_keys
-- For statements that look up keys: one plan serves all, and planning anew each time would cost more than the lookups.
-- It may be made while the tables are as good as empty, so nothing that reads them whole is allowed in it. Gives the
-- settings that held before.
WITH before AS MATERIALIZED (
    SELECT
        current_setting('plan_cache_mode') AS plan_cache_mode, current_setting('enable_hashjoin') AS enable_hashjoin,
        current_setting('enable_mergejoin') AS enable_mergejoin, current_setting('enable_seqscan') AS enable_seqscan,
        current_setting('enable_material') AS enable_material
)
SELECT
    before.plan_cache_mode, before.enable_hashjoin, before.enable_mergejoin, before.enable_seqscan,
    before.enable_material, set_config('plan_cache_mode', 'force_generic_plan', TRUE),
    set_config('enable_hashjoin', 'off', TRUE), set_config('enable_mergejoin', 'off', TRUE),
    set_config('enable_seqscan', 'off', TRUE), set_config('enable_material', 'off', TRUE)
FROM before;

-- name: plan_as_before
-- The settings that plan_for_keys gave, in its order.
SELECT
    set_config('plan_cache_mode', $1, TRUE), set_config('enable_hashjoin', $2, TRUE),
    set_config('enable_mergejoin', $3, TRUE), set_config('enable_seqscan', $4, TRUE),
    set_config('enable_material', $5, TRUE);

-- name: claim_books
-- Waits for everybody who is asking for bookings, and keeps others from it until the transaction ends.
SELECT pg_advisory_xact_lock(hashtextextended('writeoff.books.' || $1::text, 0));

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

-- Which batches may have become complete: looking at all that are open, again and again, costs more the more there are.

CREATE TABLE stirred_batch (
    stir_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    administration text COLLATE "C" NOT NULL,
    batch_id uuid NOT NULL
);
COMMENT ON TABLE stirred_batch IS
'Batches that got a step, written with it: whoever sees the row sees the step, takes the row and looks at the batch.';

INSERT INTO stirred_batch (administration, batch_id)
SELECT administration, batch_id FROM open_batch;

SELECT grant_service('SELECT, INSERT, UPDATE, DELETE', 'stirred_batch');

CREATE FUNCTION plan_for_keys() RETURNS void
LANGUAGE sql VOLATILE
AS $$
    SELECT
        set_config('plan_cache_mode', 'force_generic_plan', true), set_config('enable_hashjoin', 'off', true),
        set_config('enable_mergejoin', 'off', true), set_config('enable_seqscan', 'off', true),
        set_config('enable_material', 'off', true)
$$;
COMMENT ON FUNCTION plan_for_keys() IS
'For a transaction that looks up keys: one plan serves all, and planning anew each time would cost more than the lookups.
It may be made while the tables are as good as empty, so nothing that reads them whole is allowed in it.';

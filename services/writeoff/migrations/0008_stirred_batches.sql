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

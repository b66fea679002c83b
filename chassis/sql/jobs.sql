-- name: add_job
INSERT INTO job (job_id, kind, administration, parameters, total, employee)
VALUES ($1, $2, $3, $4::jsonb, $5, $6)
ON CONFLICT (job_id) DO NOTHING;

-- name: take_job
SELECT job_id, kind, administration, state, parameters::text AS parameters, cursor::text AS cursor, done, total, attempts, employee
FROM job
WHERE state IN ('queued', 'running') AND next_attempt_at <= clock_timestamp()
ORDER BY next_attempt_at, job_id
LIMIT 1
FOR UPDATE SKIP LOCKED;

-- name: advance_job
UPDATE job
SET state = 'running', cursor = $2::jsonb, done = $3, total = coalesce($4, total), attempts = 0,
    next_attempt_at = clock_timestamp(), updated_at = clock_timestamp()
WHERE job_id = $1;

-- name: finish_job
UPDATE job
SET state = 'done', done = $2, total = coalesce($3, total, $2), result = $4::jsonb,
    updated_at = clock_timestamp(), finished_at = clock_timestamp()
WHERE job_id = $1;

-- name: fail_job
UPDATE job
SET state = 'failed', error = $2::jsonb, updated_at = clock_timestamp(), finished_at = clock_timestamp()
WHERE job_id = $1 AND state IN ('queued', 'running');

-- name: lock_job
-- Waits for the chunk that is being done, whose worker holds the row.
SELECT job_id, kind, administration, state, cursor::text AS cursor, done, total
FROM job
WHERE job_id = $1
FOR UPDATE;

-- name: cancel_job
UPDATE job
SET state = 'cancelled', result = $2::jsonb, error = $3::jsonb, updated_at = clock_timestamp(),
    finished_at = clock_timestamp()
WHERE job_id = $1 AND state IN ('queued', 'running');

-- name: resume_job
-- The cursor moves with what a chunk did, in one transaction: a run that failed goes on after its last whole chunk.
UPDATE job
SET state = CASE WHEN cursor IS NULL THEN 'queued' ELSE 'running' END, attempts = 0, error = NULL, finished_at = NULL,
    next_attempt_at = clock_timestamp(), updated_at = clock_timestamp()
WHERE job_id = $1 AND state = 'failed';

-- name: postpone_job
UPDATE job
SET attempts = attempts + 1, error = $2::jsonb, updated_at = clock_timestamp(),
    next_attempt_at = clock_timestamp() + least(INTERVAL '60 s', INTERVAL '200 ms' * power(2, least(attempts, 9)))
WHERE job_id = $1 AND state IN ('queued', 'running')
RETURNING attempts;

-- name: get_job
SELECT
    job_id, kind, administration, state, parameters::text AS parameters, done, total, result::text AS result, error::text AS error,
    employee, created_at, updated_at, finished_at
FROM job
WHERE job_id = $1;

-- name: list_jobs
SELECT
    job_id, kind, administration, state, parameters::text AS parameters, done, total, result::text AS result, error::text AS error,
    employee, created_at, updated_at, finished_at
FROM job
WHERE administration = $1 AND ($2::uuid IS NULL OR job_id < $2)
ORDER BY job_id DESC
LIMIT $3;

-- name: jobs_between
-- Ids from the lowest to the highest that begin alike.
SELECT job_id AS id FROM job
WHERE administration = $1 AND job_id BETWEEN $2 AND $3
ORDER BY job_id
LIMIT $4;

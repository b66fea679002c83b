-- A proposal whose run ended before its end is open again, with the reason: it can be executed or discarded.

ALTER TABLE proposal ADD COLUMN failure jsonb;
COMMENT ON COLUMN proposal.failure IS
'Why its last run, which built or executed it, ended before its end: code, message, field and what the run did; NULL if none did.';

-- What was left behind before there was a reason to be kept. The run that builds a proposal has the proposal's id.
UPDATE proposal
SET
    state = 'open',
    failure = job.error || jsonb_build_object('run', CASE WHEN job.kind = 'build-proposal' THEN 'building' ELSE 'execution' END)
FROM job
WHERE job.state = 'failed'
AND job.administration = proposal.administration
AND (
    (proposal.state = 'building' AND job.job_id = proposal.proposal_id)
    OR (
        proposal.state = 'executing'
        AND job.kind = 'execute-proposal'
        AND job.parameters ->> 'proposal_id' = proposal.proposal_id::text
    )
);

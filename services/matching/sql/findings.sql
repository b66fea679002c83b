-- What runs leave to people.

-- name: add_findings
-- $1 administration, $2 run, $3 findings, as an array of objects.
INSERT INTO finding (
    administration, party_id, run_id, number, kind, code, currency, match_id, zero_balance_date, item_ids, used_by
)
SELECT
    $1, found.party_id, $2, found.number, found.kind, found.code, found.currency, found.match_id,
    found.zero_balance_date, found.item_ids, found.used_by
FROM jsonb_to_recordset($3::jsonb) AS found (
    party_id text, number integer, kind text, code text, currency text, match_id uuid, zero_balance_date date,
    item_ids text[], used_by uuid[]
)

-- name: list_findings
-- $1 administration, $2 run, $3 kind (NULL: any), $4 after this party, $5 and number, $6 limit.
SELECT
    finding.party_id, finding.number, finding.kind, finding.code, finding.currency, finding.match_id,
    finding.zero_balance_date, finding.item_ids, finding.used_by
FROM finding
WHERE finding.administration = $1
AND finding.run_id = $2
AND ($3::text IS NULL OR finding.kind = $3)
AND (finding.party_id, finding.number) > ($4, $5::integer)
ORDER BY finding.party_id, finding.number
LIMIT $6

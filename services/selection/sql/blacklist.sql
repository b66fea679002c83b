-- name: lock_accounts
-- The parties' accounts, in key order: what changes of one party wait for.
SELECT party_id
FROM balance
WHERE administration = $1 AND party_id = ANY ($2::text[])
ORDER BY party_id, currency
FOR UPDATE;

-- name: change_blacklist
-- Says of parties that they are, or are no longer, on the list; gives each one's new version.
INSERT INTO blacklist (administration, party_id, version, listed, reason, until, employee, changed_at)
SELECT $1, b.party_id, 1, $3, $4, $5, $6, $7
FROM unnest($2::text[]) AS b (party_id)
ORDER BY b.party_id
ON CONFLICT (administration, party_id) DO UPDATE SET
    version = blacklist.version + 1, listed = excluded.listed, reason = excluded.reason, until = excluded.until,
    employee = excluded.employee, changed_at = excluded.changed_at
RETURNING party_id, version;

-- name: note_blacklist_changes
INSERT INTO blacklist_change (administration, party_id, version, listed, reason, until, employee, changed_at)
SELECT b.administration, b.party_id, b.version, b.listed, b.reason, b.until, b.employee, b.changed_at
FROM blacklist AS b
WHERE b.administration = $1 AND b.party_id = ANY ($2::text[]);

-- name: unknown_parties
SELECT p.party_id
FROM unnest($2::text[]) AS p (party_id)
WHERE NOT EXISTS (SELECT FROM party WHERE party.administration = $1 AND party.party_id = p.party_id)
    AND NOT EXISTS (SELECT FROM balance WHERE balance.administration = $1 AND balance.party_id = p.party_id)
ORDER BY p.party_id
LIMIT $3;

-- name: parties_of_set
SELECT DISTINCT party_id
FROM set_member
WHERE administration = $1 AND set_id = $2 AND marked AND party_id > $3
ORDER BY party_id
LIMIT $4;

-- name: list_blacklist
SELECT b.party_id, p.name AS party_name, b.version, b.reason, b.until, b.employee, b.changed_at
FROM blacklist AS b
LEFT JOIN party AS p ON p.administration = b.administration AND p.party_id = b.party_id
WHERE b.administration = $1 AND b.party_id > $2 AND b.listed AND (b.until IS NULL OR b.until >= $3)
ORDER BY b.party_id
LIMIT $4;

-- name: list_blacklist_changes
SELECT version, listed, reason, until, employee, changed_at
FROM blacklist_change
WHERE administration = $1 AND party_id = $2 AND version < $3
ORDER BY version DESC
LIMIT $4;

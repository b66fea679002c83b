-- name: new_id
SELECT uuidv7();

-- name: select_items
-- Members of a set of items, a party's side by side; at most $4 of them.
INSERT INTO set_member (administration, set_id, party_id, item_id, currency, open_amount)
SELECT $1, $2, candidate.party_id, candidate.item_id, candidate.currency, candidate.open_amount
FROM selectable_items($1, $3) AS candidate
WHERE /* criteria */ TRUE
ORDER BY candidate.party_id, candidate.item_id
LIMIT $4;

-- name: select_parties
INSERT INTO set_member (administration, set_id, party_id, item_id, currency, open_amount)
SELECT $1, $2, candidate.party_id, '', candidate.account_currency, candidate.party_open_amount
FROM selectable_parties($1, $3) AS candidate
WHERE /* criteria */ TRUE
ORDER BY candidate.party_id, candidate.account_currency
LIMIT $4;

-- name: count_items
SELECT count(*) FROM selectable_items($1, $2) AS candidate WHERE /* criteria */ TRUE;

-- name: count_parties
SELECT count(*) FROM selectable_parties($1, $2) AS candidate WHERE /* criteria */ TRUE;

-- name: add_set
INSERT INTO selection_set (
    administration, set_id, name, set_type, origin, parents, criteria, selected_on, maximum, hits, members, parties,
    totals, employee, created_at
)
SELECT
    $1, $2, $3, $4, $5, $6::uuid[], $7::jsonb, $8, $9, coalesce($10, s.members), s.members, s.parties, s.totals, $11, $12
FROM summary_of($1, $2) AS s;

-- name: get_set
SELECT
    s.administration, s.set_id, s.name, s.set_type, s.origin, s.parents, s.criteria::text AS criteria, s.selected_on,
    s.maximum, s.hits, s.members, s.parties, s.totals::text AS totals, s.employee, s.created_at, s.fixed, s.fingerprint,
    s.fixed_by, s.fixed_at, s.archived_at
FROM selection_set AS s
WHERE s.administration = $1 AND s.set_id = $2;

-- name: lock_set
SELECT set_id FROM selection_set WHERE administration = $1 AND set_id = $2 FOR UPDATE;

-- name: list_sets
-- Newest first; $5 keeps to fixed sets, $6 adds those in the archive.
SELECT
    s.administration, s.set_id, s.name, s.set_type, s.origin, s.parents, s.criteria::text AS criteria, s.selected_on,
    s.maximum, s.hits, s.members, s.parties, s.totals::text AS totals, s.employee, s.created_at, s.fixed, s.fingerprint,
    s.fixed_by, s.fixed_at, s.archived_at
FROM selection_set AS s
WHERE s.administration = $1
    AND ($2::timestamptz IS NULL OR (s.created_at, s.set_id) < ($2, $3::uuid))
    AND (NOT $5 OR s.fixed)
    AND ($6 OR s.archived_at IS NULL)
ORDER BY s.created_at DESC, s.set_id DESC
LIMIT $4;

-- name: list_members
SELECT
    m.party_id, m.item_id, m.currency, m.open_amount, m.marked, i.kind, i.voucher, i.item_date, i.status, i.description,
    p.name AS party_name, coalesce(i.open_amount, b.open_amount) AS open_now
FROM set_member AS m
LEFT JOIN item AS i ON i.administration = m.administration AND i.party_id = m.party_id AND i.item_id = m.item_id
LEFT JOIN party AS p ON p.administration = m.administration AND p.party_id = m.party_id
LEFT JOIN balance AS b
    ON b.administration = m.administration AND b.party_id = m.party_id AND b.currency = m.currency AND m.item_id = ''
WHERE m.administration = $1 AND m.set_id = $2 AND (m.party_id, m.item_id, m.currency) > ($3, $4, $5)
ORDER BY m.party_id, m.item_id, m.currency
LIMIT $6;

-- name: fix_set
UPDATE selection_set
SET
    name = $3, fixed = TRUE, fingerprint = fingerprint_of(administration, set_id), fixed_by = $4, fixed_at = $5
WHERE administration = $1 AND set_id = $2 AND NOT fixed;

-- name: rename_set
UPDATE selection_set SET name = $3 WHERE administration = $1 AND set_id = $2;

-- name: archive_set
UPDATE selection_set SET archived_at = coalesce(archived_at, $3) WHERE administration = $1 AND set_id = $2;

-- name: name_is_taken
SELECT EXISTS (
    SELECT FROM selection_set
    WHERE administration = $1 AND name = $2 AND fixed AND archived_at IS NULL AND set_id <> $3
);

-- name: first_unknown_member
SELECT chosen.party_id, chosen.item_id
FROM unnest($3::text[], $4::text[]) WITH ORDINALITY AS chosen (party_id, item_id, position)
WHERE NOT EXISTS (
    SELECT FROM set_member AS m
    WHERE m.administration = $1 AND m.set_id = $2 AND m.party_id = chosen.party_id AND m.item_id = chosen.item_id
)
ORDER BY chosen.position
LIMIT 1;

-- name: mark_members
UPDATE set_member
SET marked = $3
FROM unnest($4::text[], $5::text[]) AS chosen (party_id, item_id)
WHERE set_member.administration = $1
    AND set_member.set_id = $2
    AND set_member.party_id = chosen.party_id
    AND set_member.item_id = chosen.item_id
    AND set_member.marked <> $3;

-- name: mark_every_member
UPDATE set_member SET marked = $3 WHERE administration = $1 AND set_id = $2 AND marked <> $3;

-- name: mark_items_by_criteria
UPDATE set_member
SET marked = $3
FROM described_items($1, $4) AS candidate
WHERE set_member.administration = $1
    AND set_member.set_id = $2
    AND set_member.marked <> $3
    AND candidate.party_id = set_member.party_id
    AND candidate.item_id = set_member.item_id
    AND /* criteria */ TRUE;

-- name: mark_parties_by_criteria
UPDATE set_member
SET marked = $3
FROM selectable_parties($1, $4) AS candidate
WHERE set_member.administration = $1
    AND set_member.set_id = $2
    AND set_member.marked <> $3
    AND candidate.party_id = set_member.party_id
    AND candidate.account_currency = set_member.currency
    AND /* criteria */ TRUE;

-- name: summarise_set
UPDATE selection_set
SET members = s.members, parties = s.parties, totals = s.totals
FROM summary_of($1, $2) AS s
WHERE selection_set.administration = $1 AND selection_set.set_id = $2;

-- name: save_criteria
INSERT INTO saved_criteria (administration, name, set_type, criteria, maximum, employee, saved_at)
VALUES ($1, $2, $3, $4::jsonb, $5, $6, $7)
ON CONFLICT (administration, name) DO UPDATE SET
    set_type = excluded.set_type, criteria = excluded.criteria, maximum = excluded.maximum,
    employee = excluded.employee, saved_at = excluded.saved_at;

-- name: get_saved_criteria
SELECT name, set_type, criteria::text AS criteria, maximum, employee, saved_at
FROM saved_criteria
WHERE administration = $1 AND name = $2;

-- name: list_saved_criteria
SELECT name, set_type, criteria::text AS criteria, maximum, employee, saved_at
FROM saved_criteria
WHERE administration = $1 AND name > $2
ORDER BY name
LIMIT $3;

-- name: delete_saved_criteria
DELETE FROM saved_criteria WHERE administration = $1 AND name = $2;

-- name: item_is_known
SELECT EXISTS (SELECT FROM item WHERE administration = $1 AND party_id = $2 AND item_id = $3);

-- name: sets_about_item
-- The newest sets of items, with what each froze of this one.
SELECT s.set_id, m.open_amount
FROM selection_set AS s
LEFT JOIN set_member AS m
    ON m.administration = s.administration AND m.set_id = s.set_id AND m.party_id = $2 AND m.item_id = $3 AND m.marked
WHERE s.administration = $1 AND s.set_type = 'items' AND s.archived_at IS NULL
ORDER BY s.created_at DESC, s.set_id DESC
LIMIT $4;

-- name: explain_item
SELECT /* columns */ 1
FROM described_items($1, $2) AS candidate
WHERE candidate.party_id = $3 AND candidate.item_id = $4;

-- name: sets_between
-- Ids from the lowest to the highest that begin alike.
SELECT set_id AS id FROM selection_set
WHERE administration = $1 AND set_id BETWEEN $2 AND $3
ORDER BY set_id
LIMIT $4;

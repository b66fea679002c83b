-- name: export_items
-- Columns may use any of $4 exponents by currency, $5 words by code, $6 decimal mark, $7 yes, $8 no; naming them all
-- below gives each its type.
SELECT /* columns */ 1
FROM set_member AS member
INNER JOIN described_items($1, $3::date) AS candidate
    ON candidate.party_id = member.party_id AND candidate.item_id = member.item_id
WHERE member.administration = $1 AND member.set_id = $2::uuid AND member.marked
    AND num_nonnulls($4::text, $5::text, $6::text, $7::text, $8::text) = 5
ORDER BY member.party_id, member.item_id;

-- name: export_parties
SELECT /* columns */ 1
FROM set_member AS member
INNER JOIN selectable_parties($1, $3::date) AS candidate
    ON candidate.party_id = member.party_id AND candidate.account_currency = member.currency
WHERE member.administration = $1 AND member.set_id = $2::uuid AND member.marked
    AND num_nonnulls($4::text, $5::text, $6::text, $7::text, $8::text) = 5
ORDER BY member.party_id, member.currency;

-- name: export_raw_items
-- Values as they are stored, for workbooks.
SELECT /* columns */ 1, member.currency
FROM set_member AS member
INNER JOIN described_items($1, $3::date) AS candidate
    ON candidate.party_id = member.party_id AND candidate.item_id = member.item_id
WHERE member.administration = $1 AND member.set_id = $2::uuid AND member.marked
ORDER BY member.party_id, member.item_id;

-- name: export_raw_parties
SELECT /* columns */ 1, member.currency
FROM set_member AS member
INNER JOIN selectable_parties($1, $3::date) AS candidate
    ON candidate.party_id = member.party_id AND candidate.account_currency = member.currency
WHERE member.administration = $1 AND member.set_id = $2::uuid AND member.marked
ORDER BY member.party_id, member.currency;

-- name: take_all_the_time
-- An export takes as long as its reader does.
SELECT set_config('statement_timeout', '0', TRUE), set_config('idle_in_transaction_session_timeout', '0', TRUE);

-- name: write_dates_as
SELECT set_config('DateStyle', $1, TRUE);

-- name: join_by_hashing
-- A set of many members is read in one pass over its items and parties. Left to itself PostgreSQL looks each one up: it
-- takes party and item for independent, expects a row, and knows nothing of a set that was made a moment ago.
SELECT set_config('enable_nestloop', 'off', TRUE), set_config('work_mem', $1, TRUE);

-- name: save_layout
INSERT INTO export_layout (administration, name, fields, employee, saved_at)
VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (administration, name) DO UPDATE SET
    fields = excluded.fields, employee = excluded.employee, saved_at = excluded.saved_at;

-- name: get_layout
SELECT name, fields, employee, saved_at FROM export_layout WHERE administration = $1 AND name = $2;

-- name: list_layouts
SELECT name, fields, employee, saved_at FROM export_layout WHERE administration = $1 AND name > $2 ORDER BY name LIMIT $3;

-- name: delete_layout
DELETE FROM export_layout WHERE administration = $1 AND name = $2;

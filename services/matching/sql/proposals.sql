-- Previewed runs.

-- name: add_proposal
INSERT INTO proposal (administration, proposal_id, method, form, state, employee, expires_at)
VALUES ($1, $2, $3, $4::jsonb, 'building', $5, $6)

-- name: get_proposal
SELECT
    administration, proposal_id, method, form::text AS form, state, failure::text AS failure, revision, employee, created_at,
    expires_at
FROM proposal
WHERE administration = $1 AND proposal_id = $2

-- name: lock_proposal
SELECT
    administration, proposal_id, method, form::text AS form, state, failure::text AS failure, revision, employee, created_at,
    expires_at
FROM proposal
WHERE administration = $1 AND proposal_id = $2
FOR UPDATE

-- name: set_proposal_state
-- $4 why it came to the state otherwise than it should have, NULL if it came as it should.
UPDATE proposal SET state = $3, failure = $4::jsonb WHERE administration = $1 AND proposal_id = $2

-- name: count_revision
UPDATE proposal SET revision = revision + 1 WHERE administration = $1 AND proposal_id = $2

-- name: add_groups
-- $3 groups as a JSON array.
INSERT INTO proposal_group (administration, party_id, proposal_id, group_number, currency, closes, reason)
SELECT $1, added.party_id, $2, added.group_number, added.currency, added.closes, added.reason
FROM jsonb_to_recordset($3::jsonb) AS added (
    party_id text, group_number integer, currency text, closes boolean, reason jsonb
)

-- name: add_proposed_items
-- $3 items as a JSON array, $4 who holds them, $5 until when. An expired reservation gives way; accounts are locked.
WITH added AS MATERIALIZED (
    SELECT *
    FROM jsonb_to_recordset($3::jsonb) AS added (
        party_id text, item_id text, group_number integer, currency text, item_date date, voucher text, kind text,
        open_amount bigint
    )
), held AS (
    INSERT INTO reservation (administration, party_id, item_id, proposal_id, employee, expires_at)
    SELECT $1, added.party_id, added.item_id, $2, $4, $5
    FROM added
    ON CONFLICT (administration, party_id, item_id) DO UPDATE SET
        proposal_id = excluded.proposal_id,
        employee = excluded.employee,
        expires_at = excluded.expires_at
    WHERE reservation.expires_at <= now()
)
INSERT INTO proposal_item (
    administration, party_id, proposal_id, item_id, group_number, currency, item_date, voucher, kind, open_amount
)
SELECT
    $1, added.party_id, $2, added.item_id, added.group_number, added.currency, added.item_date, added.voucher,
    added.kind, added.open_amount
FROM added

-- name: mark_items_of_proposal
-- Idempotent: only what is not as it is wanted changes, so that its number is the number of changes.
-- $3 employee, $4 mark or unmark, $5 parties, $6 groups' parties and $7 numbers, $8 items' parties and $9 ids; all of
-- them NULL means everything. What somebody else marked stays as it is.
UPDATE proposal_item
SET marked_by = CASE WHEN $4::boolean THEN $3::text END
WHERE administration = $1
AND proposal_id = $2
AND outcome IS NULL
AND coalesce(marked_by, $3) = $3
AND (marked_by IS NOT NULL) <> $4
AND ($5::text[] IS NULL OR party_id = ANY($5))
AND ($6::text[] IS NULL OR (party_id, group_number) IN (SELECT * FROM unnest($6::text[], $7::integer[])))
AND ($8::text[] IS NULL OR (party_id, item_id) IN (SELECT * FROM unnest($8::text[], $9::text[])))

-- name: not_proposed
-- $3 parties, $4 groups' parties and $5 numbers: one of them that the proposal does not have.
SELECT given.party_id, given.group_number
FROM (
    SELECT named.party_id, NULL::integer AS group_number
    FROM unnest($3::text[]) AS named (party_id)
    UNION ALL
    SELECT named.party_id, named.group_number
    FROM unnest($4::text[], $5::integer[]) AS named (party_id, group_number)
) AS given
WHERE NOT EXISTS (
    SELECT FROM proposal_item
    WHERE proposal_item.administration = $1
    AND proposal_item.party_id = given.party_id
    AND proposal_item.proposal_id = $2
    AND (given.group_number IS NULL OR proposal_item.group_number = given.group_number)
)
LIMIT 1

-- name: count_marks_of_others
-- $3 employee, $4 parties, $5 groups' parties and $6 numbers; all of them NULL means everything.
SELECT count(*)
FROM proposal_item
WHERE administration = $1
AND proposal_id = $2
AND outcome IS NULL
AND marked_by <> $3
AND ($4::text[] IS NULL OR party_id = ANY($4))
AND ($5::text[] IS NULL OR (party_id, group_number) IN (SELECT * FROM unnest($5::text[], $6::integer[])))

-- name: marked_by_others
-- Of the given items those that somebody else marked, and those that the proposal does not have.
SELECT given.party_id, given.item_id, proposal_item.marked_by
FROM unnest($3::text[], $4::text[]) AS given (party_id, item_id)
LEFT JOIN proposal_item
    ON proposal_item.administration = $1
    AND proposal_item.party_id = given.party_id
    AND proposal_item.proposal_id = $2
    AND proposal_item.item_id = given.item_id
WHERE proposal_item.item_id IS NULL OR coalesce(proposal_item.marked_by, $5::text) <> $5
ORDER BY given.party_id, given.item_id

-- name: proposal_totals
-- Live totals per currency: of what is proposed, of what is marked of it, and of what became of that.
SELECT
    currency,
    count(DISTINCT party_id) AS parties,
    count(*) AS items,
    count(marked_by) AS marked_items,
    coalesce(sum(open_amount), 0)::bigint AS open_amount,
    coalesce(sum(open_amount) FILTER (WHERE marked_by IS NOT NULL), 0)::bigint AS marked_amount,
    coalesce(sum(open_amount) FILTER (WHERE marked_by IS NOT NULL AND open_amount > 0), 0)::bigint AS marked_charges,
    count(*) FILTER (WHERE outcome = 'matched') AS matched_items,
    count(*) FILTER (WHERE outcome IS NOT NULL AND outcome NOT IN ('matched', 'not-marked')) AS dropped_items
FROM proposal_item
WHERE administration = $1 AND proposal_id = $2
GROUP BY currency
ORDER BY currency

-- name: proposal_parties
-- $3 $4 after this party and currency, $5 limit: live totals.
SELECT
    party_id,
    currency,
    count(*) AS items,
    count(marked_by) AS marked_items,
    sum(open_amount)::bigint AS open_amount,
    coalesce(sum(open_amount) FILTER (WHERE marked_by IS NOT NULL), 0)::bigint AS marked_amount
FROM proposal_item
WHERE administration = $1 AND proposal_id = $2 AND (party_id, currency) > ($3::text, $4::text)
GROUP BY party_id, currency
ORDER BY party_id, currency
LIMIT $5

-- name: proposal_items
-- $3 party (NULL: all), $4 $5 $6 after this party, group and item, $7 limit.
SELECT
    proposal_item.party_id, proposal_item.group_number, proposal_item.item_id, proposal_item.currency,
    proposal_item.item_date, proposal_item.voucher, proposal_item.kind, proposal_item.open_amount,
    proposal_item.marked_by, proposal_item.outcome, proposal_item.match_id, proposal_group.closes,
    proposal_group.reason::text AS reason
FROM proposal_item
JOIN proposal_group USING (administration, party_id, proposal_id, group_number)
WHERE proposal_item.administration = $1
AND proposal_item.proposal_id = $2
AND ($3::text IS NULL OR proposal_item.party_id = $3)
AND (proposal_item.party_id, proposal_item.group_number, proposal_item.item_id) > ($4::text, $5::integer, $6::text)
ORDER BY proposal_item.party_id, proposal_item.group_number, proposal_item.item_id
LIMIT $7

-- name: next_proposed_parties
-- $3 after this party, $4 most items: parties with marked items that have no outcome yet.
SELECT DISTINCT counted.party_id
FROM (
    SELECT proposal_item.party_id
    FROM proposal_item
    WHERE proposal_item.administration = $1
    AND proposal_item.proposal_id = $2
    AND proposal_item.party_id > $3
    AND proposal_item.marked_by IS NOT NULL
    AND proposal_item.outcome IS NULL
    ORDER BY proposal_item.party_id
    LIMIT $4
) AS counted
ORDER BY counted.party_id

-- name: count_marked_parties
-- Those of whose marked items some have no outcome yet.
SELECT count(DISTINCT party_id)
FROM proposal_item
WHERE administration = $1 AND proposal_id = $2 AND marked_by IS NOT NULL AND outcome IS NULL

-- name: marked_items
-- $3 parties: what is to be matched, group by group; what an execution that ended early did is done.
SELECT
    proposal_item.party_id, proposal_item.group_number, proposal_item.item_id, proposal_item.open_amount,
    proposal_group.closes
FROM proposal_item
JOIN proposal_group USING (administration, party_id, proposal_id, group_number)
WHERE proposal_item.administration = $1
AND proposal_item.proposal_id = $2
AND proposal_item.party_id = ANY($3::text[])
AND proposal_item.marked_by IS NOT NULL
AND proposal_item.outcome IS NULL
ORDER BY proposal_item.party_id, proposal_item.group_number, proposal_item.item_id

-- name: set_outcomes
UPDATE proposal_item
SET outcome = given.outcome, match_id = given.match_id
FROM unnest($3::text[], $4::text[], $5::text[], $6::uuid[]) AS given (party_id, item_id, outcome, match_id)
WHERE proposal_item.administration = $1
AND proposal_item.party_id = given.party_id
AND proposal_item.proposal_id = $2
AND proposal_item.item_id = given.item_id

-- name: release_reservations
DELETE FROM reservation WHERE administration = $1 AND proposal_id = $2

-- name: note_unmarked
UPDATE proposal_item
SET outcome = 'not-marked'
WHERE administration = $1 AND proposal_id = $2 AND outcome IS NULL

-- name: proposed_group_of
SELECT proposal_group.group_number, proposal_group.currency, proposal_group.reason::text AS reason
FROM proposal_item
JOIN proposal_group USING (administration, party_id, proposal_id, group_number)
WHERE proposal_item.administration = $1
AND proposal_item.party_id = $3
AND proposal_item.proposal_id = $2
AND proposal_item.item_id = $4

-- name: proposals_between
-- Ids from the lowest to the highest that begin alike.
SELECT proposal_id AS id FROM proposal
WHERE administration = $1 AND proposal_id BETWEEN $2 AND $3
ORDER BY proposal_id
LIMIT $4;

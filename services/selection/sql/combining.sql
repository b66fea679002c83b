-- name: unite_sets
-- A member of both keeps the amount of the first.
INSERT INTO set_member (administration, set_id, party_id, item_id, currency, open_amount)
SELECT DISTINCT ON (m.party_id, m.item_id, m.currency)
    m.administration, $2, m.party_id, m.item_id, m.currency, m.open_amount
FROM set_member AS m
WHERE m.administration = $1 AND m.set_id IN ($3, $4) AND m.marked
ORDER BY m.party_id, m.item_id, m.currency, m.set_id <> $3;

-- name: intersect_sets
INSERT INTO set_member (administration, set_id, party_id, item_id, currency, open_amount)
SELECT m.administration, $2, m.party_id, m.item_id, m.currency, m.open_amount
FROM set_member AS m
WHERE m.administration = $1 AND m.set_id = $3 AND m.marked
    AND EXISTS (
        SELECT FROM set_member AS o
        WHERE o.administration = $1 AND o.set_id = $4 AND o.marked
            AND o.party_id = m.party_id AND o.item_id = m.item_id AND o.currency = m.currency
    )
ORDER BY m.party_id, m.item_id, m.currency;

-- name: subtract_sets
INSERT INTO set_member (administration, set_id, party_id, item_id, currency, open_amount)
SELECT m.administration, $2, m.party_id, m.item_id, m.currency, m.open_amount
FROM set_member AS m
WHERE m.administration = $1 AND m.set_id = $3 AND m.marked
    AND NOT EXISTS (
        SELECT FROM set_member AS o
        WHERE o.administration = $1 AND o.set_id = $4 AND o.marked
            AND o.party_id = m.party_id AND o.item_id = m.item_id AND o.currency = m.currency
    )
ORDER BY m.party_id, m.item_id, m.currency;

-- name: take_parties_of
-- The accounts of a set's items, with what is open on them now.
INSERT INTO set_member (administration, set_id, party_id, item_id, currency, open_amount)
SELECT b.administration, $2, b.party_id, '', b.currency, b.open_amount
FROM (
    SELECT DISTINCT m.party_id, m.currency FROM set_member AS m WHERE m.administration = $1 AND m.set_id = $3 AND m.marked
) AS account
INNER JOIN balance AS b ON b.administration = $1 AND b.party_id = account.party_id AND b.currency = account.currency
ORDER BY b.party_id, b.currency;

-- name: take_items_of
-- All items that are open now on the accounts of a set.
INSERT INTO set_member (administration, set_id, party_id, item_id, currency, open_amount)
SELECT i.administration, $2, i.party_id, i.item_id, i.currency, i.open_amount
FROM set_member AS m
INNER JOIN item AS i ON i.administration = m.administration AND i.party_id = m.party_id AND i.currency = m.currency
WHERE m.administration = $1 AND m.set_id = $3 AND m.marked AND i.open_amount <> 0
ORDER BY i.party_id, i.item_id;

-- name: take_listed
-- The members of a set whose keys are given: what a returned report kept.
INSERT INTO set_member (administration, set_id, party_id, item_id, currency, open_amount)
SELECT m.administration, $2, m.party_id, m.item_id, m.currency, m.open_amount
FROM unnest($4::text[], $5::text[], $6::text[]) AS kept (party_id, item_id, currency)
INNER JOIN set_member AS m
    ON m.administration = $1 AND m.set_id = $3 AND m.party_id = kept.party_id AND m.item_id = kept.item_id
    AND (kept.currency = '' OR m.currency = kept.currency)
WHERE m.marked
ORDER BY m.party_id, m.item_id, m.currency;

-- name: difference_with_listed
-- What a returned report left out of a set, per currency.
SELECT m.currency, count(*) AS members, sum(m.open_amount)::bigint AS amount
FROM set_member AS m
WHERE m.administration = $1 AND m.set_id = $2 AND m.marked
    AND NOT EXISTS (
        SELECT FROM unnest($3::text[], $4::text[], $5::text[]) AS kept (party_id, item_id, currency)
        WHERE kept.party_id = m.party_id AND kept.item_id = m.item_id AND (kept.currency = '' OR kept.currency = m.currency)
    )
GROUP BY m.currency
ORDER BY m.currency;

-- name: first_unknown_listed
-- The first of the given keys that is no member of the set.
SELECT kept.party_id, kept.item_id, kept.line
FROM unnest($3::text[], $4::text[], $5::text[]) WITH ORDINALITY AS kept (party_id, item_id, currency, line)
WHERE NOT EXISTS (
    SELECT FROM set_member AS m
    WHERE m.administration = $1 AND m.set_id = $2 AND m.marked AND m.party_id = kept.party_id
        AND m.item_id = kept.item_id AND (kept.currency = '' OR m.currency = kept.currency)
)
ORDER BY kept.line
LIMIT 1;

-- name: compare_items
-- A set of items against what the same criteria find now, per currency: what came, went, and changed its amount.
SELECT
    coalesce(m.currency, candidate.currency) AS currency,
    count(*) FILTER (WHERE m.item_id IS NULL) AS added,
    coalesce(sum(candidate.open_amount) FILTER (WHERE m.item_id IS NULL), 0)::bigint AS added_amount,
    count(*) FILTER (WHERE candidate.item_id IS NULL) AS gone,
    coalesce(sum(m.open_amount) FILTER (WHERE candidate.item_id IS NULL), 0)::bigint AS gone_amount,
    count(*) FILTER (WHERE m.open_amount <> candidate.open_amount) AS changed,
    coalesce(sum(candidate.open_amount - m.open_amount) FILTER (WHERE m.open_amount <> candidate.open_amount), 0)::bigint
        AS changed_amount
FROM (
    SELECT party_id, item_id, currency, open_amount
    FROM set_member
    WHERE administration = $1 AND set_id = $2 AND marked
) AS m
FULL JOIN (
    SELECT candidate.party_id, candidate.item_id, candidate.currency, candidate.open_amount
    FROM selectable_items($1, $3) AS candidate
    WHERE /* criteria */ TRUE
) AS candidate ON candidate.party_id = m.party_id AND candidate.item_id = m.item_id
GROUP BY 1
ORDER BY 1;

-- name: compare_parties
SELECT
    coalesce(m.currency, candidate.currency) AS currency,
    count(*) FILTER (WHERE m.party_id IS NULL) AS added,
    coalesce(sum(candidate.open_amount) FILTER (WHERE m.party_id IS NULL), 0)::bigint AS added_amount,
    count(*) FILTER (WHERE candidate.party_id IS NULL) AS gone,
    coalesce(sum(m.open_amount) FILTER (WHERE candidate.party_id IS NULL), 0)::bigint AS gone_amount,
    count(*) FILTER (WHERE m.open_amount <> candidate.open_amount) AS changed,
    coalesce(sum(candidate.open_amount - m.open_amount) FILTER (WHERE m.open_amount <> candidate.open_amount), 0)::bigint
        AS changed_amount
FROM (
    SELECT party_id, currency, open_amount
    FROM set_member
    WHERE administration = $1 AND set_id = $2 AND marked
) AS m
FULL JOIN (
    SELECT candidate.party_id, candidate.account_currency AS currency, candidate.party_open_amount AS open_amount
    FROM selectable_parties($1, $3) AS candidate
    WHERE /* criteria */ TRUE
) AS candidate ON candidate.party_id = m.party_id AND candidate.currency = m.currency
GROUP BY 1
ORDER BY 1;

-- name: upsert_administrations
INSERT INTO administration (administration, version, configuration)
SELECT c.administration, c.version, c.configuration::jsonb
FROM unnest($1::text[], $2::bigint[], $3::text[]) AS c (administration, version, configuration)
ON CONFLICT (administration) DO UPDATE SET version = excluded.version, configuration = excluded.configuration
WHERE administration.version < excluded.version;

-- name: get_administration
SELECT version, configuration::text AS configuration FROM administration WHERE administration = $1;

-- name: get_administrations
SELECT administration, configuration::text AS configuration FROM administration WHERE administration = ANY($1::text[]);

-- name: list_administrations
SELECT administration, version FROM administration WHERE administration > $1 ORDER BY administration LIMIT $2;

-- name: stored_parties
-- Those of the given parties that are known: the version that holds, and what it says. Index look-ups, whatever the
-- statistics say of a table that grows by the second.
SELECT
    k.administration, k.party_id, p.version, p.kind, p.name, p.debtor_type, p.street, p.postal_code, p.city, p.country,
    p.email, p.phone, p.language, p.party_group, p.category, p.payment_method, p.payment_terms_days, p.branch,
    p.channel, p.iban
FROM unnest($1::text[], $2::text[]) AS k (administration, party_id)
CROSS JOIN LATERAL (
    SELECT * FROM party WHERE party.administration = k.administration AND party.party_id = k.party_id LIMIT 1
) AS p;

-- name: upsert_parties
INSERT INTO party (
    administration, party_id, version, kind, name, debtor_type, street, postal_code, city, country, email, phone, language,
    party_group, category, payment_method, payment_terms_days, branch, channel, iban
)
SELECT
    p.administration, p.party_id, p.version, p.kind, p.name, p.debtor_type, p.address ->> 'street',
    p.address ->> 'postal_code', p.address ->> 'city', p.address ->> 'country', p.email, p.phone, p.language,
    p."group", p.category, p.payment_method, p.payment_terms_days, p.branch, p.channel, p.iban
FROM json_to_recordset($1::json) AS p (
    administration text, party_id text, version bigint, kind text, name text, debtor_type text, address json, email text,
    phone text, language text, "group" text, category text, payment_method text, payment_terms_days integer, branch text,
    channel text, iban text
)
ON CONFLICT (administration, party_id) DO UPDATE SET
    version = excluded.version, kind = excluded.kind, name = excluded.name, debtor_type = excluded.debtor_type,
    street = excluded.street, postal_code = excluded.postal_code, city = excluded.city, country = excluded.country,
    email = excluded.email, phone = excluded.phone, language = excluded.language, party_group = excluded.party_group,
    category = excluded.category, payment_method = excluded.payment_method,
    payment_terms_days = excluded.payment_terms_days, branch = excluded.branch, channel = excluded.channel,
    iban = excluded.iban
WHERE party.version < excluded.version;

-- name: party_is_known
-- By its master data, or by an item that came before them.
SELECT
    EXISTS (SELECT FROM party WHERE party.administration = $1 AND party.party_id = $2)
    OR EXISTS (SELECT FROM item WHERE item.administration = $1 AND item.party_id = $2);

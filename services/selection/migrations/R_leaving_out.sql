-- What has to be left out of the write-off of a set, and why: one definition for the first confirmation, which keeps it,
-- and for the second, which looks whether it is still so.

DROP FUNCTION IF EXISTS to_leave_out(text, uuid, boolean, date, text[], boolean[], text[], text[]);
DROP FUNCTION IF EXISTS to_leave_out(text, uuid, boolean, date, text[], boolean[], text[], text[], text[]);
CREATE OR REPLACE FUNCTION to_leave_out(
    of_administration text,
    of_set uuid,
    without_blacklisted boolean,
    today date,
    booked_on date,
    -- Items that the rules of write-offs refuse, by all that decides it: arrays of one length.
    kinds text[],
    charges boolean[],
    party_kinds text[],
    currencies text[],
    laters boolean[],
    codes text[]
)
RETURNS TABLE (party_id text, item_id text, code text, approved_amount bigint, open_amount bigint)
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
    SELECT found.party_id, found.item_id, found.code, found.approved_amount, found.open_amount
    FROM (
        SELECT
            m.party_id, m.item_id, m.open_amount AS approved_amount, i.open_amount,
            -- The first reason that holds.
            CASE
                WHEN i.open_amount <> m.open_amount THEN 'changed'
                WHEN without_blacklisted AND l.listed AND (l.until IS NULL OR l.until >= today) THEN 'blacklisted'
                ELSE refused.code
            END AS code
        FROM set_member AS m
        INNER JOIN item AS i
            ON i.administration = m.administration AND i.party_id = m.party_id AND i.item_id = m.item_id
        LEFT JOIN party AS p ON p.administration = m.administration AND p.party_id = m.party_id
        LEFT JOIN blacklist AS l ON l.administration = m.administration AND l.party_id = m.party_id
        LEFT JOIN unnest(kinds, charges, party_kinds, currencies, laters, codes)
            AS refused (kind, is_charge, party_kind, currency, is_later, code)
            ON refused.kind = i.kind
            AND refused.is_charge = (i.amount >= 0)
            AND refused.party_kind = coalesce(p.kind, 'debtor')
            AND refused.currency = i.currency
            AND refused.is_later = (greatest(i.item_date, i.given_back_on) > booked_on)
        WHERE m.administration = of_administration AND m.set_id = of_set AND m.marked
    ) AS found
    WHERE found.code IS NOT NULL
$$;
COMMENT ON FUNCTION to_leave_out(
    text, uuid, boolean, date, date, text[], boolean[], text[], text[], boolean[], text[]
) IS
'Marked members that must not be requested: changed since the set was fixed, of a party on the black list (where asked), or refused by the rules of write-offs.';

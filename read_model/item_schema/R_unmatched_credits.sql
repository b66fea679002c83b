-- Credits that lie unmatched: what a debtor paid or was credited while charges of the same account are still open.

CREATE OR REPLACE FUNCTION unmatched_credits(of_administration text, of_parties text[])
RETURNS TABLE (party_id text, currency text, items bigint, amount bigint)
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
    SELECT
        item.party_id,
        item.currency,
        count(*) FILTER (WHERE item.open_amount < 0),
        -sum(item.open_amount) FILTER (WHERE item.open_amount < 0)::bigint
    FROM item
    WHERE item.administration = of_administration
        AND item.party_id = ANY(of_parties)
        AND item.open_amount <> 0
        -- What a payment run holds is on its way back to the debtor, or is being collected.
        AND NOT item.in_payment_run
    GROUP BY item.party_id, item.currency
    HAVING bool_or(item.open_amount < 0) AND bool_or(item.open_amount > 0)
$$;
COMMENT ON FUNCTION unmatched_credits(text, text[]) IS
'By party and currency, what is open of credits beside open charges of the same account; above zero, in minor units.';

CREATE OR REPLACE FUNCTION unmatched_summary(of_administration text, of_parties text[], most_named integer)
RETURNS jsonb
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
    WITH found AS MATERIALIZED (
        SELECT u.party_id, u.currency, u.items, u.amount
        FROM unmatched_credits(of_administration, of_parties) AS u
    ), by_currency AS (
        SELECT found.currency, sum(found.amount) AS amount FROM found GROUP BY found.currency
    ), named AS (
        SELECT found.party_id, found.currency, found.items, found.amount
        FROM found
        ORDER BY found.party_id COLLATE "C", found.currency
        LIMIT most_named
    )
    SELECT jsonb_build_object(
        'parties', (SELECT count(DISTINCT found.party_id) FROM found),
        'totals', (SELECT coalesce(jsonb_object_agg(b.currency, b.amount), '{}') FROM by_currency AS b),
        'first', (
            SELECT coalesce(jsonb_agg(to_jsonb(named) ORDER BY named.party_id COLLATE "C", named.currency), '[]')
            FROM named
        )
    )
$$;
COMMENT ON FUNCTION unmatched_summary(text, text[], integer) IS
'The same in figures: how many parties, how much by currency, and the first of them.';

-- What a control list decides on each open item. One function for the list, the freezing of a run and the check at issue.
--
-- The functions are inlined into the query that calls them, and what `rules` does not ask for is folded away when the
-- query is planned for its values: a criterion that is not given costs nothing.

CREATE FUNCTION considered_item(books text, first_party text, last_party text, parties text[], rules jsonb)
RETURNS TABLE (
    party_id text,
    item_id text,
    currency text,
    open_amount bigint,
    due_on date,
    age_days integer,
    level smallint,
    profile smallint,
    minimum_amount bigint,
    reason text
)
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
    SELECT
        i.party_id,
        i.item_id,
        i.currency,
        o.open_amount,
        o.due_on,
        date '2000-01-01' + (rules ->> 'generation_day')::integer - i.item_date,
        s.level,
        d.profile,
        s.minimum_amount,
        CASE
            WHEN d.party_id IS NULL THEN 'unknown-debtor'
            WHEN d.kind <> 'debtor' THEN 'not-a-debtor'
            WHEN NOT i.processed AND NOT (rules ->> 'amount_after_posting')::boolean THEN 'not-processed'
            WHEN i.blocked THEN 'blocked'
            WHEN i.status = 'bailiff' THEN 'at-bailiff'
            WHEN NOT rules -> 'members' ? (i.party_id || E'\x1f' || i.item_id) THEN 'not-in-run'
            WHEN NOT rules -> 'parties' ? i.party_id THEN 'other-debtor'
            WHEN i.party_id < rules ->> 'party_from' OR i.party_id > rules ->> 'party_to' THEN 'other-debtor'
            WHEN NOT rules -> 'journals' ? i.journal THEN 'other-journal'
            WHEN NOT (rules -> 'languages' ? d.language OR rules -> 'languages' ? d.language_alone)
                THEN 'other-language'
            WHEN NOT rules -> 'categories' ? coalesce(d.category, '') THEN 'other-category'
            WHEN NOT rules -> 'vouchers' ? i.voucher THEN 'other-voucher'
            WHEN i.voucher < rules ->> 'voucher_from' OR i.voucher > rules ->> 'voucher_to' THEN 'other-voucher'
            WHEN NOT rules -> 'payment_methods' ? coalesce(i.payment_method, d.payment_method, '')
                THEN 'other-payment-method'
            WHEN i.item_date > date '2000-01-01' + (rules ->> 'generation_day')::integer - (rules ->> 'age_from')::integer
                THEN 'too-young'
            WHEN i.item_date < date '2000-01-01' + (rules ->> 'generation_day')::integer - (rules ->> 'age_to')::integer
                THEN 'too-old'
            WHEN o.open_amount < 0 AND NOT (rules ->> 'credit_notes')::boolean THEN 'credit-note'
            WHEN
                o.due_on + CASE WHEN o.open_amount > 0 THEN s.grace_days ELSE 0 END
                >= date '2000-01-01' + (rules ->> 'generation_day')::integer
                AND (o.open_amount > 0 OR (rules ->> 'credit_note_due_date')::boolean)
                THEN 'not-due'
            WHEN s.level IS NULL THEN 'last-level-reached'
            WHEN i.reminded_on + s.days_after_previous > date '2000-01-01' + (rules ->> 'generation_day')::integer
                THEN 'next-level-not-due'
            WHEN
                d.last_reminded_on
                >= date '2000-01-01' + (rules ->> 'generation_day')::integer
                - (rules ->> 'days_since_last_reminder')::integer
                THEN 'reminded-recently'
        END
    FROM item AS i
    LEFT JOIN (
        SELECT
            p.party_id,
            p.kind,
            p.language,
            split_part(p.language, '-', 1) AS language_alone,
            p.category,
            p.payment_method,
            p.payment_terms_days,
            r.last_reminded_on,
            coalesce(
                rules -> 'by_party' ->> p.party_id,
                rules -> 'by_category' ->> p.category,
                rules -> 'by_language' ->> p.language,
                rules -> 'by_language' ->> split_part(p.language, '-', 1),
                '0'
            )::smallint AS profile
        FROM party AS p
        LEFT JOIN party_reminder AS r ON r.administration = p.administration AND r.party_id = p.party_id
        WHERE
            p.administration = books
            AND p.party_id >= first_party
            AND (last_party IS NULL OR p.party_id <= last_party)
            AND (parties IS NULL OR p.party_id = ANY(parties))
        OFFSET 0 -- the profile is looked up once per debtor, not for each of their items
    ) AS d ON d.party_id = i.party_id
    LEFT JOIN jsonb_to_recordset(rules -> 'steps') AS s (
        profile smallint, reached smallint, level smallint, days_after_previous integer, minimum_amount bigint,
        grace_days integer
    ) ON s.profile = d.profile AND s.reached = i.reminder_level
    CROSS JOIN LATERAL (
        SELECT
            CASE
                WHEN (rules ->> 'current_account')::boolean THEN i.open_amount
                ELSE i.open_amount - i.corrected_elsewhere
            END AS open_amount,
            CASE rules ->> 'date_basis'
                WHEN 'item-date' THEN i.item_date
                WHEN 'payment-terms' THEN i.item_date + coalesce(i.payment_terms_days, d.payment_terms_days, 0)
                ELSE coalesce(i.due_date, i.item_date + coalesce(i.payment_terms_days, d.payment_terms_days, 0))
            END AS due_on
    ) AS o
    WHERE
        i.administration = books
        AND i.party_id >= first_party
        AND (last_party IS NULL OR i.party_id <= last_party)
        AND (parties IS NULL OR i.party_id = ANY(parties))
        AND o.open_amount <> 0
$$;
COMMENT ON FUNCTION considered_item IS
'Every open item of debtors from first_party to last_party (null: no end), or of these parties, with the reason that keeps it off the list.';

CREATE FUNCTION balance_reason(debtors text, balance numeric, printed numeric, minimum_amount bigint) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
    SELECT
        CASE
            WHEN debtors = 'balance-positive' AND balance <= 0 THEN 'balance-not-positive'
            WHEN debtors = 'printed-balance-positive' AND printed <= 0 THEN 'printed-balance-not-positive'
            WHEN minimum_amount > 0 AND printed < minimum_amount THEN 'below-minimum'
        END
$$;
COMMENT ON FUNCTION balance_reason IS 'What a debtor''s balance in one currency says against an item that is otherwise on the list.';

CREATE FUNCTION listed_item(books text, first_party text, last_party text, parties text[], rules jsonb)
RETURNS TABLE (
    party_id text,
    item_id text,
    currency text,
    open_amount bigint,
    due_on date,
    age_days integer,
    level smallint,
    profile smallint,
    reason text
)
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
    SELECT
        b.party_id,
        b.item_id,
        b.currency,
        b.open_amount,
        b.due_on,
        b.age_days,
        b.level,
        b.profile,
        coalesce(b.reason, balance_reason(rules ->> 'debtors', b.balance, b.printed, b.highest_minimum))
    FROM (
        SELECT
            c.*,
            sum(c.open_amount) FILTER (WHERE c.reason IS DISTINCT FROM 'not-processed')
                OVER (PARTITION BY c.party_id, c.currency) AS balance,
            sum(c.open_amount) FILTER (WHERE c.reason IS NULL) OVER (PARTITION BY c.party_id, c.currency) AS printed,
            max(c.minimum_amount) FILTER (WHERE c.reason IS NULL) OVER (PARTITION BY c.party_id, c.currency)
                AS highest_minimum
        FROM considered_item(books, first_party, last_party, parties, rules) AS c
    ) AS b
$$;
COMMENT ON FUNCTION listed_item IS 'The same with the rules on balances: a null reason means that the item is on the list.';

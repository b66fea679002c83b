-- A reminder is not earlier than what it is about: an item that is later than the generation date is not on its list,
-- whatever it is due by. Nothing else of the function changes.

CREATE OR REPLACE FUNCTION considered_item(books text, first_party text, last_party text, parties text[], rules jsonb)
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
            WHEN i.item_date > date '2000-01-01' + (rules ->> 'generation_day')::integer THEN 'later-than-run'
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

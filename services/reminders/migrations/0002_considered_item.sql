-- What a control list decides on each open item. One function for the list, the freezing of a run and the check at issue.

CREATE FUNCTION considered_item(books text, first_party text, last_party text, rules jsonb)
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
        c.generation_date - i.item_date,
        s.level,
        d.profile,
        s.minimum_amount,
        CASE
            WHEN d.party_id IS NULL THEN 'unknown-debtor'
            WHEN d.kind <> 'debtor' THEN 'not-a-debtor'
            WHEN NOT i.processed AND NOT c.amount_after_posting THEN 'not-processed'
            WHEN i.blocked THEN 'blocked'
            WHEN i.status = 'bailiff' THEN 'at-bailiff'
            WHEN c.members IS NOT NULL AND NOT i.party_id || E'\x1f' || i.item_id = ANY (c.members) THEN 'not-in-run'
            WHEN NOT (c.parties IS NULL OR i.party_id = ANY (c.parties)) THEN 'other-debtor'
            WHEN i.party_id < c.party_from OR i.party_id > c.party_to THEN 'other-debtor'
            WHEN NOT (c.journals IS NULL OR i.journal = ANY (c.journals)) THEN 'other-journal'
            WHEN NOT (c.languages IS NULL OR d.language = ANY (c.languages) OR d.language_alone = ANY (c.languages))
                THEN 'other-language'
            WHEN NOT (c.categories IS NULL OR coalesce(d.category = ANY (c.categories), FALSE)) THEN 'other-category'
            WHEN NOT (c.vouchers IS NULL OR i.voucher = ANY (c.vouchers)) THEN 'other-voucher'
            WHEN i.voucher < c.voucher_from OR i.voucher > c.voucher_to THEN 'other-voucher'
            WHEN
                NOT (
                    c.payment_methods IS NULL
                    OR coalesce(coalesce(i.payment_method, d.payment_method) = ANY (c.payment_methods), FALSE)
                )
                THEN 'other-payment-method'
            WHEN c.generation_date - i.item_date < c.age_from THEN 'too-young'
            WHEN c.generation_date - i.item_date > c.age_to THEN 'too-old'
            WHEN o.open_amount < 0 AND NOT c.credit_notes THEN 'credit-note'
            WHEN
                o.due_on + CASE WHEN o.open_amount > 0 THEN s.grace_days ELSE 0 END >= c.generation_date
                AND (o.open_amount > 0 OR c.credit_note_due_date)
                THEN 'not-due'
            WHEN s.level IS NULL THEN 'last-level-reached'
            WHEN i.reminded_on + s.days_after_previous > c.generation_date THEN 'next-level-not-due'
            WHEN c.generation_date - d.last_reminded_on <= c.days_since_last_reminder THEN 'reminded-recently'
        END
    FROM jsonb_to_record(rules) AS c (
        generation_date date, parties text[], party_from text, party_to text, journals text[], languages text[],
        categories text[], vouchers text[], voucher_from text, voucher_to text, payment_methods text[],
        age_from integer, age_to integer, date_basis text, days_since_last_reminder integer, credit_notes boolean,
        credit_note_due_date boolean, amount_after_posting boolean, current_account boolean, members text[]
    )
    INNER JOIN item AS i
        ON i.administration = books
        AND i.party_id >= first_party
        AND (last_party IS NULL OR i.party_id <= last_party)
        AND (i.open_amount <> 0 OR i.corrected_elsewhere <> 0)
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
            coalesce(own.profile, by_category.profile, by_language.profile, by_language_alone.profile, 0::smallint)
                AS profile
        FROM party AS p
        LEFT JOIN party_reminder AS r ON r.administration = p.administration AND r.party_id = p.party_id
        LEFT JOIN jsonb_to_recordset(rules -> 'by_party') AS own (key text, profile smallint)
            ON own.key = p.party_id
        LEFT JOIN jsonb_to_recordset(rules -> 'by_category') AS by_category (key text, profile smallint)
            ON by_category.key = p.category
        LEFT JOIN jsonb_to_recordset(rules -> 'by_language') AS by_language (key text, profile smallint)
            ON by_language.key = p.language
        LEFT JOIN jsonb_to_recordset(rules -> 'by_language') AS by_language_alone (key text, profile smallint)
            ON by_language_alone.key = split_part(p.language, '-', 1)
        WHERE p.administration = books AND p.party_id >= first_party AND (last_party IS NULL OR p.party_id <= last_party)
    ) AS d ON d.party_id = i.party_id
    LEFT JOIN jsonb_to_recordset(rules -> 'steps') AS s (
        profile smallint, reached smallint, level smallint, days_after_previous integer, minimum_amount bigint,
        grace_days integer
    ) ON s.profile = d.profile AND s.reached = i.reminder_level
    CROSS JOIN LATERAL (
        SELECT
            CASE WHEN c.current_account THEN i.open_amount ELSE i.open_amount - i.corrected_elsewhere END AS open_amount,
            CASE c.date_basis
                WHEN 'item-date' THEN i.item_date
                WHEN 'payment-terms' THEN i.item_date + coalesce(i.payment_terms_days, d.payment_terms_days, 0)
                ELSE coalesce(i.due_date, i.item_date + coalesce(i.payment_terms_days, d.payment_terms_days, 0))
            END AS due_on
    ) AS o
    WHERE o.open_amount <> 0
$$;
COMMENT ON FUNCTION considered_item IS
'Every open item of debtors from first_party to last_party (null: no end), with the reason that keeps it off the list.';

CREATE FUNCTION listed_item(books text, first_party text, last_party text, rules jsonb)
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
        coalesce(
            b.reason,
            CASE
                WHEN rules ->> 'debtors' = 'balance-positive' AND b.balance <= 0 THEN 'balance-not-positive'
                WHEN rules ->> 'debtors' = 'printed-balance-positive' AND b.printed <= 0
                    THEN 'printed-balance-not-positive'
                WHEN b.printed < b.minimum_amount AND b.minimum_amount > 0 THEN 'below-minimum'
            END
        )
    FROM (
        SELECT
            c.*,
            sum(c.open_amount) FILTER (WHERE c.reason IS DISTINCT FROM 'not-processed')
                OVER (PARTITION BY c.party_id, c.currency) AS balance,
            sum(c.open_amount) FILTER (WHERE c.reason IS NULL) OVER (PARTITION BY c.party_id, c.currency) AS printed
        FROM considered_item(books, first_party, last_party, rules) AS c
    ) AS b
$$;
COMMENT ON FUNCTION listed_item IS 'The same with the rules on balances: a null reason means that the item is on the list.';

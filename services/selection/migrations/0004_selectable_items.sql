-- Items with everything that is known of their party; those that are open can be selected.

CREATE TYPE selectable_item AS (
    item_id text COLLATE "C",
    amount bigint,
    open_amount bigint,
    base_amount bigint,
    settled_amount bigint,
    corrected_elsewhere bigint,
    currency text COLLATE "C",
    kind text COLLATE "C",
    journal text COLLATE "C",
    voucher text COLLATE "C",
    item_date date,
    due_date date,
    payable_on date,
    payment_terms_days integer,
    payment_method text COLLATE "C",
    description text,
    branch text COLLATE "C",
    invoice_number text COLLATE "C",
    reference text COLLATE "C",
    employee text COLLATE "C",
    subscription_id text COLLATE "C",
    period_start date,
    period_end date,
    loan_id text COLLATE "C",
    material_id text COLLATE "C",
    checkin_id text COLLATE "C",
    note_id text COLLATE "C",
    reminder_id text COLLATE "C",
    status text COLLATE "C",
    blocked boolean,
    in_payment_run boolean,
    on_bank_statement boolean,
    processed boolean,
    documents integer,
    reminder_level smallint,
    reminded_on date,
    reminded boolean,
    at_bailiff boolean,
    party_id text COLLATE "C",
    account_currency text COLLATE "C",
    party_name text,
    party_kind text COLLATE "C",
    debtor_type text COLLATE "C",
    street text,
    postal_code text COLLATE "C",
    city text,
    country text COLLATE "C",
    email text,
    phone text,
    language text COLLATE "C",
    party_group text COLLATE "C",
    category text COLLATE "C",
    party_payment_method text COLLATE "C",
    party_payment_terms_days integer,
    party_branch text COLLATE "C",
    channel text COLLATE "C",
    iban text,
    party_open_amount bigint,
    party_open_items bigint,
    party_overdue_amount bigint,
    party_overdue_items bigint,
    party_oldest_item_date date,
    party_oldest_due_date date,
    party_reminder_level smallint,
    party_reminded_on date,
    party_writeoffs bigint,
    party_written_off_amount bigint,
    blacklisted boolean,
    blacklisted_until date,
    blacklist_reason text
);

CREATE FUNCTION described_items(of_administration text, today date) RETURNS SETOF selectable_item
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT
        i.item_id, i.amount, i.open_amount, i.base_amount, i.amount - i.open_amount, i.corrected_elsewhere, i.currency,
        i.kind, i.journal, i.voucher, i.item_date, i.due_date, payable_on(i.due_date, i.item_date, i.payment_terms_days),
        i.payment_terms_days, i.payment_method, i.description, i.branch, i.invoice_number, i.reference, i.employee,
        i.subscription_id, i.period_start, i.period_end, i.loan_id, i.material_id, i.checkin_id, i.note_id, i.reminder_id,
        i.status, i.blocked, i.in_payment_run, i.on_bank_statement, i.processed, jsonb_array_length(i.documents),
        i.reminder_level, i.reminded_on, i.reminder_level > 0, i.at_bailiff, i.party_id, i.currency, p.name, p.kind,
        p.debtor_type, p.street, p.postal_code, p.city, p.country, p.email, p.phone, p.language, p.party_group, p.category,
        p.payment_method, p.payment_terms_days, p.branch, p.channel, p.iban, b.open_amount, b.open_items,
        coalesce(s.overdue_amount, 0), coalesce(s.overdue_items, 0), s.oldest_item_date,
        s.oldest_payable_on, coalesce(s.reminder_level, 0::smallint), s.reminded_on, coalesce(w.writeoffs, 0),
        coalesce(w.written_off, 0), coalesce(l.listed AND (l.until IS NULL OR l.until >= today), FALSE),
        CASE WHEN l.listed THEN l.until END, CASE WHEN l.listed THEN l.reason END
    FROM item AS i
    LEFT JOIN party AS p ON p.administration = i.administration AND p.party_id = i.party_id
    LEFT JOIN balance AS b
        ON b.administration = i.administration AND b.party_id = i.party_id AND b.currency = i.currency
    LEFT JOIN standing(of_administration, today) AS s ON s.party_id = i.party_id AND s.currency = i.currency
    LEFT JOIN writeoffs_before(of_administration) AS w ON w.party_id = i.party_id AND w.currency = i.currency
    LEFT JOIN blacklist AS l ON l.administration = i.administration AND l.party_id = i.party_id
    WHERE i.administration = of_administration
$$;
COMMENT ON FUNCTION described_items(text, date) IS 'Items, settled ones too, with what is known of their party on a day.';

CREATE FUNCTION selectable_items(of_administration text, today date) RETURNS SETOF selectable_item
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT * FROM described_items(of_administration, today) WHERE open_amount <> 0
$$;

-- What criteria can ask, one column a field. Both functions are single queries that PostgreSQL merges into the caller's:
-- what a caller does not name, joins included, is not computed.

CREATE FUNCTION payable_on(due_date date, item_date date, payment_terms_days integer) RETURNS date
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN coalesce(due_date, item_date + coalesce(payment_terms_days, 0));
COMMENT ON FUNCTION payable_on(date, date, integer) IS
'The day until which an item may be paid: its due date, else its date and its payment terms.';

CREATE TYPE account_standing AS (
    party_id text COLLATE "C",
    currency text COLLATE "C",
    overdue_amount bigint,
    overdue_items bigint,
    oldest_item_date date,
    oldest_payable_on date,
    reminder_level smallint,
    reminded_on date
);

CREATE FUNCTION standing(of_administration text, today date) RETURNS SETOF account_standing
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT
        i.party_id, i.currency,
        coalesce(sum(i.open_amount) FILTER (WHERE payable_on(i.due_date, i.item_date, i.payment_terms_days) < today), 0)::bigint,
        count(*) FILTER (WHERE payable_on(i.due_date, i.item_date, i.payment_terms_days) < today),
        min(i.item_date), min(payable_on(i.due_date, i.item_date, i.payment_terms_days)),
        max(i.reminder_level), max(i.reminded_on)
    FROM item AS i
    WHERE i.administration = of_administration AND i.open_amount <> 0
    GROUP BY i.party_id, i.currency
$$;
COMMENT ON FUNCTION standing(text, date) IS 'What depends on the day, or cannot be kept by adding up: per party and currency, of open items.';

CREATE TYPE party_writeoffs AS (party_id text COLLATE "C", currency text COLLATE "C", writeoffs bigint, written_off bigint);

CREATE FUNCTION writeoffs_before(of_administration text) RETURNS SETOF party_writeoffs
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT w.party_id, w.currency, count(*), sum(w.amount)::bigint
    FROM past_writeoff AS w
    WHERE w.administration = of_administration AND w.currency IS NOT NULL AND NOT w.reversed
    GROUP BY w.party_id, w.currency
$$;

CREATE TYPE selectable_party AS (
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

CREATE FUNCTION selectable_parties(of_administration text, today date) RETURNS SETOF selectable_party
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT
        b.party_id, b.currency, p.name, p.kind, p.debtor_type, p.street, p.postal_code, p.city, p.country, p.email, p.phone,
        p.language, p.party_group, p.category, p.payment_method, p.payment_terms_days, p.branch, p.channel, p.iban,
        b.open_amount, b.open_items, coalesce(s.overdue_amount, 0), coalesce(s.overdue_items, 0), s.oldest_item_date,
        s.oldest_payable_on, coalesce(s.reminder_level, 0::smallint), s.reminded_on, coalesce(w.writeoffs, 0),
        coalesce(w.written_off, 0), coalesce(l.listed AND (l.until IS NULL OR l.until >= today), FALSE),
        CASE WHEN l.listed THEN l.until END, CASE WHEN l.listed THEN l.reason END
    FROM balance AS b
    LEFT JOIN party AS p ON p.administration = b.administration AND p.party_id = b.party_id
    LEFT JOIN standing(of_administration, today) AS s ON s.party_id = b.party_id AND s.currency = b.currency
    LEFT JOIN writeoffs_before(of_administration) AS w ON w.party_id = b.party_id AND w.currency = b.currency
    LEFT JOIN blacklist AS l ON l.administration = b.administration AND l.party_id = b.party_id
    WHERE b.administration = of_administration
$$;
COMMENT ON FUNCTION selectable_parties(text, date) IS 'Accounts: a row per party and currency in which anything was ever posted.';

-- How exports write values. Both are single expressions that PostgreSQL merges into the query.
CREATE FUNCTION decimal_text(amount bigint, exponent integer, mark text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE
    WHEN exponent = 2 THEN
        CASE WHEN amount < 0 THEN '-' ELSE '' END || abs(amount / 100)::text || mark || lpad(abs(amount % 100)::text, 2, '0')
    WHEN exponent = 0 THEN amount::text
    ELSE replace(round(amount / (10::numeric ^ exponent), exponent)::text, '.', mark)
END;
COMMENT ON FUNCTION decimal_text(bigint, integer, text) IS 'Minor units as a decimal number: 1250 with exponent 2 is 12,50.';

CREATE FUNCTION guarded(value text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN left(value, 1) IN ('=', '+', '-', '@', E'\t', E'\r') THEN '''' || value ELSE value END;
COMMENT ON FUNCTION guarded(text) IS 'Text that a spreadsheet would take for a formula gets an apostrophe before it.';

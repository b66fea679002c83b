-- What criteria can ask and exports can show, a line a field: `expression AS name`. A new field is one line here and
-- one row of the catalogue (services/selection/domain/field_rows.py); its type is what PostgreSQL finds it to be.
--
-- The functions are single queries that PostgreSQL merges into the caller's: what a caller does not name, joins
-- included, is not computed.

DO $definition$
DECLARE
    -- Of an item: i; p its party.
    of_item CONSTANT text := $fields$
        i.item_id,
        i.amount,
        i.open_amount,
        i.base_amount,
        i.amount - i.open_amount AS settled_amount,
        i.corrected_elsewhere,
        i.currency,
        i.kind,
        i.journal,
        i.voucher,
        i.item_date,
        i.due_date,
        payable_on(i.due_date, i.item_date, i.payment_terms_days) AS payable_on,
        i.payment_terms_days,
        i.payment_method,
        i.till,
        i.description,
        branch_of(i.branch, p.branch) AS branch,
        i.invoice_number,
        i.reference,
        i.employee,
        i.subscription_id,
        i.period_start,
        i.period_end,
        i.loan_id,
        i.material_id,
        i.checkin_id,
        i.note_id,
        i.reminder_id,
        i.money_back,
        i.reverses,
        i.status,
        i.blocked,
        i.in_payment_run,
        i.on_bank_statement,
        i.processed,
        jsonb_array_length(i.documents) AS documents,
        i.reminder_level,
        i.reminded_on,
        i.reminder_level > 0 AS reminded,
        i.at_bailiff
    $fields$;
    -- Of an account, which is a party in one currency: p its party, b its balance, s what depends on the day, w what
    -- was written off before, l the party's place on the black list.
    of_account CONSTANT text := $fields$
        p.name AS party_name,
        p.kind AS party_kind,
        p.debtor_type,
        p.street,
        p.postal_code,
        p.city,
        p.country,
        p.email,
        p.phone,
        p.language,
        p.party_group,
        p.category,
        p.payment_method AS party_payment_method,
        p.payment_terms_days AS party_payment_terms_days,
        p.branch AS party_branch,
        p.channel,
        p.iban,
        b.open_amount AS party_open_amount,
        b.open_items AS party_open_items,
        coalesce(s.overdue_amount, 0) AS party_overdue_amount,
        coalesce(s.overdue_items, 0) AS party_overdue_items,
        s.oldest_item_date AS party_oldest_item_date,
        s.oldest_payable_on AS party_oldest_due_date,
        coalesce(s.reminder_level, 0::smallint) AS party_reminder_level,
        s.reminded_on AS party_reminded_on,
        coalesce(w.writeoffs, 0) AS party_writeoffs,
        coalesce(w.written_off, 0) AS party_written_off_amount,
        coalesce(l.listed AND (l.until IS NULL OR l.until >= today), FALSE) AS blacklisted,
        CASE WHEN l.listed THEN l.until END AS blacklisted_until,
        CASE WHEN l.listed THEN l.reason END AS blacklist_reason
    $fields$;
    -- Every join is on a unique key of what it joins, so that it can be left out where no field of it is named.
    items CONSTANT text := $from$
        item AS i
        LEFT JOIN party AS p ON p.administration = i.administration AND p.party_id = i.party_id
        LEFT JOIN balance AS b
            ON b.administration = i.administration AND b.party_id = i.party_id AND b.currency = i.currency
        LEFT JOIN standing(of_administration, today) AS s ON s.party_id = i.party_id AND s.currency = i.currency
        LEFT JOIN writeoffs_before(of_administration) AS w ON w.party_id = i.party_id AND w.currency = i.currency
        LEFT JOIN blacklist AS l ON l.administration = i.administration AND l.party_id = i.party_id
        WHERE i.administration = of_administration
    $from$;
    accounts CONSTANT text := $from$
        balance AS b
        LEFT JOIN party AS p ON p.administration = b.administration AND p.party_id = b.party_id
        LEFT JOIN standing(of_administration, today) AS s ON s.party_id = b.party_id AND s.currency = b.currency
        LEFT JOIN writeoffs_before(of_administration) AS w ON w.party_id = b.party_id AND w.currency = b.currency
        LEFT JOIN blacklist AS l ON l.administration = b.administration AND l.party_id = b.party_id
        WHERE b.administration = of_administration
    $from$;
    made record;
BEGIN
    DROP FUNCTION IF EXISTS selectable_items (text, date);
    DROP FUNCTION IF EXISTS described_items (text, date);
    DROP FUNCTION IF EXISTS selectable_parties (text, date);
    DROP TYPE IF EXISTS selectable_item;
    DROP TYPE IF EXISTS selectable_party;

    FOR made IN
        SELECT type, name, fields, source
        FROM (
            VALUES
            (
                'selectable_item', 'described_items',
                of_item || ', i.party_id, i.currency AS account_currency,' || of_account, items
            ),
            (
                'selectable_party', 'selectable_parties',
                'b.party_id, b.currency AS account_currency,' || of_account, accounts
            )
        ) AS made (type, name, fields, source)
    LOOP
        -- The type of a row has the names and types of a view of the same query. Texts are compared by their bytes.
        EXECUTE format(
            'CREATE VIEW shape_of_rows AS SELECT %s '
            'FROM (SELECT ''''::text AS of_administration, CURRENT_DATE AS today) AS given CROSS JOIN %s',
            made.fields, made.source
        );
        EXECUTE (
            SELECT format('CREATE TYPE %I AS (%s)', made.type, string_agg(a.attribute, ', ' ORDER BY a.attnum))
            FROM (
                SELECT
                    attnum,
                    format(
                        '%I %s%s', attname, format_type(atttypid, atttypmod),
                        CASE WHEN attcollation <> 0 THEN ' COLLATE "C"' END
                    ) AS attribute
                FROM pg_attribute
                WHERE attrelid = 'shape_of_rows'::regclass
            ) AS a
        );
        DROP VIEW shape_of_rows;
        EXECUTE format(
            'CREATE FUNCTION %I(of_administration text, today date) RETURNS SETOF %I '
            'LANGUAGE sql STABLE PARALLEL SAFE AS %L',
            made.name, made.type, format('SELECT %s FROM %s', made.fields, made.source)
        );
    END LOOP;

    CREATE FUNCTION selectable_items(of_administration text, today date) RETURNS SETOF selectable_item
    LANGUAGE sql STABLE PARALLEL SAFE AS $$
        SELECT * FROM described_items(of_administration, today) WHERE open_amount <> 0
    $$;
END
$definition$;

COMMENT ON FUNCTION described_items(text, date) IS
'Items, settled ones too, with what is known of their party on a day.';
COMMENT ON FUNCTION selectable_items(text, date) IS 'Items of which something is open: what criteria select.';
COMMENT ON FUNCTION selectable_parties(text, date) IS
'Accounts: a row per party and currency in which anything was ever posted.';

-- What every party owes, kept with every change of an item, and the index that criteria on open items read.

CREATE TABLE balance (
    administration text COLLATE "C" NOT NULL,
    party_id text COLLATE "C" NOT NULL,
    currency text COLLATE "C" NOT NULL,
    open_amount bigint NOT NULL,
    open_items bigint NOT NULL,
    PRIMARY KEY (administration, party_id, currency)
) WITH (fillfactor = 80);
COMMENT ON TABLE balance IS 'Sum and number of a party''s open items per currency.';
CREATE INDEX balance_owed ON balance (administration, open_amount) INCLUDE (party_id, currency) WHERE open_amount > 0;

-- Only rows that really came or changed are in a transition table: an event that is delivered twice counts once.
CREATE FUNCTION add_posted_to_balance() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO balance (administration, party_id, currency, open_amount, open_items)
    SELECT administration, party_id, currency, sum(open_amount)::bigint, count(*) FILTER (WHERE open_amount <> 0)
    FROM posted
    GROUP BY administration, party_id, currency
    ORDER BY administration, party_id, currency
    ON CONFLICT (administration, party_id, currency) DO UPDATE SET
        open_amount = balance.open_amount + excluded.open_amount,
        open_items = balance.open_items + excluded.open_items;
    RETURN NULL;
END
$$;

CREATE FUNCTION add_settled_to_balance() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO balance (administration, party_id, currency, open_amount, open_items)
    SELECT administration, party_id, currency, sum(open_amount)::bigint, sum(open_items)::bigint
    FROM (
        SELECT administration, party_id, currency, open_amount, (open_amount <> 0)::integer AS open_items
        FROM after_change
        UNION ALL
        SELECT administration, party_id, currency, -open_amount, -(open_amount <> 0)::integer
        FROM before_change
    ) AS change
    GROUP BY administration, party_id, currency
    HAVING sum(open_amount) <> 0 OR sum(open_items) <> 0
    ORDER BY administration, party_id, currency
    ON CONFLICT (administration, party_id, currency) DO UPDATE SET
        open_amount = balance.open_amount + excluded.open_amount,
        open_items = balance.open_items + excluded.open_items;
    RETURN NULL;
END
$$;

CREATE TRIGGER posted_items_count AFTER INSERT ON item
REFERENCING NEW TABLE AS posted
FOR EACH STATEMENT EXECUTE FUNCTION add_posted_to_balance();

CREATE TRIGGER settled_items_count AFTER UPDATE ON item
REFERENCING OLD TABLE AS before_change NEW TABLE AS after_change
FOR EACH STATEMENT EXECUTE FUNCTION add_settled_to_balance();

-- Open items by posting date, with everything that the usual criteria and the reports ask: they read nothing else.
-- The table is empty when this first runs: the same deployment makes both.
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX item_open ON item (administration, item_date)
INCLUDE (
    party_id, item_id, currency, open_amount, amount, kind, journal, status, branch, due_date, payment_terms_days,
    reminder_level, reminded_on
)
WHERE open_amount <> 0;

SELECT grant_service('SELECT, INSERT, UPDATE', 'balance');

-- The ledger of open items. Every table begins with (administration, party_id), the unit of distribution.
-- Text keys compare bytewise (COLLATE "C"), so that no order depends on the database's locale.

CREATE AGGREGATE running_total(bigint) (
    SFUNC = int8pl, STYPE = bigint, INITCOND = '0', COMBINEFUNC = int8pl, PARALLEL = SAFE
);
COMMENT ON AGGREGATE running_total(bigint) IS
'Sum in minor units that stays bigint: half the cost of sum(bigint), which is numeric; overflow is an error.';

CREATE FUNCTION array_total(amounts bigint[]) RETURNS bigint
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    total bigint := 0;
    amount bigint;
BEGIN
    FOREACH amount IN ARRAY amounts LOOP
        total := total + amount;
    END LOOP;
    RETURN total;
END
$$;
COMMENT ON FUNCTION array_total(bigint[]) IS 'Sum of an array of minor units: what the constraints of match compare.';

CREATE FUNCTION array_negative(amounts bigint[]) RETURNS bigint[]
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
    FOR position IN 1 .. cardinality(amounts) LOOP
        amounts[position] := -amounts[position];
    END LOOP;
    RETURN amounts;
END
$$;
COMMENT ON FUNCTION array_negative(bigint[]) IS 'The amounts with their signs turned: the lines of a reversal.';

CREATE FUNCTION base_share(base_amount bigint, amount bigint, open_amount bigint) RETURNS bigint
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN round(base_amount::numeric * open_amount / amount)::bigint;
COMMENT ON FUNCTION base_share(bigint, bigint, bigint) IS
'What of base_amount is open when open_amount of amount is: zero with zero, so that the last settlement absorbs rounding.';

CREATE FUNCTION exchange_account(
    of_administration text, of_party text, difference bigint, gains text, losses text
) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
RETURN CASE
    WHEN difference = 0 THEN NULL
    WHEN (difference < 0) = coalesce((
        SELECT party.kind <> 'creditor'
        FROM party
        WHERE party.administration = of_administration AND party.party_id = of_party
    ), true) THEN gains
    ELSE losses
END;
COMMENT ON FUNCTION exchange_account(text, text, bigint, text, text) IS
'Where an exchange difference is booked: what a debtor paid less than the invoice was worth is a loss, with a creditor a gain.';

-- One row per party that ever had an item: what every change of an open amount locks first, in key order.
CREATE TABLE account (
    administration text COLLATE "C" NOT NULL,
    party_id text COLLATE "C" NOT NULL,
    PRIMARY KEY (administration, party_id)
);

-- What was posted: append-only facts. base_amount is NULL when the sender did not say it.
CREATE TABLE item (
    administration text COLLATE "C" NOT NULL,
    party_id text COLLATE "C" NOT NULL,
    item_id text COLLATE "C" NOT NULL,
    amount bigint NOT NULL,
    base_amount bigint,
    fingerprint bigint NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT now(),
    remainder_of uuid,
    item_date date NOT NULL,
    due_date date,
    payment_terms_days integer,
    kind text NOT NULL,
    currency text COLLATE "C" NOT NULL,
    journal text COLLATE "C" NOT NULL,
    voucher text COLLATE "C" NOT NULL,
    payment_method text,
    description text NOT NULL DEFAULT '',
    branch text,
    invoice_number text COLLATE "C",
    reference text COLLATE "C",
    PRIMARY KEY (administration, party_id, item_id),
    CONSTRAINT item_amount_is_not_zero CHECK (amount <> 0),
    CONSTRAINT item_base_amount_has_the_same_sign CHECK (sign(base_amount) * sign(amount) >= 0)
);

-- The changeable side of an item; without a row it is what was posted: open, unblocked, processed, its own due date.
CREATE TABLE item_state (
    administration text COLLATE "C" NOT NULL,
    party_id text COLLATE "C" NOT NULL,
    item_id text COLLATE "C" NOT NULL,
    version bigint NOT NULL,
    due_date date,
    blocked boolean NOT NULL,
    in_payment_run boolean NOT NULL,
    on_bank_statement boolean NOT NULL,
    processed boolean NOT NULL,
    at_bailiff boolean NOT NULL DEFAULT false,
    reminder_level smallint NOT NULL DEFAULT 0,
    status text NOT NULL,
    PRIMARY KEY (administration, party_id, item_id)
);

-- What is open, and nothing else; the primary key is the order in which oldest first settles.
-- A row goes when its open amount reaches zero and comes back when a match is undone. `version` is the sequence of
-- the last match on the item (0 for none); open_base_amount is NULL where no base_amount was posted; `held` says "in a payment run or on a read bank statement", so that a run
-- need not join item_state.
CREATE TABLE open_item (
    administration text COLLATE "C" NOT NULL,
    party_id text COLLATE "C" NOT NULL,
    currency text COLLATE "C" NOT NULL,
    side smallint NOT NULL,
    held boolean NOT NULL,
    item_date date NOT NULL,
    voucher text COLLATE "C" NOT NULL,
    item_id text COLLATE "C" NOT NULL,
    amount bigint NOT NULL,
    open_amount bigint NOT NULL,
    open_base_amount bigint,
    version bigint NOT NULL,
    PRIMARY KEY (administration, party_id, currency, side, item_date, voucher, item_id),
    CONSTRAINT open_item_never_flips_its_sign CHECK (sign(open_amount) = side AND sign(amount) = side),
    CONSTRAINT open_item_never_exceeds_its_amount CHECK (abs(open_amount) <= abs(amount))
);

CREATE SEQUENCE match_sequence;

-- A balanced clearing entry, append-only. Its lines are parallel arrays in settlement order: credits, then charges,
-- each from the oldest; laid side by side they are its allocations. `sequence` grows with every match of a party and
-- is the version of each item after it. base_amounts is NULL where the lines are in the base currency already;
-- line_currencies is NULL but in an explicit foreign-currency match, which balances in the base currency only.
CREATE TABLE match (
    administration text COLLATE "C" NOT NULL,
    party_id text COLLATE "C" NOT NULL,
    match_id uuid NOT NULL DEFAULT uuidv7(),
    sequence bigint NOT NULL DEFAULT nextval('match_sequence'),
    run_id uuid,
    request_id uuid,
    reversal_of uuid,
    recorded_at timestamptz NOT NULL DEFAULT now(),
    match_date date NOT NULL,
    fiscal_year integer NOT NULL,
    period integer NOT NULL,
    settlement_information boolean NOT NULL,
    contra_amount bigint NOT NULL DEFAULT 0,
    contra_base_amount bigint NOT NULL DEFAULT 0,
    exchange_difference bigint NOT NULL DEFAULT 0,
    method text NOT NULL,
    journal text COLLATE "C" NOT NULL,
    currency text COLLATE "C" NOT NULL,
    employee text NOT NULL,
    contra_kind text,
    contra_journal text COLLATE "C",
    contra_gl_account text,
    contra_item_id text,
    exchange_gl_account text,
    reason text,
    note text NOT NULL DEFAULT '',
    origin_administration text,
    item_ids text[] COLLATE "C" NOT NULL,
    amounts bigint[] NOT NULL,
    open_amounts bigint[] NOT NULL,
    base_amounts bigint[],
    line_currencies text[],
    skipped jsonb,
    PRIMARY KEY (administration, party_id, match_id),
    CONSTRAINT match_lines_are_bounded CHECK (cardinality(item_ids) BETWEEN 1 AND 2000),
    CONSTRAINT match_lines_are_complete CHECK (
        cardinality(amounts) = cardinality(item_ids) AND cardinality(open_amounts) = cardinality(item_ids)
        AND coalesce(cardinality(base_amounts) = cardinality(item_ids), true)
        AND coalesce(cardinality(line_currencies) = cardinality(item_ids), true)
    ),
    CONSTRAINT match_balances CHECK (
        CASE WHEN line_currencies IS NULL THEN array_total(amounts) + contra_amount = 0 ELSE base_amounts IS NOT NULL END
    ),
    CONSTRAINT match_balances_in_the_base_currency CHECK (
        CASE WHEN base_amounts IS NULL THEN exchange_difference = 0
        ELSE array_total(base_amounts) + contra_base_amount + exchange_difference = 0 END
    ),
    CONSTRAINT match_contra_is_named CHECK ((contra_kind IS NULL) = (contra_amount = 0 AND contra_base_amount = 0))
);
CREATE UNIQUE INDEX match_is_reversed_once ON match (administration, party_id, reversal_of)
WHERE reversal_of IS NOT NULL;
CREATE INDEX match_of_run ON match (administration, run_id, party_id) WHERE run_id IS NOT NULL;
CREATE UNIQUE INDEX match_of_request ON match (administration, party_id, request_id) WHERE request_id IS NOT NULL;

-- Items that a previewed run holds for a while; an expired row counts as none.
CREATE TABLE reservation (
    administration text COLLATE "C" NOT NULL,
    party_id text COLLATE "C" NOT NULL,
    item_id text COLLATE "C" NOT NULL,
    proposal_id uuid NOT NULL,
    employee text NOT NULL,
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (administration, party_id, item_id)
);
CREATE INDEX reservation_by_proposal ON reservation (administration, proposal_id);

-- What became of a match request, so that asking twice has one effect.
CREATE TABLE answered_request (
    administration text COLLATE "C" NOT NULL,
    party_id text COLLATE "C" NOT NULL,
    request_id uuid NOT NULL,
    match_id uuid,
    code text,
    answered_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (administration, party_id, request_id)
);

SELECT grant_service('SELECT, INSERT, UPDATE', 'account');
SELECT grant_service('SELECT, INSERT', 'item');
SELECT grant_service('SELECT, INSERT, UPDATE', 'item_state');
SELECT grant_service('SELECT, INSERT, UPDATE, DELETE', 'open_item');
SELECT grant_service('SELECT, INSERT', 'match');
SELECT grant_service('SELECT, UPDATE', 'match_sequence');
SELECT grant_service('SELECT, INSERT, UPDATE, DELETE', 'reservation');
SELECT grant_service('SELECT, INSERT', 'answered_request');

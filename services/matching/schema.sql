-- The schema of matching after all of its migrations, with what each table and column means.
-- Written by `make schemas` from PostgreSQL's own catalogue, to be read; what is applied are the migrations.

-- Its own tables
-- --------------

-- Parties that ever had an item: the row that every change of an open amount locks first, in key order.
CREATE TABLE account (
    -- The books: the legal entity whose item, party or booking this is.
    administration text COLLATE "C" NOT NULL,
    -- The debtor or creditor account, by the id that the library system gave it.
    party_id text COLLATE "C" NOT NULL,
    PRIMARY KEY (administration, party_id)
);

-- What became of a match-requested, so that asking twice has one effect.
CREATE TABLE answered_request (
    -- The books: the legal entity whose item, party or booking this is.
    administration text COLLATE "C" NOT NULL,
    -- The debtor or creditor account, by the id that the library system gave it.
    party_id text COLLATE "C" NOT NULL,
    -- The request.
    request_id uuid NOT NULL,
    -- The match that it made; null where it was refused.
    match_id uuid,
    -- Why it was refused; null where it was granted.
    code text,
    -- When it was answered.
    answered_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (administration, party_id, request_id)
);

-- What a run did not do: combinations that it only suggests, accounts that it left alone, undos that it refused;
-- append-only.
CREATE TABLE finding (
    -- The books: the legal entity whose item, party or booking this is.
    administration text COLLATE "C" NOT NULL,
    -- The debtor or creditor account, by the id that the library system gave it.
    party_id text COLLATE "C" NOT NULL,
    -- The run.
    run_id uuid NOT NULL,
    -- Numbers a party's findings in the run.
    number integer NOT NULL,
    -- suggestion, left-alone or refused.
    kind text NOT NULL,
    -- Why, for programs.
    code text NOT NULL,
    -- ISO 4217, where the finding is of one.
    currency text COLLATE "C",
    -- The match that stands in the way, or was not undone.
    match_id uuid,
    -- The latest day at whose end the account was zero, where that is the reason.
    zero_balance_date date,
    -- The items that it concerns.
    item_ids text[] NOT NULL,
    -- Matches in force that use the remainder of the match that was not undone.
    used_by uuid[] NOT NULL,
    PRIMARY KEY (administration, party_id, run_id, number),
    CONSTRAINT finding_kind_is_known CHECK (kind = ANY (ARRAY['suggestion'::text, 'left-alone'::text, 'refused'::text]))
);
CREATE INDEX finding_of_run ON finding (administration, run_id, party_id, number);

-- Files whose events come in: open until all are there, then published as a whole.
CREATE TABLE import (
    -- The books: the legal entity whose item, party or booking this is.
    administration text COLLATE "C" NOT NULL,
    -- The import.
    import_id uuid NOT NULL,
    -- The name of the file.
    file text NOT NULL,
    -- What was confirmed: the file, how it is read, and what each row becomes.
    fingerprint text NOT NULL,
    -- open: events come in; confirmed: a run publishes them; published: all of them are.
    state text NOT NULL DEFAULT 'open'::text,
    -- Who imports, from the token of the request.
    employee text NOT NULL,
    -- When it began.
    opened_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (administration, import_id),
    CONSTRAINT import_state_is_known CHECK (state = ANY (ARRAY['open'::text, 'confirmed'::text, 'published'::text]))
);
CREATE INDEX import_open ON import (opened_at) WHERE (state = 'open'::text);

-- Events of imports that are not published yet, in the order of their file.
CREATE TABLE import_event (
    -- The books: the legal entity whose item, party or booking this is.
    administration text COLLATE "C" NOT NULL,
    -- The import that it belongs to.
    import_id uuid NOT NULL,
    -- The part of the file, from 0.
    chunk integer NOT NULL,
    -- The place in that part, from 0.
    position integer NOT NULL,
    -- Where it will be published.
    topic text NOT NULL,
    -- Its partition key.
    key text NOT NULL,
    -- The event as its contract has it, JSON.
    body bytea NOT NULL,
    -- Its CloudEvents id.
    event_id text NOT NULL,
    -- Who says it.
    source text NOT NULL,
    -- Its headers, where they are passed on as they came.
    headers jsonb,
    -- What it is the newest word of, for those who compare what comes next with it.
    subject text,
    PRIMARY KEY (administration, import_id, chunk, "position")
);

-- What was posted: facts that never change.
CREATE TABLE item (
    -- The books: the legal entity whose item, party or booking this is.
    administration text COLLATE "C" NOT NULL,
    -- The debtor or creditor account, by the id that the library system gave it.
    party_id text COLLATE "C" NOT NULL,
    -- The item, by the id that its sender gave it.
    item_id text COLLATE "C" NOT NULL,
    -- Minor units in the party's own normal direction: above zero it charges the account, below zero it credits it.
    amount bigint NOT NULL,
    -- The amount in the administration's base currency; null where the sender did not say it.
    base_amount bigint,
    -- No longer written: postings are compared by their facts.
    fingerprint bigint,
    -- When the ledger took it.
    recorded_at timestamptz NOT NULL DEFAULT now(),
    -- The match that left it as its remainder; null for what was posted from outside.
    remainder_of uuid,
    -- The day of posting; of an invoice its date.
    item_date date NOT NULL,
    -- Until when it may be paid, as it was posted.
    due_date date,
    -- Days to pay in, where no due date is given.
    payment_terms_days integer,
    -- What it is for: contribution, fine, invoice, payment, credit-note, remainder, and so on.
    kind text NOT NULL,
    -- ISO 4217; amounts beside it are in its minor units.
    currency text COLLATE "C" NOT NULL,
    -- The journal on which it was posted.
    journal text COLLATE "C" NOT NULL,
    -- The number of the booking document; breaks ties between items of one day.
    voucher text COLLATE "C" NOT NULL,
    -- How it is to be paid; null means the party's way.
    payment_method text,
    -- What the sender says of it.
    description text NOT NULL DEFAULT ''::text,
    -- The library's branch whose item it is.
    branch text,
    -- The invoice that it is on; a payment may name it.
    invoice_number text COLLATE "C",
    -- The structured or free reference of payment: what the method reference pairs by.
    reference text COLLATE "C",
    PRIMARY KEY (administration, party_id, item_id),
    CONSTRAINT item_amount_is_not_zero CHECK (amount <> 0),
    CONSTRAINT item_base_amount_has_the_same_sign CHECK ((sign((base_amount)::double precision) * sign((amount)::double precision)) >= (0)::double precision)
);

-- What may change of an item. Without a row it is as it was posted: open, processed, not blocked, its own due date.
CREATE TABLE item_state (
    -- The books: the legal entity whose item, party or booking this is.
    administration text COLLATE "C" NOT NULL,
    -- The debtor or creditor account, by the id that the library system gave it.
    party_id text COLLATE "C" NOT NULL,
    -- The item, by the id that its sender gave it.
    item_id text COLLATE "C" NOT NULL,
    -- The version of the last item-changed: a lower one that comes late is passed over.
    version bigint NOT NULL,
    -- Until when it may be paid now.
    due_date date,
    -- Whether it is never reminded; it can be matched.
    blocked boolean NOT NULL,
    -- Whether a payment run holds it: no run matches it.
    in_payment_run boolean NOT NULL,
    -- Whether a read bank statement holds it: no run matches it.
    on_bank_statement boolean NOT NULL,
    -- Whether the library system has finished posting it.
    processed boolean NOT NULL,
    -- Whether it was handed to a bailiff.
    at_bailiff boolean NOT NULL DEFAULT false,
    -- The highest level of reminders that it reached; 0 for none.
    reminder_level smallint NOT NULL DEFAULT 0,
    -- open, invoiced, reminded or bailiff: the furthest that was stated.
    status text NOT NULL,
    PRIMARY KEY (administration, party_id, item_id)
);

-- Balanced clearing entries, which never change. The lines are parallel arrays in the order of settlement: credits,
-- then charges, each from the oldest; laid side by side they are the allocations.
CREATE TABLE match (
    -- The books: the legal entity whose item, party or booking this is.
    administration text COLLATE "C" NOT NULL,
    -- The debtor or creditor account, by the id that the library system gave it.
    party_id text COLLATE "C" NOT NULL,
    -- The match, under an id that grows with time.
    match_id uuid NOT NULL DEFAULT uuidv7(),
    -- Grows with every match of a party; each item's version after it.
    sequence bigint NOT NULL DEFAULT nextval('match_sequence'::regclass),
    -- The run that made it; null for a match asked for by itself.
    run_id uuid,
    -- The match-requested that it answers; null where none asked.
    request_id uuid,
    -- The match that it undoes; null where it is none.
    reversal_of uuid,
    -- When it was booked, whatever its date says.
    recorded_at timestamptz NOT NULL DEFAULT now(),
    -- The day that it counts for: never before its items' dates.
    match_date date NOT NULL,
    -- The fiscal year of match_date.
    fiscal_year integer NOT NULL,
    -- The fiscal period of match_date: it was open.
    period integer NOT NULL,
    -- Whether its allocations are kept: which credit settled which charge.
    settlement_information boolean NOT NULL,
    -- The contra line's amount: the lines and it add up to zero.
    contra_amount bigint NOT NULL DEFAULT 0,
    -- The contra line's amount in the base currency.
    contra_base_amount bigint NOT NULL DEFAULT 0,
    -- What the rates make of it, in the base currency: lines, contra line and it add up to zero there.
    exchange_difference bigint NOT NULL DEFAULT 0,
    -- How it came about: a method of matching, write-off, small-balance, correction or reversal.
    method text NOT NULL,
    -- The journal that the match is entered on.
    journal text COLLATE "C" NOT NULL,
    -- ISO 4217; amounts are in its minor units where line_currencies does not say otherwise.
    currency text COLLATE "C" NOT NULL,
    -- Who did it, from the token of the request or the request itself as its service vouches for it.
    employee text NOT NULL,
    -- What the contra line is: write-off, payment-difference, exchange-difference, remainder or correction.
    contra_kind text,
    -- The journal of the contra line: the A-journal of a write-off.
    contra_journal text COLLATE "C",
    -- The account of the contra line, fixed when it was booked.
    contra_gl_account text,
    -- The remainder that the contra line became.
    contra_item_id text,
    -- The account of the exchange difference, fixed when it was booked.
    exchange_gl_account text,
    -- The A-journal of a write-off: why it was waived.
    reason text,
    -- What the employee wrote about it.
    note text NOT NULL DEFAULT ''::text,
    -- The books in which a correction was made; null where it was made here.
    origin_administration text,
    -- The lines' items.
    item_ids text[] COLLATE "C" NOT NULL,
    -- What each line adds to its item's open amount: negative on a charge.
    amounts bigint[] NOT NULL,
    -- What is open of each line's item after it.
    open_amounts bigint[] NOT NULL,
    -- The lines in the base currency; null where they are in it already.
    base_amounts bigint[],
    -- Each line's currency in an explicit foreign-currency match; null in every other.
    line_currencies text[],
    -- Items that were asked for and left out, each with the reason.
    skipped jsonb,
    -- The latest day of what it touches: of its items, and of the match that it reverses. Null where it was booked
    -- before this was kept.
    touched_on date,
    PRIMARY KEY (administration, party_id, match_id),
    CONSTRAINT match_balances CHECK (
CASE
    WHEN (line_currencies IS NULL) THEN ((array_total(amounts) + contra_amount) = 0)
    ELSE (base_amounts IS NOT NULL)
END),
    CONSTRAINT match_balances_in_the_base_currency CHECK (
CASE
    WHEN (base_amounts IS NULL) THEN (exchange_difference = 0)
    ELSE (((array_total(base_amounts) + contra_base_amount) + exchange_difference) = 0)
END),
    CONSTRAINT match_contra_is_named CHECK ((contra_kind IS NULL) = ((contra_amount = 0) AND (contra_base_amount = 0))),
    CONSTRAINT match_is_not_earlier_than_what_it_touches CHECK ((match_date >= touched_on)) NOT VALID,
    CONSTRAINT match_lines_are_bounded CHECK ((cardinality(item_ids) >= 1) AND (cardinality(item_ids) <= 2000)),
    CONSTRAINT match_lines_are_complete CHECK ((cardinality(amounts) = cardinality(item_ids)) AND (cardinality(open_amounts) = cardinality(item_ids)) AND COALESCE((cardinality(base_amounts) = cardinality(item_ids)), true) AND COALESCE((cardinality(line_currencies) = cardinality(item_ids)), true))
);
CREATE UNIQUE INDEX match_is_reversed_once ON match (administration, party_id, reversal_of) WHERE (reversal_of IS NOT NULL);
CREATE UNIQUE INDEX match_of_request ON match (administration, party_id, request_id) WHERE (request_id IS NOT NULL);
CREATE INDEX match_of_run ON match (administration, run_id, party_id) WHERE (run_id IS NOT NULL);

-- What is open, and nothing else, in the order in which oldest first settles. A row goes when its open amount reaches
-- zero, and comes back when the match is undone.
CREATE TABLE open_item (
    -- The books: the legal entity whose item, party or booking this is.
    administration text COLLATE "C" NOT NULL,
    -- The debtor or creditor account, by the id that the library system gave it.
    party_id text COLLATE "C" NOT NULL,
    -- ISO 4217; amounts beside it are in its minor units.
    currency text COLLATE "C" NOT NULL,
    -- 1 for a charge, -1 for a credit: the sign of the amounts.
    side smallint NOT NULL,
    -- Whether a payment run or a read bank statement holds it, so that a run need not look at item_state.
    held boolean NOT NULL,
    -- The day of posting, by which the oldest comes first.
    item_date date NOT NULL,
    -- The number of the booking document: it breaks ties of a day.
    voucher text COLLATE "C" NOT NULL,
    -- The item: it breaks ties of a voucher.
    item_id text COLLATE "C" NOT NULL,
    -- What was posted, in minor units.
    amount bigint NOT NULL,
    -- What of it is not settled: same sign, never larger, never zero.
    open_amount bigint NOT NULL,
    -- What of its base amount is open; null where no base amount was posted.
    open_base_amount bigint,
    -- The sequence of the last match on the item; 0 for none.
    version bigint NOT NULL,
    -- The latest day on which an undone match gave something of it back; null for never. A match before that day would
    -- settle it twice until then.
    given_back_on date,
    PRIMARY KEY (administration, party_id, currency, side, item_date, voucher, item_id),
    CONSTRAINT open_item_never_exceeds_its_amount CHECK (abs(open_amount) <= abs(amount)),
    CONSTRAINT open_item_never_flips_its_sign CHECK ((sign((open_amount)::double precision) = (side)::double precision) AND (sign((amount)::double precision) = (side)::double precision))
);
CREATE INDEX open_item_held ON open_item (administration, party_id) WHERE held;

-- Previewed runs: frozen, with marks, until they are executed or discarded.
CREATE TABLE proposal (
    -- The books: the legal entity whose item, party or booking this is.
    administration text COLLATE "C" NOT NULL,
    -- The proposal.
    proposal_id uuid NOT NULL,
    -- The method of matching that proposed.
    method text NOT NULL,
    -- What was asked for: criteria, tolerance, booking.
    form jsonb NOT NULL,
    -- How far it is: being built, open to marks, being executed, executed or discarded.
    state text NOT NULL,
    -- Grows with every change of a mark: part of the fingerprint that an execution names.
    revision bigint NOT NULL DEFAULT 0,
    -- Who asked for it, from the token of the request.
    employee text NOT NULL,
    -- When it was asked for.
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    -- Until when it holds its items.
    expires_at timestamptz NOT NULL,
    -- Why its last run, which built or executed it, ended before its end: code, message, field and what the run did;
    -- NULL if none did.
    failure jsonb,
    PRIMARY KEY (administration, proposal_id),
    CHECK (state = ANY (ARRAY['building'::text, 'open'::text, 'executing'::text, 'executed'::text, 'discarded'::text]))
);

-- Items that would become one match, and why.
CREATE TABLE proposal_group (
    -- The books: the legal entity whose item, party or booking this is.
    administration text COLLATE "C" NOT NULL,
    -- The debtor or creditor account, by the id that the library system gave it.
    party_id text COLLATE "C" NOT NULL,
    -- The proposal.
    proposal_id uuid NOT NULL,
    -- Numbers the groups of a party from 1.
    group_number integer NOT NULL,
    -- ISO 4217; amounts beside it are in its minor units.
    currency text COLLATE "C" NOT NULL,
    -- Whether the group's items come to zero, within the tolerance.
    closes boolean NOT NULL,
    -- Why these items belong together, as the method found it.
    reason jsonb NOT NULL,
    PRIMARY KEY (administration, party_id, proposal_id, group_number)
);

-- Items of a proposal, as they were when it was made.
CREATE TABLE proposal_item (
    -- The books: the legal entity whose item, party or booking this is.
    administration text COLLATE "C" NOT NULL,
    -- The debtor or creditor account, by the id that the library system gave it.
    party_id text COLLATE "C" NOT NULL,
    -- The proposal.
    proposal_id uuid NOT NULL,
    -- The item, by the id that its sender gave it.
    item_id text COLLATE "C" NOT NULL,
    -- The group that it is in.
    group_number integer NOT NULL,
    -- ISO 4217; amounts beside it are in its minor units.
    currency text COLLATE "C" NOT NULL,
    -- The day of posting.
    item_date date NOT NULL,
    -- The number of the booking document.
    voucher text COLLATE "C" NOT NULL,
    -- What the item is for.
    kind text NOT NULL,
    -- What was open when it was proposed: frozen.
    open_amount bigint NOT NULL,
    -- Who marked it; null while it is not marked.
    marked_by text,
    -- matched, not-marked, or the code of why it was dropped; null until the proposal is executed.
    outcome text,
    -- The match that it went into.
    match_id uuid,
    PRIMARY KEY (administration, party_id, proposal_id, item_id)
);
CREATE INDEX proposal_item_by_proposal ON proposal_item (administration, proposal_id, party_id, group_number);

-- Items that a proposal holds for a while, so that no run takes them; an expired row counts as none.
CREATE TABLE reservation (
    -- The books: the legal entity whose item, party or booking this is.
    administration text COLLATE "C" NOT NULL,
    -- The debtor or creditor account, by the id that the library system gave it.
    party_id text COLLATE "C" NOT NULL,
    -- The item, by the id that its sender gave it.
    item_id text COLLATE "C" NOT NULL,
    -- The proposal that holds it.
    proposal_id uuid NOT NULL,
    -- Who asked for the proposal.
    employee text NOT NULL,
    -- Until when it is held.
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (administration, party_id, item_id)
);
CREATE INDEX reservation_by_proposal ON reservation (administration, proposal_id);

-- Unrealised exchange differences per party and currency, each with its reversal; append-only.
CREATE TABLE revaluation (
    -- The books: the legal entity whose item, party or booking this is.
    administration text COLLATE "C" NOT NULL,
    -- The debtor or creditor account, by the id that the library system gave it.
    party_id text COLLATE "C" NOT NULL,
    -- The run that revalued.
    run_id uuid NOT NULL,
    -- ISO 4217, of open_amount.
    currency text COLLATE "C" NOT NULL,
    -- Whether it takes the adjustment back, on the next day.
    is_reversal boolean NOT NULL,
    -- The day that it counts for.
    booked_on date NOT NULL,
    -- The fiscal year of booked_on.
    fiscal_year integer NOT NULL,
    -- The fiscal period of booked_on.
    period integer NOT NULL,
    -- The journal that it is entered on.
    journal text COLLATE "C" NOT NULL,
    -- What was open, in minor units of the currency.
    open_amount bigint NOT NULL,
    -- What that was worth by the rates of the postings, in the base currency.
    open_base_amount bigint NOT NULL,
    -- What it was worth by the rate of the day, in the base currency.
    revalued_amount bigint NOT NULL,
    -- What was booked, in the base currency: the reversal has the other sign.
    difference bigint NOT NULL,
    -- The account of the difference, fixed when it was booked.
    gl_account text,
    -- Who did it, from the token of the request.
    employee text NOT NULL,
    -- When it was booked, whatever its date says.
    recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (administration, party_id, run_id, currency, is_reversal),
    CONSTRAINT revaluation_books_the_difference CHECK (difference =
CASE
    WHEN is_reversal THEN (open_base_amount - revalued_amount)
    ELSE (revalued_amount - open_base_amount)
END)
);
CREATE INDEX revaluation_of_run ON revaluation (administration, run_id, party_id);

-- The read model
-- --------------

-- The books as administration-configured told them last.
CREATE TABLE administration (
    -- The books: the tenant.
    administration text COLLATE "C" NOT NULL,
    -- The version of the configuration: a lower one that comes late is passed over.
    version bigint NOT NULL,
    -- The whole event: base currency, periods, journals, reasons, accounts, reminder profiles.
    configuration jsonb NOT NULL,
    PRIMARY KEY (administration)
);

-- Debtors and creditors as party-updated told them last.
CREATE TABLE party (
    -- The books: the legal entity whose item, party or booking this is.
    administration text COLLATE "C" NOT NULL,
    -- The debtor or creditor account, by the id that the library system gave it.
    party_id text COLLATE "C" NOT NULL,
    -- The version of the master data: a lower one that comes late is passed over.
    version bigint NOT NULL,
    -- debtor or creditor.
    kind text NOT NULL,
    -- The name, as on letters.
    name text NOT NULL,
    -- consumer, business or public: which law applies to reminders.
    debtor_type text NOT NULL,
    -- Street and number.
    street text,
    -- Postal code.
    postal_code text,
    -- Town.
    city text,
    -- ISO 3166-1 alpha-2.
    country text,
    -- Where letters by e-mail go.
    email text,
    -- Telephone, as it was told.
    phone text,
    -- BCP 47, such as nl-BE: the language of letters.
    language text NOT NULL,
    -- The group that the library system puts the party in.
    party_group text,
    -- The category of borrowers, such as adult.
    category text,
    -- How the party pays, where its items do not say.
    payment_method text,
    -- Days to pay in, where its items do not say.
    payment_terms_days integer,
    -- The library's branch that the party belongs to.
    branch text,
    -- letter or e-mail: how reminders reach the party.
    channel text NOT NULL,
    -- The party's bank account.
    iban text,
    PRIMARY KEY (administration, party_id)
);

-- What the chassis keeps in every service
-- ---------------------------------------

-- Messages that cannot be parsed or can never apply, once each.
CREATE TABLE dead_letter (
    -- The order in which they came, by which they are listed.
    id bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
    -- BLAKE2b of topic, key and body: the same message is put aside once.
    digest bytea NOT NULL,
    -- The topic that it came from.
    topic text NOT NULL,
    -- The partition that it came from.
    partition integer NOT NULL,
    -- Its offset in the partition.
    record_offset bigint NOT NULL,
    -- Its Kafka key, where it had one.
    key text,
    -- The message's bytes as they came.
    body bytea NOT NULL,
    -- The message's headers, by name.
    headers jsonb NOT NULL,
    -- The refusal, for programs.
    code text NOT NULL,
    -- The refusal, for people, in English.
    message text NOT NULL,
    -- The field that is wrong, where one is.
    field text,
    -- What to do about it.
    remedy text,
    -- When it was put aside.
    received_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    -- When it was last driven in again.
    retried_at timestamptz,
    -- When driving it in again had its effect; null as long as it counts.
    resolved_at timestamptz,
    -- Whose books the message says it is of; null where it cannot be read, or was put aside before this was noted.
    administration text COLLATE "C",
    PRIMARY KEY (id),
    UNIQUE (digest)
);
CREATE INDEX dead_letter_administration ON dead_letter (administration, id) WHERE (resolved_at IS NULL);
CREATE INDEX dead_letter_unresolved ON dead_letter (id) WHERE (resolved_at IS NULL);

-- One row per Idempotency-Key of an employee on a route; the outcome is null only inside of the transaction that makes
-- it.
CREATE TABLE idempotency (
    -- Whose key it is, from the token of the request.
    employee text COLLATE "C" NOT NULL,
    -- The method and path that it was sent to.
    route text COLLATE "C" NOT NULL,
    -- The Idempotency-Key header.
    key text COLLATE "C" NOT NULL,
    -- SHA-256 of the request: the same key with another request is refused.
    request_digest bytea NOT NULL,
    -- The HTTP status of the answer.
    status smallint,
    -- The answer's body.
    body text,
    -- The answer's Location header, where it had one.
    location text,
    -- When the command began: keys are forgotten some time after.
    claimed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (employee, route, key),
    CHECK ((length(key) >= 1) AND (length(key) <= 128)),
    CHECK (octet_length(request_digest) = 32),
    CHECK ((status >= 200) AND (status <= 399))
);
CREATE INDEX idempotency_claimed_at ON idempotency (claimed_at);

-- Long runs: each chunk is one transaction that also moves the cursor.
CREATE TABLE job (
    -- The run's id, as its API shows it.
    job_id uuid NOT NULL,
    -- What kind of run it is: which operation goes on with it.
    kind text NOT NULL,
    -- The books: the legal entity whose item, party or booking this is.
    administration text NOT NULL,
    -- queued, running, done, failed or cancelled.
    state text NOT NULL DEFAULT 'queued'::text,
    -- What was asked for, as the operation wrote it.
    parameters jsonb NOT NULL,
    -- Where the next chunk begins; moved in the transaction of each chunk.
    cursor jsonb,
    -- How much is done, in the units of total.
    done bigint NOT NULL DEFAULT 0,
    -- How much there is to do, once that is known.
    total bigint,
    -- What came of it, once it is done.
    result jsonb,
    -- Why it failed, as a problem.
    error jsonb,
    -- How often the current chunk failed; a chunk that succeeds sets it to zero.
    attempts integer NOT NULL DEFAULT 0,
    -- Who asked for it: from the token of the request, or the clock that queued it.
    employee text NOT NULL,
    -- When it was asked for.
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    -- When a worker takes it next.
    next_attempt_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    -- When its last chunk ended.
    updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    -- When it ended, however it ended.
    finished_at timestamptz,
    PRIMARY KEY (job_id),
    CHECK (state = ANY (ARRAY['queued'::text, 'running'::text, 'done'::text, 'failed'::text, 'cancelled'::text]))
);
CREATE INDEX job_by_administration ON job (administration, job_id);
CREATE INDEX job_unfinished ON job (next_attempt_at, job_id) WHERE (state = ANY (ARRAY['queued'::text, 'running'::text]));

-- Events in the order of their commits per party; a row without a body refers to stored facts and is rendered by the
-- relay.
CREATE TABLE outbox (
    -- The order in which events are published: the order of their commits, party by party.
    id bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
    -- The topic to publish to.
    topic text NOT NULL,
    -- The Kafka key, administration:party_id, which keeps one party's events in order.
    key text NOT NULL,
    -- The event as JSON; null where the relay renders it from stored facts.
    body bytea,
    -- What the relay renders the event from; null where the body is here.
    reference text,
    -- The CloudEvents id; null where rendering gives it.
    event_id text,
    -- The CloudEvents source; null for the service itself.
    source text,
    -- Further headers of the message, by name.
    headers jsonb,
    -- The W3C trace that the event belongs to.
    traceparent text,
    -- When it was written, inside of the transaction that it tells of.
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    -- When the broker acknowledged it; null as long as it waits.
    published_at timestamptz,
    -- What an event of another system tells about, where it is the newest word of it; null for events of our own.
    subject text COLLATE "C",
    -- The partition that the broker keeps it in; null as long as it waits.
    partition integer,
    -- Its offset there; null as long as it waits.
    record_offset bigint,
    PRIMARY KEY (id),
    CHECK ((body IS NULL) <> (reference IS NULL))
);
CREATE INDEX outbox_published ON outbox (published_at) WHERE (published_at IS NOT NULL);
CREATE INDEX outbox_shares ON outbox (split_part(key, ':'::text, 1) COLLATE "C", id) WHERE (published_at IS NULL);
CREATE INDEX outbox_subject ON outbox (subject, id) WHERE (subject IS NOT NULL);
CREATE INDEX outbox_unpublished ON outbox (id) WHERE (published_at IS NULL);

-- The migrations that were applied to this schema: a file that was edited since is refused.
CREATE TABLE schema_migration (
    -- Package and file, as it was first applied; with # and a digest, a text of a definition that another took the
    -- place of.
    name text NOT NULL,
    -- SHA-256 of the file's text.
    digest text NOT NULL,
    -- When it was applied.
    applied_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (name)
);

-- Events that came before what they refer to.
CREATE TABLE waiting_event (
    -- BLAKE2b of topic, key and body: an event that is delivered twice waits once.
    digest bytea NOT NULL,
    -- The topic that it came from.
    topic text NOT NULL,
    -- Its Kafka key.
    key text NOT NULL,
    -- The books: the legal entity whose item, party or booking this is.
    administration text NOT NULL,
    -- Not written any more: the key names what the event is about.
    party_id text NOT NULL DEFAULT ''::text,
    -- What it waits for, in words for people.
    refers_to text NOT NULL,
    -- The event's bytes as they came.
    body bytea NOT NULL,
    -- The message's headers, by name.
    headers jsonb NOT NULL,
    -- When it first came: the limit of waiting counts from here.
    received_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    -- When it is tried again.
    next_attempt_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    -- How often it was tried.
    attempts integer NOT NULL DEFAULT 1,
    PRIMARY KEY (digest)
);
CREATE INDEX waiting_event_due ON waiting_event (next_attempt_at);
CREATE INDEX waiting_event_key ON waiting_event (key);
CREATE INDEX waiting_event_party ON waiting_event (administration, party_id);

-- Types
-- -----

-- An open item, and whether the criteria select it and nothing holds it. Key columns sort bytewise, as in open_item.
CREATE TYPE selectable_item AS (
    row_address tid,
    party_id text,
    currency text,
    side smallint,
    item_date date,
    voucher text,
    item_id text,
    open_amount bigint,
    open_base_amount bigint,
    is_selected boolean
);

-- Sequences
-- ---------

CREATE SEQUENCE match_sequence AS bigint;

-- Functions
-- ---------

-- The amounts with their signs turned: the lines of a reversal.
CREATE OR REPLACE FUNCTION array_negative(amounts bigint[])
 RETURNS bigint[]
 LANGUAGE plpgsql
 IMMUTABLE PARALLEL SAFE STRICT
AS $function$
BEGIN
    FOR position IN 1 .. cardinality(amounts) LOOP
        amounts[position] := -amounts[position];
    END LOOP;
    RETURN amounts;
END
$function$;

-- Sum of an array of minor units: what the constraints of match compare.
CREATE OR REPLACE FUNCTION array_total(amounts bigint[])
 RETURNS bigint
 LANGUAGE plpgsql
 IMMUTABLE PARALLEL SAFE STRICT
AS $function$
DECLARE
    total bigint := 0;
    amount bigint;
BEGIN
    FOREACH amount IN ARRAY amounts LOOP
        total := total + amount;
    END LOOP;
    RETURN total;
END
$function$;

-- What of base_amount is open when open_amount of amount is: zero with zero, so that the last settlement absorbs
-- rounding.
CREATE OR REPLACE FUNCTION base_share(base_amount bigint, amount bigint, open_amount bigint)
 RETURNS bigint
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE STRICT
RETURN (round((((base_amount)::numeric * (open_amount)::numeric) / (amount)::numeric)))::bigint;

-- The branch of an item: the one that its posting says, or else that of its party.
CREATE OR REPLACE FUNCTION branch_of(of_item text, of_party text)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
RETURN COALESCE(of_item, of_party);

-- Where an exchange difference is booked: what a debtor paid less than the invoice was worth is a loss, with a
-- creditor a gain.
CREATE OR REPLACE FUNCTION exchange_account(of_administration text, of_party text, difference bigint, gains text, losses text)
 RETURNS text
 LANGUAGE sql
 STABLE PARALLEL SAFE
RETURN CASE WHEN (difference = 0) THEN NULL::text WHEN ((difference < 0) = COALESCE((SELECT (party.kind <> 'creditor'::text) FROM party WHERE ((party.administration = exchange_account.of_administration) AND (party.party_id = exchange_account.of_party))), true)) THEN gains ELSE losses END;

-- Grants to the service's role, whose name differs per schema.
CREATE OR REPLACE FUNCTION grant_service(privileges text, relation regclass)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
BEGIN
    EXECUTE format('GRANT %s ON %s TO %I', privileges, relation, current_setting('openitems.role'));
END
$function$;

-- Whether a value lies between two bounds, both inclusive; a missing bound is open, a missing value lies within open
-- bounds only.
CREATE OR REPLACE FUNCTION in_range(value anyelement, low anyelement, high anyelement)
 RETURNS boolean
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $function$SELECT coalesce((low IS NULL OR value >= low) AND (high IS NULL OR value <= high), false)$function$;

-- A row if a party that was told of is of the group and kind, NULL being any; plain enough to be planned as a part of
-- the statement.
CREATE OR REPLACE FUNCTION party_is(of_administration text, of_party text, wanted_group text, wanted_kind text)
 RETURNS SETOF boolean
 LANGUAGE sql
 STABLE PARALLEL SAFE ROWS 1
BEGIN ATOMIC
 SELECT true
    FROM party
   WHERE ((party.administration = party_is.of_administration) AND (party.party_id = party_is.of_party) AND ((party_is.wanted_group IS NULL) OR (party.party_group = party_is.wanted_group)) AND ((party_is.wanted_kind IS NULL) OR (party.kind = party_is.wanted_kind)));
END;

-- Sum in minor units that stays bigint: half the cost of sum(bigint), which is numeric; overflow is an error.
CREATE AGGREGATE running_total(bigint) (SFUNC = int8pl, STYPE = bigint, INITCOND = '0');

-- The open items of parties, each with whether a run may take it; plain enough to be planned as a part of the
-- statement.
CREATE OR REPLACE FUNCTION selectable_items(of_administration text, of_parties text[], selection jsonb)
 RETURNS SETOF selectable_item
 LANGUAGE sql
 STABLE PARALLEL SAFE
BEGIN ATOMIC
 SELECT open_item.ctid AS row_address,
     open_item.party_id,
     open_item.currency,
     open_item.side,
     open_item.item_date,
     open_item.voucher,
     open_item.item_id,
     open_item.open_amount,
     open_item.open_base_amount,
     ((NOT open_item.held) AND (reservation.item_id IS NULL) AND COALESCE((GREATEST(open_item.item_date, open_item.given_back_on) <= criteria.match_date), true) AND in_range(open_item.currency, criteria.currency_from, criteria.currency_to) AND in_range(open_item.voucher, criteria.voucher_from, criteria.voucher_to) AND in_range(open_item.item_date, criteria.item_date_from, criteria.item_date_to) AND (((criteria.due_date_from IS NULL) AND (criteria.due_date_to IS NULL) AND (criteria.kinds IS NULL)) OR COALESCE(( SELECT (((criteria.kinds IS NULL) OR (item.kind = ANY (criteria.kinds))) AND in_range(
                 CASE
                     WHEN (state.item_id IS NULL) THEN item.due_date
                     ELSE state.due_date
                 END, criteria.due_date_from, criteria.due_date_to))
            FROM (item
              LEFT JOIN item_state state USING (administration, party_id, item_id))
           WHERE ((item.administration = selectable_items.of_administration) AND (item.party_id = open_item.party_id) AND (item.item_id = open_item.item_id))), false))) AS is_selected
    FROM ((open_item
      LEFT JOIN jsonb_to_record(selectable_items.selection) criteria(currency_from text, currency_to text, voucher_from text, voucher_to text, item_date_from date, item_date_to date, due_date_from date, due_date_to date, kinds text[], match_date date) ON (true))
      LEFT JOIN reservation ON (((reservation.administration = selectable_items.of_administration) AND (reservation.party_id = open_item.party_id) AND (reservation.item_id = open_item.item_id) AND (reservation.expires_at > now()))))
   WHERE ((open_item.administration = selectable_items.of_administration) AND (open_item.party_id = ANY (selectable_items.of_parties)));
END;

-- Wakes a relay that sleeps. One that is awake cannot fall asleep before this transaction ends, and then looks again:
-- who notifies holds a lock of the whole server until its commit is on disk, so that commits would queue up behind one
-- another.
CREATE OR REPLACE FUNCTION wake_relay()
 RETURNS void
 LANGUAGE sql
AS $function$
    SELECT pg_notify('outbox_' || current_schema(), '')
    WHERE NOT pg_try_advisory_xact_lock_shared(hashtextextended('openitems.relay.sleep.' || current_schema(), 0))
$function$;

-- The schema of writeoff after all of its migrations, with what each table and column means.
-- Written by `make schemas` from PostgreSQL's own catalogue, to be read; what is applied are the migrations.

-- Its own tables
-- --------------

-- What the ledger said to an ask: the match, or why there is none.
CREATE TABLE answer (
    -- The books: the legal entity whose item, party or booking this is.
    administration text COLLATE "C" NOT NULL,
    -- The debtor or creditor account, by the id that the library system gave it.
    party_id text COLLATE "C" NOT NULL,
    -- The ask.
    ask_id uuid NOT NULL,
    -- The match that wrote off; null where it was refused.
    match_id uuid,
    -- Why it was refused, for programs.
    code text,
    -- Why it was refused, for people, in English.
    message text,
    -- How many items were written off.
    items bigint NOT NULL,
    -- What was written off, in minor units.
    amount bigint NOT NULL,
    -- When the answer came.
    answered_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (administration, party_id, ask_id),
    CHECK ((match_id IS NULL) <> (code IS NULL))
);

-- What a second employee said of a request that needs one.
CREATE TABLE approval (
    -- The books: the legal entity whose item, party or booking this is.
    administration text COLLATE "C" NOT NULL,
    -- The debtor or creditor account, by the id that the library system gave it.
    party_id text COLLATE "C" NOT NULL,
    -- The request.
    request_id uuid NOT NULL,
    -- Whether they approved it; if not, it is over.
    approved boolean NOT NULL,
    -- Who decided, from the token of the request.
    employee text NOT NULL,
    -- What they wrote about it.
    note text NOT NULL,
    -- When they decided.
    decided_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (administration, party_id, request_id),
    CHECK (employee <> ''::text)
);

-- A match-requested of ours, for a request's lines on one journal in one currency, under an id that follows from them.
CREATE TABLE ask (
    -- The books: the legal entity whose item, party or booking this is.
    administration text COLLATE "C" NOT NULL,
    -- The debtor or creditor account, by the id that the library system gave it.
    party_id text COLLATE "C" NOT NULL,
    -- The request_id of the match-requested.
    ask_id uuid NOT NULL,
    -- The request that it is made for.
    request_id uuid NOT NULL,
    -- The A-journal that it asks for.
    journal text NOT NULL,
    -- ISO 4217, of all of its items.
    currency text NOT NULL,
    -- The fiscal year that it asks to book in.
    fiscal_year integer NOT NULL,
    -- The fiscal period that it asks to book in: it is not sealed while an ask waits.
    period integer NOT NULL,
    -- The items that it asks for.
    item_ids text[] COLLATE "C" NOT NULL,
    -- When it was put into the outbox.
    asked_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (administration, party_id, ask_id)
);
CREATE INDEX ask_by_period ON ask (administration, fiscal_year, period);
CREATE INDEX ask_by_request ON ask (administration, party_id, request_id);

-- One approval: it is complete when all of its requests came and all their asks are answered.
CREATE TABLE batch (
    -- The books: the legal entity whose item, party or booking this is.
    administration text COLLATE "C" NOT NULL,
    -- The approval, as selection named it.
    batch_id uuid NOT NULL,
    -- The fixed set that was approved.
    set_id uuid,
    -- How many requests tell of it.
    requests bigint NOT NULL,
    -- Who approved it, as the request says.
    employee text NOT NULL,
    -- When its first request came.
    begun_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (administration, batch_id),
    CHECK (requests >= 1)
);

-- The items-written-off that was published, once per batch.
CREATE TABLE batch_outcome (
    -- The books: the legal entity whose item, party or booking this is.
    administration text COLLATE "C" NOT NULL,
    -- The batch.
    batch_id uuid NOT NULL,
    -- The event: requested, written off, skipped and why, totals.
    outcome jsonb NOT NULL,
    -- When the last ask was answered.
    completed_at timestamptz NOT NULL,
    PRIMARY KEY (administration, batch_id)
);

-- What one transaction added to a batch: the sums tell how far it is, and no two transactions write the same row.
CREATE TABLE batch_step (
    -- The books: the legal entity whose item, party or booking this is.
    administration text COLLATE "C" NOT NULL,
    -- The batch.
    batch_id uuid NOT NULL,
    -- Tells the steps apart.
    step_id bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
    -- How many requests came.
    requests bigint NOT NULL,
    -- How many asks were made of the ledger.
    asks bigint NOT NULL,
    -- How many asks were answered.
    answers bigint NOT NULL,
    PRIMARY KEY (administration, batch_id, step_id)
);

-- Events, and days of runs, that automatic write-offs react to, remembered: an item may come after what concerns it.
CREATE TABLE cause (
    -- The books: the legal entity whose item, party or booking this is.
    administration text COLLATE "C" NOT NULL,
    -- The debtor or creditor account, by the id that the library system gave it.
    party_id text COLLATE "C" NOT NULL,
    -- The topic of the event; month-end or conversion for a run.
    topic text COLLATE "C" NOT NULL,
    -- What tells it from others of its topic, such as the subscription and its day.
    cause_key text COLLATE "C" NOT NULL,
    -- event, or month-end for a run by the clock.
    origin text NOT NULL,
    -- When what it causes is booked: the day of the event, or the day it was told if that came first.
    date date NOT NULL,
    -- The event as it came.
    event jsonb NOT NULL,
    -- The CloudEvents id of the event, or the run's.
    event_id text NOT NULL,
    -- When it came.
    received_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (administration, party_id, topic, cause_key),
    CHECK (origin = ANY (ARRAY['event'::text, 'month-end'::text]))
);

-- Bookings: one per match that has a write-off journal for its contra, and its mirror per reversal. Rows are only ever
-- added.
CREATE TABLE entry (
    -- The books: the legal entity whose item, party or booking this is.
    administration text COLLATE "C" NOT NULL,
    -- The debtor or creditor account, by the id that the library system gave it.
    party_id text COLLATE "C" NOT NULL,
    -- The match that it books.
    match_id uuid NOT NULL,
    -- The match whose entry it takes back, if it is a reversal.
    reversal_of uuid,
    -- The request that it comes from; null where others asked the ledger.
    request_id uuid,
    -- batch, manual or rule by the request; reversal; ledger for what others asked of the ledger.
    origin text NOT NULL,
    -- The rule that made the request, if one did.
    rule text,
    -- The topic of the event that the rule reacted to, or the run.
    cause_topic text,
    -- Which event of that topic, or which day of that run.
    cause_key text,
    -- The A-journal: the reason.
    journal text NOT NULL,
    -- The day that it is booked on.
    date date NOT NULL,
    -- The fiscal year of the day.
    fiscal_year integer NOT NULL,
    -- The fiscal period of the day.
    period integer NOT NULL,
    -- ISO 4217; amounts beside it are in its minor units.
    currency text NOT NULL,
    -- Who wrote off, as the request or the match says.
    employee text NOT NULL,
    -- Who approved it, where somebody had to.
    approved_by text,
    -- What was written about it.
    note text NOT NULL,
    -- When the ledger booked the match.
    recorded_at timestamptz NOT NULL,
    -- The ledger's date, where its period was sealed here before the match was heard of.
    matched_on date,
    PRIMARY KEY (administration, party_id, match_id),
    CHECK ((origin = 'reversal'::text) = (reversal_of IS NOT NULL)),
    CHECK (employee <> ''::text)
);
CREATE INDEX entry_by_date ON entry (administration, date, party_id, match_id);
CREATE INDEX entry_by_match ON entry (administration, match_id);
CREATE INDEX entry_by_period ON entry (administration, fiscal_year, period, journal);
CREATE UNIQUE INDEX entry_reversed_once ON entry (administration, party_id, reversal_of) WHERE (reversal_of IS NOT NULL);
CREATE TRIGGER entry_in_open_period AFTER INSERT ON entry REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION refuse_entry_in_sealed_period();

-- Debits are positive. Position 0 is the write-off journal's own side, the others credit the items that were waived.
CREATE TABLE entry_line (
    -- The books: the legal entity whose item, party or booking this is.
    administration text COLLATE "C" NOT NULL,
    -- The debtor or creditor account, by the id that the library system gave it.
    party_id text COLLATE "C" NOT NULL,
    -- The entry's match.
    match_id uuid NOT NULL,
    -- 0 for the journal's own side, else the item's place.
    position integer NOT NULL,
    -- The item that was waived; null at position 0.
    item_id text COLLATE "C",
    -- What the item is for.
    kind text,
    -- The library's branch whose item it is.
    branch text,
    -- The account, fixed when it was booked.
    gl_account text,
    -- Minor units; debits above zero: the lines of an entry add up to zero.
    amount bigint NOT NULL,
    -- In the base currency; null in the whole entry when a posting did not say it.
    base_amount bigint,
    PRIMARY KEY (administration, party_id, match_id, "position"),
    CHECK (("position" = 0) = (item_id IS NULL))
);
CREATE INDEX entry_line_by_item ON entry_line (administration, party_id, item_id) WHERE (item_id IS NOT NULL);
CREATE TRIGGER entry_line_balances AFTER INSERT ON entry_line REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION refuse_unbalanced_entry();

-- Every journal that was ever configured, as it was last: one whose version is not the administration's is retired.
CREATE TABLE journal (
    -- The books: the legal entity whose item, party or booking this is.
    administration text COLLATE "C" NOT NULL,
    -- The journal's code, such as A920.
    code text COLLATE "C" NOT NULL,
    -- Its type: K cash, B bank, V sales, I purchase, M memorial, A write-off.
    type text NOT NULL,
    -- The version of the configuration that named it last.
    version bigint NOT NULL,
    -- All that the configuration says of it.
    definition jsonb NOT NULL,
    PRIMARY KEY (administration, code)
);

-- Items on cash and bank journals: what came in, what went back, what was paid, what came back.
CREATE TABLE money_moved (
    -- The books.
    administration text COLLATE "C",
    -- The debtor or creditor account.
    party_id text COLLATE "C",
    -- The item.
    item_id text COLLATE "C",
    -- debtor or creditor; debtor while the party is not known.
    party_kind text,
    -- The cash or bank journal.
    journal text COLLATE "C",
    -- The item's date.
    day date,
    -- ISO 4217; amounts beside it are in its minor units.
    currency text,
    -- Who posted it, as the sender says.
    employee text,
    -- Where money passed: its own till, or that of the item whose money goes back.
    till text,
    -- How: its own way of payment, or that of the item whose money goes back.
    method text,
    -- Its own branch, that of the item whose money goes back, or the party's.
    branch text,
    -- What the posting is called.
    kind text,
    -- The number of the booking document.
    voucher text COLLATE "C",
    -- What the sender says of money that goes back: void, refund or charge-back.
    money_back text,
    -- The item whose money goes back.
    reverses text COLLATE "C",
    -- What the journal gained; below zero where it lost.
    inflow bigint,
    -- Came in from a debtor.
    taken_in bigint,
    -- Struck out of what was taken in.
    voided bigint,
    -- Given back to a debtor; below zero for a refund that was struck out.
    refunded bigint,
    -- Called back by a debtor or the bank.
    charged_back bigint,
    -- Went to a supplier; below zero for a payment that was struck out or returned.
    paid bigint,
    -- Came back from a supplier; below zero where that was struck out.
    received_back bigint
);

-- When the schedule first saw the rule switched on.
CREATE TABLE month_end_schedule (
    -- The books: the legal entity whose item, party or booking this is.
    administration text COLLATE "C" NOT NULL,
    -- When it did: months that end from then on are run by themselves, earlier ones by hand.
    since date NOT NULL,
    PRIMARY KEY (administration)
);

-- Batches without an outcome; whoever deletes the row publishes it.
CREATE TABLE open_batch (
    -- The books: the legal entity whose item, party or booking this is.
    administration text COLLATE "C" NOT NULL,
    -- The batch.
    batch_id uuid NOT NULL,
    PRIMARY KEY (administration, batch_id)
);

-- What a clerk was shown before confirming, so that a refusal can say what has changed since. Rows are forgotten after
-- a while.
CREATE TABLE preview (
    -- The books: the legal entity whose item, party or booking this is.
    administration text COLLATE "C" NOT NULL,
    -- What the confirmation names.
    fingerprint text COLLATE "C" NOT NULL,
    -- What was shown.
    content jsonb NOT NULL,
    -- Who was shown it, from the token of the request.
    employee text NOT NULL,
    -- When it was shown.
    shown_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (administration, fingerprint)
);
CREATE INDEX preview_by_age ON preview (shown_at);

-- What a cause gives back of an item: the settlement that is undone, and the request that settles its other items
-- again.
CREATE TABLE release (
    -- The books: the legal entity whose item, party or booking this is.
    administration text COLLATE "C" NOT NULL,
    -- The debtor or creditor account, by the id that the library system gave it.
    party_id text COLLATE "C" NOT NULL,
    -- The topic of the cause.
    topic text COLLATE "C" NOT NULL,
    -- Which cause of that topic.
    cause_key text COLLATE "C" NOT NULL,
    -- The item that is given back.
    item_id text COLLATE "C" NOT NULL,
    -- The settlement that is undone.
    match_id uuid NOT NULL,
    -- What of it is given back, in minor units.
    amount bigint NOT NULL,
    -- The request_id of the match-requested that undoes the settlement.
    undo_id uuid NOT NULL,
    -- The request_id of the one that settles the other items again; null where there are none.
    again_id uuid,
    -- When they were put into the outbox.
    asked_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    -- The requests that book a difference again, and that settle money that went back already with the payment.
    other_ids uuid[] NOT NULL DEFAULT '{}'::uuid[],
    PRIMARY KEY (administration, party_id, topic, cause_key, item_id, match_id),
    CHECK (amount > 0)
);
CREATE INDEX release_by_again ON release (administration, party_id, again_id) WHERE (again_id IS NOT NULL);
CREATE INDEX release_by_undo ON release (administration, party_id, undo_id);

-- What the ledger said to an undo_id or again_id of a release.
CREATE TABLE release_answer (
    -- The books: the legal entity whose item, party or booking this is.
    administration text COLLATE "C" NOT NULL,
    -- The debtor or creditor account, by the id that the library system gave it.
    party_id text COLLATE "C" NOT NULL,
    -- The undo_id or again_id that is answered.
    request_id uuid NOT NULL,
    -- The match that answers it; null where it was refused.
    match_id uuid,
    -- Why it was refused, for programs.
    code text,
    -- Why it was refused, for people, in English.
    message text,
    -- When the answer came.
    answered_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (administration, party_id, request_id),
    CHECK ((match_id IS NULL) <> (code IS NULL))
);

-- Items that matches left for a tolerated difference, and of which item each is left.
CREATE TABLE remainder (
    -- The books: the legal entity whose item, party or booking this is.
    administration text COLLATE "C" NOT NULL,
    -- The debtor or creditor account, by the id that the library system gave it.
    party_id text COLLATE "C" NOT NULL,
    -- The remainder.
    item_id text COLLATE "C" NOT NULL,
    -- The last item of its side: what was posted, never a remainder itself.
    source_item_id text COLLATE "C" NOT NULL,
    PRIMARY KEY (administration, party_id, item_id)
);

-- What was asked to be written off, of one party, by one employee, for one reason.
CREATE TABLE request (
    -- The books: the legal entity whose item, party or booking this is.
    administration text COLLATE "C" NOT NULL,
    -- The debtor or creditor account, by the id that the library system gave it.
    party_id text COLLATE "C" NOT NULL,
    -- The request.
    request_id uuid NOT NULL,
    -- Where it came from: batch, manual, rule or reversal.
    origin text NOT NULL,
    -- The batch that it belongs to, if it came from one.
    batch_id uuid,
    -- The rule that made it, if one did.
    rule text,
    -- The topic of the event that the rule reacted to, or the run.
    cause_topic text,
    -- Which event of that topic, or which day of that run.
    cause_key text,
    -- The match that it undoes, if it undoes one.
    reversal_of uuid,
    -- The day to book on.
    date date NOT NULL,
    -- What the employee wrote about it.
    note text NOT NULL,
    -- Who asked for it: from the token, or from the event that caused it.
    employee text NOT NULL,
    -- Who approved it before it came, if anybody did.
    approved_by text,
    -- The limit that made an approval necessary; nothing is asked before it.
    needs_approval text,
    -- When it came.
    requested_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (administration, party_id, request_id),
    CHECK ((origin = 'batch'::text) = (batch_id IS NOT NULL)),
    CHECK ((origin = 'rule'::text) = (rule IS NOT NULL)),
    CHECK ((origin = 'reversal'::text) = (reversal_of IS NOT NULL)),
    CHECK (employee <> ''::text),
    CHECK (origin = ANY (ARRAY['batch'::text, 'manual'::text, 'rule'::text, 'reversal'::text]))
);
CREATE INDEX request_awaiting_approval ON request (administration, requested_at, request_id) WHERE (needs_approval IS NOT NULL);
CREATE INDEX request_by_batch ON request (administration, batch_id) WHERE (batch_id IS NOT NULL);
CREATE INDEX request_by_employee ON request (administration, employee, requested_at) WHERE (origin = 'manual'::text);
CREATE INDEX request_by_id ON request (administration, request_id);
CREATE INDEX request_of_reversal ON request (administration, party_id, reversal_of) WHERE (reversal_of IS NOT NULL);

-- What a request asks for: an amount of an item, on a journal.
CREATE TABLE request_line (
    -- The books: the legal entity whose item, party or booking this is.
    administration text COLLATE "C" NOT NULL,
    -- The debtor or creditor account, by the id that the library system gave it.
    party_id text COLLATE "C" NOT NULL,
    -- The request.
    request_id uuid NOT NULL,
    -- The item, by the id that its sender gave it.
    item_id text COLLATE "C" NOT NULL,
    -- The A-journal to book on: the reason.
    journal text NOT NULL,
    -- ISO 4217; amounts beside it are in its minor units.
    currency text NOT NULL,
    -- What to write off, in minor units and the item's sign.
    amount bigint NOT NULL,
    -- What was open when it was approved: an item of which more is open by now is refused.
    approved_open_amount bigint NOT NULL,
    -- The amount in the base currency, by the rate of the item's posting.
    base_amount bigint NOT NULL,
    PRIMARY KEY (administration, party_id, request_id, item_id, journal),
    CHECK (amount <> 0)
);
CREATE INDEX request_line_by_item ON request_line (administration, party_id, item_id);

-- What a cause came to for each item that it concerns: asked, or why not yet.
CREATE TABLE rule_outcome (
    -- The books: the legal entity whose item, party or booking this is.
    administration text COLLATE "C" NOT NULL,
    -- The debtor or creditor account, by the id that the library system gave it.
    party_id text COLLATE "C" NOT NULL,
    -- The topic of the cause.
    topic text COLLATE "C" NOT NULL,
    -- Which cause of that topic.
    cause_key text COLLATE "C" NOT NULL,
    -- The item, by the id that its sender gave it.
    item_id text COLLATE "C" NOT NULL,
    -- The rule that looked at the item.
    rule text NOT NULL,
    -- What came of it, for programs: asked, or why not.
    code text NOT NULL,
    -- What came of it, for people, in English.
    message text NOT NULL,
    -- The request that was made; null where none was.
    request_id uuid,
    -- What was settled of the item before, by whatever: paid, waived, credited.
    settled_amount bigint NOT NULL,
    -- When the rule last looked.
    evaluated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    -- What money had settled of the item before; null where nobody knows.
    paid_amount bigint,
    -- What was waived of the item before.
    waived_amount bigint NOT NULL DEFAULT 0,
    -- Why what was paid is not given back; null where it is, or nothing was paid.
    kept_code text,
    PRIMARY KEY (administration, party_id, topic, cause_key, item_id)
);
CREATE INDEX rule_outcome_by_run ON rule_outcome (administration, topic, cause_key) WHERE (topic = ANY (ARRAY['month-end'::text, 'conversion'::text]));

-- Periods whose entries were checked and never change again.
CREATE TABLE sealed_period (
    -- The books: the legal entity whose item, party or booking this is.
    administration text COLLATE "C" NOT NULL,
    -- The fiscal year.
    fiscal_year integer NOT NULL,
    -- The fiscal period.
    period integer NOT NULL,
    -- How many entries it has.
    entries bigint NOT NULL,
    -- What was written off per journal and currency.
    totals jsonb NOT NULL,
    -- A digest of all that its entries say: the audit compares it.
    digest text NOT NULL,
    -- Who sealed it, from the token of the request.
    employee text NOT NULL,
    -- When it was sealed.
    sealed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (administration, fiscal_year, period),
    CHECK (employee <> ''::text)
);

-- Which settlements touch a charge that an event may take back.
CREATE TABLE settled_charge (
    -- The books: the legal entity whose item, party or booking this is.
    administration text COLLATE "C" NOT NULL,
    -- The debtor or creditor account, by the id that the library system gave it.
    party_id text COLLATE "C" NOT NULL,
    -- The charge.
    item_id text COLLATE "C" NOT NULL,
    -- The settlement.
    match_id uuid NOT NULL,
    PRIMARY KEY (administration, party_id, item_id, match_id)
);

-- Matches that settled charges which an event may take back; lines as the ledger told them.
CREATE TABLE settlement (
    -- The books: the legal entity whose item, party or booking this is.
    administration text COLLATE "C" NOT NULL,
    -- The debtor or creditor account, by the id that the library system gave it.
    party_id text COLLATE "C" NOT NULL,
    -- The match.
    match_id uuid NOT NULL,
    -- The journal that it was entered on.
    journal text NOT NULL,
    -- ISO 4217; amounts beside it are in its minor units.
    currency text NOT NULL,
    -- Its lines: item, amount, kind.
    lines jsonb NOT NULL,
    -- Whether it was undone since.
    undone boolean NOT NULL DEFAULT false,
    -- The day of the match; null where it was kept before days were.
    date date,
    -- Which credit settled which charge, as the ledger told it; null where it told nothing, or it follows from the
    -- lines.
    allocations jsonb,
    -- The other side of what the lines do not balance: its kind, journal and account.
    contra jsonb,
    -- The day on which it was undone.
    undone_on date,
    PRIMARY KEY (administration, party_id, match_id)
);

-- Lines of requests that were refused, here or by the ledger, and why.
CREATE TABLE skipped_line (
    -- The books: the legal entity whose item, party or booking this is.
    administration text COLLATE "C" NOT NULL,
    -- The debtor or creditor account, by the id that the library system gave it.
    party_id text COLLATE "C" NOT NULL,
    -- The request.
    request_id uuid NOT NULL,
    -- The item, by the id that its sender gave it.
    item_id text COLLATE "C" NOT NULL,
    -- The A-journal that was asked for.
    journal text NOT NULL,
    -- Why, for programs.
    code text NOT NULL,
    -- Why, for people, in English.
    message text NOT NULL,
    PRIMARY KEY (administration, party_id, request_id, item_id, journal)
);

-- Batches that got a step, written with it: whoever sees the row sees the step, takes the row and looks at the batch.
CREATE TABLE stirred_batch (
    -- The order in which they are looked at.
    stir_id bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
    -- The books: the legal entity whose item, party or booking this is.
    administration text COLLATE "C" NOT NULL,
    -- The batch.
    batch_id uuid NOT NULL,
    PRIMARY KEY (stir_id)
);

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

-- Items as item-posted told them, with what changed since and what the ledger says is open.
CREATE TABLE item (
    -- The books: the legal entity whose item, party or booking this is.
    administration text COLLATE "C" NOT NULL,
    -- The debtor or creditor account, by the id that the library system gave it.
    party_id text COLLATE "C" NOT NULL,
    -- The item, by the id that its sender gave it.
    item_id text COLLATE "C" NOT NULL,
    -- No longer written: postings are compared by their facts.
    fingerprint bigint,
    -- What it is for: contribution, fine, registration, material, invoice, payment, credit-note, and so on.
    kind text NOT NULL,
    -- Minor units in the party's own normal direction: above zero it charges the account, below zero it credits it.
    amount bigint NOT NULL,
    -- ISO 4217; amounts beside it are in its minor units.
    currency text NOT NULL,
    -- The amount in the administration's base currency; null where the sender did not say it.
    base_amount bigint,
    -- The journal on which it was posted.
    journal text NOT NULL,
    -- The number of the booking document.
    voucher text COLLATE "C" NOT NULL,
    -- The day of posting; of an invoice its date.
    item_date date NOT NULL,
    -- Days to pay in, where no due date is given; null means the party's.
    payment_terms_days integer,
    -- How it is to be paid; null means the party's way.
    payment_method text,
    -- What the sender says of it.
    description text NOT NULL,
    -- The library's branch whose item it is.
    branch text,
    -- The invoice that it is on.
    invoice_number text,
    -- The structured or free reference of payment.
    reference text,
    -- Who posted it, as the sender says.
    employee text,
    -- The subscription that a contribution is for.
    subscription_id text,
    -- First day of what it charges for.
    period_start date,
    -- Last day of what it charges for.
    period_end date,
    -- The loan that it comes from.
    loan_id text,
    -- The material that it is for.
    material_id text,
    -- The return that it comes from.
    checkin_id text,
    -- The note (bill) on which it stands.
    note_id text,
    -- The reminder that charged it as a fee or interest.
    reminder_id text,
    -- The version of the last item-changed; 0 as it was posted.
    state_version bigint NOT NULL DEFAULT 0,
    -- Until when it may be paid.
    due_date date,
    -- The status that the library system gives it: open, invoiced, reminded or bailiff.
    stated_status text NOT NULL,
    -- Whether it is never reminded.
    blocked boolean NOT NULL,
    -- Whether a payment run holds it: no run matches it.
    in_payment_run boolean NOT NULL,
    -- Whether a read bank statement holds it: no run matches it.
    on_bank_statement boolean NOT NULL,
    -- Whether the library system has finished posting it.
    processed boolean NOT NULL,
    -- The files that belong to it: its invoice, reminders that name it.
    documents jsonb NOT NULL DEFAULT '[]'::jsonb,
    -- The highest level of reminders that it reached; 0 for none.
    reminder_level smallint NOT NULL DEFAULT 0,
    -- The day of its last reminder.
    reminded_on date,
    -- Whether it was handed to a bailiff.
    at_bailiff boolean NOT NULL DEFAULT false,
    -- The furthest of what the library system, reminders and the bailiff procedure state.
    status text NOT NULL GENERATED ALWAYS AS (CASE WHEN (at_bailiff OR (stated_status = 'bailiff'::text)) THEN 'bailiff'::text WHEN ((reminder_level > 0) OR (stated_status = 'reminded'::text)) THEN 'reminded'::text ELSE stated_status END) STORED,
    -- What of the amount is not settled, by the ledger's last word: same sign, never larger.
    open_amount bigint NOT NULL,
    -- The version of the ledger's last word: a lower one that comes late is passed over.
    ledger_version bigint NOT NULL DEFAULT 0,
    -- Sum of match lines that another administration asked for.
    corrected_elsewhere bigint NOT NULL DEFAULT 0,
    -- The till, terminal or account through which money passed; null where the sender says none.
    till text,
    -- Why money went back the way it came: void, refund or charge-back; null where the sender does not say it.
    money_back text,
    -- The item of the same party whose money went back with this one.
    reverses text COLLATE "C",
    -- The latest day on which a match on it was undone; null where none was. A booking on it is not earlier than that.
    given_back_on date,
    PRIMARY KEY (administration, party_id, item_id),
    CHECK (amount <> 0),
    CHECK (((sign((open_amount)::double precision) = (0)::double precision) OR (sign((open_amount)::double precision) = sign((amount)::double precision))) AND (abs(open_amount) <= abs(amount)))
);
CREATE INDEX item_contribution ON item (administration, party_id, item_id) WHERE (kind = 'contribution'::text);
CREATE INDEX item_of_checkin ON item (administration, (((party_id || chr(31)) || checkin_id))) WHERE (checkin_id IS NOT NULL);
CREATE INDEX item_of_note ON item (administration, (((party_id || chr(31)) || note_id))) WHERE (note_id IS NOT NULL);
CREATE INDEX item_of_subscription ON item (administration, (((party_id || chr(31)) || subscription_id))) WHERE (subscription_id IS NOT NULL);
CREATE INDEX item_reversing ON item (administration, party_id, reverses) WHERE (reverses IS NOT NULL);

-- Matches whose effect beyond open amounts was taken, so that none is taken twice.
CREATE TABLE item_match (
    -- The books: the legal entity whose item, party or booking this is.
    administration text COLLATE "C" NOT NULL,
    -- The debtor or creditor account, by the id that the library system gave it.
    party_id text COLLATE "C" NOT NULL,
    -- The match.
    match_id uuid NOT NULL,
    PRIMARY KEY (administration, party_id, match_id)
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

-- Functions
-- ---------

-- The branch of an item: the one that its posting says, or else that of its party.
CREATE OR REPLACE FUNCTION branch_of(of_item text, of_party text)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
RETURN COALESCE(of_item, of_party);

-- Contributions of status invoiced or further that are open for so many months on the day of a month's end.
CREATE OR REPLACE FUNCTION due_contributions(of_administration text, of_day date, for_months integer)
 RETURNS SETOF item
 LANGUAGE sql
 STABLE PARALLEL SAFE
AS $function$
    SELECT item.*
    FROM item
    WHERE item.administration = of_administration
        AND item.kind = 'contribution'
        AND item.open_amount > 0
        AND item.status <> 'open'
        AND item.item_date + make_interval(months => for_months) < of_day + INTERVAL '1 day'
$function$;

-- Open charges, posted before a day and on one of some journals, each only if given.
CREATE OR REPLACE FUNCTION due_for_conversion(of_administration text, posted_before date, on_journals text[])
 RETURNS SETOF item
 LANGUAGE sql
 STABLE PARALLEL SAFE
AS $function$
    SELECT item.*
    FROM item
    WHERE item.administration = of_administration
        AND item.open_amount > 0
        AND (posted_before IS NULL OR item.item_date < posted_before)
        AND (on_journals IS NULL OR item.journal = ANY(on_journals))
$function$;

-- Grants to the service's role, whose name differs per schema.
CREATE OR REPLACE FUNCTION grant_service(privileges text, relation regclass)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
BEGIN
    EXECUTE format('GRANT %s ON %s TO %I', privileges, relation, current_setting('openitems.role'));
END
$function$;

-- How many entries a period has, and a digest of all that they say; planned as a part of the statement.
CREATE OR REPLACE FUNCTION period_facts(of_administration text, of_fiscal_year integer, of_period integer)
 RETURNS TABLE(entries bigint, digest text)
 LANGUAGE sql
 STABLE PARALLEL SAFE ROWS 1
BEGIN ATOMIC
 SELECT count(*) AS entries,
     md5(COALESCE(string_agg(p.fact, chr(31) ORDER BY p.fact), ''::text)) AS digest
    FROM ( SELECT concat_ws(':'::text, e.party_id, e.match_id, e.journal, e.date, e.currency, sum(l.amount)) AS fact
            FROM (entry e
              JOIN entry_line l ON (((l.administration = e.administration) AND (l.party_id = e.party_id) AND (l.match_id = e.match_id) AND (l."position" = 0))))
           WHERE ((e.administration = period_facts.of_administration) AND (e.fiscal_year = period_facts.of_fiscal_year) AND (e.period = period_facts.of_period))
           GROUP BY e.party_id, e.match_id, e.journal, e.date, e.currency) p;
END;

-- Refuses an entry in a period that was sealed.
CREATE OR REPLACE FUNCTION refuse_entry_in_sealed_period()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
    IF EXISTS (
        SELECT FROM added INNER JOIN sealed_period USING (administration, fiscal_year, period)
    ) THEN
        RAISE EXCEPTION 'an entry falls in a sealed period' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END
$function$;

-- Refuses lines of an entry that do not add up to zero.
CREATE OR REPLACE FUNCTION refuse_unbalanced_entry()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
    IF EXISTS (
        SELECT FROM added
        GROUP BY administration, party_id, match_id
        HAVING sum(amount) <> 0 OR sum(base_amount) <> 0
    ) THEN
        RAISE EXCEPTION 'an entry does not balance' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END
$function$;

-- Whether an item is asked for just now, and whether the run of that topic and day took it; planned as a part of the
-- statement.
CREATE OR REPLACE FUNCTION standing_in_run(of_administration text, of_party text, of_item text, of_topic text, of_day date)
 RETURNS TABLE(is_asked boolean, is_taken boolean)
 LANGUAGE sql
 STABLE PARALLEL SAFE ROWS 1
BEGIN ATOMIC
 SELECT (EXISTS ( SELECT
            FROM ((request_line l
              JOIN ask USING (administration, party_id, request_id))
              LEFT JOIN answer USING (administration, party_id, ask_id))
           WHERE ((l.administration = standing_in_run.of_administration) AND (l.party_id = standing_in_run.of_party) AND (l.item_id = standing_in_run.of_item) AND (answer.ask_id IS NULL)))) AS is_asked,
     (EXISTS ( SELECT
            FROM rule_outcome o
           WHERE ((o.administration = standing_in_run.of_administration) AND (o.party_id = standing_in_run.of_party) AND (o.topic = standing_in_run.of_topic) AND (o.cause_key = to_char((standing_in_run.of_day)::timestamp with time zone, 'YYYY-MM-DD'::text)) AND (o.item_id = standing_in_run.of_item) AND (o.request_id IS NOT NULL)))) AS is_taken;
END;

-- By party and currency, what is open of credits beside open charges of the same account; above zero, in minor units.
CREATE OR REPLACE FUNCTION unmatched_credits(of_administration text, of_parties text[])
 RETURNS TABLE(party_id text, currency text, items bigint, amount bigint)
 LANGUAGE sql
 STABLE PARALLEL SAFE
AS $function$
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
$function$;

-- The same in figures: how many parties, how much by currency, and the first of them.
CREATE OR REPLACE FUNCTION unmatched_summary(of_administration text, of_parties text[], most_named integer)
 RETURNS jsonb
 LANGUAGE sql
 STABLE PARALLEL SAFE
AS $function$
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
$function$;

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

-- The schema of selection after all of its migrations, with what each table and column means.
-- Written by `make schemas` from PostgreSQL's own catalogue, to be read; what is applied are the migrations.

-- Its own tables
-- --------------

-- Sum and number of a party's open items per currency.
CREATE TABLE balance (
    -- The books: the legal entity whose item, party or booking this is.
    administration text COLLATE "C" NOT NULL,
    -- The debtor or creditor account, by the id that the library system gave it.
    party_id text COLLATE "C" NOT NULL,
    -- ISO 4217; amounts beside it are in its minor units.
    currency text COLLATE "C" NOT NULL,
    -- What the party owes on balance: the sum of its items' open amounts, credits below zero.
    open_amount bigint NOT NULL,
    -- How many of its items are open.
    open_items bigint NOT NULL,
    PRIMARY KEY (administration, party_id, currency)
);

-- The newest word on each party that ever was on the list.
CREATE TABLE blacklist (
    -- The books: the legal entity whose item, party or booking this is.
    administration text COLLATE "C" NOT NULL,
    -- The debtor or creditor account, by the id that the library system gave it.
    party_id text COLLATE "C" NOT NULL,
    -- Grows with every change; the version of party-blacklisted.
    version bigint NOT NULL,
    -- Whether the party is on the list.
    listed boolean NOT NULL,
    -- Why it was put on, or taken off.
    reason text NOT NULL,
    -- The last day on the list; null means until it is taken off.
    until date,
    -- Who changed it, from the token of the request.
    employee text NOT NULL,
    -- When.
    changed_at timestamptz NOT NULL,
    PRIMARY KEY (administration, party_id),
    CHECK (version > 0)
);

-- Every change of the black list: append-only.
CREATE TABLE blacklist_change (
    -- The books: the legal entity whose item, party or booking this is.
    administration text COLLATE "C" NOT NULL,
    -- The debtor or creditor account, by the id that the library system gave it.
    party_id text COLLATE "C" NOT NULL,
    -- Grows with every change of the party.
    version bigint NOT NULL,
    -- Whether the party was on the list after it.
    listed boolean NOT NULL,
    -- Why it was put on, or taken off.
    reason text NOT NULL,
    -- The last day on the list; null means until it is taken off.
    until date,
    -- Who changed it, from the token of the request.
    employee text NOT NULL,
    -- When.
    changed_at timestamptz NOT NULL,
    PRIMARY KEY (administration, party_id, version)
);

-- Exports of fixed sets that were handed out to their last row: append-only.
CREATE TABLE control_report (
    -- The books: the legal entity whose item, party or booking this is.
    administration text COLLATE "C" NOT NULL,
    -- The fixed set that was exported.
    set_id uuid NOT NULL,
    -- The export.
    report_id uuid NOT NULL,
    -- The set's fingerprint at that moment: a write-off wants a report of exactly this one.
    fingerprint text NOT NULL,
    -- The form of the file: CSV, a spreadsheet, and so on.
    format text NOT NULL,
    -- The columns that it had, in their order.
    fields text[] NOT NULL,
    -- How many members it listed.
    members bigint NOT NULL,
    -- Who exported it, from the token of the request.
    employee text NOT NULL,
    -- When its last row was handed out.
    exported_at timestamptz NOT NULL,
    -- The criteria as one sentence, in the report's language, as its footer has it; none where the set was made
    -- without any.
    criteria text,
    PRIMARY KEY (administration, set_id, report_id)
);

-- Columns of an export that people kept under a name.
CREATE TABLE export_layout (
    -- The books: the legal entity whose item, party or booking this is.
    administration text COLLATE "C" NOT NULL,
    -- What people call it.
    name text NOT NULL,
    -- The columns, in their order.
    fields text[] NOT NULL,
    -- Who saved it last, from the token of the request.
    employee text NOT NULL,
    -- When it was saved last.
    saved_at timestamptz NOT NULL,
    PRIMARY KEY (administration, name)
);

-- Members of the set that are not requested: open_amount is what was open at the first confirmation.
CREATE TABLE left_out_item (
    -- The books: the legal entity whose item, party or booking this is.
    administration text COLLATE "C" NOT NULL,
    -- The batch.
    batch_id uuid NOT NULL,
    -- The debtor or creditor account, by the id that the library system gave it.
    party_id text COLLATE "C" NOT NULL,
    -- The item, by the id that its sender gave it.
    item_id text COLLATE "C" NOT NULL,
    -- Why: changed since the set was fixed, blacklisted, or what the rules of write-offs say, such as not-a-debtor.
    code text NOT NULL,
    -- What was open when the set was fixed, in minor units.
    approved_amount bigint NOT NULL,
    -- What was open at the first confirmation, in minor units.
    open_amount bigint NOT NULL,
    PRIMARY KEY (administration, batch_id, party_id, item_id)
);

-- Requests that the ledger refused, once each, however often it is told.
CREATE TABLE match_rejection (
    -- The books: the legal entity whose item, party or booking this is.
    administration text COLLATE "C" NOT NULL,
    -- The debtor or creditor account, by the id that the library system gave it.
    party_id text COLLATE "C" NOT NULL,
    -- The request that was refused.
    request_id uuid NOT NULL,
    -- Why, for programs.
    code text NOT NULL,
    -- Why, for people, in English.
    message text NOT NULL,
    PRIMARY KEY (administration, party_id, request_id)
);

-- Write-offs that the ledger told of, amount > 0 for charges waived. A reversal that comes first leaves a row without
-- currency.
CREATE TABLE past_writeoff (
    -- The books: the legal entity whose item, party or booking this is.
    administration text COLLATE "C" NOT NULL,
    -- The debtor or creditor account, by the id that the library system gave it.
    party_id text COLLATE "C" NOT NULL,
    -- The match that wrote off.
    match_id uuid NOT NULL,
    -- ISO 4217; null where only the reversal was heard of so far.
    currency text COLLATE "C",
    -- What was waived, in minor units: above zero for charges.
    amount bigint NOT NULL DEFAULT 0,
    -- How many items it waived.
    items integer NOT NULL DEFAULT 0,
    -- Whether it was taken back: then it counts no more.
    reversed boolean NOT NULL DEFAULT false,
    PRIMARY KEY (administration, party_id, match_id)
);

-- Criteria that people kept under a name, to select by them again.
CREATE TABLE saved_criteria (
    -- The books: the legal entity whose item, party or booking this is.
    administration text COLLATE "C" NOT NULL,
    -- What people call them.
    name text NOT NULL,
    -- items or parties: what they find.
    set_type text NOT NULL,
    -- The tree of conditions.
    criteria jsonb NOT NULL,
    -- The most members to find; null for all.
    maximum bigint,
    -- Who saved them last, from the token of the request.
    employee text NOT NULL,
    -- When they were saved last.
    saved_at timestamptz NOT NULL,
    PRIMARY KEY (administration, name),
    CHECK (maximum > 0),
    CHECK (set_type = ANY (ARRAY['items'::text, 'parties'::text]))
);

-- What a selection found. A fixed set has a name and a fingerprint, and its members never change again.
CREATE TABLE selection_set (
    -- The books: the legal entity whose item, party or booking this is.
    administration text COLLATE "C" NOT NULL,
    -- The set.
    set_id uuid NOT NULL,
    -- What people call it; a fixed set has one, unique while it is not archived.
    name text,
    -- items or parties: what its members are.
    set_type text NOT NULL,
    -- How it was made: from criteria, from sets combined, or from another set.
    origin text NOT NULL,
    -- The sets that it was made from.
    parents uuid[] NOT NULL DEFAULT '{}'::uuid[],
    -- The tree of conditions that found the members; null where sets were combined.
    criteria jsonb,
    -- The day for which the criteria were evaluated: today where the books are.
    selected_on date NOT NULL,
    -- The most members that were asked for; null for all.
    maximum bigint,
    -- What the criteria found; more than members where the maximum cut off.
    hits bigint NOT NULL,
    -- How many members are marked.
    members bigint NOT NULL,
    -- How many parties the marked members belong to.
    parties bigint NOT NULL,
    -- Open amounts of the marked members per currency: {"EUR": 45100}.
    totals jsonb NOT NULL,
    -- Who made it, from the token of the request.
    employee text NOT NULL,
    -- When it was made.
    created_at timestamptz NOT NULL,
    -- Whether it is frozen.
    fixed boolean NOT NULL DEFAULT false,
    -- SHA-256 over the marked members and their amounts, once it is fixed.
    fingerprint text,
    -- Who fixed it.
    fixed_by text,
    -- When it was fixed.
    fixed_at timestamptz,
    -- When it was put away; its name is free from then on.
    archived_at timestamptz,
    PRIMARY KEY (administration, set_id),
    CHECK ((fixed = (fingerprint IS NOT NULL)) AND (fixed = (fixed_at IS NOT NULL)) AND (fixed <= (name IS NOT NULL))),
    CHECK (maximum > 0),
    CHECK (set_type = ANY (ARRAY['items'::text, 'parties'::text]))
);
CREATE UNIQUE INDEX fixed_set_name ON selection_set (administration, name) WHERE (fixed AND (archived_at IS NULL));

-- Members as they were found, a party's side by side; item_id is empty in a set of parties. Amounts are never updated.
CREATE TABLE set_member (
    -- The books: the legal entity whose item, party or booking this is.
    administration text COLLATE "C" NOT NULL,
    -- The set.
    set_id uuid NOT NULL,
    -- The debtor or creditor account, by the id that the library system gave it.
    party_id text COLLATE "C" NOT NULL,
    -- The item; empty in a set of parties.
    item_id text COLLATE "C" NOT NULL,
    -- ISO 4217; amounts beside it are in its minor units.
    currency text COLLATE "C" NOT NULL,
    -- What was open when it was found, in minor units; never updated.
    open_amount bigint NOT NULL,
    -- Whether it belongs to what is fixed, exported and written off.
    marked boolean NOT NULL DEFAULT true,
    PRIMARY KEY (administration, set_id, party_id, item_id, currency)
);

-- What the write-off service will ask the ledger for a request of ours: a question per journal, currency and 500
-- items.
CREATE TABLE writeoff_ask (
    -- The books: the legal entity whose item, party or booking this is.
    administration text COLLATE "C" NOT NULL,
    -- The debtor or creditor account, by the id that the library system gave it.
    party_id text COLLATE "C" NOT NULL,
    -- The request_id under which the ledger is asked, and under which it answers.
    ask_id uuid NOT NULL,
    -- The request of ours that the question belongs to.
    request_id uuid NOT NULL,
    -- Items that it asks for, those included that are not asked for in the end.
    items integer NOT NULL,
    PRIMARY KEY (administration, party_id, ask_id),
    CHECK (items > 0)
);

-- Write-offs of fixed sets: who asked, who confirmed, and what came of it.
CREATE TABLE writeoff_batch (
    -- The books: the legal entity whose item, party or booking this is.
    administration text COLLATE "C" NOT NULL,
    -- The approval: the batch that its requests name.
    batch_id uuid NOT NULL,
    -- The fixed set that is written off.
    set_id uuid NOT NULL,
    -- The A-journal to book on: the reason.
    journal text NOT NULL,
    -- The day to book on.
    booking_date date NOT NULL,
    -- What the employee wrote about it.
    note text NOT NULL DEFAULT ''::text,
    -- What happens to items that changed since the set was fixed: leave-out or refuse.
    changed text NOT NULL,
    -- Whether another employee must confirm it.
    four_eyes boolean NOT NULL,
    -- How many items are requested.
    items bigint NOT NULL,
    -- How many parties they belong to.
    parties bigint NOT NULL,
    -- How many writeoff-requested tell of it.
    requests bigint NOT NULL,
    -- What is requested per currency, in minor units: {"EUR": 45100}.
    totals jsonb NOT NULL,
    -- Items of the set that are not requested, by reason: {"changed": 3}.
    left_out jsonb NOT NULL DEFAULT '{}'::jsonb,
    -- What the second confirmation names: exactly these items with these amounts.
    fingerprint text NOT NULL,
    -- How far it is: unconfirmed, publishing, published or done.
    state text NOT NULL DEFAULT 'unconfirmed'::text,
    -- Who confirmed it first.
    requested_by text NOT NULL,
    -- When it was confirmed first.
    requested_at timestamptz NOT NULL,
    -- Who confirmed it the second time.
    confirmed_by text,
    -- When it was confirmed the second time.
    confirmed_at timestamptz,
    -- What items-written-off told.
    outcome jsonb,
    -- When items-written-off told its outcome.
    finished_at timestamptz,
    -- The same by currency, with the amounts of the fixed set: [{"code": "changed", "currency": "EUR", "items": 3,
    -- "amount": 450}].
    left_out_totals jsonb NOT NULL DEFAULT '[]'::jsonb,
    PRIMARY KEY (administration, batch_id),
    CHECK (changed = ANY (ARRAY['leave-out'::text, 'refuse'::text])),
    CHECK ((state = 'unconfirmed'::text) = (confirmed_by IS NULL)),
    CHECK ((state = 'done'::text) = (outcome IS NOT NULL)),
    CHECK (state = ANY (ARRAY['unconfirmed'::text, 'publishing'::text, 'published'::text, 'done'::text]))
);
CREATE UNIQUE INDEX one_writeoff_of_a_set ON writeoff_batch (administration, set_id) WHERE (state <> 'unconfirmed'::text);

-- What was published, one row per event, and what the ledger told of it so far.
CREATE TABLE writeoff_request (
    -- The books: the legal entity whose item, party or booking this is.
    administration text COLLATE "C" NOT NULL,
    -- The batch that it belongs to.
    batch_id uuid NOT NULL,
    -- The debtor or creditor account, by the id that the library system gave it.
    party_id text COLLATE "C" NOT NULL,
    -- The request: the id of its writeoff-requested.
    request_id uuid NOT NULL,
    -- How many items it asks for.
    items integer NOT NULL,
    -- How many the ledger wrote off so far.
    written_off integer NOT NULL DEFAULT 0,
    -- How many were refused or left out so far.
    skipped integer NOT NULL DEFAULT 0,
    PRIMARY KEY (administration, party_id, request_id),
    CHECK (items > 0)
);
CREATE INDEX writeoff_request_of_batch ON writeoff_request (administration, batch_id);

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
CREATE INDEX item_open ON item (administration, item_date) INCLUDE (party_id, item_id, currency, open_amount, amount, kind, journal, status, branch, due_date, payment_terms_days, reminder_level, reminded_on) WHERE (open_amount <> 0);
CREATE TRIGGER posted_items_count AFTER INSERT ON item REFERENCING NEW TABLE AS posted FOR EACH STATEMENT EXECUTE FUNCTION add_posted_to_balance();
CREATE TRIGGER settled_items_count AFTER UPDATE ON item REFERENCING OLD TABLE AS before_change NEW TABLE AS after_change FOR EACH STATEMENT EXECUTE FUNCTION add_settled_to_balance();

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

-- Types
-- -----

CREATE TYPE account_standing AS (
    party_id text,
    currency text,
    overdue_amount bigint,
    overdue_items bigint,
    oldest_item_date date,
    oldest_payable_on date,
    reminder_level smallint,
    reminded_on date
);

CREATE TYPE party_writeoffs AS (
    party_id text,
    currency text,
    writeoffs bigint,
    written_off bigint
);

CREATE TYPE selectable_item AS (
    item_id text,
    amount bigint,
    open_amount bigint,
    base_amount bigint,
    settled_amount bigint,
    corrected_elsewhere bigint,
    currency text,
    kind text,
    journal text,
    voucher text,
    item_date date,
    due_date date,
    payable_on date,
    payment_terms_days integer,
    payment_method text,
    till text,
    description text,
    branch text,
    invoice_number text,
    reference text,
    employee text,
    subscription_id text,
    period_start date,
    period_end date,
    loan_id text,
    material_id text,
    checkin_id text,
    note_id text,
    reminder_id text,
    money_back text,
    reverses text,
    status text,
    blocked boolean,
    in_payment_run boolean,
    on_bank_statement boolean,
    processed boolean,
    documents integer,
    reminder_level smallint,
    reminded_on date,
    reminded boolean,
    at_bailiff boolean,
    party_id text,
    account_currency text,
    party_name text,
    party_kind text,
    debtor_type text,
    street text,
    postal_code text,
    city text,
    country text,
    email text,
    phone text,
    language text,
    party_group text,
    category text,
    party_payment_method text,
    party_payment_terms_days integer,
    party_branch text,
    channel text,
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

CREATE TYPE selectable_party AS (
    party_id text,
    account_currency text,
    party_name text,
    party_kind text,
    debtor_type text,
    street text,
    postal_code text,
    city text,
    country text,
    email text,
    phone text,
    language text,
    party_group text,
    category text,
    party_payment_method text,
    party_payment_terms_days integer,
    party_branch text,
    channel text,
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

CREATE TYPE set_summary AS (
    members bigint,
    parties bigint,
    totals jsonb
);

-- Functions
-- ---------

-- Adds what was posted to the balances of its parties: only rows that really came are counted.
CREATE OR REPLACE FUNCTION add_posted_to_balance()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
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
$function$;

-- Adds what changed of open amounts to the balances of its parties.
CREATE OR REPLACE FUNCTION add_settled_to_balance()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
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
$function$;

-- The branch of an item: the one that its posting says, or else that of its party.
CREATE OR REPLACE FUNCTION branch_of(of_item text, of_party text)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
RETURN COALESCE(of_item, of_party);

-- Minor units as a decimal number: 1250 with exponent 2 is 12,50.
CREATE OR REPLACE FUNCTION decimal_text(amount bigint, exponent integer, mark text)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN (exponent = 2) THEN CASE WHEN (mark = '.'::text) THEN (((amount)::numeric * 0.01))::text ELSE replace((((amount)::numeric * 0.01))::text, '.'::text, mark) END WHEN (exponent = 0) THEN (amount)::text ELSE replace((round(((amount)::numeric / ((10)::numeric ^ (exponent)::numeric)), exponent))::text, '.'::text, mark) END;

-- Items, settled ones too, with what is known of their party on a day.
CREATE OR REPLACE FUNCTION described_items(of_administration text, today date)
 RETURNS SETOF selectable_item
 LANGUAGE sql
 STABLE PARALLEL SAFE
AS $function$SELECT
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
    , i.party_id, i.currency AS account_currency,
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
     FROM
        item AS i
        LEFT JOIN party AS p ON administration = i.administration AND p.party_id = i.party_id
        LEFT JOIN balance AS b
            ON administration = i.administration AND b.party_id = i.party_id AND b.currency = i.currency
        LEFT JOIN standing(of_administration, today) AS s ON party_id = i.party_id AND s.currency = i.currency
        LEFT JOIN writeoffs_before(of_administration) AS w ON party_id = i.party_id AND w.currency = i.currency
        LEFT JOIN blacklist AS l ON administration = i.administration AND l.party_id = i.party_id
        WHERE i.administration = of_administration
    $function$;

-- SHA-256 over the marked members and their amounts, in key order.
CREATE OR REPLACE FUNCTION fingerprint_of(of_administration text, of_set uuid)
 RETURNS text
 LANGUAGE sql
 STABLE
AS $function$
    SELECT encode(sha256(coalesce(string_agg(party.digest, ''::bytea ORDER BY party.party_id), ''::bytea)), 'hex')
    FROM (
        SELECT
            party_id,
            sha256(convert_to(
                party_id || E'\x1e'
                || string_agg(item_id || E'\x1f' || currency || E'\x1f' || open_amount::text, E'\x1e' ORDER BY item_id, currency),
                'UTF8'
            )) AS digest
        FROM set_member
        WHERE administration = of_administration AND set_id = of_set AND marked
        GROUP BY party_id
    ) AS party
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

-- Text that a spreadsheet would take for a formula (it begins with = + - @, one of their full-width forms, a tab, a
-- return or a line feed) gets an apostrophe before it.
CREATE OR REPLACE FUNCTION guarded(value text)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN (ascii(value) = ANY (ARRAY[61, 43, 45, 64, 9, 13, 10, 65309, 65291, 65293, 65312])) THEN (''''::text || value) ELSE value END;

-- Text for a line of CSV: guarded against formulas, its line feeds waiting as the character 1.
CREATE OR REPLACE FUNCTION guarded_line(value text)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN ((strpos(value, '
'::text) > 0) OR (strpos(value, ''::text) > 0)) THEN guarded(translate(value, '
'::text, ''::text)) ELSE guarded(value) END;

-- Text whose line feeds wait as the character 1, so that every line feed of the file ends a row.
CREATE OR REPLACE FUNCTION one_line(value text)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN ((strpos(value, '
'::text) > 0) OR (strpos(value, ''::text) > 0)) THEN translate(value, '
'::text, ''::text) ELSE value END;

-- The day until which an item may be paid: its due date, else its date and its payment terms.
CREATE OR REPLACE FUNCTION payable_on(due_date date, item_date date, payment_terms_days integer)
 RETURNS date
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
RETURN COALESCE(due_date, (item_date + COALESCE(payment_terms_days, 0)));

-- Items of which something is open: what criteria select.
CREATE OR REPLACE FUNCTION selectable_items(of_administration text, today date)
 RETURNS SETOF selectable_item
 LANGUAGE sql
 STABLE PARALLEL SAFE
AS $function$
        SELECT * FROM described_items(of_administration, today) WHERE open_amount <> 0
    $function$;

-- Accounts: a row per party and currency in which anything was ever posted.
CREATE OR REPLACE FUNCTION selectable_parties(of_administration text, today date)
 RETURNS SETOF selectable_party
 LANGUAGE sql
 STABLE PARALLEL SAFE
AS $function$SELECT b.party_id, b.currency AS account_currency,
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
     FROM
        balance AS b
        LEFT JOIN party AS p ON administration = b.administration AND p.party_id = b.party_id
        LEFT JOIN standing(of_administration, today) AS s ON party_id = b.party_id AND s.currency = b.currency
        LEFT JOIN writeoffs_before(of_administration) AS w ON party_id = b.party_id AND w.currency = b.currency
        LEFT JOIN blacklist AS l ON administration = b.administration AND l.party_id = b.party_id
        WHERE b.administration = of_administration
    $function$;

-- What depends on the day, or cannot be kept by adding up: per party and currency, of open items.
CREATE OR REPLACE FUNCTION standing(of_administration text, today date)
 RETURNS SETOF account_standing
 LANGUAGE sql
 STABLE PARALLEL SAFE
AS $function$
    SELECT
        i.party_id, i.currency,
        coalesce(sum(i.open_amount) FILTER (WHERE payable_on(i.due_date, i.item_date, i.payment_terms_days) < today), 0)::bigint,
        count(*) FILTER (WHERE payable_on(i.due_date, i.item_date, i.payment_terms_days) < today),
        min(i.item_date), min(payable_on(i.due_date, i.item_date, i.payment_terms_days)),
        max(i.reminder_level), max(i.reminded_on)
    FROM item AS i
    WHERE i.administration = of_administration AND i.open_amount <> 0
    GROUP BY i.party_id, i.currency
$function$;

-- How many marked members a set has, of how many parties, and what is open of them per currency.
CREATE OR REPLACE FUNCTION summary_of(of_administration text, of_set uuid)
 RETURNS set_summary
 LANGUAGE sql
 STABLE
AS $function$
    SELECT (
        coalesce(sum(c.members), 0)::bigint,
        (SELECT count(DISTINCT party_id) FROM set_member WHERE administration = of_administration AND set_id = of_set AND marked),
        coalesce(jsonb_object_agg(c.currency, c.total) FILTER (WHERE c.currency IS NOT NULL), '{}')
    )::set_summary
    FROM (
        SELECT currency, count(*) AS members, sum(open_amount)::bigint AS total
        FROM set_member
        WHERE administration = of_administration AND set_id = of_set AND marked
        GROUP BY currency
    ) AS c
$function$;

-- Marked members that must not be requested: changed since the set was fixed, of a party on the black list (where
-- asked), or refused by the rules of write-offs.
CREATE OR REPLACE FUNCTION to_leave_out(of_administration text, of_set uuid, without_blacklisted boolean, today date, booked_on date, kinds text[], charges boolean[], party_kinds text[], currencies text[], laters boolean[], codes text[])
 RETURNS TABLE(party_id text, item_id text, code text, approved_amount bigint, open_amount bigint)
 LANGUAGE sql
 STABLE PARALLEL SAFE
AS $function$
    SELECT found.party_id, found.item_id, found.code, found.approved_amount, found.open_amount
    FROM (
        SELECT
            m.party_id, m.item_id, m.open_amount AS approved_amount, i.open_amount,
            -- The first reason that holds.
            CASE
                WHEN i.open_amount <> m.open_amount THEN 'changed'
                WHEN without_blacklisted AND l.listed AND (l.until IS NULL OR l.until >= today) THEN 'blacklisted'
                ELSE refused.code
            END AS code
        FROM set_member AS m
        INNER JOIN item AS i
            ON administration = m.administration AND i.party_id = m.party_id AND i.item_id = m.item_id
        LEFT JOIN party AS p ON administration = m.administration AND p.party_id = m.party_id
        LEFT JOIN blacklist AS l ON administration = m.administration AND l.party_id = m.party_id
        LEFT JOIN unnest(kinds, charges, party_kinds, currencies, laters, codes)
            AS refused (kind, is_charge, party_kind, currency, is_later, code)
            ON kind = i.kind
            AND refused.is_charge = (i.amount >= 0)
            AND refused.party_kind = coalesce(p.kind, 'debtor')
            AND refused.currency = i.currency
            AND refused.is_later = (greatest(i.item_date, i.given_back_on) > booked_on)
        WHERE m.administration = of_administration AND m.set_id = of_set AND m.marked
    ) AS found
    WHERE found.code IS NOT NULL
$function$;

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

-- What was written off before per party and currency, reversals left out.
CREATE OR REPLACE FUNCTION writeoffs_before(of_administration text)
 RETURNS SETOF party_writeoffs
 LANGUAGE sql
 STABLE PARALLEL SAFE
AS $function$
    SELECT w.party_id, w.currency, count(*), sum(w.amount)::bigint
    FROM past_writeoff AS w
    WHERE w.administration = of_administration AND w.currency IS NOT NULL AND NOT w.reversed
    GROUP BY w.party_id, w.currency
$function$;

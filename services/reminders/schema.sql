-- The schema of reminders after all of its migrations, with what each table and column means.
-- Written by `make schemas` from PostgreSQL's own catalogue, to be read; what is applied are the migrations.

-- Its own tables
-- --------------

-- How far each mailbox of bounces was read; a mailbox is only read, never changed.
CREATE TABLE bounce_mailbox (
    -- The mailbox: user, server, port and folder.
    mailbox text COLLATE "C" NOT NULL,
    -- IMAP's UIDVALIDITY: when it changes, the mailbox is read from its beginning.
    uid_validity bigint NOT NULL,
    -- The last message that was read.
    last_uid bigint NOT NULL,
    -- When it was last read.
    read_at timestamptz NOT NULL,
    PRIMARY KEY (mailbox),
    CHECK (last_uid >= 0)
);

-- What a document is; its bytes are in the document store under their SHA-256.
CREATE TABLE document (
    -- The books: the legal entity whose item, party or booking this is.
    administration text COLLATE "C" NOT NULL,
    -- The debtor or creditor account, by the id that the library system gave it.
    party_id text COLLATE "C" NOT NULL,
    -- The document, by the id that items carry.
    document_id text COLLATE "C" NOT NULL,
    -- The name of the file.
    name text NOT NULL,
    -- Its media type: application/pdf.
    media_type text NOT NULL,
    -- SHA-256 of its bytes, under which the document store keeps them.
    sha256 text COLLATE "C" NOT NULL,
    -- How many bytes it has.
    size_bytes bigint NOT NULL,
    PRIMARY KEY (administration, party_id, document_id),
    CHECK (sha256 ~ '^[0-9a-f]{64}$'::text),
    CHECK (size_bytes > 0)
);
CREATE INDEX document_by_id ON document (administration, document_id);

-- What matches took off items (below zero on a charge) and when: for interest by the day, and for what a reminder did.
CREATE TABLE item_settlement (
    -- The books: the legal entity whose item, party or booking this is.
    administration text COLLATE "C" NOT NULL,
    -- The debtor or creditor account, by the id that the library system gave it.
    party_id text COLLATE "C" NOT NULL,
    -- The item, by the id that its sender gave it.
    item_id text COLLATE "C" NOT NULL,
    -- The match.
    match_id uuid NOT NULL,
    -- The day that the match counts for.
    settled_on date NOT NULL,
    -- What it added to the open amount, in minor units: below zero on a charge.
    amount bigint NOT NULL,
    -- Whether it waived the amount, rather than money or goods settling it.
    is_written_off boolean NOT NULL,
    PRIMARY KEY (administration, party_id, item_id, match_id),
    CHECK (amount <> 0)
);

-- When a debtor was reminded last, and the highest level that they reached.
CREATE TABLE party_reminder (
    -- The books: the legal entity whose item, party or booking this is.
    administration text COLLATE "C" NOT NULL,
    -- The debtor or creditor account, by the id that the library system gave it.
    party_id text COLLATE "C" NOT NULL,
    -- The date of the last reminder that was issued.
    last_reminded_on date NOT NULL,
    -- The highest level that was reached.
    level smallint NOT NULL,
    PRIMARY KEY (administration, party_id),
    CHECK ((level >= 1) AND (level <= 9))
);

-- Reminders as they were issued, one per debtor, level and run: facts that never change.
CREATE TABLE reminder (
    -- The books: the legal entity whose item, party or booking this is.
    administration text COLLATE "C" NOT NULL,
    -- The debtor or creditor account, by the id that the library system gave it.
    party_id text COLLATE "C" NOT NULL,
    -- The reminder.
    reminder_id uuid NOT NULL,
    -- The run that issued it.
    run_id uuid NOT NULL,
    -- The highest level of its items.
    level smallint NOT NULL,
    -- Its date.
    generation_date date NOT NULL,
    -- Until when it asks to be paid.
    pay_by date NOT NULL,
    -- The reminder profile that applied.
    profile text NOT NULL,
    -- letter or e-mail: how it reaches the debtor.
    channel text NOT NULL,
    -- The language that it is written in.
    language text NOT NULL,
    -- Where it is sent, if by e-mail.
    email text,
    -- The reference of payment printed on it.
    reference text NOT NULL,
    -- What it asks for per currency, in minor units, its own charges included.
    totals jsonb NOT NULL,
    -- What it charges itself per currency, in minor units: fees, interest and compensation.
    charges jsonb NOT NULL,
    -- The fee that it charges, in minor units; 0 for none.
    fee_amount bigint NOT NULL,
    -- The notice that the law asks for, by its name; null where it asks for none.
    notice text,
    -- The last day for which it charges interest; null where it charges none.
    interest_until date,
    -- The PDF.
    document_id text COLLATE "C" NOT NULL,
    -- Who issued the run, from the token of the request.
    employee text NOT NULL,
    -- When it was issued, whatever its date says.
    issued_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (administration, party_id, reminder_id),
    CHECK (channel = ANY (ARRAY['letter'::text, 'e-mail'::text])),
    CHECK (fee_amount >= 0),
    CHECK ((level >= 1) AND (level <= 9))
);
CREATE INDEX reminder_by_date ON reminder (administration, generation_date, level);
CREATE INDEX reminder_by_run ON reminder (administration, run_id, party_id, level);

-- One message per reminder; its bytes are in the document store.
CREATE TABLE reminder_email (
    -- The books: the legal entity whose item, party or booking this is.
    administration text COLLATE "C" NOT NULL,
    -- The debtor or creditor account, by the id that the library system gave it.
    party_id text COLLATE "C" NOT NULL,
    -- The reminder that it carries.
    reminder_id uuid NOT NULL,
    -- The address that it goes to.
    recipient text NOT NULL,
    -- SHA-256 of the message, under which the document store keeps it.
    message_sha256 text COLLATE "C" NOT NULL,
    -- How far it is: queued, sent, refused, given-up or bounced.
    state text NOT NULL DEFAULT 'queued'::text,
    -- How often sending it was tried.
    attempts integer NOT NULL DEFAULT 0,
    -- When it is tried next, while it is queued.
    next_attempt_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    -- What the mail server answered last, or what a bounce says.
    reply text,
    -- When the mail server accepted it.
    sent_at timestamptz,
    -- When its bounce was read.
    bounced_at timestamptz,
    -- Until when one process alone may hand the message in, by the database's clock; null when none does.
    leased_until timestamptz,
    PRIMARY KEY (administration, party_id, reminder_id),
    CHECK (message_sha256 ~ '^[0-9a-f]{64}$'::text),
    CHECK (state = ANY (ARRAY['queued'::text, 'sent'::text, 'refused'::text, 'given-up'::text, 'bounced'::text]))
);
CREATE INDEX reminder_email_by_reminder ON reminder_email (reminder_id);
CREATE INDEX reminder_email_by_state ON reminder_email (administration, state, reminder_id);
CREATE INDEX reminder_email_due ON reminder_email (next_attempt_at) WHERE (state = 'queued'::text);

-- Items on reminders: a row for each time that an item was reminded.
CREATE TABLE reminder_item (
    -- The books: the legal entity whose item, party or booking this is.
    administration text COLLATE "C" NOT NULL,
    -- The debtor or creditor account, by the id that the library system gave it.
    party_id text COLLATE "C" NOT NULL,
    -- The item, by the id that its sender gave it.
    item_id text COLLATE "C" NOT NULL,
    -- The reminder.
    reminder_id uuid NOT NULL,
    -- The level that the item reached with it.
    level smallint NOT NULL,
    -- ISO 4217; amounts beside it are in its minor units.
    currency text NOT NULL,
    -- What was open of it then, in minor units.
    open_amount bigint NOT NULL,
    -- The reminder's date.
    generation_date date NOT NULL,
    PRIMARY KEY (administration, party_id, item_id, reminder_id),
    CHECK ((level >= 1) AND (level <= 9))
);

-- A control list, frozen: what was asked for, and how far it is.
CREATE TABLE reminder_run (
    -- The books: the legal entity whose item, party or booking this is.
    administration text COLLATE "C" NOT NULL,
    -- The run.
    run_id uuid NOT NULL,
    -- How far it is: listing, listed, issuing, issued or undone.
    state text NOT NULL DEFAULT 'listing'::text,
    -- The day that the run counts for: what is due, and the date of its letters.
    generation_date date NOT NULL,
    -- What was asked for, as it was asked.
    request jsonb NOT NULL,
    -- Profiles, levels and criteria in the form in which considered_item takes them.
    rules jsonb NOT NULL,
    -- Per reason, currency and code: how many open items were not on the list.
    left_out jsonb NOT NULL DEFAULT '[]'::jsonb,
    -- The job that makes the control list.
    listing_job uuid NOT NULL,
    -- The job that issues it; null until it is issued.
    issuing_job uuid,
    -- How often issuing was asked for: after a failure it goes on where it stopped.
    issuings smallint NOT NULL DEFAULT 0,
    -- Who made the control list, from the token of the request.
    employee text NOT NULL,
    -- When the control list was asked for.
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    -- Who issued it.
    issued_by text,
    -- When issuing was asked for.
    issued_at timestamptz,
    -- Who undid it.
    undone_by text,
    -- When it was undone.
    undone_at timestamptz,
    -- What the employee wrote about undoing it.
    undo_note text,
    PRIMARY KEY (administration, run_id),
    CHECK (state = ANY (ARRAY['listing'::text, 'listed'::text, 'issuing'::text, 'issued'::text, 'undone'::text]))
);

-- Members of a run with what was open of them when the list was frozen.
CREATE TABLE run_item (
    -- The books: the legal entity whose item, party or booking this is.
    administration text COLLATE "C" NOT NULL,
    -- The run.
    run_id uuid NOT NULL,
    -- The debtor or creditor account, by the id that the library system gave it.
    party_id text COLLATE "C" NOT NULL,
    -- The item, by the id that its sender gave it.
    item_id text COLLATE "C" NOT NULL,
    -- ISO 4217; amounts beside it are in its minor units.
    currency text NOT NULL,
    -- What was open when the list was frozen, in minor units.
    open_amount bigint NOT NULL,
    -- The level that it is reminded at.
    level smallint NOT NULL,
    -- The place in the run's rules of the profile that applies to the debtor.
    profile smallint NOT NULL,
    -- Since when it is due, by the run's date basis.
    due_on date NOT NULL,
    -- Who took it off the list; null while it is on it.
    left_out_by text,
    -- What they wrote about it.
    left_out_note text,
    -- Null until the run is issued; then reminded, or the code of why it was dropped.
    outcome text,
    -- Why it was dropped, for people, in English.
    outcome_message text,
    -- The reminder that it went into.
    reminder_id uuid,
    PRIMARY KEY (administration, run_id, party_id, item_id),
    CHECK ((level >= 1) AND (level <= 9)),
    CHECK (open_amount <> 0)
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

-- What a debtor's balance in one currency says against an item that is otherwise on the list.
CREATE OR REPLACE FUNCTION balance_reason(debtors text, balance numeric, printed numeric, minimum_amount bigint)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $function$
    SELECT
        CASE
            WHEN debtors = 'balance-positive' AND balance <= 0 THEN 'balance-not-positive'
            WHEN debtors = 'printed-balance-positive' AND printed <= 0 THEN 'printed-balance-not-positive'
            WHEN minimum_amount > 0 AND printed < minimum_amount THEN 'below-minimum'
        END
$function$;

-- The branch of an item: the one that its posting says, or else that of its party.
CREATE OR REPLACE FUNCTION branch_of(of_item text, of_party text)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
RETURN COALESCE(of_item, of_party);

-- Every open item of debtors from first_party to last_party (null: no end), or of these parties, with the reason that
-- keeps it off the list.
CREATE OR REPLACE FUNCTION considered_item(books text, first_party text, last_party text, parties text[], rules jsonb)
 RETURNS TABLE(party_id text, item_id text, currency text, open_amount bigint, due_on date, age_days integer, level smallint, profile smallint, minimum_amount bigint, reason text)
 LANGUAGE sql
 STABLE PARALLEL SAFE
AS $function$
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
        LEFT JOIN party_reminder AS r ON administration = p.administration AND r.party_id = p.party_id
        WHERE
            p.administration = books
            AND p.party_id >= first_party
            AND (last_party IS NULL OR p.party_id <= last_party)
            AND (parties IS NULL OR p.party_id = ANY(parties))
        OFFSET 0 -- the profile is looked up once per debtor, not for each of their items
    ) AS d ON party_id = i.party_id
    LEFT JOIN jsonb_to_recordset(rules -> 'steps') AS s (
        profile smallint, reached smallint, level smallint, days_after_previous integer, minimum_amount bigint,
        grace_days integer
    ) ON profile = d.profile AND s.reached = i.reminder_level
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

-- The same with the rules on balances: a null reason means that the item is on the list.
CREATE OR REPLACE FUNCTION listed_item(books text, first_party text, last_party text, parties text[], rules jsonb)
 RETURNS TABLE(party_id text, item_id text, currency text, open_amount bigint, due_on date, age_days integer, level smallint, profile smallint, reason text)
 LANGUAGE sql
 STABLE PARALLEL SAFE
AS $function$
    SELECT
        b.party_id,
        b.item_id,
        b.currency,
        b.open_amount,
        b.due_on,
        b.age_days,
        b.level,
        b.profile,
        coalesce(b.reason, balance_reason(rules ->> 'debtors', b.balance, b.printed, b.highest_minimum))
    FROM (
        SELECT
            c.*,
            sum(c.open_amount) FILTER (WHERE c.reason IS DISTINCT FROM 'not-processed')
                OVER (PARTITION BY c.party_id, c.currency) AS balance,
            sum(c.open_amount) FILTER (WHERE c.reason IS NULL) OVER (PARTITION BY c.party_id, c.currency) AS printed,
            max(c.minimum_amount) FILTER (WHERE c.reason IS NULL) OVER (PARTITION BY c.party_id, c.currency)
                AS highest_minimum
        FROM considered_item(books, first_party, last_party, parties, rules) AS c
    ) AS b
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

-- What every service keeps for its deliveries. The schema and its role exist; search_path is the schema.

CREATE TABLE IF NOT EXISTS schema_migration (
    name text PRIMARY KEY,
    digest text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE FUNCTION grant_service(privileges text, relation regclass) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('GRANT %s ON %s TO %I', privileges, relation, current_setting('openitems.role'));
END
$$;
COMMENT ON FUNCTION grant_service IS 'Grants to the service''s role, whose name differs per schema.';

CREATE TABLE outbox (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    topic text NOT NULL,
    key text NOT NULL,
    body bytea,
    reference text,
    event_id text,
    source text,
    headers jsonb,
    traceparent text,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    published_at timestamptz,
    CHECK ((body IS NULL) <> (reference IS NULL))
);
COMMENT ON TABLE outbox IS
'Events in the order of their commits per party; a row without a body refers to stored facts and is rendered by the relay.';
CREATE INDEX outbox_unpublished ON outbox (id) WHERE published_at IS NULL;
CREATE INDEX outbox_published ON outbox (published_at) WHERE published_at IS NOT NULL;

CREATE TABLE waiting_event (
    digest bytea PRIMARY KEY,
    topic text NOT NULL,
    key text NOT NULL,
    administration text NOT NULL,
    party_id text NOT NULL,
    refers_to text NOT NULL,
    body bytea NOT NULL,
    headers jsonb NOT NULL,
    received_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    next_attempt_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    attempts integer NOT NULL DEFAULT 1
);
COMMENT ON TABLE waiting_event IS 'Events that came before what they refer to.';
CREATE INDEX waiting_event_due ON waiting_event (next_attempt_at);
CREATE INDEX waiting_event_party ON waiting_event (administration, party_id);

CREATE TABLE dead_letter (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    digest bytea NOT NULL UNIQUE,
    topic text NOT NULL,
    partition integer NOT NULL,
    record_offset bigint NOT NULL,
    key text,
    body bytea NOT NULL,
    headers jsonb NOT NULL,
    code text NOT NULL,
    message text NOT NULL,
    field text,
    remedy text,
    received_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    retried_at timestamptz,
    resolved_at timestamptz
);
COMMENT ON TABLE dead_letter IS 'Messages that cannot be parsed or can never apply, once each.';
CREATE INDEX dead_letter_unresolved ON dead_letter (id) WHERE resolved_at IS NULL;

CREATE TABLE job (
    job_id uuid PRIMARY KEY,
    kind text NOT NULL,
    administration text NOT NULL,
    state text NOT NULL DEFAULT 'queued' CHECK (state IN ('queued', 'running', 'done', 'failed', 'cancelled')),
    parameters jsonb NOT NULL,
    cursor jsonb,
    done bigint NOT NULL DEFAULT 0,
    total bigint,
    result jsonb,
    error jsonb,
    attempts integer NOT NULL DEFAULT 0,
    employee text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    next_attempt_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    finished_at timestamptz
);
COMMENT ON TABLE job IS 'Long runs: each chunk is one transaction that also moves the cursor.';
CREATE INDEX job_unfinished ON job (next_attempt_at, job_id) WHERE state IN ('queued', 'running');
CREATE INDEX job_by_administration ON job (administration, job_id);

SELECT grant_service('SELECT', 'schema_migration');
SELECT grant_service('SELECT, INSERT, UPDATE, DELETE', 'outbox');
SELECT grant_service('SELECT, INSERT, UPDATE, DELETE', 'waiting_event');
SELECT grant_service('SELECT, INSERT, UPDATE', 'dead_letter');
SELECT grant_service('SELECT, INSERT, UPDATE', 'job');

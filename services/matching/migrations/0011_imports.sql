-- Files of other systems on their way in: their events are kept aside, and published all together or not at all.

CREATE TABLE import (
    administration text COLLATE "C" NOT NULL,
    import_id uuid NOT NULL,
    file text NOT NULL,
    fingerprint text NOT NULL,
    state text NOT NULL DEFAULT 'open',
    employee text NOT NULL,
    opened_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (administration, import_id),
    CONSTRAINT import_state_is_known CHECK (state IN ('open', 'confirmed', 'published'))
);
COMMENT ON TABLE import IS 'Files whose events come in: open until all are there, then published as a whole.';
COMMENT ON COLUMN import.administration IS 'The books: the legal entity whose item, party or booking this is.';
COMMENT ON COLUMN import.import_id IS 'The import.';
COMMENT ON COLUMN import.file IS 'The name of the file.';
COMMENT ON COLUMN import.fingerprint IS 'What was confirmed: the file, how it is read, and what each row becomes.';
COMMENT ON COLUMN import.state IS 'open: events come in; confirmed: a run publishes them; published: all of them are.';
COMMENT ON COLUMN import.employee IS 'Who imports, from the token of the request.';
COMMENT ON COLUMN import.opened_at IS 'When it began.';
CREATE INDEX import_open ON import (opened_at) WHERE state = 'open';

CREATE TABLE import_event (
    administration text COLLATE "C" NOT NULL,
    import_id uuid NOT NULL,
    chunk integer NOT NULL,
    position integer NOT NULL,
    topic text NOT NULL,
    key text NOT NULL,
    body bytea NOT NULL,
    event_id text NOT NULL,
    source text NOT NULL,
    headers jsonb,
    subject text,
    PRIMARY KEY (administration, import_id, chunk, position)
);
COMMENT ON TABLE import_event IS 'Events of imports that are not published yet, in the order of their file.';
COMMENT ON COLUMN import_event.administration IS 'The books: the legal entity whose item, party or booking this is.';
COMMENT ON COLUMN import_event.import_id IS 'The import that it belongs to.';
COMMENT ON COLUMN import_event.chunk IS 'The part of the file, from 0.';
COMMENT ON COLUMN import_event.position IS 'The place in that part, from 0.';
COMMENT ON COLUMN import_event.topic IS 'Where it will be published.';
COMMENT ON COLUMN import_event.key IS 'Its partition key.';
COMMENT ON COLUMN import_event.body IS 'The event as its contract has it, JSON.';
COMMENT ON COLUMN import_event.event_id IS 'Its CloudEvents id.';
COMMENT ON COLUMN import_event.source IS 'Who says it.';
COMMENT ON COLUMN import_event.headers IS 'Its headers, where they are passed on as they came.';
COMMENT ON COLUMN import_event.subject IS 'What it is the newest word of, for those who compare what comes next with it.';

SELECT grant_service('SELECT, INSERT, UPDATE, DELETE', 'import');
SELECT grant_service('SELECT, INSERT, DELETE', 'import_event');

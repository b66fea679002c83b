-- Sets: what a selection found. A fixed set has a name and a fingerprint, and its members never change again.

CREATE TABLE selection_set (
    administration text COLLATE "C" NOT NULL,
    set_id uuid NOT NULL,
    name text,
    set_type text NOT NULL CHECK (set_type IN ('items', 'parties')),
    origin text NOT NULL,
    parents uuid[] NOT NULL DEFAULT '{}',
    criteria jsonb,
    selected_on date NOT NULL,
    maximum bigint CHECK (maximum > 0),
    hits bigint NOT NULL,
    members bigint NOT NULL,
    parties bigint NOT NULL,
    totals jsonb NOT NULL,
    employee text NOT NULL,
    created_at timestamptz NOT NULL,
    fixed boolean NOT NULL DEFAULT FALSE,
    fingerprint text,
    fixed_by text,
    fixed_at timestamptz,
    archived_at timestamptz,
    PRIMARY KEY (administration, set_id),
    CHECK (fixed = (fingerprint IS NOT NULL) AND fixed = (fixed_at IS NOT NULL) AND fixed <= (name IS NOT NULL))
);
COMMENT ON COLUMN selection_set.hits IS 'What the criteria found; more than members where the maximum cut off.';
COMMENT ON COLUMN selection_set.totals IS 'Open amounts of the marked members per currency: {"EUR": 45100}.';
CREATE UNIQUE INDEX fixed_set_name ON selection_set (administration, name) WHERE fixed AND archived_at IS NULL;

CREATE TABLE set_member (
    administration text COLLATE "C" NOT NULL,
    set_id uuid NOT NULL,
    party_id text COLLATE "C" NOT NULL,
    item_id text COLLATE "C" NOT NULL,
    currency text COLLATE "C" NOT NULL,
    open_amount bigint NOT NULL,
    marked boolean NOT NULL DEFAULT TRUE,
    PRIMARY KEY (administration, set_id, party_id, item_id, currency)
);
COMMENT ON TABLE set_member IS
'Members as they were found, a party''s side by side; item_id is empty in a set of parties. Amounts are never updated.';

-- Counts of any number of members, and a digest that only exactly these members with these amounts have.
CREATE TYPE set_summary AS (members bigint, parties bigint, totals jsonb);

CREATE FUNCTION summary_of(of_administration text, of_set uuid) RETURNS set_summary
LANGUAGE sql STABLE AS $$
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
$$;

CREATE FUNCTION fingerprint_of(of_administration text, of_set uuid) RETURNS text
LANGUAGE sql STABLE AS $$
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
$$;
COMMENT ON FUNCTION fingerprint_of(text, uuid) IS 'SHA-256 over the marked members and their amounts, in key order.';

CREATE TABLE saved_criteria (
    administration text COLLATE "C" NOT NULL,
    name text NOT NULL,
    set_type text NOT NULL CHECK (set_type IN ('items', 'parties')),
    criteria jsonb NOT NULL,
    maximum bigint CHECK (maximum > 0),
    employee text NOT NULL,
    saved_at timestamptz NOT NULL,
    PRIMARY KEY (administration, name)
);

CREATE TABLE export_layout (
    administration text COLLATE "C" NOT NULL,
    name text NOT NULL,
    fields text[] NOT NULL,
    employee text NOT NULL,
    saved_at timestamptz NOT NULL,
    PRIMARY KEY (administration, name)
);

CREATE TABLE control_report (
    administration text COLLATE "C" NOT NULL,
    set_id uuid NOT NULL,
    report_id uuid NOT NULL,
    fingerprint text NOT NULL,
    format text NOT NULL,
    fields text[] NOT NULL,
    members bigint NOT NULL,
    employee text NOT NULL,
    exported_at timestamptz NOT NULL,
    PRIMARY KEY (administration, set_id, report_id)
);
COMMENT ON TABLE control_report IS 'Exports of fixed sets that were handed out to their last row: append-only.';

SELECT grant_service('SELECT, INSERT, UPDATE (name, fixed, fingerprint, fixed_by, fixed_at, archived_at, members, parties, totals)', 'selection_set');
SELECT grant_service('SELECT, INSERT, UPDATE (marked)', 'set_member');
SELECT grant_service('SELECT, INSERT, UPDATE, DELETE', 'saved_criteria');
SELECT grant_service('SELECT, INSERT, UPDATE, DELETE', 'export_layout');
SELECT grant_service('SELECT, INSERT', 'control_report');

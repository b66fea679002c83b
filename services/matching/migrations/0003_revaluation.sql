-- Exchange adjustment of what is open: booked on a day, and taken back on the next.

CREATE TABLE revaluation (
    administration text COLLATE "C" NOT NULL,
    party_id text COLLATE "C" NOT NULL,
    run_id uuid NOT NULL,
    currency text COLLATE "C" NOT NULL,
    is_reversal boolean NOT NULL,
    booked_on date NOT NULL,
    fiscal_year integer NOT NULL,
    period integer NOT NULL,
    journal text COLLATE "C" NOT NULL,
    open_amount bigint NOT NULL,
    open_base_amount bigint NOT NULL,
    revalued_amount bigint NOT NULL,
    difference bigint NOT NULL,
    gl_account text,
    employee text NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (administration, party_id, run_id, currency, is_reversal),
    CONSTRAINT revaluation_books_the_difference CHECK (
        difference = CASE WHEN is_reversal THEN open_base_amount - revalued_amount
            ELSE revalued_amount - open_base_amount END
    )
);
COMMENT ON TABLE revaluation IS 'Unrealised exchange differences per party and currency, each with its reversal; append-only.';
CREATE INDEX revaluation_of_run ON revaluation (administration, run_id, party_id);

SELECT grant_service('SELECT, INSERT', 'revaluation');

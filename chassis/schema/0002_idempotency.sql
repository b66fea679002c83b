-- Outcomes of commands, so that the same command sent again has one effect and one answer.

CREATE TABLE idempotency (
    employee text COLLATE "C" NOT NULL,
    route text COLLATE "C" NOT NULL,
    key text COLLATE "C" NOT NULL CHECK (length(key) BETWEEN 1 AND 128),
    request_digest bytea NOT NULL CHECK (octet_length(request_digest) = 32),
    status smallint CHECK (status BETWEEN 200 AND 399),
    body text,
    location text,
    claimed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (employee, route, key)
);
COMMENT ON TABLE idempotency IS
'One row per Idempotency-Key of an employee on a route; the outcome is null only inside of the transaction that makes it.';
CREATE INDEX idempotency_claimed_at ON idempotency (claimed_at);

SELECT grant_service('SELECT, INSERT, UPDATE, DELETE', 'idempotency');

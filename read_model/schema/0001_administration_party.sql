-- Configuration and master data, as the events told them last.

CREATE TABLE administration (
    administration text COLLATE "C" PRIMARY KEY,
    version bigint NOT NULL,
    configuration jsonb NOT NULL
);

CREATE TABLE party (
    administration text COLLATE "C" NOT NULL,
    party_id text COLLATE "C" NOT NULL,
    version bigint NOT NULL,
    kind text NOT NULL,
    name text NOT NULL,
    debtor_type text NOT NULL,
    street text,
    postal_code text,
    city text,
    country text,
    email text,
    phone text,
    language text NOT NULL,
    party_group text,
    category text,
    payment_method text,
    payment_terms_days integer,
    branch text,
    channel text NOT NULL,
    iban text,
    PRIMARY KEY (administration, party_id)
);

SELECT grant_service('SELECT, INSERT, UPDATE', 'administration');
SELECT grant_service('SELECT, INSERT, UPDATE', 'party');

-- Which questions to the ledger a request comes to, so that each answer is credited to the request that it answers.
-- What was published before this ran has no rows here: its progress stays where it is until its outcome tells the rest.

CREATE TABLE writeoff_ask (
    administration text COLLATE "C" NOT NULL,
    party_id text COLLATE "C" NOT NULL,
    ask_id uuid NOT NULL,
    request_id uuid NOT NULL,
    items integer NOT NULL CHECK (items > 0),
    PRIMARY KEY (administration, party_id, ask_id)
);
COMMENT ON TABLE writeoff_ask IS
'What the write-off service will ask the ledger for a request of ours: a question per journal, currency and 500 items.';
COMMENT ON COLUMN writeoff_ask.administration IS 'The books: the legal entity whose item, party or booking this is.';
COMMENT ON COLUMN writeoff_ask.party_id IS 'The debtor or creditor account, by the id that the library system gave it.';
COMMENT ON COLUMN writeoff_ask.ask_id IS 'The request_id under which the ledger is asked, and under which it answers.';
COMMENT ON COLUMN writeoff_ask.request_id IS 'The request of ours that the question belongs to.';
COMMENT ON COLUMN writeoff_ask.items IS 'Items that it asks for, those included that are not asked for in the end.';

SELECT grant_service('SELECT, INSERT', 'writeoff_ask');

-- Administrations share the relay: it takes some of each one's events, in the order of their ids. And where the broker put
-- an event is kept, so that whoever sent it can see when everybody has taken it. The index by id alone goes once no version
-- before this one runs.

ALTER TABLE outbox
ADD COLUMN partition integer,
ADD COLUMN record_offset bigint;
COMMENT ON COLUMN outbox.partition IS 'The partition that the broker keeps it in; null as long as it waits.';
COMMENT ON COLUMN outbox.record_offset IS 'Its offset there; null as long as it waits.';

CREATE INDEX outbox_shares ON outbox ((split_part(key, ':', 1) COLLATE "C"), id) WHERE published_at IS NULL;

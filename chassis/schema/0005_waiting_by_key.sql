-- What waits is woken by its key: who is meant by it is the services' business. Nothing writes party_id any more; it is
-- dropped once no version before this one runs.

ALTER TABLE waiting_event ALTER COLUMN party_id SET DEFAULT '';
COMMENT ON COLUMN waiting_event.party_id IS 'Not written any more: the key names what the event is about.';
CREATE INDEX waiting_event_key ON waiting_event (key);

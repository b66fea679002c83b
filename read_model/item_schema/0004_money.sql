-- Items say through which till money passed, and whether, why and of what it went back.

ALTER TABLE item ADD COLUMN till text;
ALTER TABLE item ADD COLUMN money_back text;
ALTER TABLE item ADD COLUMN reverses text COLLATE "C";
COMMENT ON COLUMN item.till IS 'The till, terminal or account through which money passed; null where the sender says none.';
COMMENT ON COLUMN item.money_back IS
'Why money went back the way it came: void, refund or charge-back; null where the sender does not say it.';
COMMENT ON COLUMN item.reverses IS 'The item of the same party whose money went back with this one.';

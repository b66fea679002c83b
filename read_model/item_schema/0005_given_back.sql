-- No booking is earlier than what it touches: an item that an undone match gave back is touched from that day on.

ALTER TABLE item ADD COLUMN given_back_on date;
COMMENT ON COLUMN item.given_back_on IS
'The latest day on which a match on it was undone; null where none was. A booking on it is not earlier than that.';

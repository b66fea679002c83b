-- Charges are found by what an event calls them, however many others their party has. Party and name are one value (no id
-- has the unit separator in it), so that nothing walks through the party by its primary key while statistics are missing.

CREATE INDEX item_of_note ON item (administration, (party_id || chr(31) || note_id)) WHERE note_id IS NOT NULL;
CREATE INDEX item_of_checkin ON item (administration, (party_id || chr(31) || checkin_id)) WHERE checkin_id IS NOT NULL;
CREATE INDEX item_of_subscription ON item (administration, (party_id || chr(31) || subscription_id))
WHERE subscription_id IS NOT NULL;

-- Whose branch an item is: its own, or else its party's. One rule, for every criterion, list, report and booking.

CREATE FUNCTION branch_of(of_item text, of_party text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN coalesce(of_item, of_party);
COMMENT ON FUNCTION branch_of(text, text) IS
'The branch of an item: the one that its posting says, or else that of its party.';

-- What a payment run or a read bank statement holds is little: a run finds how much of it it passed over without a look
-- at the rest. What a settlement changes is not in the index, so that its updates stay within their pages.

CREATE INDEX open_item_held ON open_item (administration, party_id) WHERE held;

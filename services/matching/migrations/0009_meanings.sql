-- Every table and column of the ledger, in words. What is not here was explained where it was made.

COMMENT ON TABLE account IS
'Parties that ever had an item: the row that every change of an open amount locks first, in key order.';
COMMENT ON COLUMN account.administration IS 'The books: the legal entity whose item, party or booking this is.';
COMMENT ON COLUMN account.party_id IS 'The debtor or creditor account, by the id that the library system gave it.';

COMMENT ON TABLE item IS 'What was posted: facts that never change.';
COMMENT ON COLUMN item.administration IS 'The books: the legal entity whose item, party or booking this is.';
COMMENT ON COLUMN item.party_id IS 'The debtor or creditor account, by the id that the library system gave it.';
COMMENT ON COLUMN item.item_id IS 'The item, by the id that its sender gave it.';
COMMENT ON COLUMN item.amount IS
'Minor units in the party''s own normal direction: above zero it charges the account, below zero it credits it.';
COMMENT ON COLUMN item.base_amount IS
'The amount in the administration''s base currency; null where the sender did not say it.';
COMMENT ON COLUMN item.fingerprint IS 'No longer written: postings are compared by their facts.';
COMMENT ON COLUMN item.recorded_at IS 'When the ledger took it.';
COMMENT ON COLUMN item.remainder_of IS
'The match that left it as its remainder; null for what was posted from outside.';
COMMENT ON COLUMN item.item_date IS 'The day of posting; of an invoice its date.';
COMMENT ON COLUMN item.due_date IS 'Until when it may be paid, as it was posted.';
COMMENT ON COLUMN item.payment_terms_days IS 'Days to pay in, where no due date is given.';
COMMENT ON COLUMN item.kind IS
'What it is for: contribution, fine, invoice, payment, credit-note, remainder, and so on.';
COMMENT ON COLUMN item.currency IS 'ISO 4217; amounts beside it are in its minor units.';
COMMENT ON COLUMN item.journal IS 'The journal on which it was posted.';
COMMENT ON COLUMN item.voucher IS 'The number of the booking document; breaks ties between items of one day.';
COMMENT ON COLUMN item.payment_method IS 'How it is to be paid; null means the party''s way.';
COMMENT ON COLUMN item.description IS 'What the sender says of it.';
COMMENT ON COLUMN item.branch IS 'The library''s branch whose item it is.';
COMMENT ON COLUMN item.invoice_number IS 'The invoice that it is on; a payment may name it.';
COMMENT ON COLUMN item.reference IS 'The structured or free reference of payment: what the method reference pairs by.';

COMMENT ON TABLE item_state IS
'What may change of an item. Without a row it is as it was posted: open, processed, not blocked, its own due date.';
COMMENT ON COLUMN item_state.administration IS 'The books: the legal entity whose item, party or booking this is.';
COMMENT ON COLUMN item_state.party_id IS 'The debtor or creditor account, by the id that the library system gave it.';
COMMENT ON COLUMN item_state.item_id IS 'The item, by the id that its sender gave it.';
COMMENT ON COLUMN item_state.version IS
'The version of the last item-changed: a lower one that comes late is passed over.';
COMMENT ON COLUMN item_state.due_date IS 'Until when it may be paid now.';
COMMENT ON COLUMN item_state.blocked IS 'Whether it is never reminded; it can be matched.';
COMMENT ON COLUMN item_state.in_payment_run IS 'Whether a payment run holds it: no run matches it.';
COMMENT ON COLUMN item_state.on_bank_statement IS 'Whether a read bank statement holds it: no run matches it.';
COMMENT ON COLUMN item_state.processed IS 'Whether the library system has finished posting it.';
COMMENT ON COLUMN item_state.at_bailiff IS 'Whether it was handed to a bailiff.';
COMMENT ON COLUMN item_state.reminder_level IS 'The highest level of reminders that it reached; 0 for none.';
COMMENT ON COLUMN item_state.status IS 'open, invoiced, reminded or bailiff: the furthest that was stated.';

COMMENT ON TABLE open_item IS
'What is open, and nothing else, in the order in which oldest first settles. A row goes when its open amount reaches zero, and comes back when the match is undone.';
COMMENT ON COLUMN open_item.administration IS 'The books: the legal entity whose item, party or booking this is.';
COMMENT ON COLUMN open_item.party_id IS 'The debtor or creditor account, by the id that the library system gave it.';
COMMENT ON COLUMN open_item.currency IS 'ISO 4217; amounts beside it are in its minor units.';
COMMENT ON COLUMN open_item.side IS '1 for a charge, -1 for a credit: the sign of the amounts.';
COMMENT ON COLUMN open_item.held IS
'Whether a payment run or a read bank statement holds it, so that a run need not look at item_state.';
COMMENT ON COLUMN open_item.item_date IS 'The day of posting, by which the oldest comes first.';
COMMENT ON COLUMN open_item.voucher IS 'The number of the booking document: it breaks ties of a day.';
COMMENT ON COLUMN open_item.item_id IS 'The item: it breaks ties of a voucher.';
COMMENT ON COLUMN open_item.amount IS 'What was posted, in minor units.';
COMMENT ON COLUMN open_item.open_amount IS 'What of it is not settled: same sign, never larger, never zero.';
COMMENT ON COLUMN open_item.open_base_amount IS
'What of its base amount is open; null where no base amount was posted.';
COMMENT ON COLUMN open_item.version IS 'The sequence of the last match on the item; 0 for none.';

COMMENT ON TABLE match IS
'Balanced clearing entries, which never change. The lines are parallel arrays in the order of settlement: credits, then charges, each from the oldest; laid side by side they are the allocations.';
COMMENT ON COLUMN match.administration IS 'The books: the legal entity whose item, party or booking this is.';
COMMENT ON COLUMN match.party_id IS 'The debtor or creditor account, by the id that the library system gave it.';
COMMENT ON COLUMN match.match_id IS 'The match, under an id that grows with time.';
COMMENT ON COLUMN match.sequence IS 'Grows with every match of a party; each item''s version after it.';
COMMENT ON COLUMN match.run_id IS 'The run that made it; null for a match asked for by itself.';
COMMENT ON COLUMN match.request_id IS 'The match-requested that it answers; null where none asked.';
COMMENT ON COLUMN match.reversal_of IS 'The match that it undoes; null where it is none.';
COMMENT ON COLUMN match.recorded_at IS 'When it was booked, whatever its date says.';
COMMENT ON COLUMN match.match_date IS 'The day that it counts for: never before its items'' dates.';
COMMENT ON COLUMN match.fiscal_year IS 'The fiscal year of match_date.';
COMMENT ON COLUMN match.period IS 'The fiscal period of match_date: it was open.';
COMMENT ON COLUMN match.settlement_information IS
'Whether its allocations are kept: which credit settled which charge.';
COMMENT ON COLUMN match.contra_amount IS 'The contra line''s amount: the lines and it add up to zero.';
COMMENT ON COLUMN match.contra_base_amount IS 'The contra line''s amount in the base currency.';
COMMENT ON COLUMN match.exchange_difference IS
'What the rates make of it, in the base currency: lines, contra line and it add up to zero there.';
COMMENT ON COLUMN match.method IS
'How it came about: a method of matching, write-off, small-balance, correction or reversal.';
COMMENT ON COLUMN match.journal IS 'The journal that the match is entered on.';
COMMENT ON COLUMN match.currency IS
'ISO 4217; amounts are in its minor units where line_currencies does not say otherwise.';
COMMENT ON COLUMN match.employee IS
'Who did it, from the token of the request or the request itself as its service vouches for it.';
COMMENT ON COLUMN match.contra_kind IS
'What the contra line is: write-off, payment-difference, exchange-difference, remainder or correction.';
COMMENT ON COLUMN match.contra_journal IS 'The journal of the contra line: the A-journal of a write-off.';
COMMENT ON COLUMN match.contra_gl_account IS 'The account of the contra line, fixed when it was booked.';
COMMENT ON COLUMN match.contra_item_id IS 'The remainder that the contra line became.';
COMMENT ON COLUMN match.exchange_gl_account IS 'The account of the exchange difference, fixed when it was booked.';
COMMENT ON COLUMN match.reason IS 'The A-journal of a write-off: why it was waived.';
COMMENT ON COLUMN match.note IS 'What the employee wrote about it.';
COMMENT ON COLUMN match.origin_administration IS
'The books in which a correction was made; null where it was made here.';
COMMENT ON COLUMN match.item_ids IS 'The lines'' items.';
COMMENT ON COLUMN match.amounts IS 'What each line adds to its item''s open amount: negative on a charge.';
COMMENT ON COLUMN match.open_amounts IS 'What is open of each line''s item after it.';
COMMENT ON COLUMN match.base_amounts IS 'The lines in the base currency; null where they are in it already.';
COMMENT ON COLUMN match.line_currencies IS
'Each line''s currency in an explicit foreign-currency match; null in every other.';
COMMENT ON COLUMN match.skipped IS 'Items that were asked for and left out, each with the reason.';

COMMENT ON TABLE answered_request IS 'What became of a match-requested, so that asking twice has one effect.';
COMMENT ON COLUMN answered_request.administration IS
'The books: the legal entity whose item, party or booking this is.';
COMMENT ON COLUMN answered_request.party_id IS
'The debtor or creditor account, by the id that the library system gave it.';
COMMENT ON COLUMN answered_request.request_id IS 'The request.';
COMMENT ON COLUMN answered_request.match_id IS 'The match that it made; null where it was refused.';
COMMENT ON COLUMN answered_request.code IS 'Why it was refused; null where it was granted.';
COMMENT ON COLUMN answered_request.answered_at IS 'When it was answered.';

COMMENT ON TABLE proposal IS 'Previewed runs: frozen, with marks, until they are executed or discarded.';
COMMENT ON COLUMN proposal.administration IS 'The books: the legal entity whose item, party or booking this is.';
COMMENT ON COLUMN proposal.proposal_id IS 'The proposal.';
COMMENT ON COLUMN proposal.method IS 'The method of matching that proposed.';
COMMENT ON COLUMN proposal.form IS 'What was asked for: criteria, tolerance, booking.';
COMMENT ON COLUMN proposal.state IS 'How far it is: being built, open to marks, being executed, executed or discarded.';
COMMENT ON COLUMN proposal.employee IS 'Who asked for it, from the token of the request.';
COMMENT ON COLUMN proposal.created_at IS 'When it was asked for.';
COMMENT ON COLUMN proposal.expires_at IS 'Until when it holds its items.';

COMMENT ON COLUMN proposal_group.administration IS 'The books: the legal entity whose item, party or booking this is.';
COMMENT ON COLUMN proposal_group.party_id IS
'The debtor or creditor account, by the id that the library system gave it.';
COMMENT ON COLUMN proposal_group.proposal_id IS 'The proposal.';
COMMENT ON COLUMN proposal_group.group_number IS 'Numbers the groups of a party from 1.';
COMMENT ON COLUMN proposal_group.currency IS 'ISO 4217; amounts beside it are in its minor units.';
COMMENT ON COLUMN proposal_group.closes IS 'Whether the group''s items come to zero, within the tolerance.';
COMMENT ON COLUMN proposal_group.reason IS 'Why these items belong together, as the method found it.';

COMMENT ON TABLE proposal_item IS 'Items of a proposal, as they were when it was made.';
COMMENT ON COLUMN proposal_item.administration IS 'The books: the legal entity whose item, party or booking this is.';
COMMENT ON COLUMN proposal_item.party_id IS
'The debtor or creditor account, by the id that the library system gave it.';
COMMENT ON COLUMN proposal_item.proposal_id IS 'The proposal.';
COMMENT ON COLUMN proposal_item.item_id IS 'The item, by the id that its sender gave it.';
COMMENT ON COLUMN proposal_item.group_number IS 'The group that it is in.';
COMMENT ON COLUMN proposal_item.currency IS 'ISO 4217; amounts beside it are in its minor units.';
COMMENT ON COLUMN proposal_item.item_date IS 'The day of posting.';
COMMENT ON COLUMN proposal_item.voucher IS 'The number of the booking document.';
COMMENT ON COLUMN proposal_item.kind IS 'What the item is for.';
COMMENT ON COLUMN proposal_item.marked_by IS 'Who marked it; null while it is not marked.';
COMMENT ON COLUMN proposal_item.outcome IS
'matched, not-marked, or the code of why it was dropped; null until the proposal is executed.';
COMMENT ON COLUMN proposal_item.match_id IS 'The match that it went into.';

COMMENT ON TABLE reservation IS
'Items that a proposal holds for a while, so that no run takes them; an expired row counts as none.';
COMMENT ON COLUMN reservation.administration IS 'The books: the legal entity whose item, party or booking this is.';
COMMENT ON COLUMN reservation.party_id IS 'The debtor or creditor account, by the id that the library system gave it.';
COMMENT ON COLUMN reservation.item_id IS 'The item, by the id that its sender gave it.';
COMMENT ON COLUMN reservation.proposal_id IS 'The proposal that holds it.';
COMMENT ON COLUMN reservation.employee IS 'Who asked for the proposal.';
COMMENT ON COLUMN reservation.expires_at IS 'Until when it is held.';

COMMENT ON COLUMN revaluation.administration IS 'The books: the legal entity whose item, party or booking this is.';
COMMENT ON COLUMN revaluation.party_id IS 'The debtor or creditor account, by the id that the library system gave it.';
COMMENT ON COLUMN revaluation.run_id IS 'The run that revalued.';
COMMENT ON COLUMN revaluation.currency IS 'ISO 4217, of open_amount.';
COMMENT ON COLUMN revaluation.is_reversal IS 'Whether it takes the adjustment back, on the next day.';
COMMENT ON COLUMN revaluation.booked_on IS 'The day that it counts for.';
COMMENT ON COLUMN revaluation.fiscal_year IS 'The fiscal year of booked_on.';
COMMENT ON COLUMN revaluation.period IS 'The fiscal period of booked_on.';
COMMENT ON COLUMN revaluation.journal IS 'The journal that it is entered on.';
COMMENT ON COLUMN revaluation.open_amount IS 'What was open, in minor units of the currency.';
COMMENT ON COLUMN revaluation.open_base_amount IS
'What that was worth by the rates of the postings, in the base currency.';
COMMENT ON COLUMN revaluation.revalued_amount IS 'What it was worth by the rate of the day, in the base currency.';
COMMENT ON COLUMN revaluation.difference IS 'What was booked, in the base currency: the reversal has the other sign.';
COMMENT ON COLUMN revaluation.gl_account IS 'The account of the difference, fixed when it was booked.';
COMMENT ON COLUMN revaluation.employee IS 'Who did it, from the token of the request.';
COMMENT ON COLUMN revaluation.recorded_at IS 'When it was booked, whatever its date says.';

COMMENT ON COLUMN finding.administration IS 'The books: the legal entity whose item, party or booking this is.';
COMMENT ON COLUMN finding.party_id IS 'The debtor or creditor account, by the id that the library system gave it.';
COMMENT ON COLUMN finding.run_id IS 'The run.';
COMMENT ON COLUMN finding.number IS 'Numbers a party''s findings in the run.';
COMMENT ON COLUMN finding.kind IS 'suggestion, left-alone or refused.';
COMMENT ON COLUMN finding.code IS 'Why, for programs.';
COMMENT ON COLUMN finding.currency IS 'ISO 4217, where the finding is of one.';
COMMENT ON COLUMN finding.match_id IS 'The match that stands in the way, or was not undone.';
COMMENT ON COLUMN finding.zero_balance_date IS
'The latest day at whose end the account was zero, where that is the reason.';
COMMENT ON COLUMN finding.item_ids IS 'The items that it concerns.';

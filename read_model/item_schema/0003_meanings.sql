-- Every table and column of the read model of items, in words. What is not here was explained where it was made.

COMMENT ON TABLE item IS
'Items as item-posted told them, with what changed since and what the ledger says is open.';
COMMENT ON COLUMN item.administration IS 'The books: the legal entity whose item, party or booking this is.';
COMMENT ON COLUMN item.party_id IS 'The debtor or creditor account, by the id that the library system gave it.';
COMMENT ON COLUMN item.item_id IS 'The item, by the id that its sender gave it.';
COMMENT ON COLUMN item.fingerprint IS 'No longer written: postings are compared by their facts.';
COMMENT ON COLUMN item.kind IS
'What it is for: contribution, fine, registration, material, invoice, payment, credit-note, and so on.';
COMMENT ON COLUMN item.amount IS
'Minor units in the party''s own normal direction: above zero it charges the account, below zero it credits it.';
COMMENT ON COLUMN item.currency IS 'ISO 4217; amounts beside it are in its minor units.';
COMMENT ON COLUMN item.base_amount IS
'The amount in the administration''s base currency; null where the sender did not say it.';
COMMENT ON COLUMN item.journal IS 'The journal on which it was posted.';
COMMENT ON COLUMN item.voucher IS 'The number of the booking document.';
COMMENT ON COLUMN item.item_date IS 'The day of posting; of an invoice its date.';
COMMENT ON COLUMN item.payment_terms_days IS 'Days to pay in, where no due date is given; null means the party''s.';
COMMENT ON COLUMN item.payment_method IS 'How it is to be paid; null means the party''s way.';
COMMENT ON COLUMN item.description IS 'What the sender says of it.';
COMMENT ON COLUMN item.branch IS 'The library''s branch whose item it is.';
COMMENT ON COLUMN item.invoice_number IS 'The invoice that it is on.';
COMMENT ON COLUMN item.reference IS 'The structured or free reference of payment.';
COMMENT ON COLUMN item.employee IS 'Who posted it, as the sender says.';
COMMENT ON COLUMN item.subscription_id IS 'The subscription that a contribution is for.';
COMMENT ON COLUMN item.period_start IS 'First day of what it charges for.';
COMMENT ON COLUMN item.period_end IS 'Last day of what it charges for.';
COMMENT ON COLUMN item.loan_id IS 'The loan that it comes from.';
COMMENT ON COLUMN item.material_id IS 'The material that it is for.';
COMMENT ON COLUMN item.checkin_id IS 'The return that it comes from.';
COMMENT ON COLUMN item.note_id IS 'The note (bill) on which it stands.';
COMMENT ON COLUMN item.reminder_id IS 'The reminder that charged it as a fee or interest.';
COMMENT ON COLUMN item.state_version IS 'The version of the last item-changed; 0 as it was posted.';
COMMENT ON COLUMN item.due_date IS 'Until when it may be paid.';
COMMENT ON COLUMN item.stated_status IS
'The status that the library system gives it: open, invoiced, reminded or bailiff.';
COMMENT ON COLUMN item.blocked IS 'Whether it is never reminded.';
COMMENT ON COLUMN item.in_payment_run IS 'Whether a payment run holds it: no run matches it.';
COMMENT ON COLUMN item.on_bank_statement IS 'Whether a read bank statement holds it: no run matches it.';
COMMENT ON COLUMN item.processed IS 'Whether the library system has finished posting it.';
COMMENT ON COLUMN item.documents IS 'The files that belong to it: its invoice, reminders that name it.';
COMMENT ON COLUMN item.reminder_level IS 'The highest level of reminders that it reached; 0 for none.';
COMMENT ON COLUMN item.reminded_on IS 'The day of its last reminder.';
COMMENT ON COLUMN item.at_bailiff IS 'Whether it was handed to a bailiff.';
COMMENT ON COLUMN item.open_amount IS
'What of the amount is not settled, by the ledger''s last word: same sign, never larger.';
COMMENT ON COLUMN item.ledger_version IS
'The version of the ledger''s last word: a lower one that comes late is passed over.';

COMMENT ON COLUMN item_match.administration IS 'The books: the legal entity whose item, party or booking this is.';
COMMENT ON COLUMN item_match.party_id IS 'The debtor or creditor account, by the id that the library system gave it.';
COMMENT ON COLUMN item_match.match_id IS 'The match.';

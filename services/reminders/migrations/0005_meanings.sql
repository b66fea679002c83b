-- Every table and column of reminders' own, in words. What is not here was explained where it was made.

COMMENT ON COLUMN reminder_run.administration IS 'The books: the legal entity whose item, party or booking this is.';
COMMENT ON COLUMN reminder_run.run_id IS 'The run.';
COMMENT ON COLUMN reminder_run.state IS 'How far it is: listing, listed, issuing, issued or undone.';
COMMENT ON COLUMN reminder_run.generation_date IS
'The day that the run counts for: what is due, and the date of its letters.';
COMMENT ON COLUMN reminder_run.request IS 'What was asked for, as it was asked.';
COMMENT ON COLUMN reminder_run.listing_job IS 'The job that makes the control list.';
COMMENT ON COLUMN reminder_run.issuing_job IS 'The job that issues it; null until it is issued.';
COMMENT ON COLUMN reminder_run.issuings IS
'How often issuing was asked for: after a failure it goes on where it stopped.';
COMMENT ON COLUMN reminder_run.employee IS 'Who made the control list, from the token of the request.';
COMMENT ON COLUMN reminder_run.created_at IS 'When the control list was asked for.';
COMMENT ON COLUMN reminder_run.issued_by IS 'Who issued it.';
COMMENT ON COLUMN reminder_run.issued_at IS 'When issuing was asked for.';
COMMENT ON COLUMN reminder_run.undone_by IS 'Who undid it.';
COMMENT ON COLUMN reminder_run.undone_at IS 'When it was undone.';
COMMENT ON COLUMN reminder_run.undo_note IS 'What the employee wrote about undoing it.';

COMMENT ON COLUMN run_item.administration IS 'The books: the legal entity whose item, party or booking this is.';
COMMENT ON COLUMN run_item.run_id IS 'The run.';
COMMENT ON COLUMN run_item.party_id IS 'The debtor or creditor account, by the id that the library system gave it.';
COMMENT ON COLUMN run_item.item_id IS 'The item, by the id that its sender gave it.';
COMMENT ON COLUMN run_item.currency IS 'ISO 4217; amounts beside it are in its minor units.';
COMMENT ON COLUMN run_item.open_amount IS 'What was open when the list was frozen, in minor units.';
COMMENT ON COLUMN run_item.level IS 'The level that it is reminded at.';
COMMENT ON COLUMN run_item.profile IS 'The place in the run''s rules of the profile that applies to the debtor.';
COMMENT ON COLUMN run_item.due_on IS 'Since when it is due, by the run''s date basis.';
COMMENT ON COLUMN run_item.left_out_by IS 'Who took it off the list; null while it is on it.';
COMMENT ON COLUMN run_item.left_out_note IS 'What they wrote about it.';
COMMENT ON COLUMN run_item.outcome_message IS 'Why it was dropped, for people, in English.';
COMMENT ON COLUMN run_item.reminder_id IS 'The reminder that it went into.';

COMMENT ON TABLE reminder IS
'Reminders as they were issued, one per debtor, level and run: facts that never change.';
COMMENT ON COLUMN reminder.administration IS 'The books: the legal entity whose item, party or booking this is.';
COMMENT ON COLUMN reminder.party_id IS 'The debtor or creditor account, by the id that the library system gave it.';
COMMENT ON COLUMN reminder.reminder_id IS 'The reminder.';
COMMENT ON COLUMN reminder.run_id IS 'The run that issued it.';
COMMENT ON COLUMN reminder.level IS 'The highest level of its items.';
COMMENT ON COLUMN reminder.generation_date IS 'Its date.';
COMMENT ON COLUMN reminder.pay_by IS 'Until when it asks to be paid.';
COMMENT ON COLUMN reminder.profile IS 'The reminder profile that applied.';
COMMENT ON COLUMN reminder.channel IS 'letter or e-mail: how it reaches the debtor.';
COMMENT ON COLUMN reminder.language IS 'The language that it is written in.';
COMMENT ON COLUMN reminder.email IS 'Where it is sent, if by e-mail.';
COMMENT ON COLUMN reminder.reference IS 'The reference of payment printed on it.';
COMMENT ON COLUMN reminder.totals IS 'What it asks for per currency, in minor units, its own charges included.';
COMMENT ON COLUMN reminder.charges IS
'What it charges itself per currency, in minor units: fees, interest and compensation.';
COMMENT ON COLUMN reminder.fee_amount IS 'The fee that it charges, in minor units; 0 for none.';
COMMENT ON COLUMN reminder.notice IS 'The notice that the law asks for, by its name; null where it asks for none.';
COMMENT ON COLUMN reminder.interest_until IS 'The last day for which it charges interest; null where it charges none.';
COMMENT ON COLUMN reminder.document_id IS 'The PDF.';
COMMENT ON COLUMN reminder.employee IS 'Who issued the run, from the token of the request.';
COMMENT ON COLUMN reminder.issued_at IS 'When it was issued, whatever its date says.';

COMMENT ON TABLE reminder_item IS 'Items on reminders: a row for each time that an item was reminded.';
COMMENT ON COLUMN reminder_item.administration IS 'The books: the legal entity whose item, party or booking this is.';
COMMENT ON COLUMN reminder_item.party_id IS
'The debtor or creditor account, by the id that the library system gave it.';
COMMENT ON COLUMN reminder_item.item_id IS 'The item, by the id that its sender gave it.';
COMMENT ON COLUMN reminder_item.reminder_id IS 'The reminder.';
COMMENT ON COLUMN reminder_item.level IS 'The level that the item reached with it.';
COMMENT ON COLUMN reminder_item.currency IS 'ISO 4217; amounts beside it are in its minor units.';
COMMENT ON COLUMN reminder_item.open_amount IS 'What was open of it then, in minor units.';
COMMENT ON COLUMN reminder_item.generation_date IS 'The reminder''s date.';

COMMENT ON COLUMN document.administration IS 'The books: the legal entity whose item, party or booking this is.';
COMMENT ON COLUMN document.party_id IS 'The debtor or creditor account, by the id that the library system gave it.';
COMMENT ON COLUMN document.document_id IS 'The document, by the id that items carry.';
COMMENT ON COLUMN document.name IS 'The name of the file.';
COMMENT ON COLUMN document.media_type IS 'Its media type: application/pdf.';
COMMENT ON COLUMN document.sha256 IS 'SHA-256 of its bytes, under which the document store keeps them.';
COMMENT ON COLUMN document.size_bytes IS 'How many bytes it has.';

COMMENT ON COLUMN party_reminder.administration IS 'The books: the legal entity whose item, party or booking this is.';
COMMENT ON COLUMN party_reminder.party_id IS
'The debtor or creditor account, by the id that the library system gave it.';
COMMENT ON COLUMN party_reminder.last_reminded_on IS 'The date of the last reminder that was issued.';
COMMENT ON COLUMN party_reminder.level IS 'The highest level that was reached.';

COMMENT ON COLUMN item_settlement.administration IS 'The books: the legal entity whose item, party or booking this is.';
COMMENT ON COLUMN item_settlement.party_id IS
'The debtor or creditor account, by the id that the library system gave it.';
COMMENT ON COLUMN item_settlement.item_id IS 'The item, by the id that its sender gave it.';
COMMENT ON COLUMN item_settlement.match_id IS 'The match.';
COMMENT ON COLUMN item_settlement.settled_on IS 'The day that the match counts for.';
COMMENT ON COLUMN item_settlement.amount IS 'What it added to the open amount, in minor units: below zero on a charge.';
COMMENT ON COLUMN item_settlement.is_written_off IS
'Whether it waived the amount, rather than money or goods settling it.';

COMMENT ON COLUMN reminder_email.administration IS 'The books: the legal entity whose item, party or booking this is.';
COMMENT ON COLUMN reminder_email.party_id IS
'The debtor or creditor account, by the id that the library system gave it.';
COMMENT ON COLUMN reminder_email.reminder_id IS 'The reminder that it carries.';
COMMENT ON COLUMN reminder_email.recipient IS 'The address that it goes to.';
COMMENT ON COLUMN reminder_email.message_sha256 IS 'SHA-256 of the message, under which the document store keeps it.';
COMMENT ON COLUMN reminder_email.state IS 'How far it is: queued, sent, refused, given-up or bounced.';
COMMENT ON COLUMN reminder_email.attempts IS 'How often sending it was tried.';
COMMENT ON COLUMN reminder_email.next_attempt_at IS 'When it is tried next, while it is queued.';
COMMENT ON COLUMN reminder_email.reply IS 'What the mail server answered last, or what a bounce says.';
COMMENT ON COLUMN reminder_email.sent_at IS 'When the mail server accepted it.';
COMMENT ON COLUMN reminder_email.bounced_at IS 'When its bounce was read.';

COMMENT ON COLUMN bounce_mailbox.mailbox IS 'The mailbox: user, server, port and folder.';
COMMENT ON COLUMN bounce_mailbox.uid_validity IS
'IMAP''s UIDVALIDITY: when it changes, the mailbox is read from its beginning.';
COMMENT ON COLUMN bounce_mailbox.last_uid IS 'The last message that was read.';
COMMENT ON COLUMN bounce_mailbox.read_at IS 'When it was last read.';

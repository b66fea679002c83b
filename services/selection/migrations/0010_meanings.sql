-- Every table and column of selection's own, in words. What is not here was explained where it was made.

COMMENT ON COLUMN balance.administration IS 'The books: the legal entity whose item, party or booking this is.';
COMMENT ON COLUMN balance.party_id IS 'The debtor or creditor account, by the id that the library system gave it.';
COMMENT ON COLUMN balance.currency IS 'ISO 4217; amounts beside it are in its minor units.';
COMMENT ON COLUMN balance.open_amount IS
'What the party owes on balance: the sum of its items'' open amounts, credits below zero.';
COMMENT ON COLUMN balance.open_items IS 'How many of its items are open.';

COMMENT ON COLUMN blacklist.administration IS 'The books: the legal entity whose item, party or booking this is.';
COMMENT ON COLUMN blacklist.party_id IS 'The debtor or creditor account, by the id that the library system gave it.';
COMMENT ON COLUMN blacklist.version IS 'Grows with every change; the version of party-blacklisted.';
COMMENT ON COLUMN blacklist.listed IS 'Whether the party is on the list.';
COMMENT ON COLUMN blacklist.reason IS 'Why it was put on, or taken off.';
COMMENT ON COLUMN blacklist.until IS 'The last day on the list; null means until it is taken off.';
COMMENT ON COLUMN blacklist.employee IS 'Who changed it, from the token of the request.';
COMMENT ON COLUMN blacklist.changed_at IS 'When.';

COMMENT ON COLUMN blacklist_change.administration IS
'The books: the legal entity whose item, party or booking this is.';
COMMENT ON COLUMN blacklist_change.party_id IS
'The debtor or creditor account, by the id that the library system gave it.';
COMMENT ON COLUMN blacklist_change.version IS 'Grows with every change of the party.';
COMMENT ON COLUMN blacklist_change.listed IS 'Whether the party was on the list after it.';
COMMENT ON COLUMN blacklist_change.reason IS 'Why it was put on, or taken off.';
COMMENT ON COLUMN blacklist_change.until IS 'The last day on the list; null means until it is taken off.';
COMMENT ON COLUMN blacklist_change.employee IS 'Who changed it, from the token of the request.';
COMMENT ON COLUMN blacklist_change.changed_at IS 'When.';

COMMENT ON COLUMN past_writeoff.administration IS 'The books: the legal entity whose item, party or booking this is.';
COMMENT ON COLUMN past_writeoff.party_id IS
'The debtor or creditor account, by the id that the library system gave it.';
COMMENT ON COLUMN past_writeoff.match_id IS 'The match that wrote off.';
COMMENT ON COLUMN past_writeoff.currency IS 'ISO 4217; null where only the reversal was heard of so far.';
COMMENT ON COLUMN past_writeoff.amount IS 'What was waived, in minor units: above zero for charges.';
COMMENT ON COLUMN past_writeoff.items IS 'How many items it waived.';
COMMENT ON COLUMN past_writeoff.reversed IS 'Whether it was taken back: then it counts no more.';

COMMENT ON TABLE selection_set IS
'What a selection found. A fixed set has a name and a fingerprint, and its members never change again.';
COMMENT ON COLUMN selection_set.administration IS 'The books: the legal entity whose item, party or booking this is.';
COMMENT ON COLUMN selection_set.set_id IS 'The set.';
COMMENT ON COLUMN selection_set.name IS 'What people call it; a fixed set has one, unique while it is not archived.';
COMMENT ON COLUMN selection_set.set_type IS 'items or parties: what its members are.';
COMMENT ON COLUMN selection_set.origin IS 'How it was made: from criteria, from sets combined, or from another set.';
COMMENT ON COLUMN selection_set.parents IS 'The sets that it was made from.';
COMMENT ON COLUMN selection_set.criteria IS
'The tree of conditions that found the members; null where sets were combined.';
COMMENT ON COLUMN selection_set.selected_on IS
'The day for which the criteria were evaluated: today where the books are.';
COMMENT ON COLUMN selection_set.maximum IS 'The most members that were asked for; null for all.';
COMMENT ON COLUMN selection_set.members IS 'How many members are marked.';
COMMENT ON COLUMN selection_set.parties IS 'How many parties the marked members belong to.';
COMMENT ON COLUMN selection_set.employee IS 'Who made it, from the token of the request.';
COMMENT ON COLUMN selection_set.created_at IS 'When it was made.';
COMMENT ON COLUMN selection_set.fixed IS 'Whether it is frozen.';
COMMENT ON COLUMN selection_set.fingerprint IS 'SHA-256 over the marked members and their amounts, once it is fixed.';
COMMENT ON COLUMN selection_set.fixed_by IS 'Who fixed it.';
COMMENT ON COLUMN selection_set.fixed_at IS 'When it was fixed.';
COMMENT ON COLUMN selection_set.archived_at IS 'When it was put away; its name is free from then on.';

COMMENT ON COLUMN set_member.administration IS 'The books: the legal entity whose item, party or booking this is.';
COMMENT ON COLUMN set_member.set_id IS 'The set.';
COMMENT ON COLUMN set_member.party_id IS 'The debtor or creditor account, by the id that the library system gave it.';
COMMENT ON COLUMN set_member.item_id IS 'The item; empty in a set of parties.';
COMMENT ON COLUMN set_member.currency IS 'ISO 4217; amounts beside it are in its minor units.';
COMMENT ON COLUMN set_member.open_amount IS 'What was open when it was found, in minor units; never updated.';
COMMENT ON COLUMN set_member.marked IS 'Whether it belongs to what is fixed, exported and written off.';

COMMENT ON TABLE saved_criteria IS 'Criteria that people kept under a name, to select by them again.';
COMMENT ON COLUMN saved_criteria.administration IS 'The books: the legal entity whose item, party or booking this is.';
COMMENT ON COLUMN saved_criteria.name IS 'What people call them.';
COMMENT ON COLUMN saved_criteria.set_type IS 'items or parties: what they find.';
COMMENT ON COLUMN saved_criteria.criteria IS 'The tree of conditions.';
COMMENT ON COLUMN saved_criteria.maximum IS 'The most members to find; null for all.';
COMMENT ON COLUMN saved_criteria.employee IS 'Who saved them last, from the token of the request.';
COMMENT ON COLUMN saved_criteria.saved_at IS 'When they were saved last.';

COMMENT ON TABLE export_layout IS 'Columns of an export that people kept under a name.';
COMMENT ON COLUMN export_layout.administration IS 'The books: the legal entity whose item, party or booking this is.';
COMMENT ON COLUMN export_layout.name IS 'What people call it.';
COMMENT ON COLUMN export_layout.fields IS 'The columns, in their order.';
COMMENT ON COLUMN export_layout.employee IS 'Who saved it last, from the token of the request.';
COMMENT ON COLUMN export_layout.saved_at IS 'When it was saved last.';

COMMENT ON COLUMN control_report.administration IS 'The books: the legal entity whose item, party or booking this is.';
COMMENT ON COLUMN control_report.set_id IS 'The fixed set that was exported.';
COMMENT ON COLUMN control_report.report_id IS 'The export.';
COMMENT ON COLUMN control_report.fingerprint IS
'The set''s fingerprint at that moment: a write-off wants a report of exactly this one.';
COMMENT ON COLUMN control_report.format IS 'The form of the file: CSV, a spreadsheet, and so on.';
COMMENT ON COLUMN control_report.fields IS 'The columns that it had, in their order.';
COMMENT ON COLUMN control_report.members IS 'How many members it listed.';
COMMENT ON COLUMN control_report.employee IS 'Who exported it, from the token of the request.';
COMMENT ON COLUMN control_report.exported_at IS 'When its last row was handed out.';

COMMENT ON TABLE writeoff_batch IS 'Write-offs of fixed sets: who asked, who confirmed, and what came of it.';
COMMENT ON COLUMN writeoff_batch.administration IS 'The books: the legal entity whose item, party or booking this is.';
COMMENT ON COLUMN writeoff_batch.batch_id IS 'The approval: the batch that its requests name.';
COMMENT ON COLUMN writeoff_batch.set_id IS 'The fixed set that is written off.';
COMMENT ON COLUMN writeoff_batch.journal IS 'The A-journal to book on: the reason.';
COMMENT ON COLUMN writeoff_batch.booking_date IS 'The day to book on.';
COMMENT ON COLUMN writeoff_batch.note IS 'What the employee wrote about it.';
COMMENT ON COLUMN writeoff_batch.changed IS
'What happens to items that changed since the set was fixed: leave-out or refuse.';
COMMENT ON COLUMN writeoff_batch.four_eyes IS 'Whether another employee must confirm it.';
COMMENT ON COLUMN writeoff_batch.items IS 'How many items are requested.';
COMMENT ON COLUMN writeoff_batch.parties IS 'How many parties they belong to.';
COMMENT ON COLUMN writeoff_batch.requests IS 'How many writeoff-requested tell of it.';
COMMENT ON COLUMN writeoff_batch.totals IS 'What is requested per currency, in minor units: {"EUR": 45100}.';
COMMENT ON COLUMN writeoff_batch.fingerprint IS
'What the second confirmation names: exactly these items with these amounts.';
COMMENT ON COLUMN writeoff_batch.state IS 'How far it is: unconfirmed, publishing, published or done.';
COMMENT ON COLUMN writeoff_batch.requested_by IS 'Who confirmed it first.';
COMMENT ON COLUMN writeoff_batch.requested_at IS 'When it was confirmed first.';
COMMENT ON COLUMN writeoff_batch.confirmed_by IS 'Who confirmed it the second time.';
COMMENT ON COLUMN writeoff_batch.confirmed_at IS 'When it was confirmed the second time.';
COMMENT ON COLUMN writeoff_batch.finished_at IS 'When items-written-off told its outcome.';

COMMENT ON COLUMN left_out_item.administration IS 'The books: the legal entity whose item, party or booking this is.';
COMMENT ON COLUMN left_out_item.batch_id IS 'The batch.';
COMMENT ON COLUMN left_out_item.party_id IS
'The debtor or creditor account, by the id that the library system gave it.';
COMMENT ON COLUMN left_out_item.item_id IS 'The item, by the id that its sender gave it.';
COMMENT ON COLUMN left_out_item.code IS 'changed or blacklisted: why it is left out.';
COMMENT ON COLUMN left_out_item.approved_amount IS 'What was open when the set was fixed, in minor units.';
COMMENT ON COLUMN left_out_item.open_amount IS 'What was open at the first confirmation, in minor units.';

COMMENT ON COLUMN writeoff_request.administration IS
'The books: the legal entity whose item, party or booking this is.';
COMMENT ON COLUMN writeoff_request.batch_id IS 'The batch that it belongs to.';
COMMENT ON COLUMN writeoff_request.party_id IS
'The debtor or creditor account, by the id that the library system gave it.';
COMMENT ON COLUMN writeoff_request.request_id IS 'The request: the id of its writeoff-requested.';
COMMENT ON COLUMN writeoff_request.items IS 'How many items it asks for.';
COMMENT ON COLUMN writeoff_request.written_off IS 'How many the ledger wrote off so far.';
COMMENT ON COLUMN writeoff_request.skipped IS 'How many were refused or left out so far.';

COMMENT ON COLUMN match_rejection.administration IS 'The books: the legal entity whose item, party or booking this is.';
COMMENT ON COLUMN match_rejection.party_id IS
'The debtor or creditor account, by the id that the library system gave it.';
COMMENT ON COLUMN match_rejection.request_id IS 'The request that was refused.';
COMMENT ON COLUMN match_rejection.code IS 'Why, for programs.';
COMMENT ON COLUMN match_rejection.message IS 'Why, for people, in English.';

COMMENT ON FUNCTION add_posted_to_balance() IS
'Adds what was posted to the balances of its parties: only rows that really came are counted.';
COMMENT ON FUNCTION add_settled_to_balance() IS
'Adds what changed of open amounts to the balances of its parties.';
COMMENT ON FUNCTION guarded_line(text) IS
'Text for a line of CSV: guarded against formulas, its line feeds waiting as the character 1.';
COMMENT ON FUNCTION selectable_items(text, date) IS
'Items that are open, with what is known of their party on a day: what criteria choose from.';
COMMENT ON FUNCTION summary_of(text, uuid) IS
'How many marked members a set has, of how many parties, and what is open of them per currency.';
COMMENT ON FUNCTION writeoffs_before(text) IS
'What was written off before per party and currency, reversals left out.';

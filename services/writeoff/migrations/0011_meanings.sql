-- Every table and column of write-offs' own, in words. What is not here was explained where it was made.

COMMENT ON COLUMN batch.administration IS 'The books: the legal entity whose item, party or booking this is.';
COMMENT ON COLUMN batch.batch_id IS 'The approval, as selection named it.';
COMMENT ON COLUMN batch.set_id IS 'The fixed set that was approved.';
COMMENT ON COLUMN batch.requests IS 'How many requests tell of it.';
COMMENT ON COLUMN batch.employee IS 'Who approved it, as the request says.';
COMMENT ON COLUMN batch.begun_at IS 'When its first request came.';

COMMENT ON COLUMN open_batch.administration IS 'The books: the legal entity whose item, party or booking this is.';
COMMENT ON COLUMN open_batch.batch_id IS 'The batch.';

COMMENT ON COLUMN batch_step.administration IS 'The books: the legal entity whose item, party or booking this is.';
COMMENT ON COLUMN batch_step.batch_id IS 'The batch.';
COMMENT ON COLUMN batch_step.step_id IS 'Tells the steps apart.';
COMMENT ON COLUMN batch_step.requests IS 'How many requests came.';
COMMENT ON COLUMN batch_step.asks IS 'How many asks were made of the ledger.';
COMMENT ON COLUMN batch_step.answers IS 'How many asks were answered.';

COMMENT ON COLUMN batch_outcome.administration IS 'The books: the legal entity whose item, party or booking this is.';
COMMENT ON COLUMN batch_outcome.batch_id IS 'The batch.';
COMMENT ON COLUMN batch_outcome.outcome IS 'The event: requested, written off, skipped and why, totals.';
COMMENT ON COLUMN batch_outcome.completed_at IS 'When the last ask was answered.';

COMMENT ON COLUMN stirred_batch.stir_id IS 'The order in which they are looked at.';
COMMENT ON COLUMN stirred_batch.administration IS 'The books: the legal entity whose item, party or booking this is.';
COMMENT ON COLUMN stirred_batch.batch_id IS 'The batch.';

COMMENT ON TABLE request IS 'What was asked to be written off, of one party, by one employee, for one reason.';
COMMENT ON COLUMN request.administration IS 'The books: the legal entity whose item, party or booking this is.';
COMMENT ON COLUMN request.party_id IS 'The debtor or creditor account, by the id that the library system gave it.';
COMMENT ON COLUMN request.request_id IS 'The request.';
COMMENT ON COLUMN request.origin IS 'Where it came from: batch, manual, rule or reversal.';
COMMENT ON COLUMN request.batch_id IS 'The batch that it belongs to, if it came from one.';
COMMENT ON COLUMN request.rule IS 'The rule that made it, if one did.';
COMMENT ON COLUMN request.cause_topic IS 'The topic of the event that the rule reacted to, or the run.';
COMMENT ON COLUMN request.cause_key IS 'Which event of that topic, or which day of that run.';
COMMENT ON COLUMN request.reversal_of IS 'The match that it undoes, if it undoes one.';
COMMENT ON COLUMN request.date IS 'The day to book on.';
COMMENT ON COLUMN request.note IS 'What the employee wrote about it.';
COMMENT ON COLUMN request.employee IS 'Who asked for it: from the token, or from the event that caused it.';
COMMENT ON COLUMN request.approved_by IS 'Who approved it before it came, if anybody did.';
COMMENT ON COLUMN request.requested_at IS 'When it came.';

COMMENT ON TABLE approval IS 'What a second employee said of a request that needs one.';
COMMENT ON COLUMN approval.administration IS 'The books: the legal entity whose item, party or booking this is.';
COMMENT ON COLUMN approval.party_id IS 'The debtor or creditor account, by the id that the library system gave it.';
COMMENT ON COLUMN approval.request_id IS 'The request.';
COMMENT ON COLUMN approval.approved IS 'Whether they approved it; if not, it is over.';
COMMENT ON COLUMN approval.employee IS 'Who decided, from the token of the request.';
COMMENT ON COLUMN approval.note IS 'What they wrote about it.';
COMMENT ON COLUMN approval.decided_at IS 'When they decided.';

COMMENT ON TABLE request_line IS 'What a request asks for: an amount of an item, on a journal.';
COMMENT ON COLUMN request_line.administration IS 'The books: the legal entity whose item, party or booking this is.';
COMMENT ON COLUMN request_line.party_id IS 'The debtor or creditor account, by the id that the library system gave it.';
COMMENT ON COLUMN request_line.request_id IS 'The request.';
COMMENT ON COLUMN request_line.item_id IS 'The item, by the id that its sender gave it.';
COMMENT ON COLUMN request_line.journal IS 'The A-journal to book on: the reason.';
COMMENT ON COLUMN request_line.currency IS 'ISO 4217; amounts beside it are in its minor units.';
COMMENT ON COLUMN request_line.amount IS 'What to write off, in minor units and the item''s sign.';
COMMENT ON COLUMN request_line.approved_open_amount IS
'What was open when it was approved: an item of which more is open by now is refused.';

COMMENT ON COLUMN skipped_line.administration IS 'The books: the legal entity whose item, party or booking this is.';
COMMENT ON COLUMN skipped_line.party_id IS 'The debtor or creditor account, by the id that the library system gave it.';
COMMENT ON COLUMN skipped_line.request_id IS 'The request.';
COMMENT ON COLUMN skipped_line.item_id IS 'The item, by the id that its sender gave it.';
COMMENT ON COLUMN skipped_line.journal IS 'The A-journal that was asked for.';
COMMENT ON COLUMN skipped_line.code IS 'Why, for programs.';
COMMENT ON COLUMN skipped_line.message IS 'Why, for people, in English.';

COMMENT ON COLUMN ask.administration IS 'The books: the legal entity whose item, party or booking this is.';
COMMENT ON COLUMN ask.party_id IS 'The debtor or creditor account, by the id that the library system gave it.';
COMMENT ON COLUMN ask.ask_id IS 'The request_id of the match-requested.';
COMMENT ON COLUMN ask.request_id IS 'The request that it is made for.';
COMMENT ON COLUMN ask.journal IS 'The A-journal that it asks for.';
COMMENT ON COLUMN ask.currency IS 'ISO 4217, of all of its items.';
COMMENT ON COLUMN ask.fiscal_year IS 'The fiscal year that it asks to book in.';
COMMENT ON COLUMN ask.period IS 'The fiscal period that it asks to book in: it is not sealed while an ask waits.';
COMMENT ON COLUMN ask.item_ids IS 'The items that it asks for.';
COMMENT ON COLUMN ask.asked_at IS 'When it was put into the outbox.';

COMMENT ON COLUMN answer.administration IS 'The books: the legal entity whose item, party or booking this is.';
COMMENT ON COLUMN answer.party_id IS 'The debtor or creditor account, by the id that the library system gave it.';
COMMENT ON COLUMN answer.ask_id IS 'The ask.';
COMMENT ON COLUMN answer.match_id IS 'The match that wrote off; null where it was refused.';
COMMENT ON COLUMN answer.code IS 'Why it was refused, for programs.';
COMMENT ON COLUMN answer.message IS 'Why it was refused, for people, in English.';
COMMENT ON COLUMN answer.items IS 'How many items were written off.';
COMMENT ON COLUMN answer.amount IS 'What was written off, in minor units.';
COMMENT ON COLUMN answer.answered_at IS 'When the answer came.';

COMMENT ON TABLE entry IS
'Bookings: one per match that has a write-off journal for its contra, and its mirror per reversal. Rows are only ever added.';
COMMENT ON COLUMN entry.administration IS 'The books: the legal entity whose item, party or booking this is.';
COMMENT ON COLUMN entry.party_id IS 'The debtor or creditor account, by the id that the library system gave it.';
COMMENT ON COLUMN entry.match_id IS 'The match that it books.';
COMMENT ON COLUMN entry.reversal_of IS 'The match whose entry it takes back, if it is a reversal.';
COMMENT ON COLUMN entry.request_id IS 'The request that it comes from; null where others asked the ledger.';
COMMENT ON COLUMN entry.rule IS 'The rule that made the request, if one did.';
COMMENT ON COLUMN entry.cause_topic IS 'The topic of the event that the rule reacted to, or the run.';
COMMENT ON COLUMN entry.cause_key IS 'Which event of that topic, or which day of that run.';
COMMENT ON COLUMN entry.journal IS 'The A-journal: the reason.';
COMMENT ON COLUMN entry.date IS 'The day that it is booked on.';
COMMENT ON COLUMN entry.fiscal_year IS 'The fiscal year of the day.';
COMMENT ON COLUMN entry.period IS 'The fiscal period of the day.';
COMMENT ON COLUMN entry.currency IS 'ISO 4217; amounts beside it are in its minor units.';
COMMENT ON COLUMN entry.employee IS 'Who wrote off, as the request or the match says.';
COMMENT ON COLUMN entry.approved_by IS 'Who approved it, where somebody had to.';
COMMENT ON COLUMN entry.note IS 'What was written about it.';
COMMENT ON COLUMN entry.recorded_at IS 'When the ledger booked the match.';

COMMENT ON COLUMN entry_line.administration IS 'The books: the legal entity whose item, party or booking this is.';
COMMENT ON COLUMN entry_line.party_id IS 'The debtor or creditor account, by the id that the library system gave it.';
COMMENT ON COLUMN entry_line.match_id IS 'The entry''s match.';
COMMENT ON COLUMN entry_line.position IS '0 for the journal''s own side, else the item''s place.';
COMMENT ON COLUMN entry_line.item_id IS 'The item that was waived; null at position 0.';
COMMENT ON COLUMN entry_line.kind IS 'What the item is for.';
COMMENT ON COLUMN entry_line.branch IS 'The library''s branch whose item it is.';
COMMENT ON COLUMN entry_line.gl_account IS 'The account, fixed when it was booked.';
COMMENT ON COLUMN entry_line.amount IS 'Minor units; debits above zero: the lines of an entry add up to zero.';

COMMENT ON COLUMN journal.administration IS 'The books: the legal entity whose item, party or booking this is.';
COMMENT ON COLUMN journal.code IS 'The journal''s code, such as A920.';
COMMENT ON COLUMN journal.type IS 'Its type: K cash, B bank, V sales, I purchase, M memorial, A write-off.';
COMMENT ON COLUMN journal.version IS 'The version of the configuration that named it last.';
COMMENT ON COLUMN journal.definition IS 'All that the configuration says of it.';

COMMENT ON COLUMN sealed_period.administration IS 'The books: the legal entity whose item, party or booking this is.';
COMMENT ON COLUMN sealed_period.fiscal_year IS 'The fiscal year.';
COMMENT ON COLUMN sealed_period.period IS 'The fiscal period.';
COMMENT ON COLUMN sealed_period.entries IS 'How many entries it has.';
COMMENT ON COLUMN sealed_period.totals IS 'What was written off per journal and currency.';
COMMENT ON COLUMN sealed_period.digest IS 'A digest of all that its entries say: the audit compares it.';
COMMENT ON COLUMN sealed_period.employee IS 'Who sealed it, from the token of the request.';
COMMENT ON COLUMN sealed_period.sealed_at IS 'When it was sealed.';

COMMENT ON TABLE preview IS
'What a clerk was shown before confirming, so that a refusal can say what has changed since. Rows are forgotten after a while.';
COMMENT ON COLUMN preview.administration IS 'The books: the legal entity whose item, party or booking this is.';
COMMENT ON COLUMN preview.fingerprint IS 'What the confirmation names.';
COMMENT ON COLUMN preview.content IS 'What was shown.';
COMMENT ON COLUMN preview.employee IS 'Who was shown it, from the token of the request.';
COMMENT ON COLUMN preview.shown_at IS 'When it was shown.';

COMMENT ON TABLE cause IS
'Events, and days of runs, that automatic write-offs react to, remembered: an item may come after what concerns it.';
COMMENT ON COLUMN cause.administration IS 'The books: the legal entity whose item, party or booking this is.';
COMMENT ON COLUMN cause.party_id IS 'The debtor or creditor account, by the id that the library system gave it.';
COMMENT ON COLUMN cause.topic IS 'The topic of the event; month-end or conversion for a run.';
COMMENT ON COLUMN cause.cause_key IS 'What tells it from others of its topic, such as the subscription and its day.';
COMMENT ON COLUMN cause.origin IS 'event, or month-end for a run by the clock.';
COMMENT ON COLUMN cause.event IS 'The event as it came.';
COMMENT ON COLUMN cause.event_id IS 'The CloudEvents id of the event, or the run''s.';
COMMENT ON COLUMN cause.received_at IS 'When it came.';

COMMENT ON COLUMN rule_outcome.administration IS 'The books: the legal entity whose item, party or booking this is.';
COMMENT ON COLUMN rule_outcome.party_id IS 'The debtor or creditor account, by the id that the library system gave it.';
COMMENT ON COLUMN rule_outcome.topic IS 'The topic of the cause.';
COMMENT ON COLUMN rule_outcome.cause_key IS 'Which cause of that topic.';
COMMENT ON COLUMN rule_outcome.item_id IS 'The item, by the id that its sender gave it.';
COMMENT ON COLUMN rule_outcome.rule IS 'The rule that looked at the item.';
COMMENT ON COLUMN rule_outcome.code IS 'What came of it, for programs: asked, or why not.';
COMMENT ON COLUMN rule_outcome.message IS 'What came of it, for people, in English.';
COMMENT ON COLUMN rule_outcome.request_id IS 'The request that was made; null where none was.';
COMMENT ON COLUMN rule_outcome.evaluated_at IS 'When the rule last looked.';

COMMENT ON COLUMN month_end_schedule.administration IS
'The books: the legal entity whose item, party or booking this is.';
COMMENT ON COLUMN month_end_schedule.since IS
'When it did: months that end from then on are run by themselves, earlier ones by hand.';

COMMENT ON COLUMN settlement.administration IS 'The books: the legal entity whose item, party or booking this is.';
COMMENT ON COLUMN settlement.party_id IS 'The debtor or creditor account, by the id that the library system gave it.';
COMMENT ON COLUMN settlement.match_id IS 'The match.';
COMMENT ON COLUMN settlement.journal IS 'The journal that it was entered on.';
COMMENT ON COLUMN settlement.currency IS 'ISO 4217; amounts beside it are in its minor units.';
COMMENT ON COLUMN settlement.lines IS 'Its lines: item, amount, kind.';
COMMENT ON COLUMN settlement.undone IS 'Whether it was undone since.';

COMMENT ON COLUMN release.administration IS 'The books: the legal entity whose item, party or booking this is.';
COMMENT ON COLUMN release.party_id IS 'The debtor or creditor account, by the id that the library system gave it.';
COMMENT ON COLUMN release.topic IS 'The topic of the cause.';
COMMENT ON COLUMN release.cause_key IS 'Which cause of that topic.';
COMMENT ON COLUMN release.item_id IS 'The item that is given back.';
COMMENT ON COLUMN release.match_id IS 'The settlement that is undone.';
COMMENT ON COLUMN release.amount IS 'What of it is given back, in minor units.';
COMMENT ON COLUMN release.undo_id IS 'The request_id of the match-requested that undoes the settlement.';
COMMENT ON COLUMN release.again_id IS
'The request_id of the one that settles the other items again; null where there are none.';
COMMENT ON COLUMN release.asked_at IS 'When they were put into the outbox.';

COMMENT ON COLUMN release_answer.administration IS 'The books: the legal entity whose item, party or booking this is.';
COMMENT ON COLUMN release_answer.party_id IS
'The debtor or creditor account, by the id that the library system gave it.';
COMMENT ON COLUMN release_answer.request_id IS 'The undo_id or again_id that is answered.';
COMMENT ON COLUMN release_answer.match_id IS 'The match that answers it; null where it was refused.';
COMMENT ON COLUMN release_answer.code IS 'Why it was refused, for programs.';
COMMENT ON COLUMN release_answer.message IS 'Why it was refused, for people, in English.';
COMMENT ON COLUMN release_answer.answered_at IS 'When the answer came.';

COMMENT ON FUNCTION refuse_unbalanced_entry() IS
'Refuses lines of an entry that do not add up to zero.';
COMMENT ON FUNCTION refuse_entry_in_sealed_period() IS
'Refuses an entry in a period that was sealed.';

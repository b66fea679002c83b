-- Every table and column of what the chassis keeps, in words. What is not here was explained where it was made.

COMMENT ON TABLE schema_migration IS
'The migrations that were applied to this schema: a file that was edited since is refused.';
COMMENT ON COLUMN schema_migration.name IS 'Package and file, as it was first applied.';
COMMENT ON COLUMN schema_migration.digest IS 'SHA-256 of the file''s text.';
COMMENT ON COLUMN schema_migration.applied_at IS 'When it was applied.';

COMMENT ON COLUMN outbox.id IS 'The order in which events are published: the order of their commits, party by party.';
COMMENT ON COLUMN outbox.topic IS 'The topic to publish to.';
COMMENT ON COLUMN outbox.key IS 'The Kafka key, administration:party_id, which keeps one party''s events in order.';
COMMENT ON COLUMN outbox.body IS 'The event as JSON; null where the relay renders it from stored facts.';
COMMENT ON COLUMN outbox.reference IS 'What the relay renders the event from; null where the body is here.';
COMMENT ON COLUMN outbox.event_id IS 'The CloudEvents id; null where rendering gives it.';
COMMENT ON COLUMN outbox.source IS 'The CloudEvents source; null for the service itself.';
COMMENT ON COLUMN outbox.headers IS 'Further headers of the message, by name.';
COMMENT ON COLUMN outbox.traceparent IS 'The W3C trace that the event belongs to.';
COMMENT ON COLUMN outbox.created_at IS 'When it was written, inside of the transaction that it tells of.';
COMMENT ON COLUMN outbox.published_at IS 'When the broker acknowledged it; null as long as it waits.';

COMMENT ON COLUMN waiting_event.digest IS
'BLAKE2b of topic, key and body: an event that is delivered twice waits once.';
COMMENT ON COLUMN waiting_event.topic IS 'The topic that it came from.';
COMMENT ON COLUMN waiting_event.key IS 'Its Kafka key.';
COMMENT ON COLUMN waiting_event.administration IS 'The books: the legal entity whose item, party or booking this is.';
COMMENT ON COLUMN waiting_event.party_id IS
'The debtor or creditor account, by the id that the library system gave it.';
COMMENT ON COLUMN waiting_event.refers_to IS 'What it waits for, in words for people.';
COMMENT ON COLUMN waiting_event.body IS 'The event''s bytes as they came.';
COMMENT ON COLUMN waiting_event.headers IS 'The message''s headers, by name.';
COMMENT ON COLUMN waiting_event.received_at IS 'When it first came: the limit of waiting counts from here.';
COMMENT ON COLUMN waiting_event.next_attempt_at IS 'When it is tried again.';
COMMENT ON COLUMN waiting_event.attempts IS 'How often it was tried.';

COMMENT ON COLUMN dead_letter.id IS 'The order in which they came, by which they are listed.';
COMMENT ON COLUMN dead_letter.digest IS 'BLAKE2b of topic, key and body: the same message is put aside once.';
COMMENT ON COLUMN dead_letter.topic IS 'The topic that it came from.';
COMMENT ON COLUMN dead_letter.partition IS 'The partition that it came from.';
COMMENT ON COLUMN dead_letter.record_offset IS 'Its offset in the partition.';
COMMENT ON COLUMN dead_letter.key IS 'Its Kafka key, where it had one.';
COMMENT ON COLUMN dead_letter.body IS 'The message''s bytes as they came.';
COMMENT ON COLUMN dead_letter.headers IS 'The message''s headers, by name.';
COMMENT ON COLUMN dead_letter.code IS 'The refusal, for programs.';
COMMENT ON COLUMN dead_letter.message IS 'The refusal, for people, in English.';
COMMENT ON COLUMN dead_letter.field IS 'The field that is wrong, where one is.';
COMMENT ON COLUMN dead_letter.remedy IS 'What to do about it.';
COMMENT ON COLUMN dead_letter.received_at IS 'When it was put aside.';
COMMENT ON COLUMN dead_letter.retried_at IS 'When it was last driven in again.';
COMMENT ON COLUMN dead_letter.resolved_at IS 'When driving it in again had its effect; null as long as it counts.';

COMMENT ON COLUMN job.job_id IS 'The run''s id, as its API shows it.';
COMMENT ON COLUMN job.kind IS 'What kind of run it is: which operation goes on with it.';
COMMENT ON COLUMN job.administration IS 'The books: the legal entity whose item, party or booking this is.';
COMMENT ON COLUMN job.state IS 'queued, running, done, failed or cancelled.';
COMMENT ON COLUMN job.parameters IS 'What was asked for, as the operation wrote it.';
COMMENT ON COLUMN job.cursor IS 'Where the next chunk begins; moved in the transaction of each chunk.';
COMMENT ON COLUMN job.done IS 'How much is done, in the units of total.';
COMMENT ON COLUMN job.total IS 'How much there is to do, once that is known.';
COMMENT ON COLUMN job.result IS 'What came of it, once it is done.';
COMMENT ON COLUMN job.error IS 'Why it failed, as a problem.';
COMMENT ON COLUMN job.attempts IS 'How often the current chunk failed; a chunk that succeeds sets it to zero.';
COMMENT ON COLUMN job.employee IS 'Who asked for it: from the token of the request, or the clock that queued it.';
COMMENT ON COLUMN job.created_at IS 'When it was asked for.';
COMMENT ON COLUMN job.next_attempt_at IS 'When a worker takes it next.';
COMMENT ON COLUMN job.updated_at IS 'When its last chunk ended.';
COMMENT ON COLUMN job.finished_at IS 'When it ended, however it ended.';

COMMENT ON COLUMN idempotency.employee IS 'Whose key it is, from the token of the request.';
COMMENT ON COLUMN idempotency.route IS 'The method and path that it was sent to.';
COMMENT ON COLUMN idempotency.key IS 'The Idempotency-Key header.';
COMMENT ON COLUMN idempotency.request_digest IS 'SHA-256 of the request: the same key with another request is refused.';
COMMENT ON COLUMN idempotency.status IS 'The HTTP status of the answer.';
COMMENT ON COLUMN idempotency.body IS 'The answer''s body.';
COMMENT ON COLUMN idempotency.location IS 'The answer''s Location header, where it had one.';
COMMENT ON COLUMN idempotency.claimed_at IS 'When the command began: keys are forgotten some time after.';

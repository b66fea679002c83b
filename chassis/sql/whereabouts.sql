-- name: dead_letters_of
-- Those of the messages, by their digests, that are put aside and were not applied since.
SELECT digest, code, message, field, remedy
FROM dead_letter
WHERE digest = ANY($1::bytea[]) AND resolved_at IS NULL;

-- name: waiting_of
-- Those of the messages, by their digests, that wait.
SELECT digest, refers_to FROM waiting_event WHERE digest = ANY($1::bytea[]);

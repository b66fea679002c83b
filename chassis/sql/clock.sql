-- The one clock of a service.

-- name: clock
SELECT clock_timestamp();

-- The relay is woken in one place, by everything that writes to the outbox.

CREATE FUNCTION wake_relay() RETURNS void
LANGUAGE sql VOLATILE
AS $$
    SELECT pg_notify('outbox_' || current_schema(), '')
    WHERE NOT pg_try_advisory_xact_lock_shared(hashtextextended('openitems.relay.sleep.' || current_schema(), 0))
$$;
COMMENT ON FUNCTION wake_relay() IS
'Wakes a relay that sleeps. One that is awake cannot fall asleep before this transaction ends, and then looks again: who
notifies holds a lock of the whole server until its commit is on disk, so that commits would queue up behind one another.';

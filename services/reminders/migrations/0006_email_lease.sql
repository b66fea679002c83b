-- A message is leased before it is handed to a mail server, so that no transaction is open while the server thinks.

ALTER TABLE reminder_email ADD COLUMN leased_until timestamptz;
COMMENT ON COLUMN reminder_email.leased_until IS
'Until when one process alone may hand the message in, by the database''s clock; null when none does.';

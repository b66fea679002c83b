-- Run once, by the database's superuser, before the first migration: one role per service, which owns nothing and
-- may do only what the migrations grant it. The passwords come from the environment.

\getenv selection_password OPENITEMS_SELECTION_PASSWORD
\getenv matching_password OPENITEMS_MATCHING_PASSWORD
\getenv reminders_password OPENITEMS_REMINDERS_PASSWORD
\getenv writeoff_password OPENITEMS_WRITEOFF_PASSWORD

CREATE ROLE openitems_selection LOGIN NOINHERIT PASSWORD :'selection_password';
CREATE ROLE openitems_matching LOGIN NOINHERIT PASSWORD :'matching_password';
CREATE ROLE openitems_reminders LOGIN NOINHERIT PASSWORD :'reminders_password';
CREATE ROLE openitems_writeoff LOGIN NOINHERIT PASSWORD :'writeoff_password';

REVOKE ALL ON DATABASE openitems FROM PUBLIC;
GRANT CONNECT ON DATABASE openitems TO openitems_selection, openitems_matching, openitems_reminders, openitems_writeoff;
REVOKE CREATE ON SCHEMA public FROM PUBLIC;

-- Run once, by the administrator, before the first migration: the owner of the schemas, and one role per service, which
-- owns nothing and may do only what the migrations grant it. The passwords come from the environment.

\getenv owner_password OPENITEMS_OWNER_PASSWORD
\getenv selection_password OPENITEMS_SELECTION_PASSWORD
\getenv matching_password OPENITEMS_MATCHING_PASSWORD
\getenv reminders_password OPENITEMS_REMINDERS_PASSWORD
\getenv writeoff_password OPENITEMS_WRITEOFF_PASSWORD

CREATE ROLE openitems_owner LOGIN PASSWORD :'owner_password';
CREATE ROLE openitems_selection LOGIN PASSWORD :'selection_password';
CREATE ROLE openitems_matching LOGIN PASSWORD :'matching_password';
CREATE ROLE openitems_reminders LOGIN PASSWORD :'reminders_password';
CREATE ROLE openitems_writeoff LOGIN PASSWORD :'writeoff_password';

ALTER DATABASE openitems OWNER TO openitems_owner;
REVOKE ALL ON DATABASE openitems FROM PUBLIC;
GRANT CONNECT ON DATABASE openitems TO openitems_selection, openitems_matching, openitems_reminders, openitems_writeoff;

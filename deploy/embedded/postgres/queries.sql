-- name: role_statement
-- Roles and databases take no parameters: the server itself quotes them into the statement to run.
SELECT format(
    CASE WHEN EXISTS (SELECT FROM pg_roles WHERE rolname = $1::text)
        THEN 'ALTER ROLE %I LOGIN PASSWORD %L'
        ELSE 'CREATE ROLE %I LOGIN PASSWORD %L'
    END,
    $1::text, $2::text
);

-- name: database_exists
SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1::text);

-- name: create_database_statement
SELECT format('CREATE DATABASE %I OWNER %I', $1::text, $2::text);

-- name: close_database_statement
SELECT format('REVOKE ALL ON DATABASE %I FROM PUBLIC', $1::text);

-- name: open_database_statement
SELECT format('GRANT CONNECT ON DATABASE %I TO %I', $1::text, $2::text);

-- name: end_sessions
SELECT count(*) FILTER (WHERE NOT pg_terminate_backend(pid, $2::bigint))
FROM pg_stat_activity
WHERE usename = ANY($1::text[]);

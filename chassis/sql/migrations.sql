-- name: try_migration_lock
SELECT pg_try_advisory_lock(hashtextextended('openitems.migration.' || $1::text, 0));

-- name: set_migration_target
SELECT
    set_config('openitems.schema', $1::text, FALSE),
    set_config('openitems.role', $2::text, FALSE),
    set_config('search_path', $1::text, FALSE);

-- name: create_schema_and_role
-- The deployment gives the role its password; without one it only carries the grants.
DO $$
DECLARE
    target text := current_setting('openitems.schema');
    service text := current_setting('openitems.role');
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = service) THEN
        EXECUTE format('CREATE ROLE %I NOLOGIN', service);
    END IF;
    EXECUTE format('CREATE SCHEMA IF NOT EXISTS %I', target);
    EXECUTE format('GRANT USAGE ON SCHEMA %I TO %I', target, service);
    CREATE TABLE IF NOT EXISTS schema_migration (
        name text PRIMARY KEY,
        digest text NOT NULL,
        applied_at timestamptz NOT NULL DEFAULT clock_timestamp()
    );
END
$$;

-- name: applied_migrations
SELECT name, digest
FROM schema_migration
ORDER BY name
LIMIT 10000;

-- name: record_migration
INSERT INTO schema_migration (name, digest) VALUES ($1, $2);

-- name: keep_former_text
-- The text that was applied last stays known when another takes its place: who comes with it again is an earlier version.
INSERT INTO schema_migration (name, digest, applied_at)
SELECT name || '#' || digest, digest, applied_at
FROM schema_migration
WHERE name = $1
ON CONFLICT (name) DO NOTHING;

-- name: record_definition
-- The register has the digest of a definition as it was applied last.
INSERT INTO schema_migration (name, digest) VALUES ($1, $2)
ON CONFLICT (name) DO UPDATE SET digest = excluded.digest, applied_at = clock_timestamp();

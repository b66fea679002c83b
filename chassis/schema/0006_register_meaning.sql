-- The register keeps the former texts of definitions too.

COMMENT ON COLUMN schema_migration.name IS
'Package and file, as it was first applied; with # and a digest, a text of a definition that another took the place of.';

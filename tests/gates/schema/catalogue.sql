-- What PostgreSQL's catalogue says of one schema, everything in an order that does not depend on when it was made.

-- name: tables
SELECT c.relname::text AS name, obj_description(c.oid, 'pg_class') AS meaning
FROM pg_class AS c
WHERE c.relnamespace = $1::text::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm')
ORDER BY c.relname COLLATE "C";

-- name: columns
SELECT
    c.relname::text AS table_name,
    a.attname::text AS name,
    format_type(a.atttypid, a.atttypmod) AS type,
    CASE WHEN a.attcollation <> t.typcollation THEN l.collname::text END AS collation,
    a.attnotnull AS is_not_null,
    a.attidentity <> '' AS is_identity,
    a.attgenerated <> '' AS is_generated,
    pg_get_expr(d.adbin, d.adrelid) AS expression,
    col_description(c.oid, a.attnum) AS meaning
FROM pg_attribute AS a
INNER JOIN pg_class AS c ON c.oid = a.attrelid
INNER JOIN pg_type AS t ON t.oid = a.atttypid
LEFT JOIN pg_collation AS l ON l.oid = a.attcollation
LEFT JOIN pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
WHERE c.relnamespace = $1::text::regnamespace
    AND c.relkind IN ('r', 'p', 'v', 'm')
    AND a.attnum > 0
    AND NOT a.attisdropped
ORDER BY c.relname COLLATE "C", a.attnum;

-- name: constraints
SELECT
    c.relname::text AS table_name,
    k.conname::text AS name,
    k.contype::text AS kind,
    pg_get_constraintdef(k.oid) AS definition,
    array(
        SELECT a.attname::text
        FROM unnest(k.conkey) WITH ORDINALITY AS u (attnum, place)
        INNER JOIN pg_attribute AS a ON a.attrelid = k.conrelid AND a.attnum = u.attnum
        ORDER BY u.place
    ) AS columns
FROM pg_constraint AS k
INNER JOIN pg_class AS c ON c.oid = k.conrelid
WHERE c.relnamespace = $1::text::regnamespace AND k.contype IN ('p', 'u', 'c', 'f', 'x')
ORDER BY c.relname COLLATE "C", k.contype <> 'p', k.conname COLLATE "C";

-- name: indexes
SELECT t.relname::text AS table_name, pg_get_indexdef(i.indexrelid) AS definition
FROM pg_index AS i
INNER JOIN pg_class AS t ON t.oid = i.indrelid
INNER JOIN pg_class AS c ON c.oid = i.indexrelid
WHERE t.relnamespace = $1::text::regnamespace
    AND t.relkind IN ('r', 'p', 'm')
    AND NOT EXISTS (SELECT FROM pg_constraint AS k WHERE k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x'))
ORDER BY t.relname COLLATE "C", c.relname COLLATE "C";

-- name: triggers
SELECT t.relname::text AS table_name, pg_get_triggerdef(g.oid) AS definition
FROM pg_trigger AS g
INNER JOIN pg_class AS t ON t.oid = g.tgrelid
WHERE t.relnamespace = $1::text::regnamespace AND NOT g.tgisinternal
ORDER BY t.relname COLLATE "C", g.tgname COLLATE "C";

-- name: functions
SELECT
    p.proname::text AS name,
    p.oid::regprocedure::text AS signature,
    CASE
        WHEN p.prokind = 'a' THEN
            format(
                'CREATE AGGREGATE %s (SFUNC = %s, STYPE = %s, INITCOND = %L)',
                p.oid::regprocedure, g.aggtransfn, format_type(g.aggtranstype, NULL), g.agginitval
            )
        ELSE pg_get_functiondef(p.oid)
    END AS definition,
    obj_description(p.oid, 'pg_proc') AS meaning
FROM pg_proc AS p
LEFT JOIN pg_aggregate AS g ON g.aggfnoid = p.oid
WHERE p.pronamespace = $1::text::regnamespace
ORDER BY p.proname COLLATE "C", p.oid::regprocedure::text COLLATE "C";

-- name: types
SELECT
    t.typname::text AS name,
    obj_description(t.oid, 'pg_type') AS meaning,
    array(
        SELECT format('%I %s', a.attname, format_type(a.atttypid, a.atttypmod))
        FROM pg_attribute AS a
        WHERE a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped
        ORDER BY a.attnum
    ) AS fields,
    array(
        SELECT quote_literal(e.enumlabel) FROM pg_enum AS e WHERE e.enumtypid = t.oid ORDER BY e.enumsortorder
    ) AS labels
FROM pg_type AS t
LEFT JOIN pg_class AS c ON c.oid = t.typrelid
WHERE t.typnamespace = $1::text::regnamespace AND (t.typtype = 'e' OR (t.typtype = 'c' AND c.relkind = 'c'))
ORDER BY t.typname COLLATE "C";

-- name: sequences
SELECT s.sequencename::text AS name, s.data_type::text AS type
FROM pg_sequences AS s
INNER JOIN pg_class AS c ON c.relname = s.sequencename AND c.relnamespace = s.schemaname::text::regnamespace
WHERE s.schemaname = $1::text
    AND NOT EXISTS (SELECT FROM pg_depend AS d WHERE d.objid = c.oid AND d.deptype IN ('a', 'i'))
ORDER BY s.sequencename COLLATE "C";

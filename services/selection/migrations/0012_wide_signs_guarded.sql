-- A spreadsheet takes the full-width signs for those of a formula too, and skips a line feed before one.

CREATE OR REPLACE FUNCTION guarded(value text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE
    WHEN ascii(value) IN (61, 43, 45, 64, 9, 13, 10, 65309, 65291, 65293, 65312) THEN '''' || value
    ELSE value
END;
COMMENT ON FUNCTION guarded(text) IS
'Text that a spreadsheet would take for a formula (it begins with = + - @, one of their full-width forms, a tab, a return or a line feed) gets an apostrophe before it.';

-- What a period is sealed with, and what the audit compares that with, said in one place.

CREATE FUNCTION period_facts(of_administration text, of_fiscal_year integer, of_period integer)
RETURNS TABLE (entries bigint, digest text)
LANGUAGE sql STABLE PARALLEL SAFE ROWS 1
BEGIN ATOMIC
    SELECT
        count(*) AS entries,
        md5(coalesce(string_agg(p.fact, chr(31) ORDER BY p.fact), '')) AS digest
    FROM (
        SELECT concat_ws(':', e.party_id, e.match_id, e.journal, e.date, e.currency, sum(l.amount)) AS fact
        FROM entry AS e
        INNER JOIN entry_line AS l
            ON l.administration = e.administration
            AND l.party_id = e.party_id
            AND l.match_id = e.match_id
            AND l.position = 0
        WHERE e.administration = of_administration AND e.fiscal_year = of_fiscal_year AND e.period = of_period
        GROUP BY e.party_id, e.match_id, e.journal, e.date, e.currency
    ) AS p;
END;
COMMENT ON FUNCTION period_facts(text, integer, integer) IS
'How many entries a period has, and a digest of all that they say; planned as a part of the statement.';

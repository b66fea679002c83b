-- What a run looks at before it takes an item, said in one place.

CREATE FUNCTION standing_in_run(of_administration text, of_party text, of_item text, of_topic text, of_day date)
RETURNS TABLE (is_asked boolean, is_taken boolean)
LANGUAGE sql STABLE PARALLEL SAFE ROWS 1
BEGIN ATOMIC
    SELECT
        EXISTS (
            SELECT FROM request_line AS l
            INNER JOIN ask USING (administration, party_id, request_id)
            LEFT JOIN answer USING (administration, party_id, ask_id)
            WHERE l.administration = of_administration
                AND l.party_id = of_party
                AND l.item_id = of_item
                AND answer.ask_id IS NULL
        ) AS is_asked,
        EXISTS (
            SELECT FROM rule_outcome AS o
            WHERE o.administration = of_administration
                AND o.party_id = of_party
                AND o.topic = of_topic
                AND o.cause_key = to_char(of_day, 'YYYY-MM-DD')
                AND o.item_id = of_item
                AND o.request_id IS NOT NULL
        ) AS is_taken;
END;
COMMENT ON FUNCTION standing_in_run(text, text, text, text, date) IS
'Whether an item is asked for just now, and whether the run of that topic and day took it; planned as a part of the statement.';

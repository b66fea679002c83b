-- Whether a party is of the group and the kind that somebody asked for, said in one place.

CREATE FUNCTION party_is(of_administration text, of_party text, wanted_group text, wanted_kind text)
RETURNS SETOF boolean
LANGUAGE sql STABLE PARALLEL SAFE ROWS 1
BEGIN ATOMIC
    SELECT true
    FROM party
    WHERE party.administration = of_administration
    AND party.party_id = of_party
    AND (wanted_group IS NULL OR party.party_group = wanted_group)
    AND (wanted_kind IS NULL OR party.kind = wanted_kind);
END;
COMMENT ON FUNCTION party_is(text, text, text, text) IS
'A row if a party that was told of is of the group and kind, NULL being any; plain enough to be planned as a part of the statement.';

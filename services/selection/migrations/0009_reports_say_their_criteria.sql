-- What a control report says of its criteria is kept as it was said, so that the record and the paper agree for ever.
ALTER TABLE control_report ADD COLUMN criteria text;
COMMENT ON COLUMN control_report.criteria IS
'The criteria as one sentence, in the report''s language, as its footer has it; none where the set was made without any.';

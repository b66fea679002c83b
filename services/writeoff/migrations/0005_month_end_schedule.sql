-- Since when the month's end is run by itself: what was over by then is run by hand, after a look at its preview.

CREATE TABLE month_end_schedule (
    administration text COLLATE "C" PRIMARY KEY,
    since date NOT NULL
);
COMMENT ON TABLE month_end_schedule IS 'When the schedule first saw the rule switched on.';

SELECT grant_service('SELECT, INSERT', 'month_end_schedule');

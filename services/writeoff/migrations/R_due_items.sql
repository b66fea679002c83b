-- What runs over many parties take: one definition for what a preview sums and for what the run asks for.

CREATE OR REPLACE FUNCTION due_contributions(of_administration text, of_day date, for_months integer)
RETURNS SETOF item
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
    SELECT item.*
    FROM item
    WHERE item.administration = of_administration
        AND item.kind = 'contribution'
        AND item.open_amount > 0
        AND item.status <> 'open'
        AND item.item_date + make_interval(months => for_months) < of_day + INTERVAL '1 day'
$$;
COMMENT ON FUNCTION due_contributions(text, date, integer) IS
'Contributions of status invoiced or further that are open for so many months on the day of a month''s end.';

CREATE OR REPLACE FUNCTION due_for_conversion(of_administration text, posted_before date, on_journals text[])
RETURNS SETOF item
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
    SELECT item.*
    FROM item
    WHERE item.administration = of_administration
        AND item.open_amount > 0
        AND (posted_before IS NULL OR item.item_date < posted_before)
        AND (on_journals IS NULL OR item.journal = ANY(on_journals))
$$;
COMMENT ON FUNCTION due_for_conversion(text, date, text[]) IS
'Open charges, posted before a day and on one of some journals, each only if given.';

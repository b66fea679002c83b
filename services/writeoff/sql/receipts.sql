-- Money that moved on cash and bank journals. Received is what came in from debtors less what was voided, refunded and
-- charged back; what was paid to suppliers, and what they paid back, stands apart (R_money_moved.sql).

-- name: overview_receipts
-- Sums by the dimensions named in $2; the others are null, so that the groups of all of them are those of the named ones.
-- $1 administration, $3 and $4 the days, both included, $5 to $13 filters, null for any. Days are summed first: a fiscal
-- period is then looked up a day, and not a booking.
WITH by_day AS (
    -- Step 1, sums per day and whatever else is asked for; what is not asked for is null in every row.
    SELECT
        m.day, m.currency,
        CASE WHEN 'journal' = ANY($2::text[]) THEN m.journal END AS journal,
        CASE WHEN 'employee' = ANY($2) THEN m.employee END AS employee,
        CASE WHEN 'till' = ANY($2) THEN m.till END AS till,
        CASE WHEN 'method' = ANY($2) THEN m.method END AS method,
        CASE WHEN 'branch' = ANY($2) THEN m.branch END AS branch,
        CASE WHEN 'party_kind' = ANY($2) THEN m.party_kind END AS party_kind,
        count(*) AS bookings, sum(m.taken_in) AS taken_in, sum(m.voided) AS voided, sum(m.refunded) AS refunded,
        sum(m.charged_back) AS charged_back, sum(m.paid) AS paid, sum(m.received_back) AS received_back,
        sum(m.inflow) AS movement
    FROM money_moved AS m
    WHERE m.administration = $1
        AND m.day BETWEEN $3 AND $4
        AND ($5::text IS NULL OR m.journal = $5)
        AND ($6::text IS NULL OR m.employee = $6)
        AND ($7::text IS NULL OR m.till = $7)
        AND ($8::text IS NULL OR m.method = $8)
        AND ($9::text IS NULL OR m.branch = $9)
        AND ($10::text IS NULL OR m.party_kind = $10)
        AND ($11::text IS NULL OR m.party_id = $11)
    GROUP BY 1, 2, 3, 4, 5, 6, 7, 8
), fiscal_period AS MATERIALIZED (
    -- Step 2, the administration's periods.
    SELECT p.year, p.period, p.start, p."end"
    FROM administration AS a
    CROSS JOIN LATERAL jsonb_to_recordset(a.configuration -> 'fiscal_periods')
        AS p (year integer, period integer, start date, "end" date)
    WHERE a.administration = $1
)
-- Step 3, days into periods; a day in none has neither year nor period.
SELECT
    CASE WHEN 'year' = ANY($2) THEN p.year END AS fiscal_year,
    CASE WHEN 'period' = ANY($2) THEN p.period END AS period,
    CASE WHEN 'day' = ANY($2) THEN b.day END AS day,
    b.journal, b.employee, b.till, b.method, b.branch, b.party_kind, b.currency, sum(b.bookings)::bigint AS bookings,
    sum(b.taken_in)::bigint AS taken_in, sum(b.voided)::bigint AS voided, sum(b.refunded)::bigint AS refunded,
    sum(b.charged_back)::bigint AS charged_back,
    sum(b.taken_in - b.voided - b.refunded - b.charged_back)::bigint AS received, sum(b.paid)::bigint AS paid,
    sum(b.received_back)::bigint AS received_back, sum(b.movement)::bigint AS movement
FROM by_day AS b
LEFT JOIN fiscal_period AS p ON b.day BETWEEN p.start AND p."end"
WHERE ($12::integer IS NULL OR p.year = $12) AND ($13::integer IS NULL OR p.period = $13)
GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, b.currency
ORDER BY 1, 2, 3, 4, 5, 6, 7, 8, 9, b.currency
LIMIT 10001;

-- name: list_receipts
-- Booking by booking, in the order of day, party and item.
SELECT
    m.day, m.party_id, m.item_id, m.party_kind, m.kind, m.journal, m.voucher, m.employee, m.till, m.method, m.branch,
    m.money_back, m.reverses, m.currency, m.taken_in, m.voided, m.refunded, m.charged_back,
    m.taken_in - m.voided - m.refunded - m.charged_back AS received, m.paid, m.received_back, m.inflow AS movement
FROM money_moved AS m
WHERE m.administration = $1
    AND m.day BETWEEN $2 AND $3
    AND ($4::text IS NULL OR m.journal = $4)
    AND ($5::text IS NULL OR m.employee = $5)
    AND ($6::text IS NULL OR m.till = $6)
    AND ($7::text IS NULL OR m.method = $7)
    AND ($8::text IS NULL OR m.branch = $8)
    AND ($9::text IS NULL OR m.party_kind = $9)
    AND ($10::text IS NULL OR m.party_id = $10)
    AND (m.day, m.party_id, m.item_id) > ($11::date, $12::text, $13::text)
ORDER BY m.day, m.party_id, m.item_id
LIMIT $14;

-- name: receipts_by_journal
-- Journal, day and currency: what the receipts say that the journal gained, in the order of these.
SELECT
    m.journal, m.day, m.currency, count(*) AS bookings, sum(m.taken_in)::bigint AS taken_in, sum(m.voided)::bigint AS voided,
    sum(m.refunded)::bigint AS refunded, sum(m.charged_back)::bigint AS charged_back, sum(m.paid)::bigint AS paid,
    sum(m.received_back)::bigint AS received_back,
    sum(m.taken_in - m.voided - m.refunded - m.charged_back - m.paid + m.received_back)::bigint AS movement
FROM money_moved AS m
WHERE m.administration = $1 AND m.day BETWEEN $2 AND $3 AND (m.journal, m.day, m.currency) > ($4::text, $5::date, $6::text)
GROUP BY m.journal, m.day, m.currency
ORDER BY m.journal, m.day, m.currency
LIMIT $7;

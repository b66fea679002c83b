-- name: audit_violations
-- What must always hold of reminders, recomputed from the stored facts: one part for each rule, which gives the rows that
-- break it, at most a thousand. A part reads facts only, never what another part found.
(
    -- Items come first: a reminder without its item could not be explained to anybody.
    SELECT 'a reminder names an item that is not posted' AS invariant, r.party_id, r.item_id AS detail
    FROM reminder_item AS r
    WHERE
        r.administration = $1
        AND NOT EXISTS (
            SELECT FROM item AS i
            WHERE i.administration = r.administration AND i.party_id = r.party_id AND i.item_id = r.item_id
        )
    LIMIT 1000
)
UNION ALL
(
    -- Nothing is earlier than what it touches.
    SELECT
        'a reminder is not earlier than its items', r.party_id,
        r.item_id || ' of ' || i.item_date || ': reminder ' || r.reminder_id || ' of ' || r.generation_date
    FROM reminder_item AS r
    INNER JOIN item AS i ON i.administration = r.administration AND i.party_id = r.party_id AND i.item_id = r.item_id
    WHERE r.administration = $1 AND i.item_date > r.generation_date
    LIMIT 1000
)
UNION ALL
(
    -- Each reminder of an item beside the one before it; two of one run are in the order of their levels.
    SELECT 'an item''s levels rise one by one and never fall', s.party_id, s.item_id || ': level ' || s.level || ' after ' || s.previous
    FROM (
        SELECT
            i.party_id, i.item_id, i.level,
            lag(i.level, 1, 0::smallint) OVER (PARTITION BY i.party_id, i.item_id ORDER BY r.issued_at, i.level) AS previous
        FROM reminder_item AS i
        INNER JOIN reminder AS r
            ON r.administration = i.administration AND r.party_id = i.party_id AND r.reminder_id = i.reminder_id
        WHERE i.administration = $1
    ) AS s
    WHERE s.level < s.previous OR s.level > s.previous + 1
    LIMIT 1000
)
UNION ALL
(
    -- What the item says of itself may be ahead of a reminder, since a later one may have moved it, but never behind.
    SELECT 'a reminded item has the status and the level of its last reminder', r.party_id, r.item_id
    FROM reminder_item AS r
    INNER JOIN item AS i ON i.administration = r.administration AND i.party_id = r.party_id AND i.item_id = r.item_id
    WHERE r.administration = $1 AND (i.reminder_level < r.level OR i.reminded_on < r.generation_date OR i.status NOT IN ('reminded', 'bailiff'))
    LIMIT 1000
)
UNION ALL
(
    -- "Days since the last reminder" is judged by this row: behind, it would remind too early.
    SELECT 'a debtor''s last reminder is the latest that was issued', r.party_id, r.reminder_id::text
    FROM reminder AS r
    LEFT JOIN party_reminder AS p ON p.administration = r.administration AND p.party_id = r.party_id
    WHERE r.administration = $1 AND (p.party_id IS NULL OR p.last_reminded_on < r.generation_date OR p.level < r.level)
    LIMIT 1000
)
UNION ALL
(
    -- Nothing falls out of a run in silence.
    SELECT 'every item of an issued run was reminded, dropped or left out', r.party_id, r.item_id
    FROM run_item AS r
    INNER JOIN reminder_run AS n ON n.administration = r.administration AND n.run_id = r.run_id
    WHERE r.administration = $1 AND n.state = 'issued' AND r.outcome IS NULL AND r.left_out_by IS NULL
    LIMIT 1000
)
UNION ALL
(
    -- And what a run says that it reminded of was sent.
    SELECT 'a reminded item of a run is on a reminder', r.party_id, r.item_id
    FROM run_item AS r
    WHERE
        r.administration = $1
        AND r.outcome = 'reminded'
        AND NOT EXISTS (
            SELECT FROM reminder_item AS i
            WHERE
                i.administration = r.administration AND i.party_id = r.party_id AND i.item_id = r.item_id
                AND i.reminder_id = r.reminder_id
        )
    LIMIT 1000
)
UNION ALL
(
    -- Whether the document's bytes are still those that were sent, the store is asked apart from this.
    SELECT 'every reminder has its document', r.party_id, r.reminder_id::text
    FROM reminder AS r
    WHERE
        r.administration = $1
        AND NOT EXISTS (
            SELECT FROM document AS d
            WHERE
                d.administration = r.administration AND d.party_id = r.party_id AND d.document_id = r.document_id
        )
    LIMIT 1000
);

-- name: audit_checked
SELECT
    (SELECT count(*) FROM item WHERE administration = $1) AS items,
    (SELECT count(*) FROM reminder WHERE administration = $1) AS reminders,
    (SELECT count(*) FROM reminder_item WHERE administration = $1) AS reminded_items,
    (SELECT count(*) FROM reminder_run WHERE administration = $1) AS runs;

-- name: documents_after
SELECT party_id, document_id, sha256, size_bytes
FROM document
WHERE administration = $1 AND document_id > $2
ORDER BY document_id
LIMIT $3;

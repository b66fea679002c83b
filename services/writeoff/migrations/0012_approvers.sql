-- Entries of write-offs that a second employee approved here did not say who that was.

UPDATE entry
SET approved_by = approval.employee
FROM approval
WHERE approval.approved
    AND entry.administration = approval.administration
    AND entry.party_id = approval.party_id
    AND entry.request_id = approval.request_id
    AND entry.approved_by IS NULL;

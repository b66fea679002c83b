-- What moved on cash and bank journals, said in one place: every report of receipts, payments and journals reads this.
--
-- A row is an item on a journal of type K or B. `inflow` is what the journal gained by it, below zero where it lost: a
-- debtor's account is credited by money that comes in, a supplier's by money that goes out. Each row says the same once
-- more as exactly one of six amounts, which are above zero but for a booking that strikes out another one:
--
--     debtor, in      taken_in         received from those who owe
--     debtor, out     voided, refunded or charged_back, by what the sender says of it; refunded where nothing is said
--     supplier, out   paid
--     supplier, in    received_back    a supplier pays back
--
--     inflow = taken_in - voided - refunded - charged_back - paid + received_back
--
-- What strikes out an outgoing booking (a void of a refund, a payment to a supplier that the bank returns) takes away from
-- where that one stands. What says of itself which item it reverses has till, method and branch of that one, unless it
-- says its own.

DROP VIEW IF EXISTS money_moved;

CREATE VIEW money_moved AS
SELECT
    m.administration,
    m.party_id,
    m.item_id,
    m.party_kind,
    m.journal,
    m.day,
    m.currency,
    m.employee,
    m.till,
    m.method,
    m.branch,
    m.kind,
    m.voucher,
    m.money_back,
    m.reverses,
    m.inflow,
    CASE WHEN m.is_debtor AND m.inflow > 0 AND NOT m.is_void THEN m.inflow ELSE 0 END AS taken_in,
    CASE WHEN m.is_debtor AND m.inflow < 0 AND m.is_void THEN -m.inflow ELSE 0 END AS voided,
    CASE
        WHEN m.is_debtor AND m.inflow < 0 AND NOT m.is_void AND NOT m.is_charge_back THEN -m.inflow
        WHEN m.is_debtor AND m.inflow > 0 AND m.is_void THEN -m.inflow
        ELSE 0
    END AS refunded,
    CASE WHEN m.is_debtor AND m.inflow < 0 AND m.is_charge_back THEN -m.inflow ELSE 0 END AS charged_back,
    CASE
        WHEN m.is_debtor THEN 0
        WHEN m.inflow < 0 AND NOT m.is_void THEN -m.inflow
        WHEN m.inflow > 0 AND (m.is_void OR m.is_charge_back) THEN -m.inflow
        ELSE 0
    END AS paid,
    CASE
        WHEN m.is_debtor THEN 0
        WHEN m.inflow > 0 AND NOT m.is_void AND NOT m.is_charge_back THEN m.inflow
        WHEN m.inflow < 0 AND m.is_void THEN m.inflow
        ELSE 0
    END AS received_back
FROM (
    SELECT
        i.administration,
        i.party_id,
        i.item_id,
        coalesce(p.kind, 'debtor') AS party_kind,
        j.code AS journal,
        i.item_date AS day,
        i.currency,
        i.employee,
        coalesce(i.till, undone.till) AS till,
        coalesce(i.payment_method, undone.payment_method) AS method,
        branch_of(coalesce(i.branch, undone.branch), p.branch) AS branch,
        i.kind,
        i.voucher,
        i.money_back,
        i.reverses,
        coalesce(p.kind, 'debtor') = 'debtor' AS is_debtor,
        coalesce(i.money_back = 'void', FALSE) AS is_void,
        coalesce(i.money_back = 'charge-back', FALSE) AS is_charge_back,
        CASE WHEN p.kind = 'creditor' THEN i.amount ELSE -i.amount END AS inflow
    FROM item AS i
    INNER JOIN journal AS j ON j.administration = i.administration AND j.code = i.journal AND j.type IN ('K', 'B')
    LEFT JOIN party AS p ON p.administration = i.administration AND p.party_id = i.party_id
    LEFT JOIN item AS undone
        ON undone.administration = i.administration AND undone.party_id = i.party_id AND undone.item_id = i.reverses
) AS m;

COMMENT ON VIEW money_moved IS 'Items on cash and bank journals: what came in, what went back, what was paid, what came back.';
COMMENT ON COLUMN money_moved.administration IS 'The books.';
COMMENT ON COLUMN money_moved.party_id IS 'The debtor or creditor account.';
COMMENT ON COLUMN money_moved.item_id IS 'The item.';
COMMENT ON COLUMN money_moved.party_kind IS 'debtor or creditor; debtor while the party is not known.';
COMMENT ON COLUMN money_moved.journal IS 'The cash or bank journal.';
COMMENT ON COLUMN money_moved.day IS 'The item''s date.';
COMMENT ON COLUMN money_moved.currency IS 'ISO 4217; amounts beside it are in its minor units.';
COMMENT ON COLUMN money_moved.employee IS 'Who posted it, as the sender says.';
COMMENT ON COLUMN money_moved.till IS 'Where money passed: its own till, or that of the item whose money goes back.';
COMMENT ON COLUMN money_moved.method IS 'How: its own way of payment, or that of the item whose money goes back.';
COMMENT ON COLUMN money_moved.branch IS 'Its own branch, that of the item whose money goes back, or the party''s.';
COMMENT ON COLUMN money_moved.kind IS 'What the posting is called.';
COMMENT ON COLUMN money_moved.voucher IS 'The number of the booking document.';
COMMENT ON COLUMN money_moved.money_back IS 'What the sender says of money that goes back: void, refund or charge-back.';
COMMENT ON COLUMN money_moved.reverses IS 'The item whose money goes back.';
COMMENT ON COLUMN money_moved.inflow IS 'What the journal gained; below zero where it lost.';
COMMENT ON COLUMN money_moved.taken_in IS 'Came in from a debtor.';
COMMENT ON COLUMN money_moved.voided IS 'Struck out of what was taken in.';
COMMENT ON COLUMN money_moved.refunded IS 'Given back to a debtor; below zero for a refund that was struck out.';
COMMENT ON COLUMN money_moved.charged_back IS 'Called back by a debtor or the bank.';
COMMENT ON COLUMN money_moved.paid IS 'Went to a supplier; below zero for a payment that was struck out or returned.';
COMMENT ON COLUMN money_moved.received_back IS 'Came back from a supplier; below zero where that was struck out.';

SELECT grant_service('SELECT', 'money_moved');

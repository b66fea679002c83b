-- Every table and column of the read model of administrations and parties, in words. What is not here was explained where it was made.

COMMENT ON TABLE administration IS 'The books as administration-configured told them last.';
COMMENT ON COLUMN administration.administration IS 'The books: the tenant.';
COMMENT ON COLUMN administration.version IS
'The version of the configuration: a lower one that comes late is passed over.';
COMMENT ON COLUMN administration.configuration IS
'The whole event: base currency, periods, journals, reasons, accounts, reminder profiles.';

COMMENT ON TABLE party IS 'Debtors and creditors as party-updated told them last.';
COMMENT ON COLUMN party.administration IS 'The books: the legal entity whose item, party or booking this is.';
COMMENT ON COLUMN party.party_id IS 'The debtor or creditor account, by the id that the library system gave it.';
COMMENT ON COLUMN party.version IS 'The version of the master data: a lower one that comes late is passed over.';
COMMENT ON COLUMN party.kind IS 'debtor or creditor.';
COMMENT ON COLUMN party.name IS 'The name, as on letters.';
COMMENT ON COLUMN party.debtor_type IS 'consumer, business or public: which law applies to reminders.';
COMMENT ON COLUMN party.street IS 'Street and number.';
COMMENT ON COLUMN party.postal_code IS 'Postal code.';
COMMENT ON COLUMN party.city IS 'Town.';
COMMENT ON COLUMN party.country IS 'ISO 3166-1 alpha-2.';
COMMENT ON COLUMN party.email IS 'Where letters by e-mail go.';
COMMENT ON COLUMN party.phone IS 'Telephone, as it was told.';
COMMENT ON COLUMN party.language IS 'BCP 47, such as nl-BE: the language of letters.';
COMMENT ON COLUMN party.party_group IS 'The group that the library system puts the party in.';
COMMENT ON COLUMN party.category IS 'The category of borrowers, such as adult.';
COMMENT ON COLUMN party.payment_method IS 'How the party pays, where its items do not say.';
COMMENT ON COLUMN party.payment_terms_days IS 'Days to pay in, where its items do not say.';
COMMENT ON COLUMN party.branch IS 'The library''s branch that the party belongs to.';
COMMENT ON COLUMN party.channel IS 'letter or e-mail: how reminders reach the party.';
COMMENT ON COLUMN party.iban IS 'The party''s bank account.';

-- Saved methods that carry the processor's official test tokens and were never made there: for lists and measurements.
CREATE TEMPORARY TABLE demo_wish ON COMMIT DROP AS
SELECT n, a.id AS account_id, f.i, want.kind, a.language,
       CASE WHEN want.kind = 'card' THEN pg_temp.draw(f.i, 140, 100) ELSE pg_temp.draw(f.i, 141, 100) END AS place
FROM demo_family f JOIN accounts_account a ON a.id = f.account_id
CROSS JOIN (VALUES (1, 'card', %(cards)s, 142), (2, 'bank', %(banks)s, 143)) AS want(n, kind, share, salt)
WHERE pg_temp.draw(f.i, want.salt, 100) < want.share;
ANALYZE demo_wish;

INSERT INTO wallet_paymentmethod (account_id, kind, rail, brand, last4, exp_month, exp_year, holder, nickname,
  address_line1, address_city, address_province, address_postal_code, address_country, fingerprint, processor_method,
  processor_mandate, slot, is_default, status, created_at)
SELECT w.account_id, w.kind, t.rail, t.brand, t.last4, CASE w.kind WHEN 'card' THEN extract(month FROM expires) END,
       CASE w.kind WHEN 'card' THEN extract(year FROM expires) END, p.first_name || ' ' || p.last_name, '',
       a.address_line1, a.address_city, a.address_province, a.address_postal_code, 'CA', t.token || '/' || w.i, t.token,
       CASE w.kind WHEN 'bank' THEN 'mandate_demo_' || w.i ELSE '' END, 1,
       row_number() OVER (PARTITION BY w.account_id ORDER BY n) = 1, 'active', %(now)s
FROM (SELECT *, date_trunc('month', %(now)s) + (pg_temp.draw(i, 144, 52) - 3) * interval '1 month' AS expires
      FROM demo_wish) w
JOIN (SELECT * FROM unnest(%(kinds)s::text[], %(from_places)s::int[], %(to_places)s::int[], %(tokens)s::text[],
                           %(rails)s::text[], %(brands)s::text[], %(last4s)s::text[])
      AS token(kind, from_place, to_place, token, rail, brand, last4)) t
  ON t.kind = w.kind
  AND w.place >= t.from_place AND w.place < t.to_place
JOIN accounts_account a ON a.id = w.account_id JOIN accounts_person p ON p.id = a.owner_id;
ANALYZE wallet_paymentmethod;

INSERT INTO wallet_authorization (method_id, organization_id, client_id, state, channel, consent_version,
  consent_language, consent_text, debit_schedule, notice_days, user_agent, requested_at, granted_at, processor_account,
  processor_customer, processor_method, processor_mandate)
SELECT m.id, c.organization_id, c.id, 'granted', 'wallet', t.version, t.language, t.words, t.debits, t.days, '',
       %(now)s - interval '90 days', %(now)s - interval '90 days', o.processor_account, 'cus_demo_' || c.account_id,
       m.processor_method, m.processor_mandate
FROM demo_family f JOIN wallet_paymentmethod m ON m.account_id = f.account_id
JOIN (SELECT DISTINCT ON (account_id) * FROM accounts_client WHERE id > %(client_base)s ORDER BY account_id, id) c
  ON c.account_id = f.account_id
JOIN accounts_organization o ON o.id = c.organization_id
JOIN accounts_account a ON a.id = f.account_id
JOIN (SELECT * FROM unnest(%(consent_organizations)s::bigint[], %(consent_rails)s::text[], %(consent_languages)s::text[],
                           %(consent_versions)s::text[], %(consent_words)s::text[], %(consent_debits)s::text[],
                           %(consent_days)s::int[])
      AS consent(organization_id, rail, language, version, words, debits, days)) t
  ON t.organization_id = c.organization_id AND t.rail = m.rail AND t.language = a.language
WHERE pg_temp.draw(f.i, 145, 100) >= 4;
ANALYZE wallet_authorization;

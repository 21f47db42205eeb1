-- Accounts, their people and their clients, each value drawn from a hash of the row's number: the same every time.
SET LOCAL work_mem = '128MB';
CREATE FUNCTION pg_temp.draw(key bigint, salt int, sides bigint) RETURNS int
  LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT (abs(hashint8extended(key, salt)) %% sides)::int $$;
CREATE FUNCTION pg_temp.one_of(choices text[], key bigint, salt int) RETURNS text
  LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT choices[1 + pg_temp.draw(key, salt, cardinality(choices))] $$;

CREATE TEMPORARY TABLE demo_family ON COMMIT DROP AS
SELECT i, %(account_base)s + i AS account_id, o.language, o.women, o.men, o.girls, o.boys,
       pg_temp.one_of(o.surnames, i, 10) AS surname,
       pg_temp.draw(i, 11, 100) < 62 AS owner_is_woman,
       CASE WHEN pg_temp.draw(i, 1, 100) < 60 THEN 1 ELSE 2 + pg_temp.draw(i, 2, %(organizations)s - 1) END AS home,
       pg_temp.draw(i, 3, 100) < 12 AS knows_another
FROM generate_series(1, %(accounts)s) i
JOIN (
  SELECT language, from_share, to_share, surnames::text[], women::text[], men::text[], girls::text[], boys::text[]
  FROM unnest(%(languages)s::text[], %(from_shares)s::int[], %(to_shares)s::int[], %(surnames)s::text[],
              %(women)s::text[], %(men)s::text[], %(girls)s::text[], %(boys)s::text[])
       AS origin(language, from_share, to_share, surnames, women, men, girls, boys)
) o ON pg_temp.draw(i, 12, 100) >= o.from_share AND pg_temp.draw(i, 12, 100) < o.to_share;
ANALYZE demo_family;

-- Everyone after the owners is drawn into a family: some stay alone, a few have six children.
CREATE TEMPORARY TABLE demo_member ON COMMIT DROP AS
SELECT j, m.family AS i, row_number() OVER (PARTITION BY m.family ORDER BY j) AS rank
FROM (SELECT j, 1 + pg_temp.draw(j, 20, %(accounts)s) AS family FROM generate_series(1, %(people)s - %(accounts)s) j) m;
ANALYZE demo_member;

INSERT INTO accounts_account (id, kind, email, phone, language, address_line1, address_city, address_province,
                              address_postal_code, created_at)
SELECT account_id, 'household',
       CASE WHEN pg_temp.draw(i, 30, 100) < 6 THEN ''
            ELSE regexp_replace(smartrec_plain(pg_temp.one_of(CASE WHEN owner_is_woman THEN women ELSE men END, i, 31)
                 || '.' || surname), '[^a-z.]', '', 'g') || CASE WHEN pg_temp.draw(i, 32, 100) < 3 THEN '' ELSE i::text END
                 || pg_temp.one_of('{@courriel.example,@mail.example,@poste.example}', i, 33) END,
       CASE WHEN pg_temp.draw(i, 34, 100) < 4 THEN ''
            ELSE pg_temp.one_of('{450,514,819,418,438}', i, 35) || ' 555-01' || lpad(pg_temp.draw(i, 36, 100)::text, 2, '0')
       END,
       CASE WHEN pg_temp.draw(i, 37, 100) < 6 THEN 'en' ELSE language END,
       (1 + pg_temp.draw(i, 38, 2400)) || ' ' || pg_temp.one_of(%(streets)s, i, 39),
       pg_temp.one_of(%(cities)s, i, 40), 'QC',
       'J' || pg_temp.draw(i, 41, 10) || pg_temp.one_of('{A,B,C,E,G,H,K,L,M,N}', i, 42) || ' '
           || pg_temp.draw(i, 43, 10) || pg_temp.one_of('{A,B,C,E,G,H,K,L,M,N}', i, 44) || pg_temp.draw(i, 45, 10),
       %(now)s - pg_temp.draw(i, 46, 2200) * interval '1 day'
FROM demo_family;

INSERT INTO accounts_person (id, account_id, first_name, last_name, birth_date, gender, email, phone, created_at)
SELECT %(person_base)s + f.i, f.account_id,
       pg_temp.one_of(CASE WHEN owner_is_woman THEN women ELSE men END, i, 31), surname,
       %(season_start)s - (9600 + pg_temp.draw(i, 50, 11500)), CASE WHEN owner_is_woman THEN 'f' ELSE 'm' END,
       a.email, a.phone, a.created_at
FROM demo_family f JOIN accounts_account a ON a.id = f.account_id;

INSERT INTO accounts_person (id, account_id, first_name, last_name, birth_date, gender, email, phone, created_at)
SELECT %(person_base)s + %(accounts)s + j, account_id,
       pg_temp.one_of(CASE WHEN is_adult AND is_woman THEN women WHEN is_adult THEN men
                           WHEN is_woman THEN girls ELSE boys END, j, 60),
       CASE WHEN is_adult OR pg_temp.draw(j, 61, 100) < 8 THEN pg_temp.one_of(%(quebec_surnames)s, i, 62)
            WHEN pg_temp.draw(i, 63, 100) < 9 THEN surname || '-' || pg_temp.one_of(%(quebec_surnames)s, i, 62)
            ELSE surname END,
       CASE WHEN pg_temp.draw(j, 64, 100) < 2 THEN NULL
            WHEN is_adult THEN %(season_start)s - (9600 + pg_temp.draw(j, 65, 11500))
            ELSE %(season_start)s - (1150 + pg_temp.draw(j, 66, 4900)) END,
       CASE WHEN is_woman THEN 'f' ELSE 'm' END, '', '', %(now)s
FROM (
  SELECT m.j, f.*, m.rank = 1 AND pg_temp.draw(f.i, 67, 100) < 30 AS is_adult,
         CASE WHEN m.rank = 1 AND pg_temp.draw(f.i, 67, 100) < 30 THEN NOT f.owner_is_woman
              ELSE pg_temp.draw(m.j, 68, 100) < 50 END AS is_woman
  FROM demo_member m JOIN demo_family f ON f.i = m.i
) someone;

UPDATE accounts_account a SET owner_id = %(person_base)s + (a.id - %(account_base)s)
WHERE a.id > %(account_base)s AND a.id <= %(account_base)s + %(accounts)s;

INSERT INTO accounts_client (id, organization_id, account_id, number, external_id, balance, has_card, has_bank, tags,
                             notes, joined_on, created_at)
SELECT %(client_base)s + row_number() OVER (ORDER BY i, home), (%(organization_ids)s::bigint[])[home], account_id,
       row_number() OVER (PARTITION BY home ORDER BY i), '', 0, false, false,
       CASE WHEN pg_temp.draw(i, 70 + home, 100) < 22 THEN ARRAY[pg_temp.one_of(%(tags)s, i, 80)] ELSE '{}' END,
       '', %(season_start)s - pg_temp.draw(i, 90 + home, 2000), %(now)s
FROM (
  SELECT i, account_id, home FROM demo_family
  UNION ALL
  SELECT i, account_id, CASE home WHEN 1 THEN 2 ELSE 1 END FROM demo_family WHERE knows_another
) served;
ANALYZE accounts_account, accounts_person, accounts_client;

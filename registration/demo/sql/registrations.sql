-- Who takes part in what: the first activities of a list are crowded, the last ones have a handful.
CREATE TEMPORARY TABLE demo_offer ON COMMIT DROP AS
SELECT activity_id, organization_id, band,
       row_number() OVER (PARTITION BY organization_id, band ORDER BY place, activity_id) AS rank,
       count(*) OVER (PARTITION BY organization_id, band) AS offers
FROM unnest(%(activity_ids)s::bigint[], %(owners)s::bigint[], %(bands)s::int[], %(places)s::int[])
     AS offer(activity_id, organization_id, band, place);
ANALYZE demo_offer;
CREATE TEMPORARY TABLE demo_band ON COMMIT DROP AS SELECT DISTINCT organization_id, band, offers FROM demo_offer;
ANALYZE demo_band;

CREATE TEMPORARY TABLE demo_participant ON COMMIT DROP AS
SELECT row_number() OVER (ORDER BY p.id, c.id) AS n, p.id AS person_id, c.organization_id, c.id AS client_id,
       CASE WHEN age < 6 THEN 0 WHEN age < 9 THEN 1 WHEN age < 13 THEN 2 WHEN age < 18 THEN 3 ELSE 4 END AS band
FROM (SELECT id, account_id, extract(year FROM age(%(season_start)s, coalesce(birth_date, %(season_start)s - 3000))) AS age
      FROM accounts_person WHERE id > %(person_base)s AND id <= %(person_base)s + %(people)s) p
JOIN accounts_client c ON c.account_id = p.account_id AND c.id > %(client_base)s
WHERE age < 18 OR pg_temp.draw(p.id - %(person_base)s, 100, 100) < 25;
ANALYZE demo_participant;

-- One step after the other: the ranks are worked out before the activities that have them are looked up.
CREATE TEMPORARY TABLE demo_draw ON COMMIT DROP AS
SELECT k, p.organization_id, p.person_id, p.band,
       greatest(1, floor(power(o.offers, pg_temp.draw(k, 104, 100000) / 100000.0)))::bigint AS rank
FROM (SELECT k, 1 + pg_temp.draw(k, 103, (SELECT count(*) FROM demo_participant)) AS n
      FROM generate_series(1, (%(enrolments)s * 1.3)::int) k) draws
JOIN demo_participant p USING (n)
JOIN demo_band o ON o.organization_id = p.organization_id AND o.band = p.band;
ANALYZE demo_draw;

INSERT INTO registration_enrolment (organization_id, person_id, activity_id, status, created_at)
SELECT organization_id, person_id, activity_id,
       CASE WHEN pg_temp.draw(k, 101, 100) < 90 THEN 'confirmed' WHEN pg_temp.draw(k, 101, 100) < 96 THEN 'waitlist'
            ELSE 'cancelled' END,
       %(now)s - (20 + pg_temp.draw(k, 102, 80)) * interval '1 day'
FROM (
  SELECT min(k) AS k, d.organization_id, person_id, activity_id
  FROM demo_draw d JOIN demo_offer o ON o.organization_id = d.organization_id AND o.band = d.band AND o.rank = d.rank
  GROUP BY d.organization_id, person_id, activity_id
) once ORDER BY k LIMIT %(enrolments)s;
ANALYZE registration_enrolment;

UPDATE registration_activity a SET capacity = CASE WHEN waiting > 0 THEN confirmed ELSE (confirmed / 5 + 2) * 5 END
FROM (SELECT activity_id, count(*) FILTER (WHERE status = 'confirmed') AS confirmed,
             count(*) FILTER (WHERE status = 'waitlist') AS waiting
      FROM registration_enrolment WHERE activity_id = ANY (%(activity_ids)s) GROUP BY activity_id) taken
WHERE a.id = taken.activity_id;
UPDATE registration_activity SET capacity = 12 WHERE capacity IS NULL AND id = ANY (%(activity_ids)s);

INSERT INTO registration_membership (organization_id, person_id, type_id, starts_on, ends_on)
SELECT p.organization_id, p.person_id, types[1 + pg_temp.draw(p.n, 110, cardinality(types))], starts_on,
       starts_on + 364
FROM (SELECT *, %(season_start)s - pg_temp.draw(n, 111, 420) AS starts_on FROM demo_participant) p
JOIN (SELECT organization_id, array_agg(id ORDER BY id) AS types FROM registration_membershiptype
      WHERE organization_id = ANY (%(organization_ids)s) GROUP BY organization_id) t USING (organization_id)
WHERE pg_temp.draw(p.n, 112, 100) < 18;

/** @module storage/postgres/rates-schema: counters of calls as a function of the server, one round trip for each call. */

/**
 * It does what limits/rate-counter does in memory, by the server's clock. The table is not logged: after a crash of the server the
 * counters begin anew. `slices` holds second, count, second, count … of the last 61 seconds, the oldest first. Rows are locked in the
 * order of their names, so that two calls never wait for each other.
 */
export const RATES = `
  CREATE UNLOGGED TABLE rate_counters (
    name text PRIMARY KEY,
    tokens double precision NOT NULL,
    filled bigint NOT NULL,
    capacity bigint NOT NULL,
    slices bigint[] NOT NULL
  );
  CREATE INDEX rate_counters_by_time ON rate_counters (filled);
  CREATE UNLOGGED TABLE nodes (id text PRIMARY KEY, seen timestamptz NOT NULL);
  CREATE FUNCTION take_rates(names text[], limits bigint[], bursts bigint[]) RETURNS bigint[] LANGUAGE plpgsql AS $body$
  DECLARE
    now_ms bigint;
    slice bigint;
    fits boolean := true;
    answer bigint[] := array_fill(0::bigint, ARRAY[3 * cardinality(names)]);
    kept bigint[];
    counter rate_counters;
    total bigint;
    most bigint;
    left_over double precision;
    wait_ms double precision;
    i int;
    j int;
  BEGIN
    INSERT INTO rate_counters
      SELECT n, limits[place] + bursts[place], 0, limits[place] + bursts[place], '{}' FROM unnest(names) WITH ORDINALITY AS given (n, place)
      ORDER BY n ON CONFLICT DO NOTHING;
    PERFORM 1 FROM rate_counters WHERE name = ANY (names) ORDER BY name FOR UPDATE;
    now_ms := floor(extract(epoch FROM clock_timestamp()) * 1000);
    slice := now_ms / 1000;
    FOR pass IN 1..2 LOOP
      FOR i IN 1..cardinality(names) LOOP
        SELECT * INTO STRICT counter FROM rate_counters WHERE name = names[i];
        most := limits[i] + bursts[i];
        kept := '{}';
        total := 0;
        FOR j IN 1..cardinality(counter.slices) / 2 LOOP
          IF counter.slices[2 * j - 1] > slice - 61 THEN
            kept := kept || counter.slices[2 * j - 1 : 2 * j];
            total := total + greatest(0, counter.slices[2 * j]);
          END IF;
        END LOOP;
        left_over := greatest(-most, least(counter.tokens, counter.capacity) + most - counter.capacity);
        left_over := least(most, left_over + greatest(0, now_ms - counter.filled)::double precision * limits[i] / 60000);
        IF pass = 1 THEN
          wait_ms := 0;
          IF total >= most THEN wait_ms := (kept[1] + 61) * 1000 - now_ms; END IF;
          IF left_over < 1 - 1e-9 THEN wait_ms := greatest(wait_ms, (1 - left_over) * 60000.0 / limits[i]); END IF;
          IF total >= most OR left_over < 1 - 1e-9 THEN
            fits := false;
            answer[3 * i - 2] := greatest(1, ceil(wait_ms / 1000));
          END IF;
        ELSIF fits THEN
          left_over := left_over - 1;
          total := total + 1;
          IF kept[cardinality(kept) - 1] = slice THEN kept[cardinality(kept)] := kept[cardinality(kept)] + 1;
          ELSE kept := kept || ARRAY[slice, 1];
          END IF;
          UPDATE rate_counters SET tokens = left_over, filled = now_ms, capacity = most, slices = kept WHERE name = names[i];
        END IF;
        IF pass = 2 THEN
          answer[3 * i - 1] := greatest(0, floor(least(limits[i], most - total, left_over + 1e-9)));
          IF cardinality(kept) > 0 THEN answer[3 * i] := greatest(0, ceil(((kept[1] + 61) * 1000 - now_ms) / 1000.0)); END IF;
        END IF;
      END LOOP;
    END LOOP;
    -- Now and then, what nobody has used for a while.
    IF random() < 0.001 THEN
      DELETE FROM rate_counters WHERE name IN (SELECT name FROM rate_counters WHERE filled < now_ms - 150000 LIMIT 1000 FOR UPDATE SKIP LOCKED);
    END IF;
    RETURN answer;
  END
  $body$;`;

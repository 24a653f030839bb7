/** @module storage/postgres/spend-ledger: the books on the server that all nodes share. */
import type { BudgetReservation, BudgetState, BudgetUse, SpendLedger } from '../../contracts/spend.ts';
import { createLateHours } from '../late-hours.ts';
import { claimsJson, DAY_MS, everyHour, hourValues, MOST, toRefusal, toSpendHour } from '../spend-rows.ts';
import { hoursOf, sumHours } from '../spend-sums.ts';
import type { PostgresPorts } from './changes.ts';
import { createLockedCommit, type Statement } from './locked-commit.ts';
import { fromStored, toStored } from './text.ts';

/** Any constant that nothing else locks. */
const LOCK = 7_239_114_003;

/** Places of the accounts, and what is taken there: one row for each of the JSON, `place` is its index. */
const TAKEN = `
  claim AS (
    SELECT ordinality - 1 AS place, value ->> 0 AS account, value ->> 1 AS unit, value ->> 2 AS span, (value ->> 3)::bigint AS starts,
      (value ->> 4)::bigint AS ends, (value ->> 5)::bigint AS amount, (value ->> 6)::bigint AS most
    FROM jsonb_array_elements($2::jsonb) WITH ORDINALITY
  ),
  taken AS (
    SELECT claim.*,
      coalesce((SELECT used FROM budget_use u WHERE u.account = claim.account AND u.unit = claim.unit AND u.span = claim.span AND u.starts = claim.starts), 0) AS used,
      least(${MOST}, coalesce((SELECT sum(h.amount) FROM budget_holds h
        WHERE h.account = claim.account AND h.unit = claim.unit AND h.span = claim.span AND h.starts = claim.starts AND h.expires > $1), 0))::bigint AS held
    FROM claim
  )`;

/** All claims or none, in one statement; its row tells which claim did not fit, none = reserved. */
const RESERVE = `WITH ${TAKEN},
  made AS (
    INSERT INTO budget_holds (id, account, unit, span, starts, ends, amount, expires)
    SELECT $3, account, unit, span, starts, ends, amount, $4 FROM taken
    WHERE NOT EXISTS (SELECT 1 FROM taken WHERE used + held + amount > most)
    ON CONFLICT DO NOTHING
  )
  SELECT place, used, held FROM taken
  WHERE used + held + amount > most AND NOT EXISTS (SELECT 1 FROM budget_holds h WHERE h.id = $3)
  ORDER BY place LIMIT 1`;

const USAGE = `WITH ${TAKEN} SELECT used, held FROM taken ORDER BY place`;

/** Books nothing when the reservation is not there: it was settled before. */
const SETTLE = `WITH ended AS (DELETE FROM budget_holds WHERE id = $5 RETURNING *)
  INSERT INTO budget_use (account, unit, span, starts, ends, used)
  SELECT account, unit, span, starts, ends,
    coalesce(CASE unit WHEN 'microUsd' THEN $1::bigint WHEN 'tokens' THEN $2::bigint WHEN 'requests' THEN $3::bigint ELSE $4::bigint END, amount)
  FROM ended
  ON CONFLICT (account, unit, span, starts) DO UPDATE SET used = least(${MOST}, budget_use.used + excluded.used)`;

const SUMS = ['requests', 'input_tokens', 'output_tokens', 'cost_micro_usd', 'unpriced', 'unmeasured', 'estimated'];
const RECORD = `INSERT INTO spend_hours (hour, principal, tenant, target, ${SUMS.join(', ')}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
  ON CONFLICT (hour, principal, tenant, target) DO UPDATE SET ${SUMS.map((name) => `${name} = least(${MOST}, spend_hours.${name} + excluded.${name})`).join(', ')}`;

/** The books, and a way to have everything on the server. */
export interface PostgresLedger extends SpendLedger {
  /** Writes the entries on their way, for the last time. @throws AppError STORAGE_* */
  close(): Promise<void>;
}

/**
 * Reservations and bookings of this node that come together share one transaction, and transactions of all nodes run
 * one after the other: no limit is passed. Entries are added up in memory and written twice a second.
 */
export function createPostgresLedger({ database, ensureOpen }: PostgresPorts): PostgresLedger {
  const commit = createLockedCommit(database, LOCK);
  const late = createLateHours((hours) => commit(hours.map((hour) => ({ sql: RECORD, parameters: hourValues(hour, toStored) }))));
  const isPruning = everyHour();

  return {
    reserve: async (reservation) => {
      const { at, claims } = reservation;
      if (claims.length === 0) return undefined;
      const [rows] = await commit([reserveStatement(reservation), ...(isPruning(at) ? pruneStatements(at) : [])]);
      return toRefusal(rows?.[0], claims);
    },
    settle: async (id, { microUsd, tokens, requests, sandboxSeconds }: BudgetUse) => {
      await commit([{ sql: SETTLE, parameters: [microUsd, tokens, requests, sandboxSeconds, toStored(id)] }]);
    },
    record: (entry) => {
      ensureOpen();
      late.add(entry);
    },
    report: async (query) => {
      await late.flush();
      const { from, to } = hoursOf(query);
      const rows = await database.query('SELECT * FROM spend_hours WHERE hour >= $1 AND hour < $2', [from, to]);
      return sumHours(
        rows.map((row) => toSpendHour(row, fromStored)),
        query,
      );
    },
    usage: async (accounts, at): Promise<readonly BudgetState[]> =>
      (await database.query(USAGE, [at, claimsJson(accounts, at, toStored)])).map((row) => ({ used: Number(row['used']), reserved: Number(row['held']) })),
    close: late.close,
  };
}

function reserveStatement({ id, at, leaseMs, claims }: BudgetReservation): Statement {
  return { sql: RESERVE, parameters: [at, claimsJson(claims, at, toStored), toStored(id), at + leaseMs] };
}

/** Takes away what no call can come back to: leases that ended a day ago, windows that ended two days ago. */
function pruneStatements(at: number): readonly Statement[] {
  return [
    { sql: 'DELETE FROM budget_holds WHERE expires <= $1', parameters: [at - DAY_MS] },
    { sql: 'DELETE FROM budget_use WHERE ends <= $1', parameters: [at - 2 * DAY_MS] },
  ];
}

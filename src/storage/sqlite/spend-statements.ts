/** @module storage/sqlite/spend-statements: the books as statements. */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { BudgetAccount, BudgetReservation, BudgetState, BudgetUse } from '../../contracts/spend.ts';
import { claimsJson, DAY_MS, hourValues, MOST, toSpendHour } from '../spend-rows.ts';
import type { SpendHour } from '../spend-sums.ts';
import type { Statement } from './writer.ts';

/** Places of the accounts, and what is taken there: one row for each of the JSON, `place` is its index. */
const TAKEN = `
  given(id, at, expires, claims) AS (VALUES (?, ?, ?, ?)),
  claim AS (
    SELECT key AS place, value ->> 0 AS account, value ->> 1 AS unit, value ->> 2 AS span, value ->> 3 AS starts, value ->> 4 AS ends,
      value ->> 5 AS amount, value ->> 6 AS most
    FROM given, json_each(given.claims)
  ),
  taken AS (
    SELECT claim.*,
      coalesce((SELECT used FROM budget_use u WHERE u.account = claim.account AND u.unit = claim.unit AND u.span = claim.span AND u.starts = claim.starts), 0) AS used,
      coalesce((SELECT sum(h.amount) FROM budget_holds h
        WHERE h.account = claim.account AND h.unit = claim.unit AND h.span = claim.span AND h.starts = claim.starts AND h.expires > given.at), 0) AS held
    FROM claim, given
  )`;

/** All claims or none, in one statement: nothing can come between the look and the taking. */
const RESERVE = `INSERT OR IGNORE INTO budget_holds (id, account, unit, span, starts, ends, amount, expires)
  WITH ${TAKEN}
  SELECT given.id, account, unit, span, starts, ends, amount, given.expires FROM taken, given
  WHERE NOT EXISTS (SELECT 1 FROM taken WHERE used + held + amount > most)`;

/** No row when the reservation was made. */
const REFUSAL = `WITH ${TAKEN}
  SELECT place, used, held FROM taken, given
  WHERE NOT EXISTS (SELECT 1 FROM budget_holds h WHERE h.id = given.id) AND used + held + amount > most
  ORDER BY place LIMIT 1`;

const USAGE = `WITH ${TAKEN} SELECT used, held FROM taken ORDER BY place`;

const BOOK = `INSERT INTO budget_use (account, unit, span, starts, ends, used)
  SELECT account, unit, span, starts, ends,
    coalesce(CASE unit WHEN 'microUsd' THEN ? WHEN 'tokens' THEN ? WHEN 'requests' THEN ? ELSE ? END, amount)
  FROM budget_holds WHERE id = ?
  ON CONFLICT (account, unit, span, starts) DO UPDATE SET used = min(${MOST}, used + excluded.used)`;

const SUMS = ['requests', 'input_tokens', 'output_tokens', 'cost_micro_usd', 'unpriced', 'unmeasured', 'estimated'];
const RECORD = `INSERT INTO spend_hours (hour, principal, tenant, target, ${SUMS.join(', ')}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (hour, principal, tenant, target) DO UPDATE SET ${SUMS.map((name) => `${name} = min(${MOST}, ${name} + excluded.${name})`).join(', ')}`;

/** The second one's rows tell which claim did not fit; none = reserved. */
export function reserveStatements({ id, at, leaseMs, claims }: BudgetReservation): readonly Statement[] {
  const parameters = [id, at, at + leaseMs, claimsJson(claims, at)];
  return [
    { sql: RESERVE, parameters },
    { sql: REFUSAL, parameters, isQuery: true },
  ];
}

/** Books nothing when the reservation is not there: it was settled before. */
export function settleStatements(id: string, { microUsd, tokens, requests, sandboxSeconds }: BudgetUse): readonly Statement[] {
  return [
    { sql: BOOK, parameters: [microUsd, tokens, requests, sandboxSeconds, id] },
    { sql: 'DELETE FROM budget_holds WHERE id = ?', parameters: [id] },
  ];
}

/** Takes away what no call can come back to: leases that ended a day ago, windows that ended two days ago. */
export function pruneStatements(at: number): readonly Statement[] {
  return [
    { sql: 'DELETE FROM budget_holds WHERE expires <= ?', parameters: [at - DAY_MS] },
    { sql: 'DELETE FROM budget_use WHERE ends <= ?', parameters: [at - 2 * DAY_MS] },
  ];
}

/** Adds the hour to what is there. */
export function recordStatement(hour: SpendHour): Statement {
  return { sql: RECORD, parameters: hourValues(hour) };
}

/** Prepared reads of one connection. */
export interface SpendReads {
  usage(accounts: readonly BudgetAccount[], at: number): readonly BudgetState[];
  /** Beginnings of hours: from inclusive, to exclusive. */
  hours(from: number, to: number): readonly SpendHour[];
}

/** Prepares them. */
export function prepareSpendReads(database: DatabaseSync): SpendReads {
  const findUsage: StatementSync = database.prepare(USAGE);
  const findHours: StatementSync = database.prepare('SELECT * FROM spend_hours WHERE hour >= ? AND hour < ?');
  return {
    usage: (accounts, at) => findUsage.all('', at, 0, claimsJson(accounts, at)).map((row) => ({ used: Number(row['used']), reserved: Number(row['held']) })),
    hours: (from, to) => findHours.all(from, to).map((row) => toSpendHour(row)),
  };
}

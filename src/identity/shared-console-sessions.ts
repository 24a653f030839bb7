/** @module identity/shared-console-sessions: one-time links and browser sessions that every node of an installation knows. */
import { hash } from 'node:crypto';
import type { Clock } from '../core/clock.ts';
import { randomHex } from '../core/ids.ts';
import { isObject } from '../core/json.ts';
import { RecentMap } from '../core/recent-map.ts';
import type { ConsoleSessions, Sealer } from '../contracts/http.ts';
import type { Principal } from '../contracts/principal.ts';
import type { RecordStore } from '../contracts/records.ts';

const LINK_SECONDS = 600;
const SESSION_SECONDS = 12 * 3_600;
const MAX_TOKEN_LENGTH = 4_000;
const MAX_KNOWN = 1_000;
const USED_LINK = 'ConsoleLink';

/** What they stand on. */
export interface SharedConsolePorts {
  /** Of the secret that all nodes have. */
  readonly sealer: Sealer;
  /** Where all nodes see that a link was used. */
  readonly records: () => Pick<RecordStore, 'insert'>;
  readonly clock: Pick<Clock, 'now'>;
}

/**
 * Links serve once within ten minutes, on whichever node; sessions twelve hours, over restarts too. Nothing is remembered of them but
 * that a link was used: they are sealed, and end early with the key they were opened with.
 *
 * `redeem` @throws AppError STORAGE_*: a link whose use cannot be recorded is not used
 */
export function createSharedConsoleSessions({ sealer, records, clock }: SharedConsolePorts): ConsoleSessions {
  // The same object for the same cookie: others remember by it what they have checked.
  const known = new RecentMap<string, Principal>(MAX_KNOWN);

  const open = (token: string, purpose: string): Principal | undefined => {
    if (token.length > MAX_TOKEN_LENGTH) return undefined;
    try {
      const value = sealer.open(token, purpose);
      return isObject(value) && isPrincipal(value['principal']) ? value['principal'] : undefined;
    } catch {
      return undefined;
    }
  };
  const seal = (principal: Principal, purpose: string, seconds: number): string => sealer.seal({ principal, nonce: randomHex(16) }, seconds, purpose);

  return {
    createLink: (principal) => seal(principal, 'console link', LINK_SECONDS),
    redeem: async (token) => {
      const principal = open(token, 'console link');
      if (!principal) return undefined;
      const now = clock.now();
      const used = { kind: USED_LINK, id: hash('sha256', token), value: '{}', group: null, alias: null, createdAt: now, consumedAt: null };
      const isFirst = await records().insert({ ...used, expiresAt: now + 2 * LINK_SECONDS * 1_000 }, now);
      return isFirst ? seal(principal, 'console session', SESSION_SECONDS) : undefined;
    },
    principalOf: (cookie) => {
      // Opened each time: what was sealed for twelve hours is over after them.
      const found = open(cookie, 'console session');
      if (!found) return undefined;
      const principal = known.get(cookie) ?? Object.freeze(found);
      known.set(cookie, principal);
      return principal;
    },
  };
}

/** Only nodes can seal; the shape is looked at because another version may have. */
function isPrincipal(value: unknown): value is Principal {
  if (!isObject(value)) return false;
  const { id, clientId, roles, scopes, models, budgets } = value;
  const isList = (list: unknown): boolean => Array.isArray(list) && list.every((item) => typeof item === 'string');
  return (
    typeof id === 'string' &&
    typeof clientId === 'string' &&
    isList(roles) &&
    (scopes === null || isList(scopes)) &&
    (models === null || isList(models)) &&
    Array.isArray(budgets) &&
    'tenant' in value &&
    'expiresAt' in value
  );
}

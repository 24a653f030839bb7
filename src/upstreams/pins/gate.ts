/** @module upstreams/pins/gate: what stands before everything that is sent on one connection. */
import type { CatalogueVerdict, DefinitionKind, ListedCatalogue, PinGate, PinnedDefinition, PinSubject } from '../../contracts/pins.ts';
import type { Clock } from '../../core/clock.ts';
import { AppError } from '../../core/errors.ts';
import { canonicalJson } from '../../core/json.ts';

/** How long a verdict lets calls pass. */
export const VERDICT_VALID_MS = 300_000;
/** From then on a round is due, so that calls need not wait for it. */
export const VERDICT_RENEWED_MS = 240_000;

/** What a gate is given. */
export interface GatePorts {
  readonly clock: Pick<Clock, 'monotonic'>;
  readonly judge: (listed: ListedCatalogue) => Promise<CatalogueVerdict>;
  readonly onClose: () => void;
}

/** A gate as its guard sees it. */
export interface JudgedGate extends PinGate {
  readonly subject: PinSubject;
  /** Judges the last lists once more, against another lock. True when the verdict is another one. */
  judgeAgain(): Promise<boolean>;
}

/** Closed until its first round is over. */
export function createGate(subject: PinSubject, { clock, judge, onClose }: GatePorts): JudgedGate {
  let verdict: CatalogueVerdict | undefined;
  let lastListed: ListedCatalogue | undefined;
  let approved: ReadonlyMap<string, PinnedDefinition> = new Map();
  /** When the lists of the verdict were asked for; undefined = closed. */
  let verifiedAt: number | undefined;
  let suspensions = 0;
  let rounds = 0;
  let latest = 0;
  let isClosed = false;

  const put = (next: CatalogueVerdict): void => {
    verdict = next;
    approved = new Map(next.approved.map((pin) => [`${pin.kind} ${pin.name}`, pin]));
  };
  const age = (): number => (verifiedAt === undefined ? Infinity : clock.monotonic() - verifiedAt);

  return {
    subject,
    get verdict() {
      return verdict;
    },
    get needsRound() {
      return age() >= VERDICT_RENEWED_MS;
    },
    begin() {
      rounds += 1;
      const [number, begunAt, suspensionsBefore] = [rounds, clock.monotonic(), suspensions];
      return {
        async judge(listed) {
          const next = await judge(listed);
          // A round that was overtaken by a later one has nothing to say any more.
          if (isClosed || number < latest) return verdict ?? next;
          latest = number;
          lastListed = listed;
          put(next);
          if (suspensions === suspensionsBefore) verifiedAt = begunAt;
          return next;
        },
      };
    },
    suspend() {
      suspensions += 1;
      verifiedAt = undefined;
    },
    permit(kind, name) {
      if (isClosed || age() >= VERDICT_VALID_MS) throw new AppError('UPSTREAM_UNVERIFIED', { data: { upstream: subject.name } });
      const pin = approved.get(`${kind} ${name}`);
      if (pin) return pin;
      throw refusal(subject.name, kind, name, verdict);
    },
    async judgeAgain() {
      if (!lastListed || isClosed) return false;
      const [listed, before, round] = [lastListed, verdict, latest];
      const next = await judge(listed);
      if (isClosed || latest !== round || listed !== lastListed) return false;
      put(next);
      return summaryOf(before) !== summaryOf(next);
    },
    close() {
      isClosed = true;
      onClose();
    },
  };
}

function refusal(upstream: string, kind: DefinitionKind, name: string, verdict: CatalogueVerdict | undefined): AppError {
  const held = verdict?.quarantined.find((one) => one.kind === kind && one.name === name);
  if (!held) return new AppError('UNKNOWN_TARGET');
  return new AppError('DEFINITION_QUARANTINED', { data: { upstream, kind, reason: held.reason, hash: held.hash } });
}

function summaryOf(verdict: CatalogueVerdict | undefined): string {
  return canonicalJson([
    verdict?.approved.map(({ kind, name, hash }) => [kind, name, hash]) ?? null,
    verdict?.quarantined.map(({ kind, name, hash, reason }) => [kind, name, hash, reason]) ?? null,
  ]);
}

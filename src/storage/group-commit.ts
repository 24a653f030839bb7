/** @module storage/group-commit: small changes that come together share one transaction. */

const MAX_MEMBERS = 256;

interface Member<Statement, Result> {
  readonly statements: readonly Statement[];
  readonly resolve: (results: readonly Result[]) => void;
  readonly reject: (error: unknown) => void;
}

/** Runs statements in one transaction, and gives what each did. */
export type Commit<Statement, Result> = (statements: readonly Statement[]) => Promise<readonly Result[]>;

/**
 * As `run`, of which one transaction runs at a time; what is handed in meanwhile, or in the same turn of the event loop,
 * goes together into the next, in its order. Each is all or nothing with the others of its transaction: hand in only what
 * fails with the storage and not for reasons of its own.
 */
export function createGroupCommit<Statement, Result>(run: Commit<Statement, Result>): Commit<Statement, Result> {
  let waiting: Member<Statement, Result>[] = [];
  let isBusy = false;

  const work = async (): Promise<void> => {
    while (waiting.length > 0) {
      const group = waiting.slice(0, MAX_MEMBERS);
      waiting = waiting.slice(MAX_MEMBERS);
      try {
        const results = await run(group.flatMap(({ statements }) => statements));
        let next = 0;
        for (const { statements, resolve } of group) {
          resolve(results.slice(next, next + statements.length));
          next += statements.length;
        }
      } catch (error) {
        for (const { reject } of group) reject(error);
      }
    }
    isBusy = false;
  };

  return (statements) =>
    new Promise((resolve, reject) => {
      waiting.push({ statements, resolve, reject });
      if (isBusy) return;
      isBusy = true;
      queueMicrotask(() => void work());
    });
}

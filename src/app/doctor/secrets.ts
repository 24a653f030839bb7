/** @module app/doctor/secrets: whether everything that is encrypted in the home opens. */
import type { SecretStore } from '../../contracts/secrets.ts';
import { toAppError } from '../../core/errors.ts';
import type { HomeSecrets } from '../../secrets/home-secrets.ts';
import { failure, fine, type Finding } from './finding.ts';

/** Opens every value; nothing of them is told but their names. No finding where nothing is kept. */
export async function examineSecrets(secrets: () => Promise<HomeSecrets>): Promise<readonly Finding[]> {
  const { values, credentials } = await secrets();
  const findings = [...examineStore('secret', values), ...examineStore('credential', credentials)];
  const count = values.list().length + credentials.list().length;
  if (findings.length > 0) return findings;
  return count === 0 ? [] : [fine('secrets', `All ${count} encrypted values open.`)];
}

function examineStore(what: string, store: SecretStore): readonly Finding[] {
  return store.list().flatMap(({ name }) => {
    try {
      store.get(name);
      return [];
    } catch (thrown) {
      const { code, message, fix } = toAppError(thrown);
      return [failure('secrets', `The ${what} ${name} does not open. ${code}: ${message}`, fix)];
    }
  });
}

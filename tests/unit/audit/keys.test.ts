import { createPublicKey, verify } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readOrCreateKey } from '../../../src/audit/key-file.ts';
import { createAuditKeys, KEY_FILES, keyIdOf } from '../../../src/audit/keys.ts';
import { AppError } from '../../../src/core/errors.ts';
import { temporaryFolder } from './audit-home.ts';

const modeOf = (path: string): string => (statSync(path).mode & 0o777).toString(8);

function failureOf(work: () => unknown): AppError {
  try {
    work();
  } catch (error) {
    if (AppError.is(error)) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('the keys of the audit log', () => {
  it('are made on first use for their owner alone', () => {
    const folder = `${temporaryFolder()}/keys`;
    const keys = createAuditKeys(folder);
    keys.check();
    expect(existsSync(folder)).toBe(false);
    keys.hmac();
    expect(readdirSync(folder)).toEqual([KEY_FILES.hmac]);
    keys.signer();
    expect(readdirSync(folder).sort()).toEqual(Object.values(KEY_FILES).sort());
    expect([modeOf(folder), modeOf(`${folder}/${KEY_FILES.signing}`), modeOf(`${folder}/${KEY_FILES.hmac}`)]).toEqual(['700', '600', '600']);
  });

  it('stay the same for every process', () => {
    const folder = temporaryFolder();
    chmodSync(folder, 0o700);
    const [one, two] = [createAuditKeys(folder), createAuditKeys(folder)];
    expect(two.hmac()('x')).toBe(one.hmac()('x'));
    expect(two.signer().sign('x')).toBe(one.signer().sign('x'));
    expect(createAuditKeys(temporaryFolder()).hmac()('x')).not.toBe(one.hmac()('x'));
  });

  it('are those of the process that came first, when several make them at once', () => {
    const folder = temporaryFolder();
    const rival = `${'ab'.repeat(32)}\n`;
    const text = readOrCreateKey(folder, KEY_FILES.hmac, () => {
      writeFileSync(`${folder}/${KEY_FILES.hmac}`, rival, { mode: 0o600 });
      return 'mine';
    });
    expect(text).toBe(rival);
    expect(readdirSync(folder)).toEqual([KEY_FILES.hmac]);
  });

  it('sign so that the public key beside them verifies', () => {
    const folder = temporaryFolder();
    const signer = createAuditKeys(folder).signer();
    const publicKey = createPublicKey(readFileSync(`${folder}/${KEY_FILES.public}`));
    expect(verify(null, Buffer.from('text'), publicKey, Buffer.from(signer.sign('text'), 'hex'))).toBe(true);
    expect(verify(null, Buffer.from('other'), publicKey, Buffer.from(signer.sign('text'), 'hex'))).toBe(false);
    expect(signer.keyId).toBe(keyIdOf(publicKey));
    expect(signer.keyId).toMatch(/^[0-9a-f]{16}$/);
  });

  it.each([
    [KEY_FILES.hmac, 0o640],
    [KEY_FILES.hmac, 0o604],
    [KEY_FILES.signing, 0o620],
    [KEY_FILES.signing, 0o666],
  ])('are refused when others may touch %s (%i)', (name, mode) => {
    const folder = temporaryFolder();
    const made = createAuditKeys(folder);
    made.hmac();
    made.signer();
    chmodSync(`${folder}/${name}`, mode);
    const keys = createAuditKeys(folder);
    const use = name === KEY_FILES.hmac ? keys.hmac : keys.signer;
    for (const error of [failureOf(keys.check), failureOf(use)]) {
      expect(error.code).toBe('HOME_INSECURE');
      expect(error.message).toContain(name);
      expect(error.fix).toContain(`chmod 600 keys/${name}`);
      expect(error.fix + error.message).not.toContain(folder);
    }
    chmodSync(`${folder}/${name}`, 0o600);
    keys.check();
    expect(use()).toBeDefined();
  });

  it('are refused in a folder that others may write to', () => {
    const folder = `${temporaryFolder()}/keys`;
    mkdirSync(folder);
    chmodSync(folder, 0o777);
    expect(failureOf(createAuditKeys(folder).check)).toMatchObject({ code: 'HOME_INSECURE', fix: expect.stringContaining('chmod 700 keys') as string });
  });

  it('are not read through a link', () => {
    const [folder, elsewhere] = [temporaryFolder(), temporaryFolder()];
    createAuditKeys(elsewhere).hmac();
    symlinkSync(`${elsewhere}/${KEY_FILES.hmac}`, `${folder}/${KEY_FILES.hmac}`);
    expect(failureOf(createAuditKeys(folder).hmac).code).toBe('AUDIT_UNAVAILABLE');
  });

  it.each([
    [KEY_FILES.hmac, ''],
    [KEY_FILES.hmac, 'abc\n'],
    [KEY_FILES.signing, 'no key'],
    [KEY_FILES.signing, ''],
  ])('are never overwritten when %s holds %j', (name, text) => {
    const folder = temporaryFolder();
    writeFileSync(`${folder}/${name}`, text, { mode: 0o600 });
    const keys = createAuditKeys(folder);
    const error = failureOf(name === KEY_FILES.hmac ? keys.hmac : keys.signer);
    expect(error).toMatchObject({ code: 'AUDIT_UNAVAILABLE', fix: expect.stringContaining('backup') as string });
    expect(readFileSync(`${folder}/${name}`, 'utf8')).toBe(text);
  });

  it('say that one of the pair was exchanged', () => {
    const [folder, other] = [temporaryFolder(), temporaryFolder()];
    createAuditKeys(folder).signer();
    createAuditKeys(other).signer();
    writeFileSync(`${folder}/${KEY_FILES.public}`, readFileSync(`${other}/${KEY_FILES.public}`));
    expect(failureOf(createAuditKeys(folder).signer).message).toContain('replaced');
  });

  it('give AUDIT_UNAVAILABLE where they cannot be made', () => {
    const folder = temporaryFolder();
    writeFileSync(`${folder}/file`, '');
    expect(failureOf(createAuditKeys(`${folder}/file/keys`).hmac).code).toBe('AUDIT_UNAVAILABLE');
  });
});

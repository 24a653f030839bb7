/** A certificate authority of one test, with openssl: CA, servers, clients, expired ones. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Key and certificate in PEM, and their files. */
export interface Issued {
  readonly cert: string;
  readonly key: string;
  readonly certFile: string;
  readonly keyFile: string;
}

export interface TestAuthority extends Issued {
  /**
   * @param alternatives such as `URI:spiffe://example.org/agent`, `DNS:localhost`, `IP:127.0.0.1`
   * @param days from now; negative = expired since
   */
  issue(name: string, alternatives?: readonly string[], days?: number): Issued;
  remove(): void;
}

const openssl = (...args: readonly string[]): void => void execFileSync('openssl', args, { stdio: ['ignore', 'ignore', 'pipe'] });
const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'] as const;

export function createTestAuthority(name = 'Test CA'): TestAuthority {
  const folder = mkdtempSync(join(tmpdir(), 'sy-ca-'));
  let count = 0;
  const files = (): Pick<Issued, 'certFile' | 'keyFile'> => {
    count += 1;
    return { certFile: join(folder, `${count}.crt`), keyFile: join(folder, `${count}.key`) };
  };
  const read = ({ certFile, keyFile }: Pick<Issued, 'certFile' | 'keyFile'>): Issued => ({
    certFile,
    keyFile,
    cert: readFileSync(certFile, 'utf8'),
    key: readFileSync(keyFile, 'utf8'),
  });
  const own = files();
  openssl('req', '-x509', ...NEW_KEY, '-keyout', own.keyFile, '-out', own.certFile, '-days', '2', '-subj', `/CN=${name}`);
  return {
    ...read(own),
    issue(commonName, alternatives = [], days = 1) {
      const { certFile, keyFile } = files();
      const [request, extensions] = [`${certFile}.csr`, `${certFile}.ext`];
      openssl('req', ...NEW_KEY, '-keyout', keyFile, '-out', request, '-subj', `/CN=${commonName.replaceAll('/', '\\/')}`);
      writeFileSync(extensions, `basicConstraints=CA:FALSE\n${alternatives.length === 0 ? '' : `subjectAltName=${alternatives.join(',')}\n`}`);
      const common = ['-in', request, '-CA', own.certFile, '-CAkey', own.keyFile, '-CAcreateserial', '-out', certFile, '-extfile', extensions];
      if (days < 0) signExpired(folder, { request, certFile, extensions, ca: own });
      else openssl('x509', '-req', ...common, '-days', String(days));
      return read({ certFile, keyFile });
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** `openssl x509` has no times of its own before 3.4; `openssl ca` has. */
function signExpired(
  folder: string,
  {
    request,
    certFile,
    extensions,
    ca,
  }: { readonly request: string; readonly certFile: string; readonly extensions: string; readonly ca: Pick<Issued, 'certFile' | 'keyFile'> },
): void {
  const config = join(folder, 'ca.cnf');
  writeFileSync(join(folder, 'index.txt'), '');
  writeFileSync(
    config,
    `[ca]\ndefault_ca=d\n[d]\nnew_certs_dir=${folder}\ndatabase=${folder}/index.txt\nrand_serial=yes\ndefault_md=sha256\npolicy=p\nemail_in_dn=no\n[p]\ncommonName=supplied\n`,
  );
  openssl(
    'ca',
    '-batch',
    '-config',
    config,
    '-in',
    request,
    '-cert',
    ca.certFile,
    '-keyfile',
    ca.keyFile,
    '-out',
    certFile,
    '-notext',
    '-extfile',
    extensions,
    '-startdate',
    '20200101000000Z',
    '-enddate',
    '20200102000000Z',
  );
}

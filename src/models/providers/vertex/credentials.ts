/**
 * @module models/providers/vertex/credentials: where Google's credentials are found. The order of
 * Google's own tools: the file that is named, the one of `gcloud`, the machine's own account.
 *
 * @see https://docs.cloud.google.com/docs/authentication/application-default-credentials
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isObject, type JsonObject } from '../../../core/json.ts';
import type { Environment } from '../provider-module.ts';

/** Credentials that can be turned into a token at `tokenUrl`. */
export type GoogleCredentials =
  | {
      readonly type: 'service_account';
      readonly tokenUrl: string;
      readonly clientEmail: string;
      readonly privateKey: string;
      readonly privateKeyId: string | undefined;
    }
  | { readonly type: 'authorized_user'; readonly tokenUrl: string; readonly clientId: string; readonly clientSecret: string; readonly refreshToken: string }
  /** Of the machine in Google's cloud. */
  | { readonly type: 'machine'; readonly tokenUrl: string };

/** What was found; `problem` is for the operator and names no content of the file. */
export type FoundCredentials = { readonly credentials: GoogleCredentials } | { readonly problem: string };

const TOKEN_URL = 'https://oauth2.googleapis.com/token';
/** Written as an address: a name that leads there is refused by the dialer. */
const METADATA_HOST = '169.254.169.254';
const METADATA_PATH = '/computeMetadata/v1/instance/service-accounts/default/token';

/** Reads at most one file of this machine; contacts nobody. Never throws. */
export function findCredentials(credentialsFile: string | null, env: Environment): FoundCredentials {
  const named = credentialsFile ?? env['GOOGLE_APPLICATION_CREDENTIALS'];
  if (named !== undefined && named !== '') return readCredentials(named) ?? { problem: 'The file with the credentials does not exist.' };
  const { CLOUDSDK_CONFIG: folder, HOME: home, GCE_METADATA_HOST: host } = env;
  const root = folder ?? (home === undefined ? undefined : join(home, '.config', 'gcloud'));
  const own = root === undefined ? undefined : readCredentials(join(root, 'application_default_credentials.json'));
  return own ?? { credentials: { type: 'machine', tokenUrl: `http://${host === undefined || host === '' ? METADATA_HOST : host}${METADATA_PATH}` } };
}

/** Undefined = there is no such file. */
function readCredentials(file: string): FoundCredentials | undefined {
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    if (cause instanceof SyntaxError) return { problem: 'The file with the credentials is not JSON.' };
    return isObject(cause) && cause['code'] === 'ENOENT' ? undefined : { problem: 'The file with the credentials cannot be read.' };
  }
  if (!isObject(content)) return { problem: 'The file with the credentials is not a JSON object.' };
  const { token_uri: tokenUrl = TOKEN_URL } = content;
  if (typeof tokenUrl !== 'string' || !isSafe(tokenUrl)) return { problem: 'The token_uri of the credentials is not an https URL.' };
  return parse(content, tokenUrl);
}

function parse(content: JsonObject, tokenUrl: string): FoundCredentials {
  const {
    type,
    client_email: clientEmail,
    private_key: privateKey,
    private_key_id: privateKeyId,
    client_id: clientId,
    client_secret: clientSecret,
    refresh_token: refreshToken,
  } = content;
  if (type === 'service_account' && typeof clientEmail === 'string' && typeof privateKey === 'string')
    return { credentials: { type, tokenUrl, clientEmail, privateKey, privateKeyId: typeof privateKeyId === 'string' ? privateKeyId : undefined } };
  if (type === 'authorized_user' && typeof clientId === 'string' && typeof clientSecret === 'string' && typeof refreshToken === 'string')
    return { credentials: { type, tokenUrl, clientId, clientSecret, refreshToken } };
  if (type === 'service_account' || type === 'authorized_user') return { problem: `The credentials of type ${type} lack a member.` };
  return { problem: 'The credentials are neither of a service account nor of `gcloud auth application-default login`.' };
}

/** The secret goes there: over plain HTTP only to this machine. */
function isSafe(url: string): boolean {
  const { protocol, hostname } = URL.parse(url) ?? {};
  return protocol === 'https:' || (protocol === 'http:' && (hostname === '127.0.0.1' || hostname === '[::1]' || hostname === 'localhost'));
}

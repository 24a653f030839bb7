/** @module upstreams/pins/identity: what an approval was given to, in words that may be committed. */
import type { UpstreamIdentity } from '../../contracts/pins.ts';
import type { UpstreamConfig } from '../../contracts/upstreams-config.ts';

const HIDDEN = '***';
/** Stands for a value that came from a variable: it differs from machine to machine, and may be a secret. */
const VARIABLE = '${…}';
const SECRET_NAME =
  /(?:^|[-_.])(?:api[-_]?key|access[-_]?key|key|token|secret|password|passwd|pwd|credential|auth|authorization|bearer|sig|signature|session|pat)s?$/i;
const SECRET_VALUE = /^(?:sk-|pk-|rk-|ghp_|gho_|ghs_|github_pat_|glpat-|xox[abp]-|AKIA|AIza|eyJ[\w-]+\.|ya29\.|npm_|hf_|Bearer )/;
const URL_LIKE = /^[a-z][a-z\d+.-]*:\/\//i;

/**
 * The identity of a configured upstream. Values of secret-looking options, user names and passwords in URLs and what came
 * from a variable are left out, so that renewing a key, or another machine, is not another server.
 *
 * @param isFromVariable told the pointer within the entry, such as `/args/1`
 */
export function identityOf(config: UpstreamConfig, isFromVariable: (pointer: string) => boolean = () => false): UpstreamIdentity {
  if (config.transport !== 'stdio') {
    const url = isFromVariable('/url') ? VARIABLE : withoutSecrets(config.url);
    return {
      transport: config.transport,
      url,
      headers: Object.keys(config.headers)
        .map((name) => name.toLowerCase())
        .sort(),
    };
  }
  return {
    transport: 'stdio',
    command: isFromVariable('/command') ? VARIABLE : config.command,
    args: hideArguments(config.args, isFromVariable),
    env: Object.keys(config.env).sort(),
  };
}

function hideArguments(args: readonly string[], isFromVariable: (pointer: string) => boolean): readonly string[] {
  return args.map((argument, index) => {
    if (isFromVariable(`/args/${index}`)) return VARIABLE;
    const [, option, value] = /^([-\w.]+)=(.*)$/s.exec(argument) ?? [];
    if (option !== undefined && value !== undefined) return `${option}=${SECRET_NAME.test(option) ? HIDDEN : withoutSecrets(value)}`;
    const before = args[index - 1];
    const isValueOfSecret = before?.startsWith('-') === true && !before.includes('=') && SECRET_NAME.test(before) && !argument.startsWith('-');
    return isValueOfSecret ? HIDDEN : withoutSecrets(argument);
  });
}

function withoutSecrets(text: string): string {
  if (SECRET_VALUE.test(text)) return HIDDEN;
  if (!URL_LIKE.test(text) || !URL.canParse(text)) return text;
  const url = new URL(text);
  if (url.username !== '' || url.password !== '') [url.username, url.password] = [HIDDEN, ''];
  for (const [name, value] of [...url.searchParams]) if (SECRET_NAME.test(name) || SECRET_VALUE.test(value)) url.searchParams.set(name, HIDDEN);
  return url.href;
}

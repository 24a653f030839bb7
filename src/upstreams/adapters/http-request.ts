/** @module upstreams/adapters/http-request: from the input of a tool to the bytes of a request. */
import { AppError } from '../../core/errors.ts';
import { isObject, type JsonObject } from '../../core/json.ts';
import type { Body, Operation, Parameter } from './operation.ts';

/** A request that was made out of an input. */
export interface MadeRequest {
  readonly url: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer | undefined;
}

const HEADER_VALUE = /^[\t\x20-\x7e]*$/;

/**
 * @param baseUrl where the API is; its path stands in front of the operation's
 * @throws AppError INPUT_INVALID for a value that has no place in a URL or header
 */
export function makeRequest({ path, parameters, body }: Operation, baseUrl: string, input: JsonObject): MadeRequest {
  const given = parameters.flatMap((parameter) => {
    const value = Object.hasOwn(input, parameter.member) ? input[parameter.member] : undefined;
    return value === undefined ? [] : [{ parameter, value }];
  });
  const inPlace = (place: Parameter['place']): typeof given => given.filter(({ parameter }) => parameter.place === place);
  const url = new URL(baseUrl);
  url.pathname = `${url.pathname.replace(/\/$/, '')}${fillPath(path, inPlace('path'))}`;
  const query = inPlace('query').flatMap(({ parameter, value }) => pairsOf(parameter, value));
  url.search = [url.search.slice(1), ...query.map(([name, value]) => `${encode(name)}=${value}`)].filter((part) => part !== '').join('&');
  const headers = inPlace('header').map(({ parameter, value }) => [parameter.name.toLowerCase(), headerValue(parameter, value)] as const);
  const cookies = inPlace('cookie').flatMap(({ parameter, value }) => pairsOf(parameter, value).map(([name, text]) => `${encode(name)}=${text}`));
  const made = body && bodyOf(body, parameters, input);
  return {
    url: url.href,
    headers: {
      ...Object.fromEntries(headers),
      ...(cookies.length === 0 ? {} : { cookie: cookies.join('; ') }),
      ...(made === undefined ? {} : { 'content-type': body?.mediaType ?? 'application/json' }),
    },
    body: made,
  };
}

/** A value may not climb: `..` stays `..` however it is encoded, and a URL would resolve it. */
function fillPath(path: string, given: readonly { readonly parameter: Parameter; readonly value: unknown }[]): string {
  const values = new Map(given.map(({ parameter, value }) => [parameter.name, textOf(parameter, value, encode)]));
  return path.replace(/\{([^{}]+)\}/g, (_whole, name: string) => {
    const text = values.get(name);
    if (text === undefined || text === '' || /^\.{1,2}$/.test(text)) {
      throw new AppError('INPUT_INVALID', { message: `${name} cannot be a part of a path: ${JSON.stringify(text ?? null)}.` });
    }
    return text;
  });
}

/** As encodeURIComponent, and what RFC 3986 reserves besides. */
function encode(text: string): string {
  return encodeURIComponent(text.toWellFormed()).replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
}

/**
 * Names as they are, values encoded: what separates items stays what it is, so that an item may hold the same sign.
 *
 * @see OpenAPI 3.1.1, "Style Values" and "Style Examples"; RFC 6570, section 3.2.8
 */
function pairsOf(parameter: Parameter, value: unknown): readonly (readonly [string, string])[] {
  const { name, style, explode, isJson } = parameter;
  if (isJson) return [[name, encode(JSON.stringify(value))]];
  const separator = style === 'spaceDelimited' ? '%20' : style === 'pipeDelimited' ? '%7C' : ',';
  if (Array.isArray(value)) {
    const items = value.map((item) => encode(plain(item)));
    return explode ? items.map((item) => [name, item] as const) : [[name, items.join(separator)]];
  }
  if (!isObject(value)) return [[name, encode(plain(value))]];
  const members = Object.entries(value).map(([key, member]) => [key, encode(plain(member))] as const);
  if (style === 'deepObject') return members.map(([key, member]) => [`${name}[${key}]`, member] as const);
  return explode ? members : [[name, members.flatMap(([key, member]) => [encode(key), member]).join(separator)]];
}

/** Style `simple`, which paths and headers have. @param write how a name or value is written there */
function textOf({ explode, isJson }: Parameter, value: unknown, write: (text: string) => string): string {
  const written = (item: unknown): string => write(plain(item));
  if (isJson) return write(JSON.stringify(value));
  if (Array.isArray(value)) return value.map(written).join(',');
  if (!isObject(value)) return written(value);
  return Object.entries(value)
    .map(([key, member]) => `${write(key)}${explode ? '=' : ','}${written(member)}`)
    .join(',');
}

function plain(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
}

function headerValue(parameter: Parameter, value: unknown): string {
  const text = textOf(parameter, value, (word) => word);
  if (HEADER_VALUE.test(text)) return text;
  throw new AppError('INPUT_INVALID', { message: `${parameter.member} cannot be the value of a header: only printable ASCII can.` });
}

function bodyOf({ kind, member }: Body, parameters: readonly Parameter[], input: JsonObject): Buffer | undefined {
  const taken = new Set(parameters.map((parameter) => parameter.member));
  const rest = Object.fromEntries(Object.entries(input).filter(([name]) => !taken.has(name)));
  const value = member === null ? rest : Object.hasOwn(input, member) ? input[member] : undefined;
  if (value === undefined) return undefined;
  switch (kind) {
    case 'json':
      return Buffer.from(JSON.stringify(value));
    case 'form':
      return Buffer.from(formOf(isObject(value) ? value : {}));
    case 'text':
      return Buffer.from(plain(value));
    case 'base64':
      return Buffer.from(plain(value), 'base64');
  }
}

function formOf(members: JsonObject): string {
  const style = { place: 'query', style: 'form', explode: true, isJson: false } as const;
  const pairs = Object.entries(members).flatMap(([name, value]) => pairsOf({ ...style, member: name, name }, isObject(value) ? JSON.stringify(value) : value));
  return pairs.map(([name, value]) => `${encode(name)}=${value}`).join('&');
}

/** @module doors/sign-in/sign-in-headers: what goes out with the pages on which a person signs in. */
import { hash } from 'node:crypto';
import { SIGN_IN_STYLE } from './sign-in-style.ts';

/** Where a form may lead: a scheme, or an origin. Nothing in it can end the directive. */
const SOURCE = /^(?:https?:\/\/[\w.:[\]-]+|[a-z][a-z0-9+.-]*:)$/;

/**
 * Nothing else runs, is loaded, framed or kept; forms lead here, and over a redirect to the client.
 * Browsers send no Origin from a page without a referrer policy of its own, so that the gateway could not
 * tell its own forms from others': this one tells it to itself alone.
 *
 * @param redirectUri where the browser goes after the form, by a redirect; null = nowhere
 * @param script the one that may run
 */
export function signInHeaders(redirectUri: string | null, script?: string): Readonly<Record<string, string>> {
  const target = redirectUri === null ? undefined : sourceOf(redirectUri);
  return {
    'Content-Security-Policy': [
      "default-src 'none'",
      `style-src '${sourceHash(SIGN_IN_STYLE)}'`,
      ...(script === undefined ? [] : [`script-src '${sourceHash(script)}'`]),
      'img-src data:',
      "base-uri 'none'",
      `form-action 'self'${target === undefined ? '' : ` ${target}`}`,
      "frame-ancestors 'none'",
    ].join('; '),
    'X-Frame-Options': 'DENY',
    'X-Content-Type-Options': 'nosniff',
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Referrer-Policy': 'same-origin',
    'Cache-Control': 'no-store',
  };
}

const sourceHash = (text: string): string => `sha256-${hash('sha256', text, 'base64')}`;

function sourceOf(redirectUri: string): string | undefined {
  const url = URL.parse(redirectUri);
  const source = url && (url.origin === 'null' ? url.protocol : url.origin);
  return source && SOURCE.test(source) ? source : undefined;
}

/** @module identity/tokens/refusal: why a token is refused: for the audit trail, never for the client. */
import { AppError } from '../../core/errors.ts';

/** What was wrong, in one word. */
export type TokenFault =
  | 'malformed'
  | 'header'
  | 'algorithm'
  | 'type'
  | 'issuer'
  | 'key'
  | 'signature'
  | 'audience'
  | 'time'
  | 'lifetime'
  | 'subject'
  | 'claims'
  | 'tenant'
  | 'revoked'
  | 'binding'
  | 'proof'
  | 'replay';

/** The one answer to every bad token; the word goes to the audit trail as `detail.reason`. */
export function refusal(fault: TokenFault): AppError {
  return new AppError('AUTHENTICATION_FAILED', { cause: fault });
}

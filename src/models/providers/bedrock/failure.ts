/** @module models/providers/bedrock/failure: what AWS calls its failures. */
import type { ErrorCode } from '../../../core/errors.ts';
import type { JsonObject } from '../../../core/json.ts';
import type { WireFailure } from '../../wire/failure.ts';

/** Names that say more than their status. @see https://docs.aws.amazon.com/bedrock/latest/userguide/troubleshooting-api-error-codes.html */
const CODE_OF_NAME: Readonly<Record<string, ErrorCode>> = {
  AccessDeniedException: 'PROVIDER_KEY_REFUSED',
  ExpiredTokenException: 'PROVIDER_KEY_REFUSED',
  IncompleteSignature: 'PROVIDER_KEY_REFUSED',
  IncompleteSignatureException: 'PROVIDER_KEY_REFUSED',
  InvalidClientTokenId: 'PROVIDER_KEY_REFUSED',
  InvalidSignatureException: 'PROVIDER_KEY_REFUSED',
  MissingAuthenticationTokenException: 'PROVIDER_KEY_REFUSED',
  NotAuthorized: 'PROVIDER_KEY_REFUSED',
  RequestExpired: 'PROVIDER_KEY_REFUSED',
  UnrecognizedClientException: 'PROVIDER_KEY_REFUSED',
  InternalServerException: 'PROVIDER_FAILED',
  ModelErrorException: 'PROVIDER_FAILED',
  ModelStreamErrorException: 'PROVIDER_FAILED',
  ModelTimeoutException: 'PROVIDER_SILENT',
  ModelNotReadyException: 'PROVIDER_BUSY',
  ServiceQuotaExceededException: 'PROVIDER_BUSY',
  ServiceUnavailableException: 'PROVIDER_BUSY',
  ThrottlingException: 'PROVIDER_BUSY',
  TooManyRequestsException: 'PROVIDER_BUSY',
  ResourceNotFoundException: 'PROVIDER_REJECTED',
  ValidationException: 'PROVIDER_REJECTED',
};

/** The name stands in a header, with a URL behind it, or in the body, with a namespace before it. */
export function awsFailure(headers: Readonly<Record<string, string>>, body: JsonObject): Omit<WireFailure, 'status'> {
  const { 'x-amzn-errortype': told } = headers;
  const typed = told ?? (typeof body['__type'] === 'string' ? body['__type'] : undefined);
  const name = typed?.replace(/:.*$/, '').replace(/^.*#/, '');
  const words = body['message'] ?? body['Message'];
  const code = name !== undefined && Object.hasOwn(CODE_OF_NAME, name) ? CODE_OF_NAME[name] : undefined;
  const cannotCount = code === 'PROVIDER_REJECTED' && typeof words === 'string' && words.includes('support counting tokens');
  return { error: { code: name, message: words }, headers, code: cannotCount ? 'OPERATION_UNSUPPORTED' : code };
}

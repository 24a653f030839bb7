/** @module models/providers/bedrock/embed-vendors: what the vendors of embeddings at Amazon Bedrock are sent, and what they answer. */
import type { ProviderResponse } from '../../../contracts/model.ts';
import { isObject, type JsonObject } from '../../../core/json.ts';
import type { EmbedRequest } from '../../dialects/conversation.ts';
import { refused } from '../../dialects/reading.ts';
import { vectorOf } from '../../dialects/vectors.ts';
import { countIn } from '../../wire/json.ts';
import { cohereVersion, titanVersion } from './address.ts';

/** The vectors of one request; `inputTokens` null = the vendor did not say. */
export interface EmbedPart {
  readonly vectors: readonly (readonly number[])[];
  readonly inputTokens: number | null;
}

/** One vendor's way. */
export interface EmbedVendor {
  /** Members of its own that a client may send beside those of the dialect. */
  readonly own: readonly string[];
  /** Its requests, in the order of the texts. @throws AppError CONVERSION_REFUSED */
  requestsOf(request: EmbedRequest, own: JsonObject): readonly JsonObject[];
  /** @throws AppError PROVIDER_FAILED for what is no vector */
  read(answer: JsonObject, headers: ProviderResponse['headers']): EmbedPart;
}

const COUNT_HEADER = 'x-amzn-bedrock-input-token-count';

/** Undefined = the model embeds no texts here. */
export function embedVendorOf(model: string): EmbedVendor | undefined {
  const titan = titanVersion(model);
  if (titan !== undefined) return titanOf(titan);
  const cohere = cohereVersion(model);
  return cohere === undefined ? undefined : cohereOf(cohere);
}

/** One text a request. @see https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-titan-embed-text.html */
function titanOf(version: number): EmbedVendor {
  return {
    own: version >= 2 ? ['normalize'] : [],
    requestsOf({ texts, dimensions }, own) {
      const length = lengthOf('dimensions', dimensions, version >= 2);
      return texts.map((text) => ({ inputText: text, ...length, ...own }));
    },
    read: (answer) => ({ vectors: [vectorOf(answer['embedding'])], inputTokens: countIn(answer, 'inputTextTokenCount') }),
  };
}

/** All texts in one request; its answer tells no usage, a header of the service does. @see https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-embed.html */
function cohereOf(version: number): EmbedVendor {
  return {
    own: ['input_type', 'truncate'],
    requestsOf: ({ texts, dimensions }, own) => [{ texts, input_type: 'search_document', ...lengthOf('output_dimension', dimensions, version >= 4), ...own }],
    read({ embeddings }, headers) {
      // A list, or lists by their type.
      const lists = isObject(embeddings) ? embeddings['float'] : embeddings;
      const told = headers[COUNT_HEADER];
      return {
        vectors: Array.isArray(lists) ? lists.map(vectorOf) : [],
        inputTokens: told !== undefined && /^\d{1,15}$/.test(told) ? Number(told) : null,
      };
    },
  };
}

/** @throws AppError CONVERSION_REFUSED */
function lengthOf(name: string, dimensions: number | null, canBeChosen: boolean): JsonObject {
  if (dimensions === null) return {};
  if (!canBeChosen) throw refused('/dimensions', 'the vectors of this model have one length.');
  return { [name]: dimensions };
}

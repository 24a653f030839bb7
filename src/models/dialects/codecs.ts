/** @module models/dialects/codecs: which dialect converts what. Each codec is loaded at the first call that needs it. */
import type { ModelDialect } from '../../contracts/model.ts';
import { AppError } from '../../core/errors.ts';
import type { CountCodec, DialectCodec, EmbedCodec } from './conversation.ts';

/** What a door's dialect needs: the typed form is spoken by no provider. */
export type DoorCodec = Pick<DialectCodec, 'decodeRequest' | 'encodeAnswer' | 'createEncoder' | 'memberNames'>;
/** What a provider's dialect needs: Converse is spoken by no door. */
export type ProviderCodec = Pick<DialectCodec, 'encodeRequest' | 'decodeAnswer' | 'createDecoder'>;
type Table<Codec> = Readonly<Partial<Record<ModelDialect, () => Promise<Codec>>>>;

const GENERATE: Table<DialectCodec> = {
  'openai-chat': async () => (await import('./openai-chat/codec.ts')).openAiChatCodec,
  'anthropic-messages': async () => (await import('./anthropic-messages/codec.ts')).anthropicMessagesCodec,
  'openai-responses': async () => (await import('./openai-responses/codec.ts')).responsesCodec,
  gemini: async () => (await import('./gemini/codec.ts')).geminiCodec,
};

const PROVIDERS: Table<ProviderCodec> = {
  ...GENERATE,
  'bedrock-converse': async () => (await import('./bedrock-converse/codec.ts')).converseCodec,
};

const DOORS: Table<DoorCodec> = {
  ...GENERATE,
  typed: async () => (await import('./typed/codec.ts')).typedCodec,
};

const EMBED: Table<EmbedCodec> = {
  'openai-embeddings': async () => (await import('./openai-embeddings/codec.ts')).openAiEmbedCodec,
  'gemini-embeddings': async () => (await import('./gemini-embeddings/codec.ts')).geminiEmbedCodec,
};

const COUNT: Table<CountCodec> = {
  'anthropic-messages': async () => (await import('./anthropic-messages/codec.ts')).anthropicCountCodec,
  'openai-responses': async () => (await import('./openai-responses/codec.ts')).responsesCountCodec,
  gemini: async () => (await import('./gemini/codec.ts')).geminiCountCodec,
};

/** @throws AppError CONVERSION_REFUSED when nothing converts the dialect of a door */
export const doorCodec = (dialect: ModelDialect): Promise<DoorCodec> => load(DOORS, dialect);

/** @throws AppError CONVERSION_REFUSED when nothing converts the dialect of a provider */
export const providerCodec = (dialect: ModelDialect): Promise<ProviderCodec> => load(PROVIDERS, dialect);

/** @throws AppError CONVERSION_REFUSED when nothing converts embeddings in the dialect */
export const embedCodec = (dialect: ModelDialect): Promise<EmbedCodec> => load(EMBED, dialect);

/** @throws AppError CONVERSION_REFUSED when nothing converts counts of tokens in the dialect */
export const countCodec = (dialect: ModelDialect): Promise<CountCodec> => load(COUNT, dialect);

async function load<Codec>(table: Table<Codec>, dialect: ModelDialect): Promise<Codec> {
  const codec = table[dialect];
  if (!codec) throw new AppError('CONVERSION_REFUSED', { message: `Nothing converts ${dialect} for this operation.` });
  return await codec();
}

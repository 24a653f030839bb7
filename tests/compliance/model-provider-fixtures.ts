/** The kinds that the compliance suite of providers knows. One line each. */
import type { ProviderFixture } from './model-provider-fixture.ts';
import { anthropicFixtures } from '../helpers/vendors/anthropic.ts';
import { bedrockFixtures } from '../helpers/vendors/bedrock.ts';
import { geminiCliFixtures } from '../helpers/vendors/gemini-cli.ts';
import { geminiFixtures } from '../helpers/vendors/gemini.ts';
import { openAiFixtures } from '../helpers/vendors/openai.ts';
import { vertexFixtures } from '../helpers/vendors/vertex.ts';

export const PROVIDER_FIXTURES: readonly ProviderFixture[] = [
  ...openAiFixtures,
  ...anthropicFixtures,
  ...geminiFixtures,
  ...bedrockFixtures,
  ...vertexFixtures,
  ...geminiCliFixtures,
];

/** @module app/doctor/models: whether the providers of models answer. */
import type { ModelsHealth } from '../../contracts/model-client.ts';
import type { ModelsConfig } from '../../contracts/models-config.ts';
import { Scope } from '../../core/scope.ts';
import { fine, warning, type Finding } from './finding.ts';

/** Asks every configured provider for its models, five seconds at most; an Ollama on its default port too, configured or not. */
export async function examineModels(config: ModelsConfig): Promise<readonly Finding[]> {
  const [{ createEgress }, { checkProvider }, { baseUrlsOf, createProvider }] = await Promise.all([
    import('../../egress/dialer.ts'),
    import('../../models/listing.ts'),
    import('../../models/providers/create-provider.ts'),
  ]);
  const egress = createEgress(baseUrlsOf(config));
  using scope = new Scope();
  try {
    const providers = Object.entries(config.providers).map(([name, provider]) => createProvider(name, provider, { egress }));
    const answers = await Promise.all(providers.map((provider) => checkProvider(provider, scope)));
    if (answers.every(({ state }) => state === 'not_configured')) return [withoutProvider(answers)];
    return answers.map(toFinding);
  } finally {
    egress.close();
  }
}

function toFinding({ name, state, detail }: ModelsHealth['providers'][number]): Finding {
  const id = `models.${name}`;
  if (state === 'up') return fine(id, `The provider ${name} ${detail}.`);
  if (state === 'not_configured') return fine(id, `The provider ${name} is not configured. ${detail}`);
  return warning(
    id,
    `The provider ${name} does not answer as it should. ${detail}`,
    'Check its address and key under models.providers, or the variable that its key comes from.',
  );
}

/** Tools work without models: nothing is wrong. */
function withoutProvider(answers: ModelsHealth['providers']): Finding {
  const ways = answers.map(({ name, detail }) => `${name}: ${detail}`).join(' ');
  return fine('models', `No provider of models is configured. ${ways}`.trim());
}

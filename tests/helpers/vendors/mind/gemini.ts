/** Google's Gemini API in front of a mind. */
import type { JsonObject } from '../../../../src/core/json.ts';
import { demand, numberIn, objectIn, objectsIn, piecesOf, stringIn, textsIn, TOKENS, type Asked, type Said, type Saying } from './mind.ts';

const USAGE = {
  promptTokenCount: TOKENS.input,
  cachedContentTokenCount: TOKENS.cached,
  candidatesTokenCount: TOKENS.output,
  totalTokenCount: TOKENS.input + TOKENS.output,
};

export function readGemini(body: JsonObject): Asked {
  const contents = objectsIn(body['contents']);
  demand(contents.length > 0, 'contents is not specified');
  checkResults(contents);
  const users = contents.filter(({ role }) => role !== 'model');
  const parts = users.flatMap(({ parts: some }) => objectsIn(some));
  // What the user said since the model spoke last, and before that where it is results alone.
  const lastTurn = contents
    .slice(contents.findLastIndex(({ role }) => role === 'model') + 1)
    .map(({ parts: some }) => textsIn(some))
    .join('');
  const config = objectIn(body['generationConfig']);
  const schema = config['responseJsonSchema'] ?? config['responseSchema'];
  const calling = objectIn(objectIn(body['toolConfig'])['functionCallingConfig']);
  const declared = objectsIn(body['tools']).flatMap(({ functionDeclarations: list }) => objectsIn(list));
  return {
    text: lastTurn === '' ? textsIn(users.findLast(({ parts: some }) => textsIn(some) !== '')?.['parts']) : lastTurn,
    system: textsIn(objectIn(body['systemInstruction'])['parts']),
    tools:
      calling['mode'] === 'NONE'
        ? []
        : declared.map(({ name, parameters, parametersJsonSchema }) => ({ name: stringIn(name), schema: objectIn(parametersJsonSchema ?? parameters) })),
    results: parts
      .filter(({ functionResponse: result }) => result !== undefined)
      .map(({ functionResponse: result }) => stringIn(objectIn(objectIn(result)['response'])['output'])),
    images: parts.filter(({ inlineData: data }) => data !== undefined).map(({ inlineData: data }) => Buffer.from(stringIn(objectIn(data)['data']), 'base64')),
    schema: schema === undefined ? undefined : objectIn(schema),
    mustCall: calling['mode'] === 'ANY' && (Array.isArray(calling['allowedFunctionNames']) ? stringIn(calling['allowedFunctionNames'][0]) : true),
    isThinking: objectIn(config['thinkingConfig'])['includeThoughts'] === true,
    maxTokens: numberIn(config['maxOutputTokens']),
  };
}

/** Results are told apart by name and order. */
function checkResults(contents: readonly JsonObject[]): void {
  const namesOf = (content: JsonObject | undefined, member: string): string =>
    objectsIn(content?.['parts'])
      .flatMap(({ [member]: part }) => (part === undefined ? [] : [stringIn(objectIn(part)['name'])]))
      .join();
  for (const [index, content] of contents.entries()) {
    const called = namesOf(content, 'functionCall');
    if (called !== '')
      demand(
        namesOf(contents[index + 1], 'functionResponse') === called,
        'Please ensure that the number of function response parts is equal to the number of function call parts of the function call turn.',
      );
  }
}

function partOf(saying: Saying): JsonObject {
  switch (saying.type) {
    case 'thinking':
      return { text: saying.text, thought: true };
    case 'text':
      return { text: saying.text };
    case 'call':
      return { functionCall: { name: saying.name, args: saying.input } };
  }
}

const answer = (model: string, parts: readonly JsonObject[], finish: string | undefined): JsonObject => ({
  candidates: [{ content: { parts, role: 'model' }, ...(finish === undefined ? {} : { finishReason: finish }), index: 0 }],
  usageMetadata: finish === undefined ? { promptTokenCount: TOKENS.input, totalTokenCount: TOKENS.input } : USAGE,
  modelVersion: model,
  responseId: 'g1',
});
const finishOf = ({ stop }: Said): string => (stop === 'length' ? 'MAX_TOKENS' : 'STOP');

export const writeGemini = (model: string, said: Said): string => JSON.stringify(answer(model, said.sayings.map(partOf), finishOf(said)));

/** Calls come whole. */
export function streamGemini(model: string, said: Said): string[] {
  const parts = said.sayings.flatMap((saying): JsonObject[] =>
    saying.type === 'call' ? [partOf(saying)] : piecesOf(saying.text).map((text) => partOf({ ...saying, text })),
  );
  return parts.map((part, index) => `data: ${JSON.stringify(answer(model, [part], index === parts.length - 1 ? finishOf(said) : undefined))}\r\n\r\n`);
}

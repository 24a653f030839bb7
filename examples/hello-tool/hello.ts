import { defineTool } from '../../src/index.ts';

/** The least a tool needs: a name, a description, the schema of its arguments and a handler. */
export const hello = defineTool<{ name: string }>({
  name: 'hello',
  description: 'Greets somebody by name.',
  input: { type: 'object', properties: { name: { type: 'string', description: 'Whom to greet.' } }, required: ['name'] },
  annotations: { readOnlyHint: true },
  handler: ({ name }, { principal }) => ({ greeting: `Hello ${name}, says ${principal.id}.` }),
});

import { defineTool } from '../../src/index.ts';

/** The least a tool needs: a name, a description, the schema of its arguments and a handler. */
export const hello = defineTool<{ name: string }>({
  name: 'hello',
  description: 'Greets somebody by name.',
  input: {
    type: 'object',
    properties: { name: { type: 'string', minLength: 1, description: 'Whom to greet.' } },
    required: ['name'],
    additionalProperties: false,
  },
  annotations: { readOnlyHint: true },
  handler: ({ name }, { principal }) => ({ greeting: `Hello ${name}, says ${principal.id}.` }),
});

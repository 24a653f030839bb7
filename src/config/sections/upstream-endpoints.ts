/** @module config/sections/upstream-endpoints: HTTP endpoints as tools. */
import * as v from 'valibot';
import { choice, key, pattern, section, table, text } from '../fields.ts';

const endpoint = section(
  {
    method: key(choice(['get', 'post', 'put', 'patch', 'delete'] as const), 'get', 'How it is asked.'),
    path: v.pipe(
      pattern(/^\/[^?#\s]{0,1000}$/, 'a path such as /v1/weather/{city}'),
      v.description('Below url; {member} is replaced by that member of the input.'),
    ),
    description: v.pipe(text('a description', 4096), v.description('What a model reads.')),
    input: key(
      v.record(v.string('a name'), v.any(), 'a section: a JSON Schema'),
      {},
      'JSON Schema of the input: properties and required. What path does not name goes into the query, or for post, put and patch into a JSON body.',
    ),
  },
  'One endpoint.',
);

/** Endpoints by the name of the tool. */
export const endpoints = table(pattern(/^[A-Za-z0-9_-]{1,60}$/, 'a name (letters, digits, - and _)'), endpoint);

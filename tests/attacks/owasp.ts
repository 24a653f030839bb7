/**
 * Which of the OWASP MCP Top 10 the tests of a folder or file belong to. A name that begins with `MCP07:` says it itself;
 * names that begin with `control` are the controls, in which the effect happens.
 *
 * @see https://github.com/OWASP/www-project-mcp-top-10
 */
export const OWASP: Readonly<Record<string, string>> = {
  MCP01: 'Token mismanagement and secret exposure',
  MCP02: 'Privilege escalation by scope creep',
  MCP03: 'Tool poisoning',
  MCP04: 'Supply chain attacks and dependency tampering',
  MCP05: 'Command injection and execution',
  MCP06: 'Intent flow subversion',
  MCP07: 'Insufficient authentication and authorization',
  MCP08: 'Lack of audit and telemetry',
  MCP09: 'Shadow MCP servers',
  MCP10: 'Context injection and over-sharing',
};

/** Path below tests/attacks → id; the longest that fits counts. */
export const PLACES: Readonly<Record<string, string>> = {
  approvals: 'MCP06',
  audit: 'MCP08',
  calls: 'MCP02',
  cluster: 'MCP07',
  egress: 'MCP01',
  files: 'MCP10',
  http: 'MCP07',
  identity: 'MCP07',
  issuer: 'MCP07',
  mcp: 'MCP07',
  'mcp/fuzz.test.ts': 'MCP05',
  'mcp/http-fuzz.test.ts': 'MCP05',
  'mcp/stdio-fuzz.test.ts': 'MCP05',
  models: 'MCP10',
  pins: 'MCP04',
  policy: 'MCP02',
  rest: 'MCP05',
  sandbox: 'MCP05',
  shadow: 'MCP09',
  tcp: 'MCP07',
  'tool-poisoning': 'MCP03',
  'upstream-auth': 'MCP01',
};

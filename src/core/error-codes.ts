/**
 * Every way a call can fail, in one table. Doors map a code to their wire with it; nothing else
 * writes an error body. `docs/errors.md` is generated from this file.
 *
 * Columns: HTTP status · JSON-RPC code · CLI exit code · retryable · cause (one line) · fix (one line).
 * `toolFailure` marks failures of the *execution*: MCP answers them as a result with `isError`,
 * everything else as a JSON-RPC error.
 * Own JSON-RPC codes are positive: outside the range −32768…−32000 that JSON-RPC 2.0 reserves; each stands for one failure.
 * (A table: longer than the house's file limit by nature.)
 */
export interface ErrorFacts {
  readonly status: number;
  readonly rpcCode: number;
  readonly exitCode: number;
  readonly isRetryable: boolean;
  readonly isToolFailure: boolean;
  readonly cause: string;
  readonly fix: string;
}

type Row = readonly [status: number, rpcCode: number, exitCode: number, flags: '' | 'retry' | 'tool' | 'tool retry', cause: string, fix: string];

const ROWS = {
  // The wire.
  PARSE_ERROR: [400, -32700, 65, '', 'The message is not valid JSON.', 'Send one complete JSON value, UTF-8 encoded.'],
  INVALID_REQUEST: [400, -32600, 65, '', 'The message is not a valid request.', 'Correct what the message names; messages of MCP follow JSON-RPC 2.0 and the revision you speak.'],
  METHOD_NOT_FOUND: [404, -32601, 65, '', 'The method or route does not exist here.', 'Check the name and the protocol revision.'],
  METHOD_NOT_ALLOWED: [405, -32600, 65, '', 'The route exists, but not with this HTTP method.', 'Use the method named in the Allow header.'],
  NOT_ACCEPTABLE: [406, -32600, 65, '', 'The client accepts none of the media types offered.', 'Accept application/json and text/event-stream.'],
  UNSUPPORTED_MEDIA_TYPE: [415, -32600, 65, '', 'The body is not application/json.', 'Set Content-Type: application/json.'],
  INVALID_PARAMS: [400, -32602, 65, '', 'A parameter is missing or has the wrong shape.', 'Correct the parameter that the message names.'],
  ENVELOPE_INVALID: [400, -32602, 65, '', 'The `_meta` that every request must carry is missing or malformed.', 'Send protocolVersion and clientCapabilities in `params._meta`, as MCP 2026-07-28 says.'],
  UNKNOWN_TARGET: [404, -32602, 66, '', 'No tool, resource or prompt has this name here.', 'List what you may call; names are case-sensitive.'],
  HEADER_MISMATCH: [400, -32020, 65, '', 'A required header is missing or disagrees with the body.', 'Send the MCP headers with exactly the values of the body.'],
  CLIENT_CAPABILITY_MISSING: [400, -32021, 65, '', 'The call needs something the client did not declare.', 'Declare the capability that the message names, or use another client.'],
  UNSUPPORTED_VERSION: [400, -32022, 65, '', 'The protocol revision is not served.', 'Use one of the revisions in `supported`.'],
  BODY_TOO_LARGE: [413, -32600, 65, '', 'The request is larger than the limit.', 'Send less, or raise limits.maxBodyBytes.'],
  RESPONSE_TOO_LARGE: [502, -32603, 76, 'tool', 'The answer is larger than the limit.', 'Ask for less, or raise limits.maxResponseBytes.'],
  HEADERS_TOO_LARGE: [431, -32600, 65, '', 'The request head is larger than 16 KiB or has more than 100 headers.', 'Send fewer or shorter headers.'],
  REQUEST_TIMEOUT: [408, -32600, 75, 'retry', 'The request did not arrive in time.', 'Send headers and body without pauses.'],
  SESSION_UNKNOWN: [404, 40401, 69, '', 'The session does not exist, has ended, or belongs to somebody else.', 'Initialize a new session.'],
  PROFILE_UNKNOWN: [404, 40407, 66, '', 'No profile has this name here.', 'Use the path /mcp, or a name under profiles or upstreams of the configuration; names are case-sensitive.'],
  SESSION_LIMIT: [503, 50302, 75, 'retry', 'No more sessions fit.', 'End unused sessions, or raise limits.sessions.'],
  TASK_UNKNOWN: [404, -32602, 66, '', 'The task does not exist, has expired, or belongs to somebody else.', 'Use the taskId as it was given, while the task is kept.'],
  TASK_LOST: [502, 50225, 75, 'retry', 'The process that ran the call has ended before its answer.', 'Call again; whether the call had an effect is not known.'],
  STATE_INVALID: [400, -32602, 65, '', 'The requestState is altered, expired, or of another caller or request.', 'Start the call again without requestState.'],
  // Who.
  AUTHENTICATION_REQUIRED: [401, 40100, 77, '', 'The call carries no credential.', 'Send Authorization: Bearer <key>; `switchyard keys create` makes one.'],
  AUTHENTICATION_FAILED: [401, 40101, 77, '', 'The credential is unknown, malformed, expired or revoked.', 'Use a valid key; `switchyard keys list` shows them.'],
  TOKEN_EXPIRED: [401, 40102, 77, '', 'The access token has expired.', 'Get a new one from the authorization server.'],
  ISSUER_UNAVAILABLE: [503, 50330, 75, 'retry', 'The keys of the authorization server cannot be had, so the token cannot be checked.', 'Retry later; an operator checks identity.issuers and the network.'],
  AUTHENTICATION_BLOCKED: [429, 42901, 75, 'retry', 'Too many failed attempts from here.', 'Wait for Retry-After, then use a valid key.'],
  HOST_REFUSED: [403, 40310, 77, '', 'The Host header names another host (DNS rebinding guard).', 'Use the printed address, or list the name under server.allowedHosts.'],
  ORIGIN_REFUSED: [403, 40311, 77, '', 'The Origin is not allowed.', 'List the origin under server.allowedOrigins.'],
  PLAINTEXT_REFUSED: [403, 40312, 77, '', 'Plain HTTP is served to loopback and to declared proxies only.', 'Connect through the proxy, or list its address under server.trustedProxy.'],
  SIGN_IN_OVER: [410, 41000, 77, '', 'This sign-in is over, or was begun in another browser.', 'Begin again in the application that sent you here.'],
  GRANT_UNKNOWN: [404, 40410, 66, '', 'The authorization server has no client or consent of this id.', '`switchyard clients list` and `switchyard grants list` show them.'],
  // What they may.
  SCOPE_MISSING: [403, 40300, 77, '', 'The principal lacks a scope this needs.', 'Ask for the scope that the message names; `switchyard tools why` explains.'],
  PERMISSION_DENIED: [403, 40301, 77, '', 'No rule permits this with these arguments, or one forbids it.', '`switchyard tools why <tool> --as <principal>` names the rule.'],
  TARGET_DISABLED: [403, 40302, 77, '', 'The kill switch is set for this client, tool or everything.', 'An operator lifts it with `switchyard kill off`.'],
  // How much.
  RATE_LIMITED: [429, 42900, 75, 'retry', 'More calls than the rate allows.', 'Wait for Retry-After.'],
  QUOTA_EXCEEDED: [429, 42902, 75, 'retry', 'The quota of this window is used up.', 'Wait for the next window, or ask for a larger quota.'],
  PRICE_UNKNOWN: [503, 50311, 78, '', 'A budget applies, and what the call may use is not known: unknown is not free.', 'Set the price of the model under models.prices, or the most tokens of the answer in the request.'],
  OVERLOADED: [503, 50301, 75, 'retry', 'Every slot is busy and the queue is full.', 'Retry later, or raise limits.concurrency.'],
  SHUTTING_DOWN: [503, 50303, 75, 'retry', 'The gateway is stopping.', 'Retry against another node or after the restart.'],
  // Execution.
  INPUT_INVALID: [400, -32602, 65, 'tool', 'The arguments do not match the input schema.', 'Correct the argument that the message names; see the inputSchema.'],
  OUTPUT_INVALID: [502, -32603, 70, 'tool', 'The tool answered something its outputSchema forbids.', 'Report it to the author of the tool.'],
  TOOL_FAILED: [500, -32603, 70, 'tool', 'The tool failed.', 'Read the message; the audit log has the call.'],
  DEADLINE_EXCEEDED: [504, 50400, 75, 'tool retry', 'The call did not finish before its deadline.', 'Ask for less, or raise the timeout of the tool.'],
  CANCELLED: [499, 49900, 75, 'tool', 'The caller cancelled, or went away.', 'Call again if you still want the answer.'],
  INTERNAL: [500, -32603, 70, '', 'An error of the gateway itself.', 'The log holds the detail under this correlation id; please report it.'],
  // Files of the workspace.
  PATH_INVALID: [400, -32602, 65, 'tool', 'The path is empty, too long, or holds a forbidden character.', 'Use a plain path relative to the workspace.'],
  PATH_OUTSIDE: [403, 40303, 77, 'tool', 'The path leaves the workspace.', 'Stay below the workspace root; links are not followed.'],
  PATH_NOT_FOUND: [404, 40402, 66, 'tool', 'No such file or folder in the workspace.', 'Call list_directory to see what there is.'],
  PATH_WRONG_KIND: [400, 40001, 65, 'tool', 'The path is not of the kind this needs (file, folder).', 'Only regular files with one link and folders are served.'],
  PATH_FORBIDDEN: [403, 40304, 77, 'tool', 'The operating system refuses access to the file or folder.', 'Change its permissions, or run the gateway as a user who has them.'],
  FILE_TOO_LARGE: [413, 41301, 65, 'tool', 'The file or the text is larger than the limit.', 'Use offset and limit, or raise workspace.maxFileBytes.'],
  ENCODING_INVALID: [400, 40002, 65, 'tool', 'The bytes are not valid in the encoding asked for.', 'Ask for encoding base64.'],
  WORKSPACE_UNAVAILABLE: [503, 50304, 74, 'tool', 'The workspace root is missing, or is a folder that must not be served.', 'Point --workspace at a project folder.'],
  STORAGE_FULL: [507, 50700, 74, 'tool', 'The disk or the quota is full.', 'Free some space, or raise the quota.'],
  // Code of callers.
  SANDBOX_UNAVAILABLE: [503, 50313, 69, 'tool', 'There is no sandbox here that can run this, and nothing runs without one.', 'Run `switchyard doctor`: it says which level there is and what a better one needs.'],
  SANDBOX_FAILED: [500, -32603, 70, 'tool', 'The sandbox broke before the program started.', 'Run `switchyard sandbox test`; the log holds what the sandbox said.'],
  SANDBOX_GRANT_REFUSED: [500, -32603, 78, 'tool', 'The sandbox of an upstream asks for a folder that is never given.', 'Grant folders below a project; not /, a home folder, or the state of the gateway.'],
  COMMAND_NOT_ALLOWED: [403, 40313, 77, 'tool', 'The command is not on the list of those that may run.', 'An operator adds it to sandbox.commands.'],
  // Models and the way out.
  EGRESS_REFUSED: [502, 50210, 69, 'tool', 'The address is not one that the configuration names, or it redirects.', 'Write the final base URL into the configuration.'],
  MODEL_UNKNOWN: [404, 40405, 66, 'tool', 'No model has this name here.', 'Use one of the names that the message lists; llm_models shows more.'],
  OPERATION_UNSUPPORTED: [400, 40012, 65, 'tool', 'The model provider cannot do this with the model.', 'Use a model that can; GET /v1/models lists them.'],
  CONVERSION_REFUSED: [400, 40013, 65, 'tool', 'The request says something that the dialect of the provider cannot carry.', 'Remove what the message names, or add a provider of the dialect to the chain of the model.'],
  PROVIDER_NOT_CONFIGURED: [503, 50309, 78, 'tool', 'The model provider lacks its credential.', 'Set the variable that models.providers.<name>.apiKey names, and restart.'],
  PROVIDER_UNREACHABLE: [502, 50211, 69, 'tool retry', 'The connection to the model provider failed or broke.', 'Retry later; check the base URL of the provider and the network.'],
  PROVIDER_SILENT: [504, 50411, 75, 'tool retry', 'The model provider did not answer in time.', 'Retry later, or raise the times under models.'],
  PROVIDER_BUSY: [503, 50310, 75, 'tool retry', 'The model provider refuses more requests for now.', 'Wait for Retry-After, or add a target to the chain of the model.'],
  PROVIDER_FAILED: [502, 50212, 75, 'tool retry', 'The model provider failed, or sent what cannot be understood.', 'Retry later, or add a target to the chain of the model.'],
  PROVIDER_INCOMPLETE: [502, 50213, 75, 'tool retry', 'The answer of the model ended before its end.', 'Ask again; what came so far is not the whole answer.'],
  PROVIDER_REJECTED: [400, 40010, 65, 'tool', 'The model provider rejects the request.', 'Correct what the message names.'],
  PROVIDER_KEY_REFUSED: [502, 50214, 77, 'tool', 'The model provider refuses the credential of the gateway.', 'An operator renews the key of the provider.'],
  CONTEXT_TOO_LONG: [400, 40014, 65, 'tool', 'The input has more tokens than the model takes.', 'Shorten the input, or add a target with a larger window to the chain of the model.'],
  CONTENT_REFUSED: [400, 40011, 77, 'tool', 'The content filter of the model provider refuses the request.', 'Change the content; the gateway does not route around a refusal.'],
  // Other MCP servers.
  UPSTREAM_UNREACHABLE: [502, 50220, 69, 'tool retry', 'The upstream server cannot be started or connected to.', 'Run `switchyard doctor`: it shows the last lines that the server wrote; check its entry under upstreams.'],
  UPSTREAM_SILENT: [504, 50421, 75, 'tool retry', 'The upstream server did not answer in time.', 'Ask for less, or raise upstreams.<name>.timeoutMs.'],
  UPSTREAM_GONE: [502, 50221, 75, 'tool retry', 'The connection to the upstream server ended before its answer.', 'Call again, the server is started or connected anew; whether the call had an effect is not known.'],
  UPSTREAM_INVALID: [502, 50222, 76, 'tool', 'The upstream server sent something that the protocol does not allow.', 'Report it to the author of the server; `switchyard doctor` shows the last lines that it wrote.'],
  UPSTREAM_ERROR: [502, 50223, 70, 'tool', 'The upstream server answered with an error.', 'Read the message: it is the server’s own.'],
  UPSTREAM_LOGIN_REQUIRED: [502, 50224, 77, 'tool', 'The upstream server wants a person to sign in.', 'An operator runs `switchyard upstreams login <name>`.'],
  UPSTREAM_AUTH_FAILED: [502, 50228, 77, 'tool', 'The upstream server, or the server that gives out its tokens, refuses the gateway.', 'An operator checks upstreams.<name>.auth; `switchyard doctor` shows the reason.'],
  UPSTREAM_AUTH_INVALID: [502, 50226, 76, 'tool', 'What the upstream server or its authorization server says about signing in breaks the standards, or leads somewhere forbidden.', 'Report it to whoever runs that server; nothing was sent to where it leads.'],
  UPSTREAM_AUTH_UNAVAILABLE: [502, 50227, 75, 'tool retry', 'The authorization server of the upstream does not answer.', 'Retry later; an operator checks the network and upstreams.<name>.auth.issuer.'],
  GUARDRAIL_BLOCKED: [400, 40015, 77, 'tool', 'A guardrail refuses the request.', 'Take out of the request what the rule is about.'],
  GUARDRAIL_BLOCKED_ANSWER: [403, 40306, 77, 'tool', 'A guardrail stops the answer of the model.', 'Ask for something else; what came so far is not the whole answer.'],
  GUARDRAIL_UNAVAILABLE: [503, 50312, 75, 'tool retry', 'The webhook of a guardrail gave no verdict, so the call was refused.', 'Retry later; an operator checks models.guardrails.rules.<name>.url.'],
  UPSTREAM_UNVERIFIED: [503, 50320, 75, 'tool retry', 'What the upstream server lists was not compared with the approved definitions yet.', 'Call again: the comparison takes a moment.'],
  RESULT_SUSPICIOUS: [502, 50229, 76, 'tool', 'The answer of the upstream holds what looks like instructions to the model, and is held back.', 'An operator looks at the server, or sets upstreams.<name>.results.scan to tag.'],
  DEFINITION_QUARANTINED: [403, 40305, 77, 'tool', 'The definition is new, changed or suspicious, and nobody has approved it.', 'An operator decides: `switchyard approvals ls` shows what changed.'],
  APPROVAL_REQUIRED: [403, 40307, 77, 'tool', 'A rule wants a person to approve this call first.', 'Once it is approved, call again with exactly the same arguments.'],
  APPROVAL_REFUSED: [403, 40308, 77, 'tool', 'A person did not approve the call.', 'Do not repeat it; ask for something else, or talk to the person.'],
  APPROVALS_FULL: [429, 42903, 75, 'tool retry', 'Too many calls wait for approval already.', 'Have some of them decided (`switchyard approvals ls`), or wait until they expire.'],
  APPROVAL_UNKNOWN: [404, 40406, 66, '', 'Nothing waits under this id: it changed, was decided, or is gone.', 'Run `switchyard approvals ls` and look again before you approve.'],
  PINS_INVALID: [500, -32603, 78, '', 'The file of the approved definitions cannot be used.', 'Correct the line that the message names, or restore switchyard.lock from version control.'],
  // State and configuration.
  SECRET_UNKNOWN: [404, 40409, 66, '', 'No secret has this name.', 'Run `switchyard secrets ls` for the names.'],
  SECRETS_DAMAGED: [500, -32603, 74, '', 'A file of encrypted secrets is damaged, or was changed by somebody without the key.', 'Restore it from a backup, or remove the entry that the message names and set it again.'],
  SECRETS_KEY_MISSING: [500, -32603, 78, '', 'The key that the secrets are encrypted with is not there.', 'Restore keys/secrets.key, or set SWITCHYARD_SECRETS_KEY to the key that was used.'],
  AUDIT_UNAVAILABLE: [503, 50305, 74, 'retry', 'No audit sink accepts the record, so the call was refused.', 'Free disk space and check that the audit folder is writable.'],
  AUDIT_BROKEN: [500, -32603, 79, '', 'The audit trail does not verify.', 'Keep the files as evidence; `switchyard audit verify --json` lists each finding.'],
  STORAGE_UNAVAILABLE: [503, 50306, 74, 'retry', 'The state store cannot be opened or answers no more.', 'Check the folder and its free space; `switchyard doctor` says more.'],
  STORAGE_CORRUPT: [500, -32603, 74, '', 'A file of the state folder is damaged.', 'Restore it from a backup, or move it away and start anew.'],
  STORAGE_SCHEMA: [500, -32603, 78, '', 'The state was written by a newer version of switchyard.', 'Update switchyard, or use another SWITCHYARD_HOME.'],
  HOME_INSECURE: [500, -32603, 78, '', 'A file or folder of the state folder can be read or written by others.', 'Run the chmod that the message names, or `switchyard doctor --fix`.'],
  CEDAR_MISSING: [500, -32603, 78, '', 'The policy engine is cedar, and Cedar is not installed.', 'Run `npm install @cedar-policy/cedar-wasm@4.13.0` beside switchyard, or set policy.engine to rbac.'],
  CONFIG_NOT_FOUND: [500, -32603, 78, '', 'The configuration file that was named does not exist.', 'Name an existing file, or run `switchyard init`.'],
  CONFIG_UNREADABLE: [500, -32603, 78, '', 'The configuration file cannot be read.', 'Make it a regular file that this user may read.'],
  CONFIG_EXISTS: [409, 40901, 73, '', 'A configuration file is there already.', 'Use --force to replace it; the old one is kept beside it.'],
  CONFIG_SYNTAX: [500, -32603, 78, '', 'The configuration file cannot be parsed.', 'Correct the line that the message names.'],
  CONFIG_INVALID: [500, -32603, 78, '', 'A configuration key is unknown or has a wrong value.', 'Correct the key that the message names; `switchyard config schema` lists all.'],
  CONFIG_UNSET_VARIABLE: [500, -32603, 78, '', 'The configuration names an environment variable that is not set.', 'Set the variable, or write ${NAME:-default}.'],
  NOT_RUNNING: [503, 50308, 69, 'retry', 'The gateway in this process is not running.', 'Call start() first and wait for it.'],
  HOME_BUSY: [500, -32603, 75, '', 'Another gateway serves this state folder.', 'Stop it, or use another SWITCHYARD_HOME.'],
  PORT_TAKEN: [500, -32603, 75, '', 'Another program listens on the port.', 'Stop it, or use --port <number>.'],
  ADDRESS_UNAVAILABLE: [500, -32603, 75, '', 'The address cannot be listened on.', 'Use --host 127.0.0.1 and a port above 1023.'],
  ADDRESS_UNSAFE: [500, -32603, 78, '', 'Plain HTTP would listen beyond loopback.', 'Listen on 127.0.0.1, or declare server.trustedProxy.'],
  CLIENT_UNKNOWN: [404, 40403, 66, '', 'Switchyard does not know this client.', 'Run `switchyard connect --help` for the names.'],
  CLIENT_CONFIG_INVALID: [500, -32603, 78, '', 'The configuration file of the client cannot be understood.', 'Correct the file, or use --print and paste by hand.'],
  CLIENT_CONFIG_BUSY: [409, 40902, 75, 'retry', 'The configuration file of the client changed meanwhile, or cannot be written.', 'Close the client and run the command again.'],
  UPSTREAM_UNKNOWN: [404, 40408, 66, '', 'No upstream has this name in the configuration file.', 'Run `switchyard upstreams ls` for the names.'],
  SOURCE_INVALID: [400, 40018, 65, '', 'What should be added is not what it seems to be, or is damaged.', 'Get it again from its author, or add the command or URL by hand: `switchyard add <name> -- <command>`.'],
  SOURCE_UNSUPPORTED: [501, 50104, 65, '', 'This kind of source cannot be added in this version.', 'Add a command, a URL, an npm package, a server.json, an .mcpb bundle, an OpenAPI document or an agent card.'],
  INSTALL_FAILED: [502, 50230, 69, 'retry', 'The package cannot be installed.', 'Read what npm says, or use --npx to have it fetched at each start.'],
  KEY_UNKNOWN: [404, 40404, 66, '', 'No key has this id or prefix.', 'Run `switchyard keys list`.'],
  USAGE: [400, -32602, 64, '', 'The command line is not understood.', 'Run the command with --help.'],
  SERVER_UNREACHABLE: [503, 50307, 69, 'retry', 'No gateway answers there.', 'Start it with `switchyard serve`.'],
  DUPLICATE_NAME: [409, 40900, 65, '', 'Two definitions share one name.', 'Rename one of them.'],
  DEFINITION_INVALID: [500, -32603, 65, '', 'A tool, resource or prompt is not defined correctly.', 'Correct the field that the message names.'],
} as const satisfies Record<string, Row>;

/** The stable name of a failure; clients may rely on it. */
export type ErrorCode = keyof typeof ROWS;

const toFacts = ([status, rpcCode, exitCode, flags, cause, fix]: Row): ErrorFacts => ({ status, rpcCode, exitCode, isRetryable: flags.includes('retry'), isToolFailure: flags.startsWith('tool'), cause, fix });

/** All facts by code, in the order of the documentation. */
export const ERRORS: Readonly<Record<ErrorCode, ErrorFacts>> = Object.freeze(Object.fromEntries(Object.entries(ROWS).map(([code, row]) => [code, toFacts(row)]))) as Readonly<Record<ErrorCode, ErrorFacts>>;

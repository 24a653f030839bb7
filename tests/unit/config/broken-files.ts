/** Broken configuration files with what a person must be told about each: code, line and words of cause and fix. (A table.) */
import type { ErrorCode } from '../../../src/core/error-codes.ts';

/** One broken file. `line` null = the message cannot name one. */
export interface BrokenFile {
  readonly title: string;
  readonly name?: string;
  readonly content: string | Uint8Array;
  readonly code: ErrorCode;
  readonly line: number | null;
  readonly column?: number;
  readonly cause: RegExp;
  readonly fix: RegExp;
}

const yaml = (title: string, content: string, code: ErrorCode, line: number, column: number, cause: RegExp, fix: RegExp): BrokenFile =>
  ({ title, content, code, line, column, cause, fix });
const json = (title: string, content: string, code: ErrorCode, line: number, column: number, cause: RegExp, fix: RegExp): BrokenFile =>
  ({ title, name: 'switchyard.json', content, code, line, column, cause, fix });

const laughs = ['a: &a [x, x, x, x, x, x, x, x, x]', ...[...'bcdefghi'].map((name, index) => `${name}: &${name} [${Array(9).fill(`*${'abcdefgh'[index]}`).join(', ')}]`)].join('\n');

/** The table. */
export const BROKEN_FILES: readonly BrokenFile[] = [
  // YAML that is none.
  yaml('a tab as indentation', 'server:\n\tport: 1\n', 'CONFIG_SYNTAX', 2, 1, /tab/, /spaces/),
  yaml('a second key in a line', 'log: level: info\n', 'CONFIG_SYNTAX', 1, 6, /second key/, /own line/),
  yaml('a bracket that is not closed', 'tools:\n  disabled: [a, b\n', 'CONFIG_SYNTAX', 2, 13, /bracket that opens here/, /Close it/),
  yaml('a quote that is not closed', 'environment: "x\nlog: {}\n', 'CONFIG_SYNTAX', 1, 14, /quote .* not closed/, /Close it/),
  yaml('no space after the colon', 'server:1\nlog: {}\n', 'CONFIG_SYNTAX', 1, 1, /key without a value/, /space after the colon/),
  yaml('keys of one level at two indentations', 'server:\n  host: 127.0.0.1\n port: 1\n', 'CONFIG_SYNTAX', 3, 1, /indentation/, /same number of spaces/),
  yaml('a value that starts with @', 'environment: @prod\n', 'CONFIG_SYNTAX', 1, 14, /cannot start/, /quotes/),
  yaml('an unknown escape', 'environment: "a\\qb"\n', 'CONFIG_SYNTAX', 1, 16, /escape/, /single quotes/),
  yaml('two documents', 'log: {}\n---\nserver: {}\n', 'CONFIG_SYNTAX', 2, 1, /second document/, /one document/),
  yaml('a list where the keys should be, then keys', '- a\nlog: {}\n', 'CONFIG_SYNTAX', 2, 1, /./, /./),
  yaml('a reference in a flow map without quotes', 'server: {port: ${PORT:-1}}\n', 'CONFIG_SYNTAX', 1, 17, /must be quoted/, /"\$\{NAME\}"/),
  yaml('the same key twice', 'log: {}\nserver: {}\nlog: {}\n', 'CONFIG_SYNTAX', 3, 1, /"log" is given twice/, /Keep one/),
  yaml('the same key twice, further down', 'server:\n  port: 1\n  host: 127.0.0.1\n  port: 2\n', 'CONFIG_SYNTAX', 4, 3, /"port" is given twice/, /Keep one/),
  yaml('an unknown alias', 'environment: *name\n', 'CONFIG_SYNTAX', 1, 14, /alias/, /anchor first/),
  yaml('an alias inside its own anchor', 'tools: &t\n  disabled: *t\n', 'CONFIG_SYNTAX', 2, 13, /contains itself/, /Remove/),
  yaml('aliases that multiply (billion laughs)', laughs, 'CONFIG_SYNTAX', 5, 28, /50000 values/, /aliases/),
  yaml('a merge key', 'server: &s\n  port: 1\nlog:\n  <<: *s\n', 'CONFIG_SYNTAX', 4, 3, /Merge keys/, /Write the keys out/),
  yaml('a tag', 'environment: !secret x\n', 'CONFIG_SYNTAX', 1, 14, /tag/, /Remove the tag/),
  yaml('binary data', 'environment: !!binary aGVsbG8=\n', 'CONFIG_SYNTAX', 1, 23, /JSON does not have/, /text in quotes/),
  yaml('infinity', 'server:\n  port: .inf\n', 'CONFIG_SYNTAX', 2, 9, /JSON does not have/, /plain number/),
  yaml('a key that is a list', '? [a, b]\n: 1\n', 'CONFIG_SYNTAX', 1, 3, /plain word/, /key: value/),
  yaml('a key that would change prototypes', 'server:\n  __proto__:\n    port: 1\n', 'CONFIG_SYNTAX', 2, 3, /__proto__/, /Remove/),
  { title: 'nesting without end', content: `environment: ${'['.repeat(5000)}`, code: 'CONFIG_SYNTAX', line: 1, cause: /nesting|not closed/, fix: /bracket|Close/ },
  yaml('too many levels', `environment: ${'['.repeat(70)}${']'.repeat(70)}\n`, 'CONFIG_SYNTAX', 1, 77, /levels/, /brackets/),
  yaml('a directive that YAML does not know', '%FOO bar\n---\nlog: {}\n', 'CONFIG_SYNTAX', 1, 1, /directive/, /Remove/),
  // Bytes.
  { title: 'NUL bytes', content: 'log:\n  level: in\0fo\n', code: 'CONFIG_SYNTAX', line: 2, column: 12, cause: /NUL/, fix: /Remove/ },
  { title: 'UTF-16', content: Buffer.from('\uFEFFlog: {}\n', 'utf16le'), code: 'CONFIG_SYNTAX', line: 1, column: 1, cause: /UTF-16/, fix: /UTF-8/ },
  { title: 'Latin-1', content: Buffer.from('log: {}\nenvironment: m\xfcnchen\n', 'latin1'), code: 'CONFIG_SYNTAX', line: 2, column: 15, cause: /not UTF-8/, fix: /Save/ },
  { title: 'ten megabytes', content: Buffer.alloc(10_485_760, '# x\n'), code: 'CONFIG_SYNTAX', line: 1, column: 1, cause: /larger than 1048576 bytes/, fix: /right file/ },
  { title: 'nothing at all', content: '', code: 'CONFIG_SYNTAX', line: 1, column: 1, cause: /empty/, fix: /comment/ },
  { title: 'only white space', content: ' \n\n', code: 'CONFIG_SYNTAX', line: 1, column: 1, cause: /empty/, fix: /comment/ },
  // JSON that is none.
  json('a comment in .json', '{\n  // no\n  "log": {}\n}', 'CONFIG_SYNTAX', 2, 3, /no comments/, /jsonc/),
  json('a trailing comma in .json', '{"log": {},\n}', 'CONFIG_SYNTAX', 2, 1, /key in double quotes/, /no comma/),
  json('single quotes', "{'log': {}}", 'CONFIG_SYNTAX', 1, 2, /word|key/, /double quotes|"key"/),
  json('a missing comma', '{"log": {}\n "server": {}}', 'CONFIG_SYNTAX', 2, 2, /comma/, /comma/),
  json('a missing colon', '{"log" {}}', 'CONFIG_SYNTAX', 1, 8, /colon/, /"key"/),
  json('an object that is not closed', '{"log": {}', 'CONFIG_SYNTAX', 1, 11, /closing \}/, /Close/),
  json('two values', '{} {}', 'CONFIG_SYNTAX', 1, 4, /after the end/, /one value/),
  json('a duplicate key', '{"log": {},\n "log": {}}', 'CONFIG_SYNTAX', 2, 2, /"log" is given twice/, /Keep one/),
  json('a number beyond all numbers', '{"server": {"port": 1e999}}', 'CONFIG_SYNTAX', 1, 21, /too large/, /smaller/),
  json('nesting without end', '['.repeat(200_000), 'CONFIG_SYNTAX', 1, 1, /levels/, /brackets/),
  { title: 'an unclosed comment in .jsonc', name: 'switchyard.jsonc', content: '{}\n/* x', code: 'CONFIG_SYNTAX', line: 2, column: 1, cause: /comment is not closed/, fix: /\*\// },
  // Wrong top level.
  yaml('a text as the whole file', 'hello\n', 'CONFIG_INVALID', 1, 1, /keys and values/, /switchyard init/),
  yaml('a list as the whole file', '- log\n- server\n', 'CONFIG_INVALID', 1, 1, /not a list/, /key: value/),
  json('null as the whole file', 'null', 'CONFIG_INVALID', 1, 1, /not nothing/, /key: value/),
  // References.
  yaml('an unset variable', 'log: {}\nenvironment: ${NOT_SET_ANYWHERE}\n', 'CONFIG_UNSET_VARIABLE', 2, 14, /NOT_SET_ANYWHERE, which is not set/, /NOT_SET_ANYWHERE:-default/),
  yaml('an unset variable in the middle of a text', 'audit:\n  directory: "/var/log/${NOT_SET_ANYWHERE}"\n', 'CONFIG_UNSET_VARIABLE', 2, 24, /NOT_SET_ANYWHERE/, /Set NOT_SET_ANYWHERE/),
  yaml('an unset variable inside a default', 'environment: ${NEITHER:-${NOT_SET_ANYWHERE}}\n', 'CONFIG_UNSET_VARIABLE', 1, 25, /NOT_SET_ANYWHERE/, /Set/),
  json('an unset variable in JSON', '{\n  "environment": "${NOT_SET_ANYWHERE}"\n}', 'CONFIG_UNSET_VARIABLE', 2, 19, /NOT_SET_ANYWHERE/, /Set/),
  yaml('a reference without a name', 'environment: ${}\n', 'CONFIG_SYNTAX', 1, 14, /variable name/, /NAME/),
  yaml('a reference that is not closed', 'environment: x ${HOME\n', 'CONFIG_SYNTAX', 1, 16, /either \} or :-/, /NAME/),
  yaml('an operator of the shell that is not ours', 'environment: ${HOME:?oops}\n', 'CONFIG_SYNTAX', 1, 14, /either \} or :-/, /:-default/),
  yaml('a variable that is no number where one belongs', 'server:\n  port: ${WORD}\n', 'CONFIG_INVALID', 2, 9, /not the value it gets/, /Set the variable/),
  // Keys.
  yaml('a misspelt key', 'server:\n  prot: 1\n', 'CONFIG_INVALID', 2, 3, /server\.prot is not a known key/, /"port"/),
  yaml('a misspelt section', 'sever:\n  port: 1\n', 'CONFIG_INVALID', 1, 1, /sever is not a known key/, /"server"/),
  yaml('a key in snake case', 'server:\n  allowed_hosts: []\n', 'CONFIG_INVALID', 2, 3, /allowed_hosts/, /"allowedHosts"/),
  yaml('a key of a section at the top', 'port: 9000\n', 'CONFIG_INVALID', 1, 1, /port is not a known key/, /server\.port/),
  yaml('a key that every object has', 'server:\n  constructor: 1\n', 'CONFIG_INVALID', 2, 3, /constructor/, /Keys here/),
  yaml('a section that is a text', 'server: yes\n', 'CONFIG_INVALID', 1, 9, /section with keys/, /host/),
  yaml('a section that is a list', 'log:\n  - level: info\n', 'CONFIG_INVALID', 2, 3, /section with keys/, /level/),
  // Values.
  yaml('a number in quotes', 'server:\n  port: "8000"\n', 'CONFIG_INVALID', 2, 9, /whole number/, /8000 without quotes/),
  yaml('a port beyond all ports', 'server:\n  port: 70000\n', 'CONFIG_INVALID', 2, 9, /0 to 65535, not 70000/, /port: 8000/),
  yaml('half a port', 'server:\n  port: 80.5\n', 'CONFIG_INVALID', 2, 9, /whole number/, /port: 8000/),
  yaml('a key without a value', 'server:\n  port:\n', 'CONFIG_INVALID', 2, 8, /not nothing/, /port: 8000/),
  yaml('a word out of the list', 'log:\n  level: degub\n', 'CONFIG_INVALID', 2, 10, /debug, info, warn, error/, /debug/),
  yaml('a text where a list belongs', 'server:\n  allowedHosts: gateway.example.org\n', 'CONFIG_INVALID', 2, 17, /a list/, /\["gateway\.example\.org"\]/),
  yaml('an item twice', 'tools:\n  disabled: [echo, ping, echo]\n', 'CONFIG_INVALID', 2, 13, /"echo" twice/, /Remove/),
  yaml('an origin with a path', 'server:\n  allowedOrigins:\n    - https://a.example/\n', 'CONFIG_INVALID', 3, 7, /allowedOrigins\[0\] must be an origin/, /origin/),
  yaml('every origin', 'server:\n  allowedOrigins: ["*"]\n', 'CONFIG_INVALID', 2, 20, /no \*/, /origin/),
  yaml('a host with a scheme', 'server:\n  allowedHosts: [https://a.example]\n', 'CONFIG_INVALID', 2, 18, /host name/, /no scheme/),
  yaml('a network with too long a prefix', 'server:\n  trustedProxy: [10.0.0.0/33]\n', 'CONFIG_INVALID', 2, 18, /10\.0\.0\.0\/8/, /network/),
  yaml('a host that is no address', 'server:\n  host: example.org\n', 'CONFIG_INVALID', 2, 9, /IP address/, /127\.0\.0\.1/),
  yaml('an address beyond loopback without a proxy', 'log: {}\nserver:\n  host: 0.0.0.0\n', 'ADDRESS_UNSAFE', 3, 9, /beyond loopback/, /trustedProxy/),
  yaml('an empty path', 'workspace:\n  root: ""\n', 'CONFIG_INVALID', 2, 9, /a path/, /a path/),
  yaml('a key of the orchestrator with a wrong value', 'retry_attempts: -1\n', 'CONFIG_INVALID', 1, 17, /0 to 10, not -1/, /whole number/),
  // Policy and limits.
  yaml('an unknown role', 'identity:\n  localRoles: [user, develper]\n', 'CONFIG_INVALID', 2, 22, /no role develper/, /developer/),
  yaml('a role that inherits an unknown one', 'policy:\n  roles:\n    auditor:\n      inherits: [usr]\n', 'CONFIG_INVALID', 4, 18, /no role usr/, /user/),
  yaml('roles that inherit each other', 'policy:\n  roles:\n    a: {inherits: [b]}\n    b: {inherits: [a]}\n', 'CONFIG_INVALID', 3, 8, /a inherits itself/, /circle/),
  yaml('a rule without an effect', 'policy:\n  rules:\n    - id: x\n      targets: ["**"]\n', 'CONFIG_INVALID', 3, 7, /rules\[0\] needs the key "effect"/, /Add effect/),
  yaml('a rule with a misspelt effect', 'policy:\n  rules:\n    - {id: x, effect: alow, targets: ["**"]}\n', 'CONFIG_INVALID', 3, 23, /one of allow, deny/, /Did you mean allow/),
  yaml('a rule with a misspelt permission', 'policy:\n  rules:\n    - {id: x, effect: deny, targets: ["**"], permissions: [FILE_REED]}\n', 'CONFIG_INVALID', 3, 60, /FILE_READ/, /Did you mean FILE_READ/),
  yaml('an unknown key of a rule', 'policy:\n  rules:\n    - {id: x, effect: deny, target: ["**"], targets: []}\n', 'CONFIG_INVALID', 3, 29, /rules\[0\]\.target is not a known key/, /"targets"/),
  yaml('two rules of one id', 'policy:\n  rules:\n    - {id: x, effect: deny, targets: ["**"]}\n    - {id: x, effect: allow, targets: ["**"]}\n', 'CONFIG_INVALID', 4, 12, /id x/, /Rename/),
  yaml('resources without permissions', 'policy:\n  rules:\n    - id: x\n      effect: deny\n      targets: ["**"]\n      resources: ["a/**"]\n', 'CONFIG_INVALID', 6, 18, /no permissions/, /targets/),
  yaml('limits on a denial', 'policy:\n  rules:\n    - {id: x, effect: deny, targets: ["**"], permissions: ["*"], limits: {timeout: 1}}\n', 'CONFIG_INVALID', 3, 74, /cannot have limits/, /allow/),
  yaml('a role name that objects have', 'policy:\n  roles:\n    constructor: {}\n', 'CONFIG_INVALID', 3, 5, /cannot be named/, /another name/),
  yaml('a role name with a space', 'policy:\n  roles:\n    "my role": {}\n', 'CONFIG_INVALID', 3, 5, /name of a role/, /Rename/),
  yaml('a rate of zero', 'limits:\n  roles:\n    user: 0\n', 'CONFIG_INVALID', 3, 11, /1 to 10000000, not 0/, /user: 300/),
  // Not a file of ours.
  { title: 'a name without a format', name: 'switchyard.conf', content: 'log: {}\n', code: 'CONFIG_SYNTAX', line: null, cause: /format/, fix: /\.yaml/ },
];

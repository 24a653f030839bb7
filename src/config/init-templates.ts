/** @module config/init-templates: the files that `switchyard init` writes. Tests prove that both are valid. */

/** Name of the schema that is written beside the configuration, so that editors work offline. */
export const SCHEMA_FILE = 'switchyard.schema.json';

const MODELINE = `# yaml-language-server: $schema=./${SCHEMA_FILE}`;

/** A configuration to start from: everything is a comment, so it changes nothing until edited. */
export const STARTER_TEMPLATE: string = `${MODELINE}
#
# Configuration of Switchyard. Every key may be left out; the values shown are the defaults.
# Check it with \`switchyard config check\`. A running gateway takes changes over by itself; a broken
# file keeps the old configuration in force.
#
# \${NAME} and \${NAME:-default} are filled in from the environment (or .env); $\${ is a literal \${.
# SWITCHYARD_SERVER__PORT=9000 overrides server.port, and so on: __ goes one level down.

# server:
#   host: 127.0.0.1
#   port: 8000
#   # Names under which browsers and clients reach the gateway, beside localhost.
#   allowedHosts: []
#   # Web pages that may call it. Empty: none but its own.
#   allowedOrigins: []

# The folder that file tools are bound to. Default: the current folder for \`switchyard stdio\`,
# a folder of the gateway's own for \`switchyard serve\`.
# workspace:
#   root: .

# What you may do over stdio: guest, user, developer or admin.
# identity:
#   localRoles: [developer]

# Exceptions to the roles. A deny always wins.
# policy:
#   rules:
#     - id: no-dotenv
#       effect: deny
#       targets: ["tool:**"]
#       permissions: [FILE_READ, FILE_WRITE]
#       resources: ["**/.env", "**/.env.*"]
#       reason: Files with credentials stay closed.

# limits:
#   roles:
#     user: 300
#   concurrency: 100

# log:
#   level: info
`;

/** A hardened configuration for a gateway that others reach: behind a TLS proxy, least rights, kept evidence. */
export const PRODUCTION_TEMPLATE: string = `${MODELINE}
#
# Production configuration of Switchyard. Check it with \`switchyard config check\`, then go through
# the lines marked TODO: the gateway starts without them, but only on this machine.
environment: production

server:
  host: 127.0.0.1
  port: 8000
  # TODO The public name, as clients write it, such as gateway.example.org.
  allowedHosts: []
  allowedOrigins: []
  # TODO Plain HTTP stays on loopback. To listen on another address, put a TLS proxy in front and list
  # its address here; nobody else's forwarding headers are believed.
  trustedProxy: null

identity:
  # Whoever has a shell here is a plain user, not a developer.
  localRoles: [user]

policy:
  roles:
    # Writing and running code is given to named roles only.
    operator:
      inherits: [user]
      scopes: [admin:logs]
  rules:
    - id: no-credentials
      effect: deny
      targets: ["**"]
      permissions: [FILE_READ, FILE_WRITE, FILE_DELETE]
      resources: ["**/.env", "**/.env.*", "**/*.pem", "**/*.key", "**/id_*", "**/.ssh/**", "**/.git/**"]
      reason: Files with credentials stay closed.

limits:
  roles:
    guest: 10
    user: 120
    operator: 120
  sourcePerMinute: 300
  maxBodyBytes: 1048576
  maxResponseBytes: 10485760
  sessions:
    max: 500
    ttlSeconds: 900

audit:
  # TODO A second disk or a mounted share: checkpoints beside the log prove less.
  # checkpointDirectory: /mnt/audit-checkpoints
  checkpointEveryRecords: 100
  checkpointEverySeconds: 30
  retentionDays: 400

workspace:
  maxFileBytes: 1048576

log:
  level: info
`;

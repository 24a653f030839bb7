/** @module policy/cedar/cedar-schema: what Cedar policies can speak about. */
import { STANDARD_PERMISSIONS } from '../../contracts/policy.ts';

/**
 * The schema that is always there. An operator's own is added to it: actions for `CUSTOM_…` permissions, and
 * `action "tool:<name>" in [Action::"call"]` for tools whose arguments policies look at.
 *
 * @see https://docs.cedarpolicy.com/schema/human-readable-schema.html
 */
export const CEDAR_SCHEMA: string = `entity Role in [Role];
entity Principal in [Role] {
  id: String,
  kind: String,
  client: String,
  tenant?: String,
  method: String,
  roles: Set<String>,
  globs: Set<String>,
  clientGlobs: Set<String>,
};
entity Target {
  kind: String,
  name: String,
  upstream?: String,
  needs: Set<String>,
  readOnly: Bool,
  globs: Set<String>,
};
entity Scope { name: String };
entity Thing { text: String, globs: Set<String>, foldedGlobs: Set<String> };

action "call" appliesTo { principal: [Principal], resource: [Target], context: {} };
action "hold" appliesTo { principal: [Principal], resource: [Scope], context: {} };
action ${STANDARD_PERMISSIONS.map((name) => `"${name}"`).join(', ')} appliesTo {
  principal: [Principal],
  resource: [Thing],
  context: { target: Target, size?: Long, timeout?: Long, command?: String, commandGlobs: Set<String> },
};
`;

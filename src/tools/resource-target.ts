/** @module tools/resource-target: resources at one URI and at the URIs of a template. */
import type { Listed } from '../contracts/catalog.ts';
import type { Access, Target, TargetTraits } from '../contracts/target.ts';
import type { ResourceDefinition } from '../contracts/tool.ts';
import { AppError } from '../core/errors.ts';
import { deepFreeze, isObject, type JsonObject } from '../core/json.ts';
import { checkResource, copyJson } from './definition-rules.ts';
import { toPlainJson } from './plain-json.ts';
import type { ToolPorts } from './ports.ts';
import { RunningToolContext } from './tool-context.ts';
import { parseUriTemplate, type UriTemplate } from './uri-template.ts';

/** Scopes of a resource or prompt whose author named none. */
export const DEFAULT_READ_SCOPES: readonly string[] = Object.freeze(['tools:read']);

/** How resources, prompts and completions are run. */
export const READ_TRAITS: TargetTraits = Object.freeze({ isReadOnly: true, takesSlot: true, priority: 5 });

/** A resource in the catalogue. Of a template, the target stands for all of its URIs. */
export interface ListedResource extends Listed {
  readonly source: ResourceDefinition;
  readonly template: UriTemplate | undefined;
  /** The target of one URI: what a read of it reaches. Undefined when the URI is not of the template. */
  targetOf(uri: string): Target | undefined;
}

/** Without `isTrusted`, the definition is checked. @throws AppError DEFINITION_INVALID */
export function createResourceTarget(definition: ResourceDefinition, ports: ToolPorts, isTrusted: boolean): ListedResource {
  if (!isTrusted) checkResource(definition);
  const { uri, uriTemplate, scopes = DEFAULT_READ_SCOPES, permissions } = definition;
  const template = uriTemplate === undefined ? undefined : parseUriTemplate(uriTemplate);
  const access = { scopes: Object.freeze([...scopes]) };
  const accessOf = (name: string): Access => (permissions ? { ...access, permissions: (_input, place) => permissions.call(definition, name, place) } : access);
  const targetAt = (name: string, variables: Readonly<Record<string, string>>): Target => ({
    kind: 'resource',
    name,
    template: uriTemplate,
    access: accessOf(name),
    traits: READ_TRAITS,
    run: async (_input, call) => {
      const contents = await definition.read(name, new RunningToolContext(call, ports), variables);
      const { value } = toPlainJson(contents, ports.maxResultBytes);
      return { type: 'result', value: { contents: completeContents(value, name, definition.mimeType) } };
    },
  });
  const listedTarget = targetAt(uri ?? uriTemplate ?? '', {});
  return {
    source: definition,
    template,
    target: listedTarget,
    definition: deepFreeze(describeResource(definition)),
    targetOf(wanted) {
      if (!template) return wanted === uri ? listedTarget : undefined;
      const variables = template.match(wanted);
      return variables && targetAt(wanted, variables);
    },
  };
}

/** Contents as MCP wants them; URI and media type need not be repeated by the author. @throws AppError OUTPUT_INVALID */
function completeContents(contents: unknown, uri: string, mimeType: string | undefined): readonly JsonObject[] {
  const refuse = (problem: string): never => {
    throw new AppError('OUTPUT_INVALID', { message: `The resource answered something that is no resource content: ${problem}.` });
  };
  if (!Array.isArray(contents)) return refuse('it must be a list');
  return contents.map((content: unknown) => {
    if (!isObject(content)) return refuse('every entry must be an object');
    if ((typeof content['text'] === 'string') === (typeof content['blob'] === 'string')) return refuse('every entry needs either text or blob');
    return { uri, ...(mimeType === undefined ? {} : { mimeType }), ...content };
  });
}

function describeResource(definition: ResourceDefinition): JsonObject {
  const { uri, uriTemplate, name, title, description, mimeType, icons, annotations } = definition;
  const label = `Resource "${name}"`;
  return {
    ...(uri === undefined ? { uriTemplate } : { uri }),
    name,
    ...(title === undefined ? {} : { title }),
    ...(description === undefined ? {} : { description }),
    ...(mimeType === undefined ? {} : { mimeType }),
    ...(icons === undefined ? {} : { icons: icons.map((icon) => copyJson(label, icon)) }),
    ...(annotations === undefined ? {} : { annotations: copyJson(label, annotations) }),
  };
}

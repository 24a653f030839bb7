/** @module tools/ports: what tools are given by the composition root. */
import type { CallContext } from '../contracts/call.ts';
import type { ModelClient } from '../contracts/model-client.ts';
import type { Policy } from '../contracts/policy.ts';
import type { Validate } from '../contracts/target.ts';
import type { StandardSchema } from '../contracts/tool.ts';
import type { Clock } from '../core/clock.ts';
import type { JsonObject } from '../core/json.ts';

/** What turns a definition into a target. */
export interface ToolPorts {
  /** @throws AppError DEFINITION_INVALID */
  readonly compile: (schema: unknown) => Validate;
  /** @throws AppError DEFINITION_INVALID */
  readonly toJsonSchema: (schema: StandardSchema) => JsonObject;
  readonly clock: Clock;
  /** The most that one tool, resource or prompt may answer. */
  readonly maxResultBytes: number;
  /** Models for one running call. */
  readonly modelsOf: (call: CallContext) => ModelClient;
}

/** What a catalogue needs. */
export interface CatalogPorts extends ToolPorts {
  /** The policy of the current configuration; asked at each use. */
  readonly policy: () => Policy;
}

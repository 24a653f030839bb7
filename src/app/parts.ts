/** @module app/parts: everything that one gateway is made of, while it is being made. */
import type { Pipeline } from '../calls/runner.ts';
import type { McpDoor } from '../doors/mcp/door.ts';
import type { TaskDesk } from '../doors/mcp/tasks/task-desk.ts';
import type { AttachServer } from './attach.ts';
import type { Foundation } from './foundation.ts';
import type { Generations } from './generations.ts';
import type { Guards } from './guards.ts';
import type { HttpDoors } from './http-doors.ts';
import type { PublicUrls } from './public-urls.ts';
import type { IssuerHost } from './issuer.ts';
import type { TcpDoor } from '../doors/tcp/tcp-door.ts';
import type { ModelTargets } from './models.ts';
import type { Brake } from './brake.ts';
import type { Reloads } from './reloads.ts';
import type { AppSandbox } from './sandbox.ts';
import type { Targets } from './targets.ts';
import type { UpstreamTargets } from './upstreams.ts';

/** Everything that exists between start and stop. */
export interface Parts {
  foundation: Foundation;
  guards: Guards;
  urls: PublicUrls;
  generations: Generations;
  targets: Targets;
  pipeline: Pipeline;
  mcp: McpDoor;
  http: HttpDoors;
  attach: AttachServer;
  tcp: TcpDoor;
  reloads: Reloads;
  brake: Brake;
  models: ModelTargets;
  upstreams: UpstreamTargets;
  /** Absent where tasks are switched off. */
  tasks: TaskDesk;
  sandbox: AppSandbox;
  issuer: IssuerHost;
}

/** A part that must be there by now. @throws AppError NOT_RUNNING */
export type Need = <Name extends keyof Parts>(name: Name) => Parts[Name];

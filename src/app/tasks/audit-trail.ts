/** @module app/tasks/audit-trail: the trail of a home, for reading and verifying. Loaded lazily by the commands that need it. */
import type { Config } from '../../contracts/config.ts';
import type { HomePaths } from '../../contracts/home.ts';
import { DEFAULT_CONFIG } from '../../config/defaults.ts';

export { exportRecords } from '../../audit/export.ts';
export { queryAudit, type AuditFilter } from '../../audit/query.ts';
export { tailAudit } from '../../audit/tail.ts';
export { verifyAudit, type VerifyResult } from '../../audit/verify.ts';

/** Where the parts of a trail lie, as verification wants them. */
export interface AuditFolders {
  readonly directories: readonly string[];
  readonly checkpointDirectories: readonly string[];
  readonly keysDirectory: string;
}

/** Where the configuration puts the trail of the home. */
export function auditFolders({ audit }: Pick<Config, 'audit'>, home: HomePaths): AuditFolders {
  return {
    directories: [audit.directory ?? home.audit],
    checkpointDirectories: [audit.checkpointDirectory ?? `${home.audit}-checkpoints`],
    keysDirectory: home.keys,
  };
}

/** Where the trail of the home lies when no configuration says otherwise. */
export function ownAuditFolders(home: HomePaths): AuditFolders {
  return auditFolders(DEFAULT_CONFIG, home);
}

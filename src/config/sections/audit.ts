/** @module config/sections/audit: the audit trail. */
import { DEFAULT_CONFIG } from '../defaults.ts';
import { integer, key, orNull, path, section } from '../fields.ts';

const { audit: defaults } = DEFAULT_CONFIG;

/** Keys of `audit`. */
export const auditSection = section(
  {
    directory: key(orNull(path()), defaults.directory, 'Folder of the log; null = `audit` in the home. Relative to this file.'),
    checkpointDirectory: key(
      orNull(path()),
      defaults.checkpointDirectory,
      'Second place for signed checkpoints, best on another disk or machine; null = beside the log, which proves less.',
    ),
    checkpointEveryRecords: key(integer(1, 1_000_000), defaults.checkpointEveryRecords, 'Records after which a checkpoint is signed.'),
    checkpointEverySeconds: key(integer(1, 86_400), defaults.checkpointEverySeconds, 'Seconds after which a checkpoint is signed when there are new records.'),
    rotateBytes: key(integer(65_536), defaults.rotateBytes, 'Bytes at which a segment is closed and the next begun.'),
    retentionDays: key(orNull(integer(1, 36_500)), defaults.retentionDays, 'Days after which closed segments are removed; null = never.'),
  },
  'The audit trail.',
);

/** @module contracts/secrets: values that are encrypted at rest, by name. */

/** A secret without its value. */
export interface SecretInfo {
  readonly name: string;
  /** Epoch milliseconds of the last change. */
  readonly updatedAt: number;
}

/** A file of encrypted values that several processes read and change. */
export interface SecretStore {
  /**
   * The value as any process of the home wrote it last; undefined when there is none.
   *
   * @throws AppError SECRETS_DAMAGED, SECRETS_KEY_MISSING, HOME_INSECURE, STORAGE_*
   */
  get(name: string): string | undefined;
  /** Sorted by name. Needs no key. @throws AppError SECRETS_DAMAGED, HOME_INSECURE, STORAGE_* */
  list(): readonly SecretInfo[];
  /** Durable when it resolves. @throws AppError INVALID_PARAMS for a name or value that cannot be kept; otherwise as get */
  set(name: string, value: string): Promise<void>;
  /** False when there was none. @throws AppError as list */
  remove(name: string): Promise<boolean>;
  /** Changes whenever the file does, whoever changed it. Cheap: looks at the file's facts alone. */
  version(): string;
  /**
   * Runs the work while no other process of the home runs one under this name.
   *
   * @throws AppError STORAGE_UNAVAILABLE when it cannot be had within `patienceMs`; whatever the work throws
   */
  exclusively<T>(name: string, patienceMs: number, work: () => Promise<T>): Promise<T>;
}

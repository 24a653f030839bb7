/** @module contracts/home: the folder that holds this gateway's state. */

/** Where each kind of state lives. All paths are absolute. */
export interface HomePaths {
  readonly root: string;
  /** The first admin key, one line, 0600. */
  readonly adminKey: string;
  /** The embedded state database. */
  readonly database: string;
  /** Answers of models that are kept: may be deleted while no gateway runs. */
  readonly modelCache: string;
  /** Folder of audit segments, unless `audit.directory` names another. */
  readonly audit: string;
  /** Folder of signing and sealing keys. */
  readonly keys: string;
  /** Socket on which `stdio` finds a running `serve`: a file 0600, on Windows a named pipe. */
  readonly socket: string;
  /** Folder of the socket; undefined on Windows. */
  readonly run: string | undefined;
  /** Where a running `serve` says how it is reached, JSON, 0600. */
  readonly serving: string;
  /** The workspace root of `serve` where none is configured. */
  readonly workspace: string;
  /** Folder of the scratch folders of callers' code, one for each caller. */
  readonly scratch: string;
  /** State of the kill switch, JSON. */
  readonly killSwitch: string;
  /** Calls that wait for a person, and the yes or no they got, JSON, 0600. */
  readonly approvals: string;
}

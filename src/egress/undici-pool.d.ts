/** The one class of undici that is used, without the rest of the package: fetch, caches, mocks, interceptors. */
declare module 'undici/lib/dispatcher/pool.js' {
  import { Pool } from 'undici';
  export = Pool;
}

/** Folder of the checkout, without a slash at the end. */
import { fileURLToPath } from 'node:url';

export const root: string = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '');

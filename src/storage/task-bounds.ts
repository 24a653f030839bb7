/** @module storage/task-bounds: what every store of tasks holds to. */

/** Wishes that may wait for the owner of one task. */
export const MAX_WISHES = 64;

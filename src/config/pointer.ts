/** @module config/pointer: JSON Pointers, and the dotted names people read. @see RFC 6901 */

/** Appends one step to a pointer. */
export function joinPointer(pointer: string, step: string | number): string {
  return `${pointer}/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`;
}

/** The steps of a pointer; empty for the root. */
export function splitPointer(pointer: string): readonly string[] {
  return pointer === ''
    ? []
    : pointer
        .slice(1)
        .split('/')
        .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** The pointer one level up; the root is its own parent. */
export function parentPointer(pointer: string): string {
  return pointer.slice(0, Math.max(0, pointer.lastIndexOf('/')));
}

/** `server.allowedHosts[0]`: a pointer as people write it. `the file` for the root. */
export function dottedName(pointer: string): string {
  let name = '';
  for (const step of splitPointer(pointer)) {
    if (/^\d+$/.test(step)) name += `[${step}]`;
    else name += `${name === '' ? '' : '.'}${/^[\w$-]+$/.test(step) ? step : JSON.stringify(step)}`;
  }
  return name === '' ? 'the file' : name;
}

/** Whether the pointer matches a pattern in which `*` stands for exactly one step. */
export function matchesPointer(pattern: string, pointer: string): boolean {
  const expected = pattern.split('/');
  const steps = pointer.split('/');
  return expected.length === steps.length && expected.every((step, index) => step === '*' || step === steps[index]);
}

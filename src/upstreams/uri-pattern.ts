/** @module upstreams/uri-pattern: which URIs may belong to a template of an upstream. */

/**
 * Whether the literal pieces of an RFC 6570 template occur in the URI in their order. Looser than the template: the
 * upstream decides whether there is such a resource. Linear in the length of the URI.
 */
export function matchesTemplate(template: string, uri: string): boolean {
  const pieces = template.split(/\{[^{}]*\}/);
  const [head = '', ...rest] = pieces;
  const tail = rest.pop();
  if (tail === undefined) return uri === template;
  if (!uri.startsWith(head) || !uri.endsWith(tail)) return false;
  let from = head.length;
  for (const piece of rest) {
    const found = uri.indexOf(piece, from);
    if (found === -1) return false;
    from = found + piece.length;
  }
  return from <= uri.length - tail.length;
}

/** Characters before the first variable: how much of its URIs a template decides. */
export function literalLength(template: string): number {
  const first = template.indexOf('{');
  return first === -1 ? template.length : first;
}

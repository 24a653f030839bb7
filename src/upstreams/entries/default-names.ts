/** @module upstreams/entries/default-names: names for upstreams whose source has none of its own. */

/** `@modelcontextprotocol/server-filesystem@1.2` → `filesystem`; the version and what says "MCP server" go. */
export function nameOfPackage(spec: string): string {
  const whole = spec
    .replace(/^(@?[^@]+)@.*$/, '$1')
    .replace(/[=<>~!].*$/, '')
    .replace(/:[^/]*$/, '');
  const last = whole.split('/').at(-1) ?? '';
  const short = last.replace(/^(?:mcp[-_])?(?:server[-_])?(?:mcp[-_])?/i, '').replace(/(?:[-_]mcp)?(?:[-_]server)?(?:[-_]mcp)?$/i, '');
  return short === '' || /^(?:mcp|server)$/i.test(short) ? (whole.split('/')[0] ?? '').replace(/^@/, '') || last : short;
}

/** `https://mcp.linear.app/mcp` → `linear`; `http://127.0.0.1:3000/mcp` → `127-0-0-1-3000`. */
export function nameOfUrl(url: string): string {
  const parsed = URL.parse(url);
  if (!parsed) return '';
  const { hostname, port } = parsed;
  if (!/[a-z]/i.test(hostname) || !hostname.includes('.')) return [hostname, port].filter((part) => part !== '').join('-');
  const labels = hostname.split('.').filter((label) => !/^(?:mcp|api|www)$/i.test(label));
  return labels.length > 1 ? (labels.at(-2) ?? '') : (labels[0] ?? '');
}

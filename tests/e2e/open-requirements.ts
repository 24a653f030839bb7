/**
 * Clauses that are not done, each with the reason. Take the line out together with the commit that
 * brings the test: a clause that is missing here must be cited by one.
 */
export const OPEN: Readonly<Record<string, string>> = {
  'A1.c': 'comes with TLS on the listener',
  'A2.l': 'comes with the test against a real authorization server',
  'A2.m': 'DPoP is there; certificates come with TLS on the listener',
  'A4.a': 'the command comes later',
  'A4.d': 'comes with the command',
  'A7.f': 'comes with TLS on the listener',
  'D8.j': 'TLS on the listener comes with the issue of trust; until then plain HTTP stays on loopback or behind a declared proxy',
  'D8.k': 'as D8.j',
  'G1.k': 'one process for everybody so far: project roots and credentials of callers are not told apart',
  'G1.l': 'refused with a typed error and its fix: servers that speak it alone are few',
  'G1.m': 'needs a helper beside each server or a sweep at the next start; docs/upstreams.md says so',
  'G2.f': 'a subscription is granted, and updates that the upstream sends unasked are passed on; it is not asked for them',
  'G4.g': 'refused with a typed error and its fix; comes with tools made from OpenAPI documents and agents',
  'G4.h': "written after the clients' documentation; only Claude Code itself is run in a test",
  'G3.i': 'the scan and its cap are there and tested; no call uses them yet: 10 KB of text take 4 ms',
  'G3.j': 'the store takes them (`pinShown`); import and add list nothing of a server yet',
  'G3.k': 'the admin API is there; its page comes with the console',
  'K3.h': 'the next part of the same work',
  'K3.j': 'the next part of the same work',
  'L1.h': 'comes with the sandbox',
  'L1.i': 'shared counters come next',
  'L1.j': 'comes with the shared counters',
  'L2.b': 'comes with the shared switch',
};

/**
 * Clauses that are not done, each with the reason. Take the line out together with the commit that
 * brings the test: a clause that is missing here must be cited by one.
 */
export const OPEN: Readonly<Record<string, string>> = {
  'D3.a': 'comes with the issue of the models',
  'D8.c': 'no test cites it yet',
  'D8.g': 'no test cites it yet',
  'D8.j': 'no test cites it yet',
  'D8.k': 'no test cites it yet',
  'K3.a': 'comes with the issue of the tasks extension',
  'L1.f': 'no test cites it yet',
  'U1.a': 'no test cites it yet',
  'U1.b': 'no test cites it yet',
  'U1.c': 'no test cites it yet',
  'U1.d': 'no test cites it yet',
  'U1.e': 'no test cites it yet',
  'U1.f': 'no test cites it yet',
  'U2.a': 'no test cites it yet',
  'U2.b': 'no test cites it yet',
  'U2.c': 'no test cites it yet',
  'U2.d': 'no test cites it yet',
  'S4.a': 'no test cites it yet',
  'S4.b': 'no test cites it yet',
  'S4.c': 'no test cites it yet',
  'S4.d': 'no test cites it yet',
};

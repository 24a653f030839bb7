/** What each detector finds, and what only looks like it. */
import { describe, expect, it } from 'vitest';
import type { DataKind, GuardrailRule } from '../../../../src/contracts/guardrails-config.ts';
import { rulesFor } from '../../../../src/models/guardrails/rules.ts';
import { scanWhole } from '../../../../src/models/guardrails/scanner.ts';
import { BARE_RULE } from './bare-rule.ts';

/** What is found, as it stands in the text. */
function found(text: string, rule: Partial<GuardrailRule>): string[] {
  const rules = rulesFor({ rules: { rule: { ...BARE_RULE, ...rule } }, markers: 'plain' }, 'in');
  return scanWhole(rules?.redacting ?? [], text).map(({ from, to }) => text.slice(from, to));
}
const data = (text: string, ...detect: DataKind[]): string[] => found(text, { detect: detect.length > 0 ? detect : null });

const key = (prefix: string, length: number): string => prefix + 'aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0fG3hJ6kL9nP2rS5uV8xY1'.repeat(8).slice(0, length);
const AWS = `AKIA${'IOSFODNN7EXAMPLE'}`;
const JWT = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U';
const BLOCK = `-----BEGIN RSA PRIVATE KEY-----\nMIIEow${'IBAAKCAQEA\n'.repeat(20)}\n-----END RSA PRIVATE KEY-----`;

// @requirement M10.a
describe('M10.a data with a form', () => {
  it.each<[DataKind, string, string]>([
    ['email', 'Write to bob.o+x@mail.example.co.uk, please', 'bob.o+x@mail.example.co.uk'],
    ['email', 'a@b@c.com', 'b@c.com'],
    ['email', 'bob＠example．com', 'bob＠example．com'],
    ['card', 'pay 4111111111111111 now', '4111111111111111'],
    ['card', 'pay 4111-1111-1111-1111.', '4111-1111-1111-1111'],
    ['card', '3782 822463 10005', '3782 822463 10005'],
    ['card', '4111 1111 1111 1111 12/26', '4111 1111 1111 1111'],
    ['card', '４１１１１１１１１１１１１１１１', '４１１１１１１１１１１１１１１１'],
    ['iban', 'DE89 3704 0044 0532 0130 00 and more', 'DE89 3704 0044 0532 0130 00'],
    ['iban', 'to GB29NWBK60161331926819.', 'GB29NWBK60161331926819'],
    ['phone', 'call +49 (0)30 123456-78 today', '+49 (0)30 123456-78'],
    ['phone', 'call +14155550132', '+14155550132'],
    ['phone', 'tel:(415) 555-0132', '(415) 555-0132'],
    ['phone', '415-555-0132', '415-555-0132'],
    ['phone', '06 12 34 56 78', '06 12 34 56 78'],
    ['phone', '020 7946 0958', '020 7946 0958'],
    ['phone', '0049 30 1234567', '0049 30 1234567'],
    ['api-key', `x=${AWS};`, AWS],
    ['api-key', key('ghp_', 36), key('ghp_', 36)],
    ['api-key', key('github_pat_', 60), key('github_pat_', 60)],
    ['api-key', `"${key('sk-proj-', 60)}"`, key('sk-proj-', 60)],
    ['api-key', key('sk-ant-api03-', 90), key('sk-ant-api03-', 90)],
    ['api-key', `sk-sy-0123456789ab-${'0a1b2c3d'.repeat(6)}`, `sk-sy-0123456789ab-${'0a1b2c3d'.repeat(6)}`],
    ['api-key', key('xoxb-', 40), key('xoxb-', 40)],
    ['api-key', key('AIza', 35), key('AIza', 35)],
    ['jwt', `Bearer ${JWT}`, JWT],
    ['private-key', `before ${BLOCK} after`, BLOCK],
  ])('%s in %j', (kind, text, expected) => expect(data(text, kind)).toEqual([expected]));

  it.each<[DataKind, string]>([
    ['email', 'bob@localhost and @mention and a@.com, user@host'],
    ['card', 'order 4111 1111 1111 1112'],
    ['card', '1234567812345670 0000000000000000 v4.111.111.111'],
    ['card', 'id-4111111111111111 4111111111111111x 41111111111111111111111111'],
    ['card', 'ISBN 978-3-16-148410-0'],
    ['iban', 'DE89 3704 0044 0532 0130 01'],
    ['iban', 'XX89 3704 0044 0532 0130 00, AB12CD34EF56GH78'],
    ['phone', '2024-01-02 12:30:00 192.168.100.100 1.2.3-45.678 10.0.0.1'],
    ['phone', '550e8400-e29b-41d4-a716-446655440000'],
    ['phone', 'ISBN 978-3-16-148410-0, order 302-555-1234-9, part 0800-12'],
    ['phone', 'x+1234567890 and 3.14159265358979 and 0.123 456 789'],
    ['api-key', 'sk-learn-something-with-a-long-name-12 sk-circle-fading-1234567890 AKIAxyz task-4f9a8b7c6d5e4f3a2b1c0d'],
    ['jwt', 'eyJhbGciOiJIUzI1NiJ9.notjson.sig version 1.2.3'],
    ['private-key', '-----BEGIN PUBLIC KEY-----\nMII\n-----END PUBLIC KEY-----'],
  ])('no %s in %j', (kind, text) => expect(data(text, kind)).toEqual([]));

  // @requirement M10.g
  it('M10.g unseen signs, escapes and look-alike forms hide nothing; base64 does', () => {
    expect(data(`sk-\u200bproj-\u2060${key('', 40)}`, 'api-key')).toHaveLength(1);
    expect(data('4111\u200b1111\u200b1111\u200b1111', 'card')).toEqual(['4111\u200b1111\u200b1111\u200b1111']);
    expect(data('{"mail":"bob\\u0040example.com"}', 'email')).toEqual(['bob\\u0040example.com']);
    expect(data('line\\nbob@example.com\\tx', 'email')).toEqual(['bob@example.com']);
    expect(data('4111\u00a01111\u20111111 1111', 'card')).toHaveLength(1);
    expect(data(Buffer.from('bob@example.com').toString('base64'))).toEqual([]);
  });

  it('a token before a mail, a mail before a number: each is found once', () => {
    expect(data(`${JWT} bob@example.com 4111111111111111`)).toEqual([JWT, 'bob@example.com', '4111111111111111']);
  });
});

// @requirement M10.d
describe('M10.d topics', () => {
  const topics = (text: string): string[] => found(text, { kind: 'topics', phrases: ['Crème brûlée', 'ass', 'nerve gas', 'nerve gas agent'] });

  it('finds words and phrases, whatever their case, accents, separators and look-alikes', () => {
    expect(topics('I love CREME  BRULEE!')).toEqual(['CREME  BRULEE']);
    expect(topics('nerve-gas, nеrvе gаs (Cyrillic), n\u200berve gas agent')).toEqual(['nerve-gas', 'nеrvе gаs', 'n\u200berve gas agent']);
  });

  it('finds whole words alone', () => expect(topics('a class of assets, nerves, gas, nerve gasoline')).toEqual([]));
});

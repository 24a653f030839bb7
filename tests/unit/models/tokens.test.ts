import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { estimateConversation, estimateTokens, estimateTokensOfBytes, upperBoundTokens } from '../../../src/models/tokens.ts';

/** Counted with the o200k vocabulary (gpt-tokenizer 4.0.0). */
const COUNTED: readonly (readonly [language: string, tokens: number, text: string])[] = [
  [
    'English',
    62,
    'The gateway passes the bytes of the answer on as they come. When a provider fails before the first content, the next one is asked; afterwards the client is told that the answer is not whole. Every attempt is a call of its own, with its own record, its own price and its own reservation.',
  ],
  [
    'code',
    54,
    "export function sumUp(products: readonly number[]): number {\n  let total = 0;\n  for (const product of products) {\n    if (product < 0) throw new RangeError('negative');\n    total += product;\n  }\n  return total;\n}\n",
  ],
  [
    'JSON',
    43,
    '{"model":"gpt-6-luna","messages":[{"role":"user","content":"What is the capital of France?"}],"max_tokens":256,"temperature":0.2,"stream":true}',
  ],
  [
    'German',
    46,
    'Das Gateway reicht die Bytes der Antwort weiter, wie sie kommen. Fällt ein Anbieter aus, bevor der erste Inhalt da ist, wird der nächste gefragt; danach erfährt der Aufrufer, dass die Antwort nicht vollständig ist.',
  ],
  [
    'Russian',
    41,
    'Шлюз передаёт байты ответа по мере их поступления. Если поставщик отказывает до первого содержания, запрашивается следующий; после этого клиент узнаёт, что ответ неполон.',
  ],
  ['Greek', 48, 'Η πύλη μεταβιβάζει τα δεδομένα της απάντησης όπως έρχονται. Αν ένας πάροχος αποτύχει πριν από το πρώτο περιεχόμενο, ρωτάται ο επόμενος.'],
  ['Chinese', 49, '网关会按原样传递答案的字节。如果提供者在第一个内容之前失败，则询问下一个；之后，客户端会被告知答案不完整。每次尝试都是一次独立的调用。'],
  ['Japanese', 44, 'ゲートウェイは回答のバイトをそのまま渡します。最初の内容の前にプロバイダーが失敗した場合は、次のプロバイダーに問い合わせます。'],
  ['Korean', 29, '게이트웨이는 응답의 바이트를 그대로 전달합니다. 첫 번째 내용 전에 공급자가 실패하면 다음 공급자에게 요청합니다.'],
];

describe('the estimate of tokens', () => {
  it.each(COUNTED)('is within a quarter of the count for %s', (_language, tokens, text) => {
    expect(estimateTokens(text) / tokens).toBeGreaterThan(0.75);
    expect(estimateTokens(text) / tokens).toBeLessThan(1.25);
    expect(estimateTokensOfBytes(Buffer.from(text))).toBe(estimateTokens(text));
  });

  it('is 0 for nothing alone, and never above the bound that reservations use', () => {
    expect(estimateTokens('')).toBe(0);
    fc.assert(
      fc.property(fc.string({ minLength: 1, unit: 'binary' }), (text) => {
        expect(estimateTokens(text)).toBeGreaterThan(0);
        expect(estimateTokens(text)).toBeLessThanOrEqual(upperBoundTokens(Buffer.byteLength(text)));
      }),
    );
    for (const [, tokens, text] of COUNTED) expect(upperBoundTokens(Buffer.byteLength(text))).toBeGreaterThan(tokens);
  });

  it('counts what a message costs besides its text', () => {
    expect(estimateConversation(['four', ''])).toBe(1 + 4 + 4);
  });
});

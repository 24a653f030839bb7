/** Names of models that would lead a credential elsewhere. */
import { describe, expect, it } from 'vitest';
import * as azure from '../../../../src/models/providers/azure/address.ts';
import * as bedrock from '../../../../src/models/providers/bedrock/address.ts';
import * as gemini from '../../../../src/models/providers/gemini/address.ts';
import * as vertex from '../../../../src/models/providers/vertex/address.ts';

const HOST = 'https://vendor.example';
const BASES = { runtime: HOST, control: HOST };
const PLACE = { project: 'project-1', region: 'global' };
const urlsOf = (model: string): readonly (() => string)[] => [
  () => azure.urlOf(HOST, '2024-10-21', model, '/embeddings').replace('?api-version=2024-10-21', ''),
  () => bedrock.urlOf(BASES, model, 'invoke'),
  () => gemini.urlOf(HOST, model, ':generateContent'),
  () => vertex.urlOf(HOST, PLACE, vertex.publishedModel(model), ':generateContent'),
];

// @requirement M1.d
describe('the name of a model in a URL', () => {
  it('is no name of dots', () => {
    const refusal = expect.objectContaining({ code: 'INVALID_REQUEST' }) as unknown;
    for (const model of ['.', '..']) for (const urlOf of urlsOf(model)) expect(urlOf).toThrowError(refusal);
    expect(() => gemini.urlOf(HOST, 'tunedModels/..', ':generateContent')).toThrowError(refusal);
    expect(() => vertex.urlOf(HOST, PLACE, vertex.publishedModel('google/..'), ':generateContent')).toThrowError(refusal);
  });

  it.each(['a/../../b', 'models/a/../b', '../x', 'x?y=1#z', 'a:b', 'google/../projects/other'])('%s leads nowhere else', (model) => {
    for (const urlOf of urlsOf(model)) {
      const url = new URL(urlOf());
      expect(url.pathname).toMatch(
        /^\/(?:model\/[^/]+\/invoke|openai\/deployments\/[^/]+\/embeddings|v1beta\/(?:models|tunedModels)\/[^/]+|v1\/projects\/project-1\/locations\/global\/publishers\/[a-z0-9-]+\/models\/[^/]+)$/,
      );
      expect(`${url.search}${url.hash}`).toBe('');
    }
  });

  it('keeps the prefix of a profile but where tokens are counted', () => {
    const arn = 'arn:aws:bedrock:eu-central-1:1:inference-profile/eu.anthropic.claude-x';
    expect(bedrock.urlOf(BASES, 'us-gov.anthropic.claude-x', 'invoke')).toBe(`${HOST}/model/us-gov.anthropic.claude-x/invoke`);
    expect(bedrock.urlOf(BASES, 'us-gov.anthropic.claude-x', 'count-tokens')).toBe(`${HOST}/model/anthropic.claude-x/count-tokens`);
    expect(bedrock.urlOf(BASES, arn, 'invoke')).toBe(`${HOST}/model/${encodeURIComponent(arn)}/invoke`);
    expect(['anthropic.claude-x', 'global.anthropic.claude-x', arn].map(bedrock.isAnthropic)).toEqual([true, true, true]);
    expect(['amazon.nova-pro-v1:0', 'my-anthropic.model'].map(bedrock.isAnthropic)).toEqual([false, false]);
  });

  it.each([
    ['eu-central-1', 'https://bedrock-runtime.eu-central-1.amazonaws.com', 'https://bedrock.eu-central-1.amazonaws.com'],
    ['us-gov-west-1', 'https://bedrock-runtime.us-gov-west-1.amazonaws.com', 'https://bedrock.us-gov-west-1.amazonaws.com'],
    ['cn-north-1', 'https://bedrock-runtime.cn-north-1.amazonaws.com.cn', 'https://bedrock.cn-north-1.amazonaws.com.cn'],
  ])('%s is where Bedrock is', (region, runtime, control) => {
    expect(bedrock.basesOf({ baseUrl: null, region })).toEqual({ runtime, control });
    expect(bedrock.basesOf({ baseUrl: null, region: `${region}.evil.example` })).toBeUndefined();
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DEFAULT_ROUTING } from '../../../src/contracts/orchestrator-config.ts';
import type { ComplexityFactors, TaskContext } from '../../../src/contracts/orchestrator.ts';
import { scoreComplexity, tierIndexOf } from '../../../src/models/complexity.ts';

const { complexity: config, tiers } = DEFAULT_ROUTING;
const score = (task: string, context: TaskContext = {}): ComplexityFactors => scoreComplexity(task, context, config).factors;
const words = (count: number): string => Array.from({ length: count }, (_, index) => `w${index}`).join(' ');

describe('the score of a task', () => {
  it.each([
    [0, 0.5],
    [1, 0.5],
    [9, 0.5],
    [10, 1],
    [19, 1],
    [20, 1.5],
    [39, 1.5],
    [40, 2],
    [59, 2],
    [60, 3],
    [5000, 3],
  ])('O2.a: %i words: %d', (count, expected) => {
    expect(score(words(count)).task_length).toBe(expected);
  });

  it.each([
    ['write it', 0],
    ['refactor it', 1],
    ['Refactor and MIGRATE it', 2],
    ['refactor, architect, migrate, redesign, restructure', 2],
    ['refactor refactor', 1],
    ['architect', 1],
    ['migrate', 1],
    ['redesign', 1],
    ['restructure', 1],
    ['prefactor the architecture', 0],
  ])('O2.b: words of a hard task in %j: %d', (task, expected) => {
    expect(score(task).complexity_words).toBe(expected);
  });

  it.each([
    ['write it', 0],
    ['auth', 1],
    ['authentication', 1],
    ['payment', 1],
    ['security', 1],
    ['encryption', 1],
    ['authorization', 1],
    ['privacy', 1],
    ['billing', 1],
    ['auth and billing', 2],
    ['auth, billing, privacy', 2],
    ['the author', 0],
  ])('O2.c: words of a risk in %j: %d', (task, expected) => {
    expect(score(task).critical_words).toBe(expected);
  });

  it.each([
    [undefined, 0],
    [0, 0],
    [1, 0.5],
    [2, 0.5],
    [3, 1],
    [4, 1.5],
    [5, 1.5],
    [6, 2],
    [999, 2],
  ])('O2.d: %s files: %d', (files, expected) => {
    expect(score('x', { files_count: files }).files).toBe(expected);
  });

  it.each([
    [undefined, 0],
    [false, 0],
    [true, 1.5],
  ])('O2.e: tests required %s: %d', (tests, expected) => {
    expect(score('x', { requires_tests: tests }).tests).toBe(expected);
  });

  it.each([
    [[], 0],
    [['a'], 0.75],
    [['a', 'b'], 1.5],
    [['a', 'b', 'c'], 1.5],
    [['a', 'a'], 0.75],
  ])('O2.f: external interfaces %j: %d', (apis, expected) => {
    expect(score('x', { external_apis: apis }).external_apis).toBe(expected);
  });

  it.each([
    [[], 0],
    [['a'], 0],
    [['a', 'b'], 1],
    [['a', 'b', 'c'], 2],
    [['a', 'b', 'c', 'd'], 2],
  ])('O2.g: subsystems %j: %d', (subsystems, expected) => {
    expect(score('x', { subsystems }).subsystems).toBe(expected);
  });

  it('O2.h: is the sum, at most 10, with two decimals', () => {
    const everything = { files_count: 6, requires_tests: true, external_apis: ['a', 'b'], subsystems: ['a', 'b', 'c'] };
    expect(scoreComplexity(`${words(60)} refactor migrate auth billing`, everything, config).score).toBe(10);
    expect(scoreComplexity('refactor it', { files_count: 1, external_apis: ['a'] }, config).score).toBe(2.75);
    expect(scoreComplexity('x', { requires_tests: true }, { ...config, tests: 0.3333 }).score).toBe(0.83);
  });

  it('O2.i: is as sure as many factors speak', () => {
    const sure = (task: string, context: TaskContext = {}): number => scoreComplexity(task, context, config).confidence;
    expect(sure('x')).toBe(0.5 + 0.5 / 7);
    expect(sure('refactor')).toBe(0.5 + (0.5 * 2) / 7);
    expect(sure('refactor auth', { files_count: 1, requires_tests: true, external_apis: ['a'], subsystems: ['a', 'b'] })).toBe(1);
  });

  it.each([
    [0, 'flash'],
    [2.99, 'flash'],
    [3, 'haiku'],
    [4.99, 'haiku'],
    [5, 'sonnet'],
    [7.99, 'sonnet'],
    [8, 'opus'],
    [10, 'opus'],
  ])('O2.j: %d is of the tier %s', (value, tier) => {
    expect(tiers[tierIndexOf(value, tiers)]?.name).toBe(tier);
  });

  it('O2.k: takes words, numbers and tiers from the configuration', () => {
    const own = { ...config, cap: 4, words: [{ upTo: null, score: 1 }], complexWords: { words: ['Brücke'], each: 9, max: 9 } };
    expect(scoreComplexity('die BRÜCKE', {}, own).score).toBe(4);
    expect(tierIndexOf(99, [{ name: 'one', below: 5, model: 'a' }])).toBe(0);
  });

  it('never leaves its bounds', () => {
    fc.assert(
      fc.property(fc.string(), fc.nat(), fc.boolean(), fc.array(fc.string()), fc.array(fc.string()), (task, files, tests, subsystems, apis) => {
        const result = scoreComplexity(task, { files_count: files, requires_tests: tests, subsystems, external_apis: apis }, config);
        expect(result.score).toBeGreaterThanOrEqual(0.5);
        expect(result.score).toBeLessThanOrEqual(10);
        expect(Number(result.score.toFixed(2))).toBe(result.score);
        expect(result.confidence).toBeLessThanOrEqual(1);
      }),
    );
  });
});

import { describe, expect, it } from 'vitest';
import { findMixedWord, foldConfusables, skeletonOf } from '../../../../src/upstreams/scan/confusables.ts';
import { excerptOf, revealText } from '../../../../src/core/visible-text.ts';

describe('texts of others, made visible', () => {
  it.each([
    ['a\u200Bb', 'a⟨U+200B⟩b'],
    ['\u001B[31mred', '⟨U+001B⟩[31mred'],
    ['\u{E0041}', '⟨U+E0041⟩'],
    ['\u202Eabc', '⟨U+202E⟩abc'],
    ['\uFFF9note', '⟨U+FFF9⟩note'],
    ['\uD800', '⟨U+D800⟩'],
    ['a\u00A0b', 'a⟨U+00A0⟩b'],
    ['\u3164\u2800', '⟨U+3164⟩⟨U+2800⟩'],
    ['❤\uFE0F', '❤⟨U+FE0F⟩'],
    ['line\n\ttab\r', 'line\n\ttab⟨U+000D⟩'],
    ['größe 名前 اسم 👍', 'größe 名前 اسم 👍'],
  ])('%j as %j', (text, shown) => {
    expect(revealText(text)).toBe(shown);
  });

  it('an excerpt is one line, bounded, with the place in it', () => {
    const excerpt = excerptOf(`${'before '.repeat(100)}HERE\u200B\n${'after '.repeat(100)}`, 700, 4);
    expect([excerpt.includes('HERE⟨U+200B⟩'), excerpt.length <= 160, excerpt.includes('\n')]).toEqual([true, true, false]);
  });
});

describe('letters that look like others', () => {
  it('fold to the ones they look like', () => {
    expect(foldConfusables('rеаd_fіlе ｒｅａｄ 𝐫𝐞𝐚𝐝 r\u200Bead')).toBe('read_file read read read');
  });

  it('are noticed within a word, and are none in formulas and in words of their own script', () => {
    expect(findMixedWord('open the pаypal page')?.word).toBe('pаypal');
    expect(findMixedWord('Größe in μm, kΩ, α-Strahlung, Москва и Париж, Αθήνα')).toBeUndefined();
  });

  it('give names that are taken for each other one skeleton', () => {
    expect(skeletonOf('create_issue')).toBe(skeletonOf('create_lssue'));
    expect(skeletonOf('read0')).toBe(skeletonOf('reado'));
    expect(skeletonOf('read_file')).not.toBe(skeletonOf('write_file'));
  });
});

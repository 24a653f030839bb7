import { describe, expect, it } from 'vitest';
import { readPlaceholders, type PlaceholderContext } from '../../../src/clients/placeholders.ts';
import type { ClientId } from '../../../src/clients/types.ts';

const context = (client: ClientId, more: Partial<PlaceholderContext> = {}): PlaceholderContext => ({
  client,
  homeDirectory: '/home/me',
  projectDirectory: '/srv/app',
  startsInProject: true,
  separator: '/',
  ...more,
});
const read = (client: ClientId, text: string, more?: Partial<PlaceholderContext>): unknown => readPlaceholders(text, context(client, more), false);

describe('G4.d: what clients fill in', () => {
  it.each([
    ['claude-code', '${A}/${B:-c}', '${A}/${B:-c}'],
    ['cursor', '${env:A}/${userHome}/${workspaceFolder}/${workspaceFolderBasename}${/}x', '${A}//home/me//srv/app/app/x'],
    ['vscode', '${workspaceFolder}${pathSeparator}x', '/srv/app/x'],
    ['gemini', '$A and ${B} and \\$C', '${A} and ${B} and \\$C'],
    ['claude-desktop', '${A}', '${A}'],
    ['claude-code', 'a ${ open and ${not a name}', 'a $${ open and ${not a name}'],
  ] as const)('%s: %s', (client, text, expected) => {
    expect(read(client, text)).toMatchObject({ text: expected, unusable: undefined });
  });

  it('inputs become variables, told; what only the client can fill in is unusable', () => {
    expect(read('vscode', 'Bearer ${input:my-key}')).toMatchObject({ text: 'Bearer ${MY_KEY}', asked: ['MY_KEY'] });
    expect(read('vscode', '${input:9}')).toMatchObject({ asked: ['INPUT_9'] });
    for (const text of ['${command:pick}', '${config:a.b}']) expect(read('vscode', text)).toMatchObject({ unusable: text });
  });

  it('the folder of no project is where the program starts, or nothing', () => {
    expect(read('cursor', '${workspaceFolder}/x', { projectDirectory: undefined })).toMatchObject({ text: './x' });
    expect(read('cursor', '${workspaceFolder}/x', { projectDirectory: undefined, startsInProject: false })).toMatchObject({ unusable: '${workspaceFolder}' });
  });

  it('arguments of clients that fill in nothing stay what they are', () => {
    expect(readPlaceholders('echo ${A}', context('codex'), true).text).toBe('echo $${A}');
    expect(readPlaceholders('echo ${A}', context('claude-code'), true).text).toBe('echo ${A}');
  });
});

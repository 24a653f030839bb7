/** What a version says before its server was heard says nothing. */

/** A store over a network first has to hear from its server: resolves when the version stays as it is. */
export async function untilConfirmed({ version }: { version(): number }): Promise<void> {
  for (let before = -1; before !== version(); before = version()) await new Promise((resolve) => setTimeout(resolve, 5));
}

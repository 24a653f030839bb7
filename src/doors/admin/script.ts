/** @module doors/admin/script: the status page's script, inline under its hash. */

/**
 * Takes over what the event stream brings (each event holds finished HTML by element id), shows times
 * in the reader's own zone, and copies commands. When the gateway went away it waits for it and
 * loads the page anew. The page is complete without it.
 */
export const SCRIPT: string = `
'use strict';
const live = document.getElementById('live');
const shown = new Map();
const toLocal = (root) => {
  for (const time of root.querySelectorAll('time')) time.textContent = new Date(time.dateTime).toLocaleTimeString([], { hour12: false });
};
const say = (text, kind) => { live.textContent = text; live.className = 'pill ' + kind; };
const reloadWhenReady = async () => {
  const isReady = await fetch('/health/ready').then((answer) => answer.ok, () => false);
  if (isReady) location.reload();
  else setTimeout(reloadWhenReady, 5000);
};
const source = new EventSource('/events');
source.addEventListener('open', () => say('Live', 'ok'));
source.addEventListener('error', () => {
  say('Waiting', 'warn');
  if (source.readyState === EventSource.CLOSED) setTimeout(reloadWhenReady, 5000);
});
source.addEventListener('end', (event) => { source.close(); say('Ended: ' + event.data, 'no'); });
source.addEventListener('status', (event) => {
  for (const [id, html] of Object.entries(JSON.parse(event.data))) {
    const element = document.getElementById(id);
    if (!element || shown.get(id) === html) continue;
    shown.set(id, html);
    element.innerHTML = html;
    toLocal(element);
  }
});
document.addEventListener('click', async (event) => {
  const button = event.target.closest('button[data-copy]');
  if (!button) return;
  const code = document.getElementById(button.dataset.copy);
  try {
    await navigator.clipboard.writeText(code.textContent);
    button.textContent = 'Copied';
  } catch {
    getSelection().selectAllChildren(code);
    button.textContent = 'Selected';
  }
  setTimeout(() => { button.textContent = 'Copy'; }, 2000);
});
toLocal(document);
`;

/** @module doors/admin/script: the script of the console's pages, inline under its hash. */
import { KEY_SCRIPT } from './console-key.ts';

/**
 * Takes over what the event stream brings (each event holds finished HTML by element id), says when a list
 * that people decide on is out of date instead of moving it under their hand, shows times
 * in the reader's own zone, and copies commands. When the gateway went away it waits for it and
 * loads the page anew. Everything can be read without it, and nothing decided.
 */
export const SCRIPT: string = `${KEY_SCRIPT}const live = document.getElementById('live');
const shown = new Map();
const stale = document.getElementById('stale');
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
    if (stale && id === 'waiting') stale.hidden = html.includes(stale.dataset.queue);
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

// A value that is shown goes when the page is covered, and when its time is over: whoever comes by later may be somebody else. The portal hides it, but
// its word does not come through while the connection is away, so that the page takes the text out by itself as well.
let card = null;
let timer = 0;

// The texts alone: the nodes are Blazor's, which takes them away itself.
const clear = () => {
  clearTimeout(timer);
  for (const shown of document.querySelectorAll('[data-shown]')) {
    for (const node of shown.childNodes) if (node.nodeType === Node.TEXT_NODE) node.data = '';
  }
};
const tell = () => { card?.invokeMethodAsync('OnPageHidden').catch(() => { }); };

document.addEventListener('visibilitychange', () => {
  if (document.visibilityState !== 'hidden') return;
  clear();
  tell();
});

const note = document.getElementById('components-reconnect-modal');
let isAway = false;
if (note) new MutationObserver(() => {
  const wasAway = isAway;
  isAway = /components-reconnect-(show|retrying|failed|rejected|paused|resume-failed)/.test(note.className);
  if (isAway) clear();
  else if (wasAway) tell();
}).observe(note, { attributes: true, attributeFilter: ['class'] });

export const watchHidden = reference => { card = reference; };
export const unwatchHidden = () => { card = null; };

// Later than the portal by as much as its last word may take.
const grace = 2;
export const shown = seconds => {
  clearTimeout(timer);
  timer = setTimeout(clear, (seconds + grace) * 1000);
};

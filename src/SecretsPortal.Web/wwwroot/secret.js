// A value that is shown goes when the page is covered: whoever comes back to it may be somebody else.
let card = null;
const tell = () => {
  if (document.visibilityState === 'hidden') card?.invokeMethodAsync('OnPageHidden').catch(() => { });
};
document.addEventListener('visibilitychange', tell);

export const watchHidden = reference => { card = reference; };
export const unwatchHidden = () => { card = null; };

// What is typed into a form and not stored: the browser asks before it is left, and the tab keeps it while the form is open. The portal gives no secret to keep.
(() => {
  'use strict';
  const prefix = 'secretsportal.draft ';
  let isLeaving = false;

  const mark = event => {
    const form = event.target.closest?.('[data-guarded]');
    if (!form) return;
    form.setAttribute('data-typed', '');
    isLeaving = false;
  };
  addEventListener('input', mark);
  addEventListener('change', mark);
  addEventListener('beforeunload', event => {
    if (!isLeaving && document.querySelector('[data-guarded][data-typed]')) event.preventDefault();
    isLeaving = false;
  });

  // Escape in a dialog with a form: whether it closes is for the form to say. A list that is open in it closes first, and a question above it is nearer.
  addEventListener('keydown', event => {
    if (event.key !== 'Escape' || event.defaultPrevented || document.querySelector('.mud-popover-open')) return;
    const dialog = [...document.querySelectorAll('.mud-dialog')].at(-1);
    if (dialog && (dialog.contains(event.target) || event.target === document.body)) dialog.querySelector('[data-guarded]')?.dispatchEvent(new Event('cancel'));
  });

  // Storage may be closed to us, or full: then nothing is kept.
  const quietly = what => {
    try {
      return what() ?? null;
    } catch {
      return null;
    }
  };
  const removeUnless = isToStay => {
    for (const name of Object.keys(sessionStorage)) if (name.startsWith(prefix) && !isToStay(name)) sessionStorage.removeItem(name);
  };
  const nameOf = (owner, form) => `${prefix}${owner} ${form}`;

  const find = (owner, form) => quietly(() => {
    removeUnless(name => name.startsWith(nameOf(owner, '')));
    return sessionStorage.getItem(nameOf(owner, form));
  });
  const keep = (owner, form, text) => { quietly(() => sessionStorage.setItem(nameOf(owner, form), text)); };
  const drop = (owner, form) => { quietly(() => sessionStorage.removeItem(nameOf(owner, form))); };
  const letGo = () => { isLeaving = true; };

  // Who signs out by hand is done.
  addEventListener('submit', event => { if (event.target.matches('form[action$="/sign-out"]')) quietly(() => removeUnless(() => false)); });

  window.portal.forms = { find, keep, drop, letGo };
})();

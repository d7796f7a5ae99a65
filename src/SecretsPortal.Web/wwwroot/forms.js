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

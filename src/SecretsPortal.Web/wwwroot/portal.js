// What only the browser can do for the portal: know light from dark, copy, and keep a session alive that is worked in.
(() => {
  'use strict';
  const system = matchMedia('(prefers-color-scheme: dark)');
  const key = 'secretsportal.theme';
  let page = null;

  const choice = () => {
    try {
      return localStorage.getItem(key) ?? 'system';
    } catch {
      return 'system';
    }
  };
  const isDark = () => choice() === 'dark' || (choice() === 'system' && system.matches);
  const apply = () => { document.documentElement.dataset.theme = isDark() ? 'dark' : 'light'; };
  const tell = () => {
    apply();
    page?.invokeMethodAsync('OnThemeChanged', isDark());
  };

  apply();
  system.addEventListener('change', tell);
  addEventListener('storage', event => { if (event.key === key) tell(); });

  const theme = {
    watch(reference) {
      page = reference;
      return { isDark: isDark(), choice: choice(), isWide: matchMedia('(min-width: 960px)').matches };
    },
    unwatch() { page = null; },
    choose(value) {
      try {
        localStorage.setItem(key, value);
      } catch {
        // Storage is closed to us; the choice holds for this page.
      }
      apply();
      return isDark();
    },
  };

  // False where the browser does not allow it: clipboards are for https and localhost.
  const copy = async text => {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      return false;
    }
  };

  const every = 5 * 60 * 1000;
  let last = Date.now();
  const touch = () => {
    if (!page || Date.now() - last < every) return;
    last = Date.now();
    fetch('/session', { redirect: 'manual' }).catch(() => { });
  };
  addEventListener('pointerdown', touch, { passive: true });
  addEventListener('keydown', touch, { passive: true });

  addEventListener('click', event => {
    const action = event.target.closest?.('[data-reconnect]')?.dataset.reconnect;
    if (action === 'reload') location.reload();
    if (action === 'retry') Blazor.reconnect().then(ok => { if (!ok) location.reload(); }, () => { });
  });

  // Such as Europe/Berlin; null where the browser does not tell.
  const zone = () => Intl.DateTimeFormat().resolvedOptions().timeZone ?? null;

  window.portal = { theme, copy, zone };
})();

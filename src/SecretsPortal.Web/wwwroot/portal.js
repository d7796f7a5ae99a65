// What only the browser can do for the portal: know light from dark, copy, and keep a session alive that is worked in.
(() => {
  'use strict';
  const system = matchMedia('(prefers-color-scheme: dark)');
  const key = 'secretsportal.theme';
  let page = null;
  // Where storage is closed to us, a choice holds for the page in which it was made.
  let chosen = null;

  const choice = () => {
    try {
      return chosen ?? localStorage.getItem(key) ?? 'system';
    } catch {
      return 'system';
    }
  };
  const isDark = () => choice() === 'dark' || (choice() === 'system' && system.matches);
  const apply = () => { document.documentElement.dataset.theme = isDark() ? 'dark' : 'light'; };

  apply();
  system.addEventListener('change', apply);
  addEventListener('storage', event => { if (event.key === key) apply(); });

  const theme = {
    choice,
    choose(value) {
      try {
        localStorage.setItem(key, value);
      } catch {
        chosen = value;
      }
      apply();
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

  // A page that is left for another document holds its place until that document is here. The cookie says so with the request for it, and holds nothing else.
  addEventListener('beforeunload', () => {
    document.cookie = `portal-leaving=1; path=/; max-age=5; samesite=strict${location.protocol === 'https:' ? '; secure' : ''}`;
  });

  // A page that the portal no longer knows is opened anew, at the same address, and says so; what was typed and is not stored would be lost with it, so
  // that where there is any the user decides.
  const back = 'secretsportal.back';
  let typed = false;
  const isTyped = () => typed && document.querySelector('form, .mud-dialog, [data-typed]') !== null;
  addEventListener('input', event => { if (!event.target.closest?.('search, [data-not-typed]')) typed = true; });
  addEventListener('submit', () => { typed = false; });
  const reopen = () => {
    try {
      sessionStorage.setItem(back, location.href);
    } catch {
      // The page comes back all the same, and says nothing.
    }
    // Asked already, or nothing to ask for.
    window.portal.forms.letGo();
    location.reload();
  };
  const watchConnection = () => {
    const note = document.getElementById('components-reconnect-modal');
    if (note) new MutationObserver(() => {
      if (!/components-reconnect-(rejected|resume-failed)/.test(note.className)) return;
      if (isTyped()) note.querySelector('[data-reconnect-typed]').hidden = false;
      else reopen();
    }).observe(note, { attributes: true, attributeFilter: ['class'] });
    try {
      if (sessionStorage.getItem(back) === location.href) document.getElementById('reconnect-back').hidden = false;
      sessionStorage.removeItem(back);
    } catch {
      // As above.
    }
  };
  addEventListener('DOMContentLoaded', watchConnection);

  addEventListener('click', event => {
    const action = event.target.closest?.('[data-reconnect]')?.dataset.reconnect;
    if (action === 'reload') reopen();
    if (action === 'seen') document.getElementById('reconnect-back').hidden = true;
    if (action === 'retry') Blazor.reconnect().then(ok => { if (!ok) reopen(); }, () => { });
  });

  // A menu is done once something in it is chosen.
  addEventListener('click', event => { event.target.closest?.('.pop a, .pop button')?.closest('.pop').hidePopover(); });

  // Such as Europe/Berlin; null where the browser does not tell.
  const zone = () => Intl.DateTimeFormat().resolvedOptions().timeZone ?? null;

  // Keys that go somewhere: never while somebody types, and never with a dialog open, but for the palette's own.
  const isTyping = target => target.closest?.('input:not([type=checkbox]):not([type=radio]):not([type=button]), textarea, select, [contenteditable=true]');
  let going = 0;
  // A page is seen a moment before it listens: what is pressed in between is told then.
  const early = [];
  const hasCircuit = () => document.getElementById('components-reconnect-modal') !== null;
  const keys = {
    watch(reference) {
      page = reference;
      early.splice(0).forEach(tellKey);
    },
    unwatch() { page = null; },
  };
  const tellKey = what => {
    if (page) page.invokeMethodAsync('OnShortcut', what);
    else early.push(what);
  };
  const press = event => {
    if ((event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && event.key.toLowerCase() === 'k') {
      if (!hasCircuit() || document.querySelector('.mud-dialog:not(.palette)')) return;
      event.preventDefault();
      tellKey('palette');
      return;
    }
    if (event.target.matches?.('[data-palette]')) {
      if (event.key === 'ArrowDown' || event.key === 'ArrowUp' || event.key === 'Enter') event.preventDefault();
      return;
    }
    if (!hasCircuit() || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target) || document.querySelector('.mud-dialog')) return;
    const isGoing = Date.now() - going < 1500;
    going = 0;
    if (isGoing && /^[a-z]$/.test(event.key)) {
      event.preventDefault();
      tellKey(`go${event.key}`);
    } else if (event.key === 'g') {
      going = Date.now();
    } else if (event.key === '?') {
      event.preventDefault();
      tellKey('help');
    } else if (event.key === '/') {
      event.preventDefault();
      const field = document.querySelector('main search input, main input[type=search], main input[inputmode=search]');
      if (field) field.focus();
      else tellKey('palette');
    } else if (event.key === 'n') {
      const maker = document.querySelector('main [data-new], main .page-head a[href*="/new"]');
      if (maker) {
        event.preventDefault();
        maker.click();
      }
    }
  };
  addEventListener('keydown', press);

  // Where the user was in this tab, the latest first; gone with the tab, and with the next sign-in.
  const places = 'secretsportal.places';
  const recent = () => {
    try {
      const here = location.pathname + location.search;
      return JSON.parse(sessionStorage.getItem(places) ?? '[]').filter(place => place.address !== here).slice(0, 5);
    } catch {
      return [];
    }
  };
  // A page is called what its heading says, which may come some time after its address.
  let product = null;
  const nameOfPage = () => {
    const heading = document.querySelector('main h1')?.textContent.trim();
    const name = `${heading} · ${product}`;
    const address = location.pathname + location.search;
    if (!heading || (document.title === name && address === latest)) return;
    document.title = name;
    latest = address;
    try {
      const others = JSON.parse(sessionStorage.getItem(places) ?? '[]').filter(other => other.address !== address);
      sessionStorage.setItem(places, JSON.stringify([{ address, title: heading }, ...others].slice(0, 12)));
    } catch {
      // Nothing is remembered then.
    }
  };
  let latest = null;
  addEventListener('DOMContentLoaded', () => {
    if (location.pathname.startsWith('/sign-in')) {
      try {
        sessionStorage.removeItem(places);
      } catch {
        // Nothing was remembered.
      }
    } else if (hasCircuit()) {
      product = document.title;
      new MutationObserver(nameOfPage).observe(document.body, { subtree: true, childList: true, characterData: true });
    }
  });

  const reveal = id => { document.getElementById(id)?.scrollIntoView({ block: 'nearest' }); };

  window.portal = { theme, keys, copy, zone, recent, reveal };
})();

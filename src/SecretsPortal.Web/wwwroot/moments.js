// "2 minutes ago" does not stay that: each such time goes on once a minute, in the words and by the steps of the host (Words.Ago), which drew it first.
(() => {
  'use strict';
  const minute = 60 * 1000;
  const steps = [[0.75, 'now'], [1.5, 'minute'], [59.5, 'minutes', 1], [90, 'hour'], [23.5 * 60, 'hours', 60], [36 * 60, 'day'], [7 * 24 * 60, 'days', 24 * 60]];

  const goOn = words => {
    for (const time of document.querySelectorAll('time[datetime]')) {
      const ago = (Date.now() - Date.parse(time.dateTime)) / minute;
      const step = steps.find(([below]) => ago < below);
      // Older than that it is a day, which stays.
      if (!step || !time.firstChild) continue;
      const text = words[step[1]].replace(/\{0[^}]*\}/, Math.round(ago / step[2]));
      if (time.firstChild.data !== text) time.firstChild.data = text;
    }
  };
  addEventListener('DOMContentLoaded', () => {
    const words = document.getElementById('moment-words')?.dataset;
    if (words) setInterval(goOn, minute, words);
  });
})();

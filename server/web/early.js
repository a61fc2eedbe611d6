// Runs before anything is painted, so that nothing flashes up: a page that was hidden comes back hidden, and contrast
// comes back as it was chosen. The names are those of cover.js and contrast.js.

(() => {
  const { dataset } = document.documentElement;
  try {
    if (localStorage.getItem('baraza-contrast') === 'more') dataset.contrast = 'more';
    if (sessionStorage.getItem('baraza-hidden') === null) return;
    dataset.hidden = '';
    document.title = '…';
  } catch { /* nothing is remembered in this browser */ }
})();

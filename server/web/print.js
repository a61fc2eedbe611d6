// Pages that are made for paper have a button to print them. Without scripts it stays hidden; the browser's menu is there.

for (const button of document.querySelectorAll('[data-print]')) {
  button.hidden = false;
  button.addEventListener('click', () => print());
}

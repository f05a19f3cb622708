'use strict';
// Sorts the targets by the column whose head is pressed; without it they stand as they came.
const table = document.getElementById('targets');
for (const head of table.tHead.rows[0].cells) {
  const name = head.dataset.key;
  const button = document.createElement('button');
  button.type = 'button';
  button.textContent = head.textContent;
  head.replaceChildren(button);
  button.addEventListener('click', () => {
    const up = head.getAttribute('aria-sort') !== 'ascending';
    for (const other of table.tHead.rows[0].cells) other.removeAttribute('aria-sort');
    head.setAttribute('aria-sort', up ? 'ascending' : 'descending');
    const key = (body) => body.dataset[name] ?? '';
    const compare = (one, other) => key(one).localeCompare(key(other), 'en', { numeric: true }) * (up ? 1 : -1);
    table.append(...[...table.tBodies].sort(compare));
  });
}

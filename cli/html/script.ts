// The script of the HTML report: filters and search, and rows that open. The rows themselves are in the page.

export const SCRIPT = `
'use strict';
(() => {
  const one = (selector) => document.querySelector(selector);
  const all = (selector) => [...document.querySelectorAll(selector)];
  const search = one('#search');
  const chosen = { namespace: one('#namespace'), cloud: one('#cloud') };
  const buttons = all('.states button');
  const count = one('#count');
  const rows = all('#workloads tbody tr.workload').map((row) => {
    const more = row.nextElementSibling;
    return { row, more, text: (row.textContent + ' ' + more.textContent).toLowerCase(), data: row.dataset };
  });

  const apply = () => {
    const words = search.value.toLowerCase().split(/\\s+/).filter(Boolean);
    const states = new Set(buttons.filter((button) => button.ariaPressed === 'true').map((button) => button.value));
    let shown = 0;
    for (const { row, more, text, data } of rows) {
      const fits =
        (states.size === 0 || states.has(data.state)) &&
        (chosen.namespace.value === '' || chosen.namespace.value === data.namespace) &&
        (chosen.cloud.value === '' || data.clouds.split(' ').includes(chosen.cloud.value)) &&
        words.every((word) => text.includes(word));
      if (fits) shown += 1;
      row.hidden = !fits;
      more.hidden = !fits || row.querySelector('.name').ariaExpanded !== 'true';
    }
    count.value = shown + ' of ' + rows.length + (rows.length === 1 ? ' workload' : ' workloads');
  };

  const open = (button, isOpen) => {
    button.ariaExpanded = String(isOpen);
    document.getElementById(button.getAttribute('aria-controls')).hidden = !isOpen;
  };

  let waiting;
  search.addEventListener('input', () => {
    clearTimeout(waiting);
    waiting = setTimeout(apply, 80);
  });
  for (const select of Object.values(chosen)) select.addEventListener('change', apply);
  for (const button of buttons)
    button.addEventListener('click', () => {
      button.ariaPressed = String(button.ariaPressed !== 'true');
      apply();
    });
  one('#workloads').addEventListener('click', (event) => {
    const button = event.target.closest('.name');
    if (button) open(button, button.ariaExpanded !== 'true');
  });
  document.addEventListener('click', (event) => {
    const link = event.target.closest('a[href^="#w"]');
    const row = link && document.getElementById(link.getAttribute('href').slice(1));
    if (!row) return;
    event.preventDefault();
    search.value = chosen.namespace.value = chosen.cloud.value = '';
    for (const button of buttons) button.ariaPressed = 'false';
    apply();
    const button = row.querySelector('.name');
    open(button, true);
    button.focus();
    button.scrollIntoView({ block: 'center' });
  });
  document.addEventListener('keydown', (event) => {
    if (event.key !== '/' || event.target.matches('input, select, textarea')) return;
    event.preventDefault();
    search.focus();
  });
  apply();
})();
`;

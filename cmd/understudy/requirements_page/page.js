const $ = id => document.getElementById(id);
const rows = [...document.querySelectorAll('.row')];
const texts = new Map(rows.map(r => [r, r.textContent.toLowerCase()]));
const choices = ['api', 'kind', 'basis', 'state'];

const fits = (row, words) => {
  const api = row.closest('section').dataset.api;
  return (!$('api').value || api === $('api').value)
    && (!$('kind').value || row.dataset.kind.split(' ').includes($('kind').value))
    && (!$('basis').value || row.dataset.basis === $('basis').value)
    && (!$('state').value || row.dataset.state === $('state').value)
    && words.every(w => texts.get(row).includes(w));
};

const apply = () => {
  const words = $('words').value.toLowerCase().split(/\s+/).filter(Boolean);
  let count = 0;
  for (const section of document.querySelectorAll('section')) {
    const shown = [];
    for (const row of section.querySelectorAll('.row')) {
      row.hidden = !fits(row, words);
      row.classList.remove('first', 'last');
      if (!row.hidden) shown.push(row);
    }
    shown[0]?.classList.add('first');
    shown.at(-1)?.classList.add('last');
    count += shown.length;
    section.hidden = shown.length === 0;
  }
  $('none').hidden = count > 0;
  $('count').textContent = count === rows.length ? `${count} rows` : `${count} of ${rows.length} rows`;
};

const remember = () => {
  const query = new URLSearchParams();
  for (const c of choices) if ($(c).value) query.set(c, $(c).value);
  if ($('words').value) query.set('words', $('words').value);
  try { history.replaceState(null, '', query.size ? '#?' + query : '#'); } catch { /* a page without an address of its own */ }
};

const recall = () => {
  const hash = decodeURIComponent(location.hash.slice(1));
  if (hash.startsWith('?')) {
    const query = new URLSearchParams(location.hash.slice(2));
    for (const c of [...choices, 'words']) if (query.has(c)) $(c).value = query.get(c);
  } else if (hash && $(hash)?.matches('.row')) {
    $(hash).open = true;
  }
};

$('filter').addEventListener('input', () => { apply(); remember(); });
$('filter').addEventListener('submit', e => e.preventDefault());
$('filter').addEventListener('reset', () => setTimeout(() => { apply(); remember(); }));
$('clear').addEventListener('click', () => $('filter').reset());
$('open').addEventListener('click', () => {
  const shown = rows.filter(r => !r.hidden);
  const open = shown.some(r => !r.open);
  for (const r of shown) r.open = open;
  $('open').textContent = open ? 'Close all' : 'Open all';
});
$('filter').hidden = false;
recall();
apply();

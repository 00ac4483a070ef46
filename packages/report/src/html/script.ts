/**
 * The page's script: a fact lights the places that it rests on, a place the facts that rest on it; a click or
 * the keyboard pins them. Without it the page is whole, and the facts' links lead to their lines.
 */
export const SCRIPT = `
'use strict';
const facts = [...document.querySelectorAll('.fact')];
const marks = [...document.querySelectorAll('mark')];
const marksOf = new Map(facts.map((fact) => [fact.dataset.fact, []]));
for (const mark of marks) for (const id of mark.dataset.facts.split(' ')) marksOf.get(id)?.push(mark);
const factOf = new Map(facts.map((fact) => [fact.dataset.fact, fact]));
const text = document.getElementById('text');

const clear = (name) => {
  for (const each of document.querySelectorAll('.' + name)) each.classList.remove(name);
};
const light = (name, elements) => {
  clear(name);
  for (const each of elements) each.classList.add(name);
};
const factsAt = (mark) => mark.dataset.facts.split(' ').map((id) => factOf.get(id)).filter(Boolean);
const reveal = (element) => {
  const details = element.closest('details');
  if (details !== null) details.open = true;
  element.scrollIntoView({ block: 'nearest' });
};
const revealMark = (mark) => {
  const pane = text.getBoundingClientRect();
  const at = mark.getBoundingClientRect();
  if (at.top < pane.top + 30 || at.bottom > pane.bottom - 30)
    text.scrollTop += at.top - pane.top - pane.height / 3;
};

let current = null;
const pin = (fact) => {
  if (current !== null) current.tabIndex = -1;
  current = fact;
  fact.tabIndex = 0;
  const places = marksOf.get(fact.dataset.fact);
  light('pinned', [fact, ...places]);
  if (places.length > 0) revealMark(places[0]);
};
const move = (from, step) => {
  const visible = facts.filter((fact) => fact.closest('details').open);
  const next = visible[Math.min(Math.max(visible.indexOf(from) + step, 0), visible.length - 1)];
  if (next !== undefined) next.focus();
};

for (const fact of facts) {
  fact.addEventListener('mouseenter', () => light('lit', marksOf.get(fact.dataset.fact)));
  fact.addEventListener('mouseleave', () => clear('lit'));
  fact.addEventListener('focus', () => {
    pin(fact);
    reveal(fact);
  });
  fact.addEventListener('click', (event) => {
    if (event.target.closest('a') !== null) event.preventDefault();
    fact.focus();
  });
  fact.addEventListener('keydown', (event) => {
    const step = { ArrowDown: 1, j: 1, ArrowUp: -1, k: -1, Home: -1e9, End: 1e9 }[event.key];
    if (step !== undefined && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      move(fact, step);
    } else if (event.key === 'Escape') {
      clear('pinned');
      fact.blur();
    }
  });
}
for (const mark of marks) {
  mark.addEventListener('mouseenter', () => light('lit', [mark, ...factsAt(mark)]));
  mark.addEventListener('mouseleave', () => clear('lit'));
  mark.addEventListener('click', () => {
    const all = factsAt(mark);
    if (all.length === 0) return;
    const least = all.reduce((a, b) =>
      marksOf.get(b.dataset.fact).length < marksOf.get(a.dataset.fact).length ? b : a);
    least.closest('details').open = true;
    least.focus();
  });
}
if (facts.length > 0) facts[0].tabIndex = 0;
`;

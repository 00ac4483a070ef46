import type { Section } from '../present/explanation.js';
import type { Item } from '../present/item.js';

/** An item of the page with the number by which the text's marks name it. */
export interface Fact {
  id: number;
  item: Item;
}

/** A section with its items numbered. */
export interface FactSection {
  section: Section;
  facts: Fact[];
}

/** A piece of the text that facts rest on. */
export interface Mark {
  start: number;
  end: number;
  fact: number;
}

/** Numbers the items of all sections. */
export function numberFacts(sections: readonly Section[]): FactSection[] {
  let id = 0;
  return sections.map((section) => ({
    section,
    facts: section.items.map((item) => ({ id: id++, item })),
  }));
}

/** The places of the text that facts rest on, by their beginnings. */
export function marksOf(sections: readonly FactSection[]): Mark[] {
  return sections
    .flatMap(({ facts }) => facts)
    .flatMap(({ id, item }) => item.spans.map(([start, end]) => ({ start, end, fact: id })))
    .filter(({ start, end }) => end > start)
    .sort((a, b) => a.start - b.start || a.fact - b.fact);
}

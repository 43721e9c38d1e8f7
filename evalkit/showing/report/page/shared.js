"use strict";
// What the report and the local page share: switches of marks, what a word means, tables that are wider than the page.
const shared = (() => {
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const one = (id) => document.getElementById(id);

  // ---- marks of evidence: one switch for each kind
  const boxes = all("#legend input");
  const marks = () => { for (const box of boxes) document.body.classList.toggle(`no-${box.value}`, !box.checked); };
  for (const box of boxes) box.addEventListener("change", marks);

  // ---- what a word means, beside it, while the pointer or the focus rests on it
  const tip = document.createElement("div");
  tip.id = "tip";
  tip.hidden = true;
  document.body.append(tip);
  const tell = (term) => {
    const meaning = term && one(term.getAttribute("aria-describedby"));
    tip.hidden = !meaning;
    if (!meaning) return;
    tip.textContent = meaning.textContent;
    const at = term.getBoundingClientRect(), below = at.bottom + 6;
    tip.style.left = `${Math.max(8, Math.min(at.left, innerWidth - tip.offsetWidth - 8))}px`;
    tip.style.top = `${below + tip.offsetHeight > innerHeight ? at.top - tip.offsetHeight - 6 : below}px`;
  };
  const termOf = (event) => event.target.closest && event.target.closest(".term");
  for (const name of ["mouseover", "focusin", "click"]) document.addEventListener(name, (event) => tell(termOf(event)));
  document.addEventListener("focusout", () => tell(null));
  document.addEventListener("scroll", () => tell(null), { capture: true, passive: true });

  // ---- a table that is wider than the page says so
  const sized = new ResizeObserver((seen) => {
    for (const { target } of seen) {
      const more = target.scrollWidth > target.clientWidth + 1;
      target.classList.toggle("more", more);
      if (more) target.tabIndex = 0; else target.removeAttribute("tabindex");
    }
  });

  /** Make the words and tables of a part of the page known, also of one that came later. */
  const met = new WeakMap();  // the first of each word in a part of the page is reached by the Tab key
  const prepare = (root) => {
    for (const term of all(".term", root)) {
      const part = term.closest("details, section, [data-load]") || document.body, word = term.getAttribute("aria-describedby");
      if (!met.has(part)) met.set(part, new Set());
      if (!met.get(part).has(word)) term.tabIndex = 0;
      met.get(part).add(word);
    }
    for (const box of all(".scroll", root)) sized.observe(box);
  };
  document.addEventListener("click", (event) => {
    for (const pop of all("details.pop[open]")) if (!pop.contains(event.target)) pop.open = false;
  });

  marks();
  prepare(document);
  /** Whether Escape had a word's meaning or an open list to close. */
  const closed = () => {
    const open = all("details.pop[open]");
    const had = !tip.hidden || open.length > 0;
    tell(null);
    for (const pop of open) { pop.open = false; pop.querySelector("summary").focus(); }
    return had;
  };
  return { marks, prepare, closed };
})();

"use strict";
(() => {
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const one = (id) => document.getElementById(id);
  const problems = all("details.problem");
  const boxes = (id) => all("input", one(id));

  // ---- conversations are stored as data and become part of the page when they are looked at
  const stored = new Map();
  const dataOf = (problem) => {
    if (!stored.has(problem)) {
      const script = problem.querySelector("script");
      stored.set(problem, JSON.parse(script.textContent));
      script.remove();
    }
    return stored.get(problem);
  };
  const fill = (article) => {
    if (article.dataset.done) return;
    article.dataset.done = "1";
    const data = dataOf(article.closest("details.problem"));
    const body = document.createElement("div");
    body.innerHTML = data.chats[Number(article.dataset.n)].replace(
      /<i data-m="(\d+)"><\/i>/g, (_, n) => data.math[Number(n)]);
    article.append(body);
  };
  const fillRow = (block) => { for (const article of all("article", block)) fill(article); };
  const watcher = new IntersectionObserver((seen) => {
    for (const entry of seen) if (entry.isIntersecting) { watcher.unobserve(entry.target); fillRow(entry.target); }
  }, { rootMargin: "1000px" });
  for (const problem of problems) {
    problem.addEventListener("toggle", () => {
      if (problem.open) for (const block of all("section.block", problem)) watcher.observe(block);
    });
  }
  window.addEventListener("beforeprint", () => {
    for (const article of all("details.problem[open] article")) if (!article.closest("[hidden]")) fill(article);
  });

  // ---- filters
  const value = (id) => (one(id) ? one(id).value : "");
  const ticked = (id) => Boolean(one(id) && one(id).checked);
  const apply = () => {
    const tag = value("tag"), model = value("model");
    const arms = new Set(boxes("arms").filter((b) => b.checked).map((b) => b.value));
    let shown = 0, total = 0;
    for (const problem of problems) {
      let left = 0;
      for (const block of all("section.block", problem)) {
        let inBlock = 0;
        const blockFits = (!model || block.dataset.model === model)
          && (!ticked("differ") || "differs" in block.dataset);
        for (const article of all("article", block)) {
          const tags = article.dataset.tags.split("|");
          const fits = blockFits && arms.has(article.dataset.arm) && (!tag || tags.includes(tag))
            && (!ticked("disagree") || tags.includes("label disagrees"));
          article.hidden = !fits;
          total += 1;
          inBlock += fits ? 1 : 0;
        }
        block.hidden = inBlock === 0;
        left += inBlock;
      }
      problem.hidden = left === 0;
      shown += left;
    }
    one("count").textContent = shown === total ? `${total} conversations` : `${shown} of ${total} conversations`;
  };
  for (const id of ["tag", "model", "differ", "disagree"]) if (one(id)) one(id).addEventListener("change", apply);
  for (const box of boxes("arms")) box.addEventListener("change", apply);
  const clear = () => {
    for (const id of ["tag", "model"]) if (one(id)) one(id).value = "";
    for (const id of ["differ", "disagree"]) if (one(id)) one(id).checked = false;
    for (const box of boxes("arms")) box.checked = true;
    apply();
  };

  // ---- keyboard
  let current = null;
  const go = (element) => {
    if (!element) return;
    if (current) current.classList.remove("current");
    current = element;
    const problem = element.closest("details.problem");
    if (problem) problem.open = true;
    element.classList.add("current");
    fillRow(element);
    element.focus({ preventScroll: true });
    element.scrollIntoView({ block: "start" });
    requestAnimationFrame(() => element.scrollIntoView({ block: "start" })); // rows above may have grown meanwhile
  };
  const step = (list, by, holder) => {
    const at = list.indexOf(holder);
    return list[at < 0 ? (by > 0 ? 0 : list.length - 1) : Math.min(list.length - 1, Math.max(0, at + by))];
  };
  const blocks = () => all("section.block").filter((b) => !b.closest("[hidden]"));
  const move = (by) => go(step(blocks(), by, current));
  const moveProblem = (by) => {
    const list = problems.filter((p) => !p.hidden);
    const problem = step(list, by, current && current.closest("details.problem"));
    if (problem) go(all("section.block", problem).find((b) => !b.hidden));
  };
  const sideways = (by) => {
    const row = current && current.querySelector(".arms");
    const first = row && row.querySelector("article:not([hidden])");
    if (first) row.scrollBy({ left: by * (first.offsetWidth + 12) });
  };
  const keys = {
    j: () => move(1), k: () => move(-1), J: () => moveProblem(1), K: () => moveProblem(-1),
    h: () => sideways(-1), l: () => sideways(1),
    o: () => { const p = current && current.closest("details.problem"); if (p) p.open = !p.open; },
    d: () => { one("differ").checked = !one("differ").checked; apply(); },
    a: () => { const open = !problems.every((p) => p.open); for (const p of problems) p.open = open; },
    "/": () => one("tag").focus(),
    Escape: () => { if (shared.closed()) return; clear(); if (document.activeElement) document.activeElement.blur(); },
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (/^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName) && event.key !== "Escape") return;
    const action = keys[event.key];
    if (action) { event.preventDefault(); action(); }
  });
  document.addEventListener("click", (event) => {
    const block = event.target.closest && event.target.closest("section.block");
    if (block && block !== current) {
      if (current) current.classList.remove("current");
      current = block;
      block.classList.add("current");
    }
  });

  apply();
})();

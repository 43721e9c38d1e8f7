"use strict";
(() => {
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const one = (selector) => document.querySelector(selector);
  const got = async (url) => {
    const answer = await fetch(url, { headers: { "X-Part": "1" } });
    return new DOMParser().parseFromString(await answer.text(), "text/html");
  };
  const taken = (target, source) => target.replaceChildren(...[...source.childNodes].map((n) => document.importNode(n, true)));

  // ---- what takes long comes after the page; what changes comes again
  const load = async (part) => {
    const first = !part.dataset.done;
    if (first) part.textContent = "being made …";
    try { taken(part, (await got(part.dataset.load)).body); shared.prepare(part); part.dataset.done = "1"; } catch { if (first) part.textContent = "could not be loaded"; }
    if (part.dataset.again) setTimeout(() => load(part), 1000 * Number(part.dataset.again));
  };
  for (const part of all("[data-load]")) load(part);
  const refresh = async () => {
    if (!document.hidden) {
      try {
        const live = (await got(location.href)).querySelector("#live");
        if (live) {
          taken(one("#live"), live);
          shared.prepare(one("#live"));
          if (!("live" in live.dataset)) { location.reload(); return; }
        }
      } catch { /* the server has gone: what stands here stays */ }
    }
    setTimeout(refresh, 3000);
  };
  if (one("#live[data-live]")) setTimeout(refresh, 3000);

  // ---- keyboard of the conversations
  const blocks = all("section.block");
  let at = -1;
  const go = (by) => {
    if (!blocks.length) return;
    at = Math.min(blocks.length - 1, Math.max(0, at + by));
    blocks[at].focus({ preventScroll: true });
    blocks[at].scrollIntoView({ block: "start" });
  };
  const follow = (selector) => { const link = one(selector); if (link) link.click(); };
  const keys = blocks.length ? {
    j: () => go(1), k: () => go(-1), n: () => follow("a[rel=next]"), p: () => follow("a[rel=prev]"),
    "/": () => one("input[type=search]").focus(), m: () => legend(),
  } : {};
  keys.Escape = () => { shared.closed(); };

  // ---- marks: the choice stays while the tab is open
  const boxes = all("#legend input");
  const off = () => { try { return new Set(JSON.parse(sessionStorage.getItem("marks off"))); } catch { return new Set(); } };
  if (boxes.length && sessionStorage.getItem("marks off")) {
    const not = off();
    for (const box of boxes) box.checked = !not.has(box.value);
    shared.marks();
  }
  for (const box of boxes) box.addEventListener("change", () => {
    sessionStorage.setItem("marks off", JSON.stringify(boxes.filter((b) => !b.checked).map((b) => b.value)));
  });
  const legend = () => {
    const list = one("#legend").closest("details");
    list.open = !list.open;
    (list.open ? boxes[0] : list.querySelector("summary")).focus();
  };

  // ---- labelling: the keys of the question at hand, which moves on when it is answered
  const form = one("#ask");
  const questions = form ? all("fieldset", form) : [];
  let now = 0;
  const point = (to) => {
    if (!questions.length) return;
    for (const marked of all("fieldset.now, #reply .now")) marked.classList.remove("now");
    now = Math.min(questions.length - 1, Math.max(0, to));
    questions[now].classList.add("now");
    const relation = questions[now].dataset.relation, its = new RegExp(`relation ${relation}(?!\\d)`);
    const places = relation ? all("#reply [title]").filter((m) => its.test(m.title)) : [];
    for (const place of places) place.classList.add("now");
    if (to) for (const shown of [questions[now], ...places.slice(0, 1)]) shown.scrollIntoView({ block: "nearest" });
  };
  const send = (what) => { const button = form.querySelector(`button[value=${what}]`); if (button) button.click(); };
  if (form) {
    point(0);
    Object.assign(keys, {
      Enter: () => send("save"), s: () => follow("#skip"), u: () => send("undo"),
      ArrowDown: () => point(now + 1), ArrowUp: () => point(now - 1),
      Backspace: () => { for (const box of all("input", questions[now])) box.checked = false; },
    });
    form.addEventListener("change", (event) => point(questions.indexOf(event.target.closest("fieldset")) + 1));
  }
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const target = event.target, typing = /^(SELECT|TEXTAREA)$/.test(target.tagName) || (target.tagName === "INPUT" && target.type !== "radio");
    if ((typing && event.key !== "Escape") || (event.key === "Enter" && /^(A|BUTTON|SUMMARY)$/.test(target.tagName))) return;
    const box = questions.length && questions[now].querySelector(`input[data-key="${CSS.escape(event.key)}"]`);
    if (box) { event.preventDefault(); box.checked = true; point(now + 1); return; }
    const action = keys[event.key];
    if (action) { event.preventDefault(); action(); }
  });
})();

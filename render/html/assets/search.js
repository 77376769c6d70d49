/* The search dialog; Pagefind's index is loaded when it is opened for the first time. */
(() => {
  "use strict";
  const { make, icon, root, drawer } = window.book;
  let dialog, input, results, message, engine, synonyms = [], options = [], chosen = -1, asked = 0;
  const build = () => {
    input = make("input", { type: "text", placeholder: "Search the book", autocomplete: "off", spellcheck: false, role: "combobox", enterKeyHint: "go",
      "aria-label": "Search the book", "aria-expanded": "false", "aria-controls": "search-results", "aria-autocomplete": "list" });
    const close = make("button", { type: "button", className: "tool", "aria-label": "Close the search" }, icon("close"));
    results = make("div", { className: "search-results", id: "search-results", role: "listbox", "aria-label": "Results" });
    message = make("p", { className: "search-status", role: "status" });
    dialog = make("dialog", { className: "search-dialog", "aria-label": "Search" },
      make("div", { className: "search-box" }, icon("search"), input, close), message, results);
    results.hidden = true;
    document.body.append(dialog);
    close.addEventListener("click", () => dialog.close());
    dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
    input.addEventListener("input", () => search(input.value));
    input.addEventListener("keydown", (event) => {
      const last = options.length - 1;
      if (event.key === "ArrowDown") { event.preventDefault(); choose(chosen >= last ? 0 : chosen + 1); }
      else if (event.key === "ArrowUp") { event.preventDefault(); choose(chosen <= 0 ? last : chosen - 1); }
      else if (event.key === "Enter") { event.preventDefault(); (options[chosen] || options[0])?.click(); }
    });
  };
  const choose = (index) => {
    chosen = options.length ? index : -1;
    options.forEach((option, position) => option.setAttribute("aria-selected", String(position === chosen)));
    if (options[chosen]) {
      options[chosen].scrollIntoView({ block: "nearest" });
      input.setAttribute("aria-activedescendant", options[chosen].id);
    } else input.removeAttribute("aria-activedescendant");
  };
  const start = async () => {
    if (location.protocol === "file:") {
      input.disabled = true;
      message.textContent = "Search needs a web server: these pages were opened as files. Everything else works; the browser's own search looks through this page.";
      return;
    }
    message.textContent = "Type a word, for example from a heading.";
    try {
      const base = new URL(root || ".", document.baseURI);
      engine = await import(new URL("pagefind/pagefind.js", base));
      await engine.options({ baseUrl: base.pathname, excerptLength: 24 });
      engine.init();
      synonyms = await (await fetch(new URL("pagefind/synonyms.json", base))).json();
      if (input.value) search(input.value);
    } catch {
      message.textContent = "The search index cannot be loaded.";
    }
  };
  const plain = (text) => { const box = document.createElement("textarea"); box.innerHTML = text; return box.value; };
  const marked = (text) => text.split(/<mark>(.*?)<\/mark>/).map((piece, index) => (index % 2 ? make("mark", {}, plain(piece)) : plain(piece)));
  const words = (text) => text.toLowerCase().match(/[\p{L}\p{N}+]+/gu) || [];
  const like = (word, term) => word === term || (term.length > 3 && !term.includes("+") && word.startsWith(term.slice(0, Math.max(4, term.length - 3))));
  /* The words that were typed, and the same with each synonym in its place. */
  const asks = (text) => {
    const said = ` ${words(text).join(" ")} `, all = [text];
    for (const group of synonyms) {
      const own = group.map((phrase) => ` ${words(phrase).join(" ")} `);
      const typed = own.find((phrase) => said.includes(phrase));
      if (typed) all.push(...own.filter((phrase) => phrase !== typed).map((phrase) => said.replace(typed, phrase).trim()));
    }
    return all;
  };
  /* A section whose heading has the words goes before one that has them often. */
  const score = (part, terms) => {
    const heading = words(part.title), near = heading.filter((word) => terms.some((term) => like(word, term))).length;
    const named = terms.filter((term) => heading.some((word) => like(word, term))).length / terms.length;
    const within = part.weighted_locations.reduce((sum, place) => sum + place.balanced_score, 0);
    return 8 * named * named + 3 * (named === 1 ? near / heading.length : 0) + Math.log1p(within) / (/^Appendix/.test(part.page) ? 2 : 1);
  };
  const sections = async (text) => {
    const answer = await engine.search(text);
    const found = await Promise.all(answer.results.slice(0, 24).map((result) => result.data()));
    const terms = words(text);
    return found.flatMap((page) => page.sub_results.map((part) => {
      const hit = { ...part, page: page.meta.title };
      return { ...hit, score: score(hit, terms) };
    }));
  };
  const search = async (text) => {
    const turn = ++asked;
    if (!engine) return;
    if (!text.trim()) { options = []; results.replaceChildren(); results.hidden = true; input.setAttribute("aria-expanded", "false"); choose(-1); message.textContent = ""; return; }
    await new Promise((resolve) => setTimeout(resolve, 120));
    if (turn !== asked) return;
    const all = (await Promise.all(asks(text).map(sections))).flat();
    if (turn !== asked) return;
    const best = new Map();
    for (const hit of all) if (!(best.get(hit.url)?.score >= hit.score)) best.set(hit.url, hit);
    const hits = [...best.values()].sort((a, b) => b.score - a.score).slice(0, 24);
    const found = new Set(hits.map((hit) => hit.page));
    options = hits.map((hit, index) => {
      const title = make("span", { className: "hit-title" }, hit.title);
      if (hit.page && hit.page !== hit.title) title.append(make("span", { className: "hit-page" }, hit.page));
      const option = make("a", { id: `hit-${index}`, href: hit.url, role: "option", tabIndex: -1, "aria-selected": "false" }, title,
        make("span", { className: "hit-text" }, ...marked(hit.excerpt)));
      option.addEventListener("click", () => dialog.close());
      return option;
    });
    results.replaceChildren(...options);
    results.hidden = !options.length;
    input.setAttribute("aria-expanded", String(options.length > 0));
    message.textContent = options.length ? `${options.length} ${options.length === 1 ? "place" : "places"} in ${found.size} ${found.size === 1 ? "page" : "pages"}` : `Nothing found for “${text.trim()}”.`;
    choose(options.length ? 0 : -1);
  };
  const open = () => {
    if (dialog?.open) return;
    drawer(false);
    const fresh = !dialog;
    if (fresh) build();
    dialog.showModal();
    input.focus();
    input.select();
    if (fresh) start();
  };
  window.book.search = open;
})();

/* Everything here is an extra: without it all text, code and mathematics can be read. */
(() => {
  "use strict";
  const html = document.documentElement;
  const root = document.body.dataset.root || "";
  const without = new Set((html.dataset.without || "").split(" "));
  const all = (selector, from = document) => [...from.querySelectorAll(selector)];
  const make = (tag, properties = {}, ...children) => {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(properties)) {
      if (name in element && !name.startsWith("aria")) element[name] = value;
      else element.setAttribute(name, value);
    }
    element.append(...children);
    return element;
  };
  const icon = (name) => {
    const box = document.createElement("template");
    box.innerHTML = `<svg class="icon" aria-hidden="true"><use href="#i-${name}"/></svg>`;
    return box.content.firstChild;
  };
  const status = make("div", { className: "vh", role: "status" });
  document.body.append(status);
  const say = (text) => { status.textContent = ""; setTimeout(() => { status.textContent = text; }, 60); };
  const copy = async (text) => {
    try { await navigator.clipboard.writeText(text); return true; } catch { /* from a file, or refused */ }
    const area = make("textarea", { value: text, className: "vh" });
    const before = document.activeElement;
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    before?.focus({ preventScroll: true });
    return done;
  };

  /* Light and dark */
  const choices = all("[data-theme-choice]");
  const showTheme = () => {
    const now = html.dataset.theme || "system";
    for (const button of choices) button.setAttribute("aria-pressed", String(button.dataset.themeChoice === now));
  };
  for (const button of choices) {
    button.addEventListener("click", () => {
      const wanted = button.dataset.themeChoice;
      if (wanted === "system") delete html.dataset.theme; else html.dataset.theme = wanted;
      try {
        if (wanted === "system") localStorage.removeItem("book-theme"); else localStorage.setItem("book-theme", wanted);
      } catch { /* not remembered, then */ }
      showTheme();
    });
  }
  addEventListener("storage", (event) => {
    if (event.key !== "book-theme") return;
    if (event.newValue === "light" || event.newValue === "dark") html.dataset.theme = event.newValue; else delete html.dataset.theme;
    showTheme();
  });
  showTheme();

  /* Contents: where the reader is, and the drawer on phones */
  const sidebar = document.getElementById("contents");
  const current = sidebar.querySelector("[aria-current]");
  const list = sidebar.querySelector(".chapters");
  if (current && list.scrollHeight > list.clientHeight) {
    list.scrollTop = current.offsetTop - list.clientHeight / 2;
  }
  const narrow = matchMedia("(max-width: 899.98px)");
  const menu = document.querySelector(".menu");
  const scrim = make("div", { className: "scrim" });
  document.body.append(scrim);
  const others = all("body > :not(script, .scrim), .layout > *").filter((element) => !element.contains(sidebar) && element !== status);
  menu.setAttribute("role", "button");
  menu.setAttribute("aria-expanded", "false");
  menu.setAttribute("aria-controls", "contents");
  const drawer = (open) => {
    if (open === html.classList.contains("drawer")) return;
    html.classList.toggle("drawer", open);
    menu.setAttribute("aria-expanded", String(open));
    for (const element of others) element.inert = open;
    if (open) (sidebar.querySelector("[aria-current]") || sidebar.querySelector("a")).focus(); else menu.focus();
  };
  menu.addEventListener("click", (event) => { event.preventDefault(); drawer(true); });
  menu.addEventListener("keydown", (event) => { if (event.key === " ") { event.preventDefault(); drawer(true); } });
  sidebar.querySelector(".close").addEventListener("click", () => drawer(false));
  scrim.addEventListener("click", () => drawer(false));
  narrow.addEventListener("change", () => drawer(false));
  const downloads = sidebar.querySelector(".downloads");
  document.addEventListener("click", (event) => {
    if (downloads && !downloads.contains(event.target)) downloads.open = false;
  });

  /* The table of contents follows the text */
  const entries = all(".toc a").map((link) => [link, document.getElementById(decodeURIComponent(link.hash.slice(1)))]).filter((pair) => pair[1]);
  if (entries.length) {
    let waiting = false;
    const follow = () => {
      waiting = false;
      const line = innerHeight * 0.28;
      let found = null;
      for (const [link, heading] of entries) {
        if (heading.getBoundingClientRect().top > line) break;
        found = link;
      }
      if (innerHeight + scrollY >= html.scrollHeight - 4 && scrollY > 0) {
        const seen = entries.filter(([, heading]) => heading.getBoundingClientRect().top < innerHeight);
        if (location.hash && seen.some(([link]) => link.hash === location.hash)) found = seen.find(([link]) => link.hash === location.hash)[0];
        else if (seen.length) found = seen.at(-1)[0];
      }
      for (const [link] of entries) {
        if (link === found) link.setAttribute("aria-current", "location"); else link.removeAttribute("aria-current");
      }
      const box = found?.closest(".toc");
      if (box && box.scrollHeight > box.clientHeight) {
        box.scrollTop = found.offsetTop - box.clientHeight / 2;
      }
    };
    const soon = () => { if (!waiting) { waiting = true; requestAnimationFrame(follow); } };
    addEventListener("scroll", soon, { passive: true });
    addEventListener("resize", soon, { passive: true });
    follow();
  }

  /* Links to headings and equations */
  const address = (id) => location.href.split("#")[0] + "#" + encodeURIComponent(id);
  if (!without.has("anchors")) {
    for (const heading of all("main :is(h1, h2, h3, h4, h5, h6)[id]")) {
      const name = heading.textContent.trim();
      heading.append(make("a", { className: "anchor", href: "#" + encodeURIComponent(heading.id), "aria-label": `Link to “${name}”` }, "#"));
    }
  }
  for (const number of all(".equation-number")) {
    number.title = "Copy a link to this equation";
    number.addEventListener("click", async () => {
      const id = number.closest(".equation").id;
      history.replaceState(null, "", "#" + encodeURIComponent(id));
      say((await copy(address(id))) ? "Link copied" : "The link is in the address bar");
    });
  }

  /* Code can be copied */
  if (!without.has("copy")) {
    for (const box of all("main .code")) {
      const button = make("button", { type: "button", className: "copy", "aria-label": "Copy the code" }, "Copy");
      button.addEventListener("click", async () => {
        const done = await copy(box.querySelector("code").textContent);
        button.textContent = done ? "Copied" : "Not copied";
        button.classList.add("done");
        say(done ? "Code copied" : "The browser does not allow copying");
        setTimeout(() => { button.textContent = "Copy"; button.classList.remove("done"); }, 1600);
      });
      box.append(button);
    }
  }

  /* What is too wide scrolls in its own box, by keyboard too */
  const boxes = all("main .scroll, main pre");
  const measure = () => {
    for (const box of boxes) {
      if (box.scrollWidth > box.clientWidth + 1) {
        box.tabIndex = 0;
        if (!box.hasAttribute("role")) {
          const owner = box.closest("figure, .equation");
          const label = owner?.querySelector(".label, .equation-number")?.textContent.replace(/:$/, "");
          box.setAttribute("role", "group");
          box.setAttribute("aria-label", `${label ? label + ", s" : "S"}crollable`);
        }
      } else {
        box.removeAttribute("tabindex");
      }
    }
  };
  measure();
  addEventListener("resize", measure, { passive: true });
  addEventListener("load", measure);
  document.addEventListener("toggle", measure, true);
  document.fonts?.ready.then(measure);

  /* Tabs */
  for (const set of all(".tabset")) {
    const panels = all(":scope > .tab", set);
    const titles = all(":scope > ul > li", set);
    const bar = make("div", { className: "tablist", role: "tablist" });
    const tabs = panels.map((panel, index) => {
      const tab = make("button", { type: "button", role: "tab", id: panel.id + "-title", "aria-controls": panel.id });
      tab.append(...(titles[index]?.cloneNode(true).childNodes || [panel.dataset.title]));
      panel.setAttribute("role", "tabpanel");
      panel.removeAttribute("aria-label");
      panel.setAttribute("aria-labelledby", tab.id);
      bar.append(tab);
      return tab;
    });
    const select = (index, focus) => {
      tabs.forEach((tab, position) => {
        tab.setAttribute("aria-selected", String(position === index));
        tab.tabIndex = position === index ? 0 : -1;
        panels[position].hidden = position !== index;
        panels[position].tabIndex = 0;
      });
      if (focus) tabs[index].focus();
      measure();
    };
    tabs.forEach((tab, index) => {
      tab.addEventListener("click", () => select(index));
      tab.addEventListener("keydown", (event) => {
        const last = tabs.length - 1;
        const to = { ArrowRight: index === last ? 0 : index + 1, ArrowLeft: index === 0 ? last : index - 1, Home: 0, End: last }[event.key];
        if (to !== undefined) { event.preventDefault(); select(to, true); }
      });
    });
    set.querySelector(":scope > ul")?.replaceWith(bar);
    set.classList.add("ready");
    set.showTab = (element) => { const index = panels.findIndex((panel) => panel.contains(element)); if (index >= 0) select(index); };
    if (tabs.length) select(0);
  }
  const reveal = () => {
    const target = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target) return;
    let hidden = false;
    for (let element = target.parentElement; element; element = element.parentElement) {
      if (element.matches("details:not([open])")) { element.open = true; hidden = true; }
      if (element.showTab && target.closest("[hidden]")) { element.showTab(target); hidden = true; }
    }
    if (hidden) target.scrollIntoView();
  };
  addEventListener("hashchange", reveal);
  reveal();

  /* Figures grow to the size of the window */
  const lightbox = make("dialog", { className: "lightbox", "aria-label": "Figure" });
  lightbox.innerHTML = '<form method="dialog"><button class="tool" aria-label="Close"></button></form><img alt="">';
  lightbox.querySelector("button").append(icon("close"));
  document.body.append(lightbox);
  lightbox.addEventListener("click", (event) => { if (event.target !== lightbox.querySelector("button")) lightbox.close(); });
  for (const picture of all("main figure img")) {
    if (picture.closest("a")) continue;
    const open = () => {
      const large = lightbox.querySelector("img");
      large.src = picture.currentSrc || picture.src;
      large.alt = picture.alt;
      lightbox.showModal();
    };
    picture.classList.add("zoomable");
    picture.addEventListener("click", open);
    const button = make("button", { type: "button", className: "zoom", "aria-label": `Enlarge: ${picture.alt || "figure"}` }, icon("search"));
    button.addEventListener("click", open);
    const frame = make("span", { className: "frame" });
    picture.replaceWith(frame);
    frame.append(picture, button);
  }

  /* Previews of what a link leads to */
  const kinds = [];
  if (!without.has("xref-previews")) kinds.push("main a.xref");
  if (!without.has("cite-previews")) kinds.push("main .citation a");
  if (!without.has("note-previews")) kinds.push("main a.footnote-ref");
  const links = kinds.length ? all(kinds.join(", ")) : [];
  if (links.length) {
    const preview = make("div", { className: "preview", id: "preview", role: "tooltip", hidden: true });
    document.body.append(preview);
    const pages = new Map();
    let owner = null;
    let timer = 0;
    const load = (url) => {
      if (!pages.has(url)) {
        pages.set(url, fetch(url).then((answer) => {
          if (!answer.ok) throw new Error(answer.statusText);
          return answer.text();
        }).then((text) => new DOMParser().parseFromString(text, "text/html")));
      }
      return pages.get(url);
    };
    const content = async (link) => {
      const [url, hash] = link.href.split("#");
      const id = hash ? decodeURIComponent(hash) : "";
      const here = url === location.href.split("#")[0];
      let source = document;
      const local = document.getElementById(id);
      if (!here && !(local && id.startsWith("ref-"))) {
        if (location.protocol === "file:") return null;
        source = await load(url);
      }
      let target = id ? source.getElementById(id) : source.querySelector("main h1:not(.cover-title)");
      if (!target) return null;
      const box = document.createDocumentFragment();
      if (/^H[1-6]$/.test(target.tagName)) {
        box.append(target.cloneNode(true));
        let next = target.nextElementSibling;
        while (next && !next.matches("p, h1, h2, h3, h4, h5, h6")) next = next.nextElementSibling;
        if (next?.matches("p")) box.append(next.cloneNode(true));
      } else {
        box.append(...(target.matches("li") ? [...target.cloneNode(true).childNodes] : [target.cloneNode(true)]));
      }
      for (const element of box.querySelectorAll("[id]")) element.removeAttribute("id");
      for (const element of box.querySelectorAll("script, .anchor, .copy, .zoom, .footnote-back")) element.remove();
      for (const element of box.querySelectorAll("[tabindex]")) element.removeAttribute("tabindex");
      for (const element of box.querySelectorAll("button")) element.tabIndex = -1;
      if (source !== document) {
        for (const element of box.querySelectorAll("[src]")) element.setAttribute("src", new URL(element.getAttribute("src"), url));
        for (const element of box.querySelectorAll("a[href]")) element.setAttribute("href", new URL(element.getAttribute("href"), url));
      }
      for (const element of box.querySelectorAll("a[href]")) element.tabIndex = -1;
      return box;
    };
    const hide = () => {
      clearTimeout(timer);
      owner?.removeAttribute("aria-describedby");
      owner = null;
      preview.hidden = true;
    };
    const place = (link) => {
      const lines = link.getClientRects();
      const box = lines[0] || link.getBoundingClientRect();
      const width = preview.offsetWidth;
      const height = preview.offsetHeight;
      const left = Math.max(12, Math.min(box.left, html.clientWidth - width - 12));
      const above = box.top - height - 6;
      const below = (lines[lines.length - 1] || box).bottom + 6;
      const top = below + height < innerHeight || above < 0 ? below : above;
      preview.style.left = `${left + scrollX}px`;
      preview.style.top = `${top + scrollY}px`;
    };
    const show = async (link) => {
      owner = link;
      let box = null;
      try { box = await content(link); } catch { /* the link itself still works */ }
      if (owner !== link) return;
      if (!box) { owner = null; return; }
      preview.replaceChildren(box);
      preview.style.left = preview.style.top = "0";
      preview.hidden = false;
      preview.scrollTop = 0;
      place(link);
      for (const picture of preview.querySelectorAll("img")) picture.addEventListener("load", () => { if (owner === link) place(link); });
      link.setAttribute("aria-describedby", "preview");
    };
    const later = (action, delay) => { clearTimeout(timer); timer = setTimeout(action, delay); };
    for (const link of links) {
      link.addEventListener("pointerenter", (event) => { if (event.pointerType !== "touch") later(() => show(link), 180); });
      link.addEventListener("pointerleave", () => later(hide, 220));
      link.addEventListener("focus", () => { if (link.matches(":focus-visible")) later(() => show(link), 80); });
      link.addEventListener("blur", () => later(hide, 120));
      link.addEventListener("click", hide);
    }
    preview.addEventListener("pointerenter", () => clearTimeout(timer));
    preview.addEventListener("pointerleave", () => later(hide, 220));
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && !preview.hidden) { hide(); event.stopImmediatePropagation(); }
    }, true);
  }

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    if (downloads?.open) { downloads.open = false; downloads.querySelector("summary").focus(); }
    drawer(false);
  });

  /* Search: loaded when it is opened for the first time */
  const openers = all("[data-search]");
  if (openers.length) {
    let dialog, input, results, message, engine, options = [], chosen = -1, asked = 0;
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
        if (input.value) search(input.value);
      } catch {
        message.textContent = "The search index cannot be loaded.";
      }
    };
    const plain = (text) => new DOMParser().parseFromString(text, "text/html").body.textContent;
    const marked = (text) => text.split(/<mark>(.*?)<\/mark>/).map((piece, index) => index % 2 ? make("mark", {}, plain(piece)) : document.createTextNode(plain(piece + " ").slice(0, -1)));
    const search = async (text) => {
      const turn = ++asked;
      if (!engine) return;
      if (!text.trim()) { options = []; results.replaceChildren(); results.hidden = true; input.setAttribute("aria-expanded", "false"); choose(-1); message.textContent = ""; return; }
      const answer = await engine.debouncedSearch(text, {}, 120);
      if (!answer || turn !== asked) return;
      const found = await Promise.all(answer.results.slice(0, 12).map((result) => result.data()));
      if (turn !== asked) return;
      const hits = found.flatMap((page) => {
        const parts = page.sub_results.length ? page.sub_results : [{ title: page.meta.title, url: page.url, excerpt: page.excerpt }];
        return parts.slice(0, 3).map((part) => ({ ...part, page: page.meta.title }));
      }).slice(0, 24);
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
      message.textContent = options.length ? `${options.length} ${options.length === 1 ? "place" : "places"} in ${found.length} ${found.length === 1 ? "page" : "pages"}` : `Nothing found for “${text.trim()}”.`;
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
    for (const opener of openers) opener.addEventListener("click", open);
    document.addEventListener("keydown", (event) => {
      const typing = event.target.closest?.("input, textarea, select, [contenteditable]");
      const slash = event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey;
      const letter = event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey;
      if ((slash || letter) && !document.querySelector(".lightbox[open]")) { event.preventDefault(); open(); }
    });
  }
})();

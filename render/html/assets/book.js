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
  const showCurrent = () => {
    if (current && list.scrollHeight > list.clientHeight) list.scrollTop = current.offsetTop - list.clientHeight / 2;
  };
  const narrow = matchMedia("(max-width: 899.98px)");
  const menu = document.querySelector(".menu");
  const scrim = make("div", { className: "scrim" });
  document.body.append(scrim);
  const others = all("body > :not(script, .scrim), .shell > *").filter((element) => !element.contains(sidebar) && element !== status);
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
  const toc = document.querySelector(".toc details");
  const wide = matchMedia("(min-width: 1200px)");
  if (toc) {
    toc.open = wide.matches;
    wide.addEventListener("change", () => { toc.open = wide.matches; });
    toc.addEventListener("click", (event) => { if (!wide.matches && event.target.closest("a")) toc.open = false; });
  }
  let follow = () => {};
  const entries = all(".toc a").map((link) => [link, document.getElementById(decodeURIComponent(link.hash.slice(1)))]).filter((pair) => pair[1]);
  if (entries.length) {
    let waiting = false;
    follow = () => {
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
    number.setAttribute("aria-label", `Copy a link to equation ${number.textContent}`);
    number.addEventListener("click", async () => {
      const id = number.closest(".equation").id;
      history.replaceState(null, "", "#" + encodeURIComponent(id));
      say((await copy(address(id))) ? "Link copied" : "The link is in the address bar");
    });
  }

  /* Code can be copied */
  if (!without.has("copy")) {
    for (const box of all(":is(main, .footer) .code")) {
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
  const boxes = all("main .scroll, :is(main, .footer) pre");
  const formulas = all("main :is(p, li, dd) > math, main .n > math").filter((formula) => !formula.closest("td, th"));
  const measure = () => {
    if ("early" in html.dataset) return;
    const wide = formulas.filter((formula) => {
      const line = !formula.closest(".inline-scroll") && formula.closest("p, li, dt, dd, figcaption, caption, h1, h2, h3, h4, h5, h6");
      return line && formula.getBoundingClientRect().width > line.clientWidth;
    });
    const found = boxes.map((box) => [box, box.scrollWidth > box.clientWidth + 1]);
    for (const formula of wide) {
      const box = make("span", { className: "scroll inline-scroll" });
      formula.replaceWith(box);
      box.append(formula);
      boxes.push(box);
      found.push([box, true]);
    }
    for (const [box, scrolls] of found) {
      if (!scrolls) { box.removeAttribute("tabindex"); continue; }
      box.tabIndex = 0;
      if (box.hasAttribute("role")) continue;
      const label = box.closest("figure, .equation")?.querySelector(".label, .equation-number")?.textContent.replace(/:$/, "");
      box.setAttribute("role", "group");
      box.setAttribute("aria-label", `${label ? label + ", s" : "S"}crollable`);
    }
  };
  /* The first time when the page has been laid out anyway, and again whenever its text changes size
     or what is in it does: asked to look again, the observer tells after the next layout. */
  let first = true;
  const text = document.getElementById("content");
  const observer = new ResizeObserver(() => {
    if (first) { first = false; showCurrent(); requestAnimationFrame(follow); }
    measure();
  });
  const again = () => { observer.unobserve(text); observer.observe(text); };
  document.addEventListener("toggle", again, true);
  document.fonts?.addEventListener?.("loadingdone", again);
  observer.observe(text);

  /* A page that opens at its top is there at once, and laid out below the first screen when its
     fonts have come and the browser has time: a chapter's formulas would keep a phone busy. Who
     clicks or types before that, and may want to be further down, gets all of it first. */
  if ("early" in html.dataset) {
    const idle = window.requestIdleCallback ?? ((lay) => setTimeout(lay, 0, { timeRemaining: () => 50 }));
    const blocks = [...text.children];
    const finish = () => {
      if (!("early" in html.dataset)) return;
      blocks.length = 0;
      delete html.dataset.early;
      measure();
    };
    const lay = (deadline) => {
      do {
        for (const block of blocks.splice(0, 4)) block.classList.add("laid");
        void text.offsetHeight;
      } while (blocks.length && deadline.timeRemaining() > 12);
      if (blocks.length) idle(lay); else finish();
    };
    const frames = (n, then) => { if (n) requestAnimationFrame(() => frames(n - 1, then)); else then(); };
    /* In the second frame head.js asks for the other fonts; in the third they are being waited for. */
    frames(3, () => document.fonts.ready.then(() => idle(lay)));
    for (const kind of ["click", "keydown"]) addEventListener(kind, finish, { capture: true, once: true });
  }

  /* In a row of radio buttons, Home and End go to the first and the last */
  for (const group of all("main [role='radiogroup']")) {
    group.addEventListener("keydown", (event) => {
      const choices = all("input[type='radio']", group);
      const to = { Home: choices[0], End: choices.at(-1) }[event.key];
      if (to && choices.includes(event.target)) { event.preventDefault(); to.click(); to.focus(); }
    });
  }

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

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    if (downloads?.open) { downloads.open = false; downloads.querySelector("summary").focus(); }
    drawer(false);
  });

  /* Previews, enlarged figures and search come when they are first asked for */
  const loaded = new Map();
  const load = (name) => {
    if (!loaded.has(name)) {
      loaded.set(name, new Promise((resolve, reject) => {
        const base = `${root}book-assets/`;
        const run = () => document.head.append(make("script", { src: `${base}${name}.js`, onload: () => resolve(book[name]), onerror: reject }));
        if (loaded.size) run(); else document.head.append(make("link", { rel: "stylesheet", href: base + "extras.css", onload: run, onerror: reject }));
      }));
    }
    return loaded.get(name);
  };
  const book = { all, make, icon, root, copy, drawer };
  window.book = book;
  const kinds = [["xref-previews", "a.xref"], ["cite-previews", ".citation a"], ["note-previews", "a.footnote-ref"]];
  for (const link of all(kinds.map(([name, selector]) => (without.has(name) ? "" : "main " + selector)).filter(Boolean).join(", ") || "none")) {
    const begin = (event) => load("preview").then((preview) => preview(link, event));
    link.addEventListener("pointerenter", begin, { once: true });
    link.addEventListener("focus", begin, { once: true });
  }
  for (const picture of all("main figure img")) {
    if (picture.closest("a")) continue;
    const open = () => load("enlarge").then((enlarge) => enlarge(picture));
    const button = make("button", { type: "button", className: "zoom", "aria-label": `Enlarge: ${picture.alt || "figure"}` }, icon("search"));
    const frame = make("span", { className: "frame" });
    if (picture.style.width) {
      frame.style.width = picture.style.width;
      picture.style.width = "";
    }
    picture.replaceWith(frame);
    frame.append(picture, button);
    const line = frame.closest("p");
    if (line) { line.classList.add("scroll"); boxes.push(line); }
    picture.addEventListener("click", open);
    button.addEventListener("click", open);
    picture.addEventListener("load", again);
  }
  addEventListener("beforeprint", () => { for (const picture of all("img[loading]")) picture.loading = "eager"; });
  const openers = all("[data-search]");
  const search = () => load("search").then((open) => open());
  for (const opener of openers) opener.addEventListener("click", search);
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest?.("input, textarea, select, [contenteditable]");
    const slash = event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey;
    const letter = event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey;
    if (openers.length && (slash || letter) && !document.querySelector(".lightbox[open]")) { event.preventDefault(); search(); }
  });
})();

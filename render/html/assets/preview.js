/* Previews of what a link leads to, by mouse and by keyboard. */
(() => {
  "use strict";
  const { make } = window.book;
  const html = document.documentElement;
  const preview = make("div", { className: "preview", id: "preview", role: "tooltip", hidden: true });
  document.querySelector("main").append(preview);
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
    for (const element of box.querySelectorAll("input")) element.removeAttribute("name");
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
  preview.addEventListener("pointerenter", () => clearTimeout(timer));
  preview.addEventListener("pointerleave", () => later(hide, 220));
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !preview.hidden) { hide(); event.stopImmediatePropagation(); }
  }, true);
  const ready = new WeakSet();
  window.book.preview = (link, first) => {
    const enter = (event) => { if (event.pointerType !== "touch") later(() => show(link), 180); };
    const focus = () => { if (link.matches(":focus-visible")) later(() => show(link), 80); };
    if (!ready.has(link)) {
      ready.add(link);
      link.addEventListener("pointerenter", enter);
      link.addEventListener("pointerleave", () => later(hide, 220));
      link.addEventListener("focus", focus);
      link.addEventListener("blur", () => later(hide, 120));
      link.addEventListener("click", hide);
    }
    if (first.type === "focus" ? document.activeElement === link : link.matches(":hover")) (first.type === "focus" ? focus : enter)(first);
  };
})();

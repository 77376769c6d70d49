/* Shown at any depth: what the page asks for is looked for from the folder that has it. */
(async (page) => {
  "use strict";
  const given = page.body.dataset.root, here = location.pathname;
  const there = async (folder) => {
    try {
      const answer = await fetch(folder + "book-assets/book.css", { method: "HEAD" });
      return answer.ok && answer.headers.get("content-type").includes("css");
    } catch { return false; }
  };
  let found = null;
  if (location.protocol === "file:") found = here.slice(0, here.lastIndexOf("/") + 1);
  else for (let at = 0; found === null && at !== -1; at = here.indexOf("/", at + 1)) {
    const folder = here.slice(0, at + 1);
    if (await there(folder)) found = folder;
  }
  if (found === null || new URL(given || "./", location).pathname === found) return;
  for (const element of page.querySelectorAll("[href]")) {
    const target = element.getAttribute("href");
    if (!/^(#|[a-z][a-z+.-]*:)/i.test(target)) element.setAttribute("href", found + target.slice(given.length));
  }
  page.body.dataset.root = found;
  const script = page.createElement("script");
  script.src = found + "book-assets/book.js";
  page.body.append(script);
})(document);

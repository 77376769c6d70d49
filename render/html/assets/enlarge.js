/* A figure as large as the window. */
(() => {
  "use strict";
  const { make, icon } = window.book;
  const close = make("button", { className: "tool", "aria-label": "Close" }, icon("close"));
  const large = make("img", { alt: "" });
  const box = make("dialog", { className: "lightbox", "aria-label": "Enlarged figure" }, make("form", { method: "dialog" }, close), large);
  box.addEventListener("click", () => box.close());
  document.body.append(box);
  window.book.enlarge = (picture) => {
    large.src = picture.currentSrc || picture.src;
    large.alt = picture.alt;
    box.showModal();
  };
})();

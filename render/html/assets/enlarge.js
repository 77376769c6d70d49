/* A figure as large as the window, and at least half as large again as it was on the page. */
(() => {
  "use strict";
  const { make, icon } = window.book;
  const close = make("button", { className: "tool", "aria-label": "Close" }, icon("close"));
  const large = make("img", { alt: "" });
  const room = make("div", { className: "scroll", tabIndex: 0, role: "group", "aria-label": "Enlarged figure, scrollable" }, large);
  const box = make("dialog", { className: "lightbox", "aria-label": "Enlarged figure" }, make("form", { method: "dialog" }, close), room);
  box.addEventListener("click", () => box.close());
  document.body.append(box);
  let shown = 0;
  const fit = () => {
    if (!box.open || !large.naturalWidth) return;
    const whole = Math.min(room.clientWidth, room.clientHeight * large.naturalWidth / large.naturalHeight);
    large.style.width = `${Math.max(1.5 * shown, whole)}px`;
  };
  large.addEventListener("load", fit);
  addEventListener("resize", fit);
  window.book.enlarge = (picture) => {
    large.src = picture.currentSrc || picture.src;
    large.alt = picture.alt;
    shown = picture.getBoundingClientRect().width;
    box.showModal();
    room.scrollTo(0, 0);
    fit();
  };
})();

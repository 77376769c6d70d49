/* The songs in three dimensions: turned by mouse, touch, keyboard and buttons. */
(function (root) {
  "use strict";
  const data = JSON.parse(root.querySelector("script[type='application/json']").textContent);
  const stage = root.querySelector(".space-stage");
  const svg = stage.querySelector("svg");
  const [width, height] = data.size;
  const bands = 5;
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  const view = { turn: data.start[0], tilt: data.start[1], zoom: 1, by: 0, only: -1, song: -1 };

  const points = [];
  for (let i = 0; i < data.points.length; i += 3) points.push(data.points.slice(i, i + 3));
  let last = "";
  const names = data.names.split("\n").map((name) => (last = Array.from(last).slice(0, parseInt(name[0], 36)).join("") + name.slice(1)));
  const ways = data.ways.map((way) => {
    const of = Array.from(way.of, (letter) => letter.codePointAt(0) - 48);
    const sums = way.groups.map(() => [0, 0, 0, 0]);
    of.forEach((group, i) => [...points[i], 1].forEach((value, m) => { sums[group][m] += value; }));
    return { ...way, of, means: sums.map((sum) => sum.slice(0, 3).map((value) => value / sum[3])) };
  });

  const make = (tag, attributes, text) => {
    const made = document.createElement(tag);
    for (const key in attributes) made.setAttribute(key, attributes[key]);
    if (text !== undefined) made.textContent = text;
    return made;
  };
  const draw = (parent, tag, attributes) => {
    const made = document.createElementNS(svg.namespaceURI, tag);
    for (const key in attributes) made.setAttribute(key, attributes[key]);
    return parent.appendChild(made);
  };
  const shape = (marker, size) => data.shapes[marker].replace(/-?\d+/g, (n) => (n * size / 100).toFixed(1));

  /* Where a point is seen: right, down, and towards the eye. */
  const see = ([x, y, z]) => {
    const a = Math.cos(view.turn), b = Math.sin(view.turn), c = Math.cos(view.tilt), d = Math.sin(view.tilt);
    const away = a * z - b * x, k = data.unit * view.zoom;
    return [data.middle[0] + k * (a * x + b * z), data.middle[1] - k * (c * y - d * away), d * y + c * away];
  };

  /* The picture's parts, made once. */
  svg.replaceChildren();
  const arms = data.arms.map(() => draw(svg, "line", { stroke: "#767676" }));
  const layers = Array.from({ length: bands }, (_, i) => draw(svg, "g", { opacity: 0.65 + 0.35 * i / (bands - 1) }));
  const marks = draw(svg, "g", { class: "space-marks" });
  const ends = data.arms.map((_, i) => { const made = draw(svg, "text", {}); made.textContent = "Axis " + (i + 1); return made; });
  const ring = draw(svg, "circle", { fill: "none", stroke: "#b3003b", "stroke-width": 3 });
  let seen = [];
  let paths = [];
  let numbers = [];

  const lay = () => {
    const way = ways[view.by];
    layers.forEach((layer) => layer.replaceChildren());
    paths = layers.map((layer) => way.groups.map((_, group) => draw(layer, "path", { fill: way.colours[group] })));
    marks.replaceChildren();
    numbers = way.numbered ? way.groups.map((_, group) => { const made = draw(marks, "text", {}); made.textContent = group; return made; }) : [];
  };

  let asked = 0;
  const paint = () => { if (!asked) asked = requestAnimationFrame(() => { asked = 0; show(); }); };
  const show = () => {
    const way = ways[view.by], near = width / (svg.clientWidth || width), grown = Math.sqrt(view.zoom);
    const sizes = layers.map((_, i) => Math.max(8, 6 * near) * grown * (0.8 + 0.4 * i / (bands - 1)));
    const shapes = sizes.map((size) => way.groups.map((_, group) => shape(way.markers[group], size)));
    const texts = layers.map(() => way.groups.map(() => ""));
    seen = points.map(see);
    seen.forEach(([x, y, depth], i) => {
      const band = Math.min(bands - 1, Math.max(0, Math.floor((depth / data.radius + 1) * bands / 2)));
      texts[band][way.of[i]] += "M" + x.toFixed(1) + " " + y.toFixed(1) + shapes[band][way.of[i]];
    });
    texts.forEach((row, band) => row.forEach((text, group) => {
      paths[band][group].setAttribute("d", text);
      paths[band][group].setAttribute("opacity", view.only < 0 || view.only === group ? 1 : 0.08);
    }));
    numbers.forEach((made, group) => {
      const [x, y] = see(way.means[group]);
      const there = isFinite(x) && (view.only < 0 || view.only === group);
      made.setAttribute("x", there ? x.toFixed(1) : 0);
      made.setAttribute("y", there ? (y + 5 * near).toFixed(1) : 0);
      made.setAttribute("visibility", there ? "visible" : "hidden");
    });
    data.arms.forEach(([from, to], m) => {
      const end = (length) => see([0, 1, 2].map((i) => (i === m ? length : 0)));
      const [a, b] = end(from), [c, d] = end(to), [e, f] = end(1.06 * to);
      Object.entries({ x1: a, y1: b, x2: c, y2: d }).forEach(([key, value]) => arms[m].setAttribute(key, value.toFixed(1)));
      ends[m].setAttribute("x", e.toFixed(1));
      ends[m].setAttribute("y", f.toFixed(1));
    });
    svg.style.setProperty("--near", near);
    const at = seen[view.song];
    ring.setAttribute("r", at ? 9 * near : 0);
    if (at) { ring.setAttribute("cx", at[0].toFixed(1)); ring.setAttribute("cy", at[1].toFixed(1)); }
  };

  /* What is said: a line to read, and after a pause a line to hear. */
  const says = root.querySelector(".space-says");
  const heard = make("p", { class: "space-heard", role: "status" });
  let timer = 0;
  const tell = (text) => { clearTimeout(timer); timer = setTimeout(() => { heard.textContent = text; }, 500); };
  const turned = () => "Turned by " + Math.round(view.turn * 180 / Math.PI) + ", tilted by " + Math.round(view.tilt * 180 / Math.PI) + " degrees, " + view.zoom.toFixed(1) + " times as large.";
  const pick = (song) => {
    view.song = song;
    says.textContent = song < 0 ? data.hint : names[song] + ": " + ways.map((way) => way.groups[way.of[song]]).join(", ");
    paint();
  };

  /* Ways to move. */
  const limit = (value, low, high) => Math.min(high, Math.max(low, value));
  let gliding = 0;
  const set = (turn, tilt, zoom) => {
    view.turn = Math.atan2(Math.sin(turn), Math.cos(turn));
    view.tilt = limit(tilt, -Math.PI / 2, Math.PI / 2);
    view.zoom = limit(zoom, 0.5, 6);
    paint();
  };
  const move = (turn, tilt, zoom) => { cancelAnimationFrame(gliding); set(view.turn + turn, view.tilt + tilt, view.zoom * zoom); };
  const glide = (turn, tilt) => {
    cancelAnimationFrame(gliding);
    if (still.matches) { set(turn, tilt, 1); return; }
    const from = { ...view }, began = performance.now();
    const step = (now) => {
      const done = limit((now - began) / 300, 0, 1), part = done * (2 - done);
      set(from.turn + part * (turn - from.turn), from.tilt + part * (tilt - from.tilt), from.zoom + part * (1 - from.zoom));
      if (done < 1) gliding = requestAnimationFrame(step);
    };
    gliding = requestAnimationFrame(step);
  };
  const moves = {
    ArrowLeft: () => move(-0.1, 0, 1), ArrowRight: () => move(0.1, 0, 1),
    ArrowUp: () => move(0, -0.1, 1), ArrowDown: () => move(0, 0.1, 1),
    "+": () => move(0, 0, 1.2), "=": () => move(0, 0, 1.2), "-": () => move(0, 0, 1 / 1.2),
    Home: () => glide(...data.start), End: () => glide(0, 0)
  };
  const steps = { n: 1, N: 1, p: -1, P: -1 };
  stage.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (moves[event.key]) {
      moves[event.key]();
      if (event.key === "Home") tell("As at the start.");
      else if (event.key === "End") tell("Seen along axis 3.");
      else tell(turned());
    } else if (steps[event.key]) {
      const from = view.song < 0 && steps[event.key] < 0 ? 0 : view.song;
      pick((from + steps[event.key] + names.length) % names.length);
      tell(says.textContent);
    } else return;
    event.preventDefault();
  });

  /* Pointers: touch keeps the page's vertical scrolling (touch-action: pan-y). */
  const nearest = (event) => {
    const box = svg.getBoundingClientRect(), scale = width / box.width;
    const x = (event.clientX - box.left) * scale, y = (event.clientY - box.top) * scale;
    let best = -1, least = (14 * scale) ** 2;
    seen.forEach(([a, b], i) => {
      const far = (a - x) ** 2 + (b - y) ** 2;
      if (far < least && (view.only < 0 || ways[view.by].of[i] === view.only)) { best = i; least = far; }
    });
    return best;
  };
  let drag = null;
  stage.addEventListener("pointerdown", (event) => {
    if (event.button || drag) return;
    drag = { id: event.pointerId, x: event.clientX, y: event.clientY, far: 0, from: { ...view } };
    stage.setPointerCapture(event.pointerId);
  });
  stage.addEventListener("pointermove", (event) => {
    if (!drag) { if (event.pointerType === "mouse") pick(nearest(event)); return; }
    if (event.pointerId !== drag.id) return;
    const dx = event.clientX - drag.x, dy = event.clientY - drag.y;
    drag = { ...drag, x: event.clientX, y: event.clientY, far: drag.far + Math.abs(dx) + Math.abs(dy) };
    move(0.01 * dx, 0.01 * dy, 1);
  });
  stage.addEventListener("pointerup", (event) => {
    if (drag && event.pointerId === drag.id && drag.far < 6) pick(nearest(event));
    drag = null;
  });
  stage.addEventListener("pointercancel", () => {
    if (drag) set(drag.from.turn, drag.from.tilt, drag.from.zoom);
    drag = null;
  });
  stage.addEventListener("pointerleave", (event) => { if (!drag && event.pointerType === "mouse") pick(-1); });

  /* The controls. */
  const legend = root.querySelector(".space-legend");
  const list = () => {
    const way = ways[view.by];
    legend.replaceChildren(...way.groups.map((name, group) => {
      const item = make("li"), button = make("button", { type: "button", "aria-pressed": view.only === group });
      const icon = draw(button, "svg", { viewBox: "-60 -60 120 120", "aria-hidden": "true" });
      draw(icon, "path", { d: "M0 0" + data.shapes[way.markers[group]], fill: way.colours[group] });
      button.append(name);
      button.addEventListener("click", () => {
        view.only = view.only === group ? -1 : group;
        Array.from(legend.querySelectorAll("button"), (one, i) => one.setAttribute("aria-pressed", view.only === i));
        paint();
      });
      item.append(button);
      return item;
    }));
  };
  const colour = (by) => {
    view.by = by;
    view.only = -1;
    stage.setAttribute("aria-label", data.label + ", coloured by " + ways[by].title);
    lay();
    list();
    paint();
  };
  const fields = make("fieldset", { class: "space-by" });
  fields.append(make("legend", {}, "Colour by"));
  ways.forEach((way, by) => {
    const label = make("label"), radio = make("input", { type: "radio", name: "space-by" });
    radio.checked = by === 0;
    radio.addEventListener("change", () => colour(by));
    label.append(radio, way.title);
    fields.append(label);
  });
  const buttons = make("div", { class: "space-buttons", role: "group", "aria-label": "Turn the picture" });
  [["←", "Turn left", "ArrowLeft"], ["→", "Turn right", "ArrowRight"], ["↑", "Tilt up", "ArrowUp"], ["↓", "Tilt down", "ArrowDown"],
    ["+", "Larger", "+"], ["−", "Smaller", "-"], ["Start", "", "Home"], ["Axes 1 and 2", "", "End"]].forEach(([text, name, key]) => {
    const button = make("button", { type: "button" }, text);
    if (name) { button.setAttribute("aria-label", name); button.title = name; }
    button.addEventListener("click", () => moves[key]());
    buttons.append(button);
  });
  const keys = make("p", { class: "space-keys", id: "space-keys" }, data.keys);
  Object.entries({ tabindex: 0, role: "application", "aria-roledescription": "picture that turns", "aria-describedby": "space-keys" })
    .forEach(([key, value]) => stage.setAttribute(key, value));
  stage.before(fields);
  legend.after(buttons, keys, heard);
  root.classList.add("space-live");
  colour(0);
  pick(-1);
  if (window.ResizeObserver) new ResizeObserver(paint).observe(stage);
})(document.currentScript.parentNode);

/* All songs in any two axes. Bokeh draws; the page can be used without the picture too. */
(() => {
  "use strict";
  const data = window.exploredSongs;
  const live = document.querySelector("#explorer .explorer-live");
  const part = (name) => live.querySelector(`.explorer-${name}`);
  const make = (tag, properties = {}, ...children) => {
    const element = Object.assign(document.createElement(tag), properties);
    element.append(...children);
    return element;
  };
  const signed = (text) => text.replace("-", "−");
  const percent = (share) => `${(100 * share).toFixed(share > 0.9995 || share === 0 ? 0 : 1)}%`;
  const whole = (n) => n.toLocaleString("en");

  const axes = Object.fromEntries(data.axes.map((axis) => [axis.key, axis]));
  const ways = Object.fromEntries(data.ways.map((way) => [way.key, way]));
  const everyone = data.names.map((_, i) => i);
  const group = (key, i) => ways[key].groups[ways[key].of[i]];
  const at = (key, i) => signed(axes[key].values[i].toFixed(axes[key].digits));
  const likely = (i) => data.probabilities[i].map(([k, p]) => `${ways.component.groups[k]} ${percent(p)}`);
  const members = (i) => ways.cluster.of.filter((k) => k === ways.cluster.of[i]).length;

  /* The view: what the controls say, and the song that is picked; the address keeps it. */
  const first = { size: "", genre: "", cluster: "", component: "", methods: "", find: "", song: "", ...data.first };
  const state = { ...first };
  const controls = [...live.querySelectorAll("[data-for]")];
  const order = { column: -1, down: false };
  let shown = everyone, rows = 20, draw = () => {};

  const picked = () => data.names.indexOf(state.song);
  const read = () => {
    const said = new URLSearchParams(location.hash.includes("=") ? location.hash.slice(1) : "");
    for (const key of Object.keys(first)) state[key] = said.get(key) ?? first[key];
    for (const control of controls) {
      const key = control.dataset.for;
      if (control.options && ![...control.options].some((option) => option.value === state[key])) state[key] = first[key];
      control.value = state[key];
    }
    if (picked() < 0) state.song = "";
    return said.size > 0;
  };
  const write = () => {
    const said = new URLSearchParams(Object.entries(state).filter(([key, now]) => now !== first[key]));
    if (said.size) history.replaceState(null, "", `#${said}`);
    else if (location.hash.includes("=")) history.replaceState(null, "", location.pathname + location.search);
  };

  const columns = [
    ["Song", (i) => data.names[i]],
    ["Genre", (i) => group("genre", i)],
    ...data.axes.slice(0, data.features).map(({ key, label, values }) => [label, (i) => at(key, i), (i) => values[i]]),
    ["Cluster", (i) => String(ways.cluster.of[i]), (i) => ways.cluster.of[i]],
    ["Component", (i) => String(ways.component.of[i]), (i) => ways.component.of[i]],
    ["Certainty", (i) => percent(data.certainty[i]), (i) => data.certainty[i]],
    ["Margin of K-Means", (i) => data.margin[i].toFixed(2), (i) => data.margin[i]],
    ["Distance to its centre", (i) => data.distance[i].toFixed(2), (i) => data.distance[i]],
    ["Methods agree", (i) => (data.agrees[i] ? "yes" : "no")],
  ];

  const select = () => {
    const wanted = state.find.trim().toLowerCase();
    const grouped = data.ways.filter((way) => state[way.key]);
    shown = everyone.filter((i) =>
      grouped.every((way) => way.values[way.of[i]] === state[way.key])
      && (!state.methods || (state.methods === "agree") === Boolean(data.agrees[i]))
      && data.names[i].toLowerCase().includes(wanted));
    if (order.column >= 0) {
      const of = columns[order.column][2] || columns[order.column][1], sign = order.down ? -1 : 1;
      shown.sort((a, b) => sign * (of(a) < of(b) ? -1 : of(a) > of(b) ? 1 : 0) || a - b);
    }
  };

  /* What is shown */
  const link = (i) => {
    const button = make("button", { type: "button", textContent: data.names[i] });
    button.addEventListener("click", () => pick(i));
    return button;
  };
  const table = () => {
    const head = make("tr");
    columns.forEach(([title], column) => {
      const button = make("button", { type: "button", textContent: title });
      button.addEventListener("click", () => {
        order.down = order.column === column && !order.down;
        order.column = column;
        show();
        live.querySelectorAll(".explorer-table thead button")[column].focus();
      });
      const cell = make("th", { scope: "col" }, button);
      if (order.column === column) cell.ariaSort = order.down ? "descending" : "ascending";
      head.append(cell);
    });
    const body = shown.slice(0, rows).map((i) => {
      const row = make("tr", {}, make("th", { scope: "row" }, link(i)), ...columns.slice(1).map(([, text]) => make("td", { textContent: text(i) })));
      if (data.names[i] === state.song) row.ariaCurrent = "true";
      return row;
    });
    part("table").querySelector("table").replaceChildren(make("thead", {}, head), make("tbody", {}, ...body));
    live.querySelector("[data-more]").hidden = rows >= shown.length;
    live.querySelector("[data-save]").disabled = !shown.length;
  };
  const legend = () => {
    const way = ways[state.colour], counts = new Map();
    for (const i of shown) counts.set(way.of[i], (counts.get(way.of[i]) || 0) + 1);
    part("legend").replaceChildren(...way.groups.map((name, k) => {
      const sign = make("span", { textContent: way.looks[k][2], ariaHidden: "true" });
      sign.style.color = way.looks[k][0];
      return make("li", {}, sign, ` ${name} (${whole(counts.get(k) || 0)})`);
    }));
  };
  const sentence = (i) => `${data.names[i]}: ${group("genre", i)}, ${group("cluster", i)}, ${likely(i)[0]}, nearest song ${data.names[data.nearest[i][0]]}.`;
  let telling = 0;
  const song = () => {
    const i = picked();
    clearTimeout(telling);
    telling = setTimeout(() => { part("heard").textContent = i < 0 ? "" : sentence(i); }, 250);
    if (i < 0) { part("song").replaceChildren(); return; }
    const facts = [
      ["Genre", group("genre", i)],
      ...data.axes.slice(0, data.features).map(({ key, label }) => [label, at(key, i)]),
      ["Cluster of K-Means", `${ways.cluster.of[i]}, with a margin of ${data.margin[i].toFixed(2)}`],
      ["Typicality", `${data.distance[i].toFixed(2)} standard deviations from its centre; of the other ${whole(members(i) - 1)} songs there ${whole(data.rank[i] - 1)} are as near or nearer`],
      ["Probabilities", likely(i).join(", ")],
      ["Methods", data.agrees[i] ? "They agree: this component is the partner of this cluster" : "They disagree: this component is not the partner of this cluster"],
    ];
    const list = make("dl", {}, ...facts.flatMap(([term, said]) => [make("dt", { textContent: term }), make("dd", { textContent: said })]));
    const near = make("dd", {}, ...data.nearest[i].flatMap((j) => [link(j), ` ${group("genre", j)} `]));
    list.append(make("dt", { textContent: "Nearest songs" }), near);
    part("song").replaceChildren(make("p", { className: "explorer-name", textContent: data.names[i] }), list);
  };
  const show = () => {
    select();
    part("count").textContent = `${whole(shown.length)} of ${whole(everyone.length)} songs shown.`;
    legend();
    table();
    song();
    draw();
    write();
  };
  const pick = (i) => {
    state.song = i < 0 ? "" : data.names[i];
    for (const row of part("table").querySelectorAll("tbody tr")) row.ariaCurrent = row.firstChild.textContent === state.song ? "true" : null;
    song();
    draw();
    write();
  };

  /* Controls */
  for (const control of controls) control.addEventListener("input", () => { state[control.dataset.for] = control.value; rows = 20; show(); });
  live.querySelector("input").addEventListener("keydown", (event) => { if (event.key === "Enter" && shown.length) pick(shown[0]); });
  const step = (list, by) => {
    if (list.length) pick(list[list.includes(picked()) ? Math.min(Math.max(list.indexOf(picked()) + by, 0), list.length - 1) : 0]);
  };
  for (const button of live.querySelectorAll("[data-step]")) button.addEventListener("click", () => step(shown, Number(button.dataset.step)));
  live.querySelector("[data-more]").addEventListener("click", () => { rows += 100; table(); });
  live.querySelector("[data-reset]").addEventListener("click", () => {
    Object.assign(state, first);
    for (const control of controls) control.value = first[control.dataset.for];
    show();
  });
  live.querySelector("[data-save]").addEventListener("click", () => {
    const quoted = (text) => (/[",\r\n]/.test(text) ? `"${String(text).replaceAll('"', '""')}"` : text);
    const head = ["track", "genre", ...data.axes.map((axis) => axis.key), "cluster", "component", "certainty", "kmeans_margin", "distance", "agrees"];
    const lines = shown.map((i) => [
      data.names[i], group("genre", i), ...data.axes.map((axis) => axis.values[i]), ways.cluster.of[i], ways.component.of[i],
      data.certainty[i], data.margin[i], data.distance[i], data.agrees[i],
    ]);
    const text = [head, ...lines].map((line) => line.map(quoted).join(",") + "\r\n").join("");
    const file = make("a", { href: URL.createObjectURL(new Blob([text], { type: "text/csv" })), download: "songs.csv" });
    file.click();
    setTimeout(() => URL.revokeObjectURL(file.href), 1000);
  });
  const along = (key) => [...shown].sort((a, b) => axes[key].values[a] - axes[key].values[b] || a - b);
  const keys = {
    ArrowRight: () => step(along(state.x), 1), ArrowLeft: () => step(along(state.x), -1),
    ArrowUp: () => step(along(state.y), 1), ArrowDown: () => step(along(state.y), -1),
    Home: () => step(along(state.x), -Infinity), End: () => step(along(state.x), Infinity),
    Escape: () => pick(-1),
  };
  part("plot").addEventListener("keydown", (event) => {
    if (!(event.key in keys) || event.ctrlKey || event.altKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    event.stopPropagation();
    keys[event.key]();
  }, true);

  /* The picture */
  const start = async () => {
    await window.Bokeh.embed.embed_item(data.picture, part("plot"));
    const model = (name) => window.Bokeh.documents.at(-1).get_model_by_name(name);
    const plot = model("plot"), songs = model("songs");
    /* No group lies on top of all others. */
    const mixed = (i) => (i * 7919) % 10007;
    const mean = (list, values) => list.reduce((sum, i) => sum + values[i], 0) / list.length;
    const seen = {};
    let drawn = [];
    const span = (range, side, key) => {
      if (seen[side] === key) return;
      seen[side] = key;
      const values = axes[key].values, low = Math.min(...values), high = Math.max(...values), room = (high - low || 1) / 25;
      range.setv({ start: low - room, end: high + room, reset_start: low - room, reset_end: high + room });
    };
    draw = () => {
      const way = ways[state.colour], x = axes[state.x].values, y = axes[state.y].values, size = data[state.size], i = picked();
      span(plot.x_range, "x", state.x);
      span(plot.y_range, "y", state.y);
      plot.below[0].axis_label = axes[state.x].label;
      plot.left[0].axis_label = axes[state.y].label;
      drawn = [...shown].sort((a, b) => mixed(a) - mixed(b));
      songs.selected.indices = [];
      songs.data = {
        x: drawn.map((j) => x[j]),
        y: drawn.map((j) => y[j]),
        size: drawn.map((j) => (size ? 4 + 10 * size[j] : 8)),
        colour: drawn.map((j) => way.looks[way.of[j]][0]),
        marker: drawn.map((j) => way.looks[way.of[j]][1]),
        name: drawn.map((j) => data.names[j]),
        groups: drawn.map((j) => data.ways.map(({ key }) => group(key, j)).join(", ")),
      };
      const groups = way.key === "genre" ? [] : [...new Set(shown.map((j) => way.of[j]))];
      const lists = groups.map((k) => shown.filter((j) => way.of[j] === k));
      model("numbers").data = { x: lists.map((list) => mean(list, x)), y: lists.map((list) => mean(list, y)), text: groups.map(String) };
      const near = i < 0 ? [] : data.nearest[i];
      model("picked").data = { x: i < 0 ? [] : [x[i]], y: i < 0 ? [] : [y[i]] };
      model("near").data = { x0: near.map(() => x[i]), y0: near.map(() => y[i]), x1: near.map((j) => x[j]), y1: near.map((j) => y[j]) };
    };
    songs.selected.properties.indices.change.connect(() => {
      const tapped = songs.selected.indices.map((place) => drawn[place]);
      if (tapped.length) pick(tapped[(tapped.indexOf(picked()) + 1) % tapped.length]);
    });
    draw();
  };

  read();
  live.hidden = false;
  show();
  const arrive = () => live.scrollIntoView({ block: "start" });
  addEventListener("hashchange", () => { if (read()) { show(); arrive(); } });
  if (location.hash.includes("=")) arrive();
  start().catch(() => { part("plot").textContent = "The picture could not be drawn; the table below works without it."; });
})();

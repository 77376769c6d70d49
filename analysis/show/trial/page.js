/* The page on which readers run K-Means and EM: controls, pictures, and what is said. */
(function (root) {
  "use strict";
  const told = JSON.parse(root.querySelector("script[type='application/json']").textContent);
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  const TAU = 2 * Math.PI;

  /* -- parts of the page ---------------------------------------------------------------------- */

  const make = (tag, attributes = {}, ...inside) => {
    const made = document.createElement(tag);
    for (const key in attributes) made.setAttribute(key, attributes[key]);
    made.append(...inside);
    return made;
  };
  const field = (name, control) => {
    control.id = "trial-" + control.name;
    return make("div", { class: "trial-field" }, make("label", { for: control.id }, name), control);
  };
  const choice = (name, options) => {
    const made = make("select", { name });
    for (const [value, text] of options) made.append(make("option", { value }, text));
    return made;
  };
  const amount = (name, min, max) => make("input", { type: "number", name, min, max, step: 1, inputmode: "numeric" });
  const button = (text, act) => {
    const made = make("button", { type: "button" }, text);
    made.addEventListener("click", act);
    return made;
  };

  const form = make("form", { class: "trial-form", "aria-label": "What is run" });
  form.addEventListener("submit", (event) => event.preventDefault());
  const choose = {
    data: choice("data", [...(told.small ? [] : [["songs", "Songs"]]), ...Object.keys(told.toys).map((name) => [name, name[0].toUpperCase() + name.slice(1)]), ["mine", "Your own points"]]),
    method: choice("method", [["kmeans", "K-Means"], ["mixture", "Gaussian mixture (EM)"]]),
    k: amount("k", 1, told.most.clusters),
    start: choice("start", [["random", "Random points"], ["plusplus", "k-means++"], ["kmeans", "K-Means, run to its end"], ["clicks", "Where you click"]]),
    seed: amount("seed", 0, 2 ** 32 - 1),
    kind: choice("kind", [["full", "Full"], ["tied", "Tied"], ["diag", "Diagonal"], ["spherical", "Spherical"]]),
    coding: choice("coding", [["table", "As in the table"], ["logs", "Logarithms"]]),
    scale: make("input", { type: "checkbox", name: "scale" }),
    across: choice("across", []),
    up: choice("up", []),
    colours: choice("colours", [["clusters", "Clusters"], ["groups", "Genres"]]),
  };
  const boxes = told.features.table.map((_, m) => make("input", { type: "checkbox", name: "feature" + m }));
  const names = boxes.map(() => make("span"));
  const check = (box, text) => make("label", { class: "trial-check" }, box, text);
  const features = make("fieldset", {}, make("legend", {}, "Features"), ...boxes.map((box, m) => check(box, names[m])));
  const fields = {};
  const put = (key, text) => (fields[key] = field(text, choose[key]));
  const rows = [
    make("div", { class: "trial-row" }, put("data", "Data"), put("method", "Method"), put("k", "Clusters, k"), put("kind", "Covariances"), put("start", "Start"), put("seed", "Seed")),
    features,
    make("div", { class: "trial-row" }, put("coding", "Written"), check(choose.scale, "Standardised"), put("across", "Across"), put("up", "Up"), put("colours", "Colours")),
  ];
  form.append(...(told.small ? rows.slice(0, 1) : rows));

  const buttons = {
    step: button("Step", () => { halt(); advance(true); }),
    run: button("Run", () => (running ? halt() : go())),
    end: button("To the end", () => { halt(); finish(); }),
    again: button("Run again", () => again()),
    reset: button("Reset", () => begin()),
  };
  const bar = make("div", { class: "trial-buttons", role: "group", "aria-label": "Run" }, ...Object.values(buttons));
  const stage = make("canvas", { class: "trial-stage", role: "img", "aria-label": "Points" });
  const legend = make("ul", { class: "trial-legend" });
  const says = make("p", { class: "trial-says" });
  const heard = make("p", { class: "trial-heard", role: "status" });
  const curve = make("canvas", { class: "trial-small", role: "img", "aria-label": "Objective" });
  const strip = make("canvas", { class: "trial-small", role: "img", "aria-label": "Agreement" });
  const curveName = make("figcaption"), stripName = make("figcaption");
  const graphs = make("div", { class: "trial-graphs" }, make("figure", {}, curveName, curve), make("figure", {}, stripName, strip));
  const at = { x: make("input", { type: "number", step: "any", name: "at-x" }), y: make("input", { type: "number", step: "any", name: "at-y" }) };
  const adds = choice("adds", [["point", "A point"], ["centre", "A centre"]]);
  const addsField = field("A click adds", adds);
  const place = make("details", { class: "trial-place" }, make("summary", {}, "Place by numbers instead of clicks"),
    make("div", { class: "trial-row" }, field("Across", at.x), field("Up", at.y),
      button("Add", () => add(+at.x.value, +at.y.value)), button("Remove all", () => { clicks = []; if (state.data === "mine") points = []; begin(); })));
  const body = make("tbody");
  const head = ["Run", "Setting", "Rounds", "J or ℓ", "ARI", "Matched accuracy"].map((name) => make("th", { scope: "col" }, name));
  const log = make("details", { class: "trial-log" }, make("summary", {}, "Runs so far"),
    make("div", { class: "trial-scroll", tabindex: 0, role: "region", "aria-label": "Runs so far" }, make("table", {}, make("thead", {}, make("tr", {}, ...head)), body)));
  root.querySelector("p").remove();
  root.append(form, bar, make("div", { class: "trial-row trial-adds" }, addsField), stage, legend, says, heard, graphs, place, ...(told.small ? [] : [log]));
  root.classList.add("trial-live");

  /* -- the state, and the address that holds it ------------------------------------------------ */

  let state = { ...told.first }, clicks = [], points = [];
  let table, groups, groupNames, titles, chosen, run, now, before, history, running = false, band = null, done = [];
  const bands = new Map();

  const text = (value, digits) => value.toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits }).replace(/^-(?=.*[1-9])/, "−").replace(/^-/, "");
  const whole = (value, low, high, other) => (/^\d+$/.test(String(value)) ? Math.min(high, Math.max(low, +value)) : other);
  const pairsOf = (list) => list.map((pair) => pair.map((value) => +value.toFixed(3)).join("~")).join("_");
  const listOf = (line) => (line || "").split("_").filter(Boolean).map((pair) => pair.split("~").map(Number)).filter((pair) => pair.every(Number.isFinite)).slice(0, 200);
  const oneOf = (select, value, other) => ([...select.options].some((option) => option.value === value) ? value : other);

  const address = () => {
    const kept = new URLSearchParams();
    for (const key in told.first) if (state[key] !== told.first[key]) kept.set(key, state[key]);
    if (!kept.has("data")) kept.set("data", state.data);
    if (clicks.length) kept.set("clicks", pairsOf(clicks));
    if (points.length) kept.set("points", pairsOf(points));
    return "#" + kept;
  };
  const read = (hash) => {
    const name = hash.slice(1), preset = told.presets[name.replace(/^try-/, "")];
    const given = name.includes("=") ? Object.fromEntries(new URLSearchParams(name)) : preset;
    if (!given) return false;
    const wanted = { ...told.first, ...given };
    state = { ...told.first };
    for (const key of ["data", "method", "start", "kind", "coding", "colours"]) state[key] = oneOf(choose[key], wanted[key], told.first[key]);
    state.k = whole(wanted.k, 1, told.most.clusters, told.first.k);
    state.seed = whole(wanted.seed, 0, 2 ** 32 - 1, told.first.seed);
    state.scale = whole(wanted.scale, 0, 1, 1);
    const used = [...new Set(String(wanted.features))].filter((m) => m in told.features.table).sort().join("");
    state.features = used.length > 1 ? used : told.first.features;
    state.across = String(wanted.across);
    state.up = String(wanted.up);
    clicks = listOf(given.clicks);
    points = listOf(given.points).filter((pair) => pair.length === 2);
    return true;
  };

  /* -- data and runs --------------------------------------------------------------------------- */

  const load = () => {
    if (state.data === "songs") {
      const width = told.features.table.length, used = Array.from(state.features, Number);
      const rows = told.groups.map((_, i) => {
        const song = told.songs.slice(i * width, (i + 1) * width);
        const written = state.coding === "logs" ? Methods.recode(song, told.least) : song;
        return used.map((m) => written[m]);
      });
      table = Methods.table(rows);
      titles = used.map((m) => (+state.scale ? told.features[state.coding][m] + " (z-score)" : told.axes[state.coding][m]));
      chosen = used.map(String);
      groups = told.groups;
      groupNames = told.genres;
    } else {
      const mine = state.data === "mine", toy = mine ? { x: points.flat(), groups: null } : told.toys[state.data];
      table = { n: toy.x.length / 2, d: 2, x: Float64Array.from(toy.x) };
      titles = ["First coordinate", "Second coordinate"];
      chosen = ["0", "1"];
      groups = toy.groups;
      groupNames = groups ? [...new Set(groups)].sort().map((name) => "group " + (name + 1)) : [];
    }
    if (state.scale && table.n) table = Methods.standardise(table, told.least.spread);
    if (!chosen.includes(state.across)) state.across = chosen.find((m) => m !== state.up) || chosen[0];
    if (!chosen.includes(state.up) || state.up === state.across) state.up = chosen.find((m) => m !== state.across);
  };
  const axes = () => [chosen.indexOf(state.across), chosen.indexOf(state.up)];
  const starts = () => {
    if (state.start === "clicks") return clicks.map((click) => (click.length === 1 ? Methods.row(table, click[0]) : Float64Array.from(click)));
    const draw = state.start === "random" ? Methods.randomRows : Methods.plusPlus;
    let centers = draw(table, state.k, Methods.stream(state.seed));
    if (state.start === "kmeans") {
      const lloyd = Methods.kmeans(table, centers);
      let found = lloyd.first();
      while (!found.done) found = lloyd.next();
      centers = found.centers;
    }
    return centers;
  };
  const problem = () => {
    if (state.data === "mine" && !table.n) return "Click in the picture to add points.";
    if (state.start === "clicks" && !clicks.length) return "Click in the picture to place the first centre; each click adds one.";
    if (table.n < state.k) return "There are fewer points (" + table.n + ") than clusters (" + state.k + "): add points or lower k.";
    return "";
  };
  const clear = () => {
    halt();
    load();
    run = null;
    history = [];
    before = now = { round: 0, step: "start", centers: [], labels: new Int32Array(table.n), value: NaN, done: true };
  };
  const begin = () => {
    clear();
    if (state.start === "clicks" && clicks.length) state.k = clicks.length;
    let trouble = problem();
    if (!trouble) {
      try {
        const start = starts();
        run = state.method === "kmeans" ? Methods.kmeans(table, start) : Methods.mixture(table, start, { kind: state.kind, floor: told.floor, tol: told.tol, most: told.most.rounds });
        before = now = run.first();
        if (Number.isFinite(now.value)) history.push(now.value);
      } catch (error) {
        if (!(error instanceof RangeError)) throw error;
        run = null;
        trouble = sentence(error);
      }
    }
    show();
    frame();
    tell(trouble || state.k + " centres placed. " + summary(), !trouble);
    measure();
    replaceAddress();
  };
  const sentence = (error) => "The run cannot go on: " + error.message + ". Choose fewer clusters or other covariances.";
  const replaceAddress = () => { if (settled) window.history.replaceState(null, "", address()); };

  const advance = (loud) => {
    if (!run || now.done) return false;
    before = now;
    try {
      now = run.next();
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      run = null;
      tell(sentence(error));
      controls();
      return false;
    }
    if (now.step !== "E") history.push(now.value);
    if (now.done) record();
    glide(loud ? 300 : pace * 0.7);
    controls();
    tell(summary(), loud || now.done);
    return !now.done;
  };
  const finish = () => {
    while (run && !now.done) {
      try {
        before = now = run.next();
      } catch (error) {
        if (!(error instanceof RangeError)) throw error;
        run = null;
        tell(sentence(error));
        return controls();
      }
      if (now.step !== "E") history.push(now.value);
      if (now.done) record();
    }
    controls();
    frame();
    if (run) tell(summary(), true);
  };
  /* Another seed, run to its end; the reader's own centres have no seed. */
  const again = () => {
    if (now.round && state.start !== "clicks") state.seed = (state.seed + 1) % 2 ** 32;
    begin();
    go();
  };

  /* -- agreement ------------------------------------------------------------------------------- */

  const agreed = () => (groups && now.centers.length ? Methods.agreement(groups, groupNames.length, now.labels, now.centers.length) : null);
  const key = () => [state.data, state.data === "songs" ? state.features + state.coding : "", state.scale, state.k].join();
  let waiting = 0;
  const measure = () => {
    clearTimeout(waiting);
    band = bands.get(key()) || null;
    if (band || !groups || table.n < state.k) return graphsNow();
    waiting = setTimeout(() => {
      band = Methods.baseline(table, groups, groupNames.length, state.k, told.baseline);
      bands.set(key(), band);
      graphsNow();
      if (run) tell(summary(), false);
    }, 50);
  };
  const record = () => {
    const found = agreed();
    const setting = choose.data.selectedOptions[0].text + ", " + (state.method === "kmeans" ? "K-Means" : "mixture") + ", k = " + state.k + (state.start === "clicks" ? ", clicks" : ", seed " + state.seed);
    done.push({ key: key(), method: state.method, ari: found ? found.ari : NaN });
    const cells = [setting, text(now.round, 0), text(now.value, 1), found ? text(found.ari, 3) : "–", found ? text(100 * found.matched, 1) + " %" : "–"];
    body.prepend(make("tr", {}, make("th", { scope: "row" }, String(done.length)), ...cells.map((cell) => make("td", {}, cell))));
    while (body.rows.length > 12) body.lastChild.remove();
  };

  /* -- what is said ---------------------------------------------------------------------------- */

  const steps = { start: "start", assign: "points assigned", update: "centres moved", E: "E-step", M: "M-step" };
  const summary = () => {
    const found = agreed(), parts = [];
    parts.push(now.round ? "Round " + now.round + ", " + steps[now.step] : "At the start");
    if (Number.isFinite(now.value)) parts.push((state.method === "kmeans" ? "J = " : "ℓ = ") + text(now.value, 1));
    if (found) parts.push("ARI " + text(found.ari, 3) + (band ? " (random centres " + text(band.low, 3) + " to " + text(band.high, 3) + ")" : ""), "matched " + text(100 * found.matched, 1) + " %");
    return parts.join("; ") + (!now.done || !run ? "." : now.round < told.most.rounds ? ". Settled." : ". Stopped after " + now.round + " rounds.");
  };
  let timer = 0;
  const tell = (line, loud = true) => {
    const found = agreed();
    says.textContent = line;
    says.dataset.round = now.round;
    says.dataset.step = now.step;
    says.dataset.done = now.done;
    says.dataset.value = now.value;
    says.dataset.ari = found ? found.ari : "";
    says.dataset.low = band ? band.low : "";
    says.dataset.high = band ? band.high : "";
    stage.setAttribute("aria-label", table.n + " points in " + now.centers.length + " clusters. " + line);
    if (!loud) return;
    clearTimeout(timer);
    timer = setTimeout(() => { heard.textContent = line; }, 300);
  };
  const show = () => {
    for (const name of ["data", "method", "k", "start", "seed", "kind", "coding", "colours"]) choose[name].value = state[name];
    choose.scale.checked = !!+state.scale;
    boxes.forEach((box, m) => {
      box.checked = state.features.includes(m);
      names[m].textContent = told.features[state.coding][m];
    });
    for (const select of [choose.across, choose.up]) {
      select.replaceChildren(...chosen.map((m, i) => make("option", { value: m }, titles[i].replace(/ \(.*/, ""))));
    }
    choose.across.value = state.across;
    choose.up.value = state.up;
    choose.start.options[2].disabled = state.method === "kmeans";
    features.hidden = fields.coding.hidden = fields.across.hidden = fields.up.hidden = state.data !== "songs";
    fields.method.hidden = told.small;
    fields.kind.hidden = state.method !== "mixture";
    fields.seed.hidden = state.start === "clicks";
    fields.k.hidden = state.start === "clicks";
    addsField.hidden = state.data !== "mine";
    fields.colours.hidden = !groups;
    choose.colours.options[1].text = state.data === "songs" ? "Genres" : "Groups as drawn";
    explain();
    controls();
  };
  const icon = (group) => {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg"), path = document.createElementNS(svg.namespaceURI, "path");
    svg.setAttribute("viewBox", "-60 -60 120 120");
    svg.setAttribute("aria-hidden", "true");
    path.setAttribute("d", told.shapes[group % told.shapes.length]);
    path.setAttribute("fill", told.groupColours[group % told.groupColours.length]);
    svg.append(path);
    return svg;
  };
  const explain = () => {
    const asked = state.colours === "groups" && groups;
    legend.replaceChildren(...(asked ? groupNames.map((name, group) => make("li", {}, icon(group), name)) : []));
    legend.hidden = !asked;
  };
  const controls = () => {
    buttons.run.textContent = running ? "Pause" : "Run";
    for (const name of ["step", "run", "end"]) buttons[name].disabled = !run || now.done;
    buttons.again.disabled = buttons.reset.disabled = !run && state.start !== "clicks" && state.data !== "mine";
    stage.classList.toggle("trial-clickable", state.start === "clicks" || state.data === "mine");
  };

  /* -- drawing --------------------------------------------------------------------------------- */

  let ranges, box, view, seen = [], asked = 0, glideFrom = 0, glideFor = 0, pace = 450, due = 0;
  const pens = new Map();
  const pen = (canvas) => {
    const ratio = Math.min(3, devicePixelRatio || 1), width = canvas.clientWidth, height = canvas.clientHeight;
    if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
      canvas.width = Math.round(width * ratio);
      canvas.height = Math.round(height * ratio);
    }
    if (!pens.has(canvas)) pens.set(canvas, canvas.getContext("2d"));
    const made = pens.get(canvas);
    made.setTransform(ratio, 0, 0, ratio, 0, 0);
    made.clearRect(0, 0, width, height);
    made.font = "12px sans-serif";
    made.textAlign = "left";
    made.textBaseline = "alphabetic";
    return [made, width, height];
  };
  const colour = (j) => told.colours[j % told.colours.length];
  const rgb = told.colours.map((code) => [1, 3, 5].map((i) => parseInt(code.slice(i, i + 2), 16)));
  const shapes = told.shapes.map((path) => new Path2D(path));

  const span = (m) => {
    if (state.data === "mine" && !+state.scale) return [0, 10];
    let low = Infinity, high = -Infinity;
    for (let i = m; i < table.x.length; i += table.d) { low = Math.min(low, table.x[i]); high = Math.max(high, table.x[i]); }
    if (!(high > low)) { low = (low || 0) - 1; high = low + 2; }
    return [low - 0.05 * (high - low), high + 0.05 * (high - low)];
  };
  const frame = () => {
    const [a, b] = axes();
    ranges = [span(a), span(b)];
    paint();
  };
  /* Coordinates of one unit have one scale, so that distances look as they are. */
  const fitted = (room) => {
    if (state.data === "songs" && !+state.scale) return ranges;
    const unit = Math.max(...ranges.map(([low, high], m) => (high - low) / room[m]));
    return ranges.map(([low, high], m) => [(low + high - unit * room[m]) / 2, (low + high + unit * room[m]) / 2]);
  };
  const paint = () => { if (!asked) asked = requestAnimationFrame(draw); };
  const glide = (length) => {
    glideFrom = performance.now();
    glideFor = still.matches ? 0 : length;
    paint();
  };

  /* The part of a cell that lies in the plane of the two axes through the mean of all others. */
  const cell = (centers, j, mean, a, b) => {
    let corners = [[box[0][0], box[1][0]], [box[0][1], box[1][0]], [box[0][1], box[1][1]], [box[0][0], box[1][1]]];
    const away = (center) => center.reduce((sum, value, m) => sum + (m === a || m === b ? value * value : (value - mean[m]) ** 2), 0);
    const own = away(centers[j]);
    for (let i = 0; i < centers.length && corners.length; i++) {
      if (i === j) continue;
      const p = 2 * (centers[i][a] - centers[j][a]), q = 2 * (centers[i][b] - centers[j][b]), most = away(centers[i]) - own;
      const over = corners.map(([x, y]) => p * x + q * y - most);
      const kept = [];
      corners.forEach((corner, m) => {
        const n = (m + 1) % corners.length, next = corners[n];
        if (over[m] <= 0) kept.push(corner);
        if (over[m] <= 0 !== over[n] <= 0) {
          const share = over[m] / (over[m] - over[n]);
          kept.push([corner[0] + share * (next[0] - corner[0]), corner[1] + share * (next[1] - corner[1])]);
        }
      });
      corners = kept;
    }
    return corners;
  };
  const ellipse = (mean, matrix, a, b) => {
    const p = Math.sqrt(matrix[a][a]), q = matrix[a][b] / p, r = Math.sqrt(Math.max(matrix[b][b] - q * q, 0));
    return Array.from({ length: 49 }, (_, i) => {
      const x = told.radius * Math.cos(TAU * i / 48), y = told.radius * Math.sin(TAU * i / 48);
      return [mean[a] + p * x, mean[b] + q * x + r * y];
    });
  };
  const mix = (from, to, share) => to.map((value, m) => from[m] + share * (value - from[m]));
  const colours = () => {
    if (state.colours === "groups" || !now.shares) return null;
    const k = now.centers.length;
    return Array.from({ length: table.n }, (_, i) => {
      const sum = [0, 0, 0];
      for (let j = 0; j < k; j++) rgb[j % rgb.length].forEach((value, m) => { sum[m] += now.shares[i * k + j] * value; });
      return "rgb(" + sum.map(Math.round).join() + ")";
    });
  };
  let mixed = { of: null, by: "", found: null };

  const draw = (time) => {
    asked = 0;
    const share = glideFor ? Math.min(1, Math.max(0, (time - glideFrom) / glideFor)) : 1;
    const eased = share * share * (3 - 2 * share), old = before.centers.length === now.centers.length ? before : now;
    const centers = now.centers.map((center, j) => mix(old.centers[j], center, eased));
    const [paper, width, height] = pen(stage), [a, b] = axes();
    const left = 34, bottom = 30, room = [width - left - 8, height - bottom - 8];
    box = fitted(room);
    const [sx, sy] = box.map(([low, high], m) => room[m] / (high - low));
    view = { left, bottom, sx, sy, width, height };

    const X = (x) => left + (x - box[0][0]) * sx, Y = (y) => height - bottom - (y - box[1][0]) * sy;
    const outline = (corners) => { paper.beginPath(); corners.forEach(([x, y], i) => (i ? paper.lineTo(X(x), Y(y)) : paper.moveTo(X(x), Y(y)))); paper.closePath(); };
    paper.save();
    paper.beginPath();
    paper.rect(left, 8, width - left - 8, height - bottom - 8);
    paper.clip();
    if (state.method === "kmeans" && centers.length) {
      const mean = Methods.means(table);
      centers.forEach((_, j) => {
        const corners = cell(centers, j, mean, a, b);
        if (!corners.length) return;
        outline(corners);
        paper.globalAlpha = 0.13;
        paper.fillStyle = colour(j);
        paper.fill();
        paper.globalAlpha = 1;
        paper.strokeStyle = "#767676";
        paper.lineWidth = 1;
        paper.stroke();
      });
    }
    seen = [];
    const size = table.n > 500 ? 2.4 : 3.2;
    if (mixed.of !== now || mixed.by !== state.colours) mixed = { of: now, by: state.colours, found: colours() };
    if (state.colours === "groups" && groups) {
      for (let i = 0; i < table.n; i++) {
        const x = X(table.x[i * table.d + a]), y = Y(table.x[i * table.d + b]), group = groups[i];
        seen.push([x, y]);
        paper.fillStyle = told.groupColours[group % told.groupColours.length];
        paper.translate(x, y);
        paper.scale(size / 40, size / 40);
        paper.fill(shapes[group % shapes.length]);
        paper.scale(40 / size, 40 / size);
        paper.translate(-x, -y);
      }
    } else {
      for (let i = 0; i < table.n; i++) {
        const x = X(table.x[i * table.d + a]), y = Y(table.x[i * table.d + b]);
        seen.push([x, y]);
        paper.fillStyle = !run ? "#767676" : mixed.found ? mixed.found[i] : colour(now.labels[i]);
        paper.beginPath();
        paper.arc(x, y, size, 0, TAU);
        paper.fill();
      }
    }
    if (now.mixture) {
      now.mixture.covariances.forEach((matrix, j) => {
        const past = old.mixture ? old.mixture.covariances[j] : matrix;
        outline(ellipse(centers[j], matrix.map((line, m) => mix(past[m], line, eased)), a, b));
        paper.strokeStyle = colour(j);
        paper.lineWidth = 2;
        paper.stroke();
      });
    }
    paper.textAlign = "center";
    paper.textBaseline = "middle";
    paper.font = "bold 12px sans-serif";
    centers.forEach((center, j) => {
      const x = X(center[a]), y = Y(center[b]);
      paper.beginPath();
      paper.arc(x, y, 9, 0, TAU);
      paper.fillStyle = "#fff";
      paper.fill();
      paper.strokeStyle = colour(j);
      paper.lineWidth = 2.5;
      paper.stroke();
      paper.fillStyle = "#222";
      paper.fillText(String(j), x, y + 0.5);
    });
    paper.restore();
    ruler(paper, X, Y, a, b, width, height, left, bottom);
    if (share < 1) paint();
    graphsNow();
    if (running && time >= due) { due = time + (pace = Math.max(60, pace * 0.93)); if (!advance(false)) halt(); }
    if (running) paint();
  };
  const ruler = (paper, X, Y, a, b, width, height, left, bottom) => {
    paper.strokeStyle = "#767676";
    paper.lineWidth = 1;
    paper.strokeRect(left, 8, width - left - 8, height - bottom - 8);
    paper.fillStyle = "#222";
    paper.font = "11px sans-serif";
    paper.textAlign = "center";
    paper.textBaseline = "alphabetic";
    for (const tick of ticks(box[0])) paper.fillText(text(tick.value, tick.digits), X(tick.value), height - bottom + 12);
    paper.font = "12px sans-serif";
    paper.fillText(titles[a], left + (width - left) / 2, height - 4);
    paper.save();
    paper.translate(11, (height - bottom) / 2);
    paper.rotate(-Math.PI / 2);
    paper.fillText(titles[b], 0, 0);
    paper.restore();
    paper.font = "11px sans-serif";
    paper.textAlign = "right";
    for (const tick of ticks(box[1])) paper.fillText(text(tick.value, tick.digits), left - 3, Y(tick.value) + 4);
  };
  const ticks = ([low, high]) => {
    const rough = (high - low) / 4, unit = 10 ** Math.floor(Math.log10(rough));
    const step = unit * ([1, 2, 5].find((factor) => factor * unit >= rough) || 10);
    const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9)), found = [];
    for (let m = Math.ceil(low / step); m * step <= high; m++) found.push({ value: m * step, digits });
    return found;
  };

  /* J or the log-likelihood after each step, and the agreement beside that of random centres. */
  let drawnGraphs = null;
  const graphsNow = () => {
    const width = curve.clientWidth, sign = [now, band, history.length, width, done.length, devicePixelRatio];
    if (drawnGraphs && sign.every((part, i) => part === drawnGraphs[i])) return;
    drawnGraphs = sign;
    lineGraph();
    stripGraph();
  };
  const lineGraph = () => {
    const [paper, width, height] = pen(curve), n = history.length;
    const what = state.method === "kmeans" ? "Objective J after each half of a round" : "Log-likelihood ℓ, after each round";
    curveName.textContent = what;
    paper.fillStyle = "#222";
    paper.font = "11px sans-serif";
    if (!n) { paper.fillText("Step or run to begin.", 8, 20); curve.setAttribute("aria-label", what + ": nothing yet."); return; }
    const low = Math.min(...history), high = Math.max(...history), range = high - low || 1;
    const X = (i) => 10 + (n > 1 ? (i / (n - 1)) * (width - 20) : 0), Y = (value) => height - 22 - ((value - low) / range) * (height - 44);
    paper.strokeStyle = told.line;
    paper.lineWidth = 2;
    paper.beginPath();
    history.forEach((value, i) => (i ? paper.lineTo(X(i), Y(value)) : paper.moveTo(X(i), Y(value))));
    paper.stroke();
    paper.fillStyle = told.line;
    paper.beginPath();
    paper.arc(X(n - 1), Y(history[n - 1]), 4, 0, TAU);
    paper.fill();
    paper.fillStyle = "#222";
    paper.fillText(text(history[0], 1), 8, history[0] >= history[n - 1] ? 13 : height - 6);
    paper.textAlign = "right";
    if (n > 1) paper.fillText(text(history[n - 1], 1), width - 8, history[0] >= history[n - 1] ? height - 6 : 13);
    curve.setAttribute("aria-label", what + ": from " + text(history[0], 1) + " to " + text(history[n - 1], 1) + " in " + now.round + " rounds.");
  };
  const stripGraph = () => {
    const [paper, width, height] = pen(strip), found = agreed();
    const what = "Agreement with the " + (state.data === "songs" ? "genres" : "groups") + ", ARI";
    stripName.textContent = what;
    paper.fillStyle = "#222";
    paper.font = "11px sans-serif";
    if (!groups) { paper.fillText("Your points have no groups to agree with.", 8, 20); strip.setAttribute("aria-label", what + ": no groups."); return; }
    const past = done.filter((one) => one.key === key() && one.method === state.method).map((one) => one.ari);
    const most = Math.max(0.2, ...past, found ? found.ari : 0, band ? band.high : 0) * 1.12, least = Math.min(0, found ? found.ari : 0) - 0.02 * most;
    const X = (value) => 8 + ((value - least) / (most - least)) * (width - 16), middle = height / 2;
    if (band) {
      const [from, to] = [X(band.low), X(band.high)];
      paper.save();
      paper.beginPath();
      paper.rect(from, middle - 16, to - from, 32);
      paper.clip();
      paper.strokeStyle = "#767676";
      paper.lineWidth = 1;
      paper.beginPath();
      for (let x = from - 32; x < to; x += 6) { paper.moveTo(x, middle + 16); paper.lineTo(x + 32, middle - 16); }
      paper.stroke();
      paper.restore();
      paper.strokeStyle = "#767676";
      paper.strokeRect(from, middle - 16, to - from, 32);
      paper.textAlign = to < width / 2 ? "left" : "right";
      paper.fillText("random centres", to < width / 2 ? from : to, middle - 21);
    }
    paper.fillStyle = told.line;
    paper.globalAlpha = 0.5;
    for (const ari of past) { paper.beginPath(); paper.arc(X(ari), middle, 3.5, 0, TAU); paper.fill(); }
    paper.globalAlpha = 1;
    if (found) {
      paper.fillStyle = told.mark;
      paper.fillRect(X(found.ari) - 1.5, middle - 20, 3, 40);
    }
    paper.strokeStyle = paper.fillStyle = "#222";
    paper.lineWidth = 1;
    paper.beginPath();
    paper.moveTo(8, height - 20);
    paper.lineTo(width - 8, height - 20);
    paper.stroke();
    paper.textAlign = "center";
    for (const tick of ticks([least, most])) paper.fillText(text(tick.value, tick.digits), X(tick.value), height - 6);
    strip.setAttribute("aria-label", what + ": " + (found ? text(found.ari, 3) : "none yet") + (band ? "; random centres have " + text(band.low, 3) + " to " + text(band.high, 3) + "." : "."));
  };

  /* -- running ---------------------------------------------------------------------------------- */

  const go = () => {
    if (!run || now.done) return;
    if (still.matches) return finish();
    running = true;
    pace = 450;
    due = 0;
    controls();
    paint();
  };
  function halt() {
    if (!running) return;
    running = false;
    controls();
    tell(summary());
  }

  const add = (x, y) => {
    if (!Number.isFinite(x) || !Number.isFinite(y)) return;
    if (state.data === "mine" && adds.value === "point") {
      if (points.length >= 200) return tell("There is room for 200 points.");
      if (+state.scale) { state.scale = 0; }
      points.push([x, y]);
      return begin();
    }
    if (!table.n) return tell("Add points before centres.");
    if (state.start !== "clicks") { clicks = []; state.start = "clicks"; }
    if (clicks.length >= told.most.clusters) return tell("There is room for " + told.most.clusters + " centres.");
    const [a, b] = axes();
    if (table.d === 2) clicks.push(a === 0 ? [x, y] : [y, x]);
    else {
      let best = 0;
      const far = (i) => ((table.x[i * table.d + a] - x) * view.sx) ** 2 + ((table.x[i * table.d + b] - y) * view.sy) ** 2;
      for (let i = 1; i < table.n; i++) if (far(i) < far(best)) best = i;
      clicks.push([best]);
    }
    begin();
  };
  stage.addEventListener("click", (event) => {
    const area = stage.getBoundingClientRect();
    add(box[0][0] + (event.clientX - area.left - view.left) / view.sx, box[1][0] + (view.height - view.bottom - (event.clientY - area.top)) / view.sy);
  });

  form.addEventListener("change", (event) => {
    const name = event.target.name, value = event.target.value;
    if (name === "across" || name === "up") {
      const other = name === "across" ? "up" : "across";
      if (state[other] === value) state[other] = state[name];
      state[name] = value;
      show();
      frame();
      return replaceAddress();
    }
    if (name === "colours") { state.colours = value; explain(); paint(); return replaceAddress(); }
    if (name.startsWith("feature")) {
      const used = boxes.map((box, m) => (box.checked ? m : "")).join("");
      if (used.length < 2) { event.target.checked = true; return tell("At least two features are needed."); }
      state.features = used;
    } else if (name === "scale") state.scale = event.target.checked ? 1 : 0;
    else if (name === "k") state.k = whole(value, 1, told.most.clusters, state.k);
    else if (name === "seed") state.seed = whole(value, 0, 2 ** 32 - 1, state.seed);
    else state[name] = value;
    if (name === "data") {
      const songs = value === "songs";
      state.k = songs ? told.first.k : value === "crescents" ? 2 : 3;
      state.scale = songs ? 1 : 0;
      state.across = "0";
      state.up = "1";
    }
    if (name !== "kind" && name !== "method") clicks = [];
    if (state.method === "kmeans" && state.start === "kmeans") state.start = "plusplus";
    begin();
  });

  /* The address may name an experiment, or hold a reader's own choice. */
  let settled = false;
  const follow = () => {
    if (!read(location.hash)) return false;
    settled = true;
    begin();
    look();
    return true;
  };
  const look = () => root.scrollIntoView({ block: "start", behavior: "instant" });
  new ResizeObserver(() => { if (ranges) paint(); }).observe(stage);
  /* In a chapter the small form begins when it is nearly seen, and the address is the chapter's. */
  /* It has its size before that, so that no text moves. */
  if (told.small) {
    clear();
    show();
    const soon = new IntersectionObserver((seen) => {
      if (seen.some((one) => one.isIntersecting)) { soon.disconnect(); begin(); }
    }, { rootMargin: "400px" });
    return soon.observe(root);
  }
  addEventListener("hashchange", follow);
  /* The address now holds the choice itself, so that the browser goes to no link of that name. */
  if (follow()) addEventListener("load", () => setTimeout(look, 50));
  else { begin(); settled = true; }
})(document.currentScript.parentElement);

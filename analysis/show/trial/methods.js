/* K-Means and EM as analysis/methods/ has them, step by step, on arrays alone. */
/* A table is { n, d, x }: n rows of d numbers, one row behind the other in x. */
const Methods = (() => {
  "use strict";
  const EPSILON = 2 ** -52;
  const LOG_2PI = Math.log(2 * Math.PI);

  /* The generator mulberry32: 32 bits of state, numbers from 0 up to but not 1. */
  const stream = (seed) => {
    let state = seed >>> 0;
    return () => {
      state = (state + 0x6d2b79f5) >>> 0;
      let bits = Math.imul(state ^ (state >>> 15), state | 1);
      bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
      return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
    };
  };

  const table = (rows) => {
    const d = rows.length ? rows[0].length : 0, x = new Float64Array(rows.length * d);
    rows.forEach((row, i) => x.set(row, i * d));
    return { n: rows.length, d, x };
  };
  const row = (data, i) => data.x.slice(i * data.d, (i + 1) * data.d);
  const means = (data) => {
    const sums = new Float64Array(data.d);
    for (let i = 0; i < data.x.length; i++) sums[i % data.d] += data.x[i];
    return sums.map((sum) => sum / data.n);
  };
  const shifted = (data, by) => ({ ...data, x: data.x.map((value, i) => value - by[i % data.d]) });

  /* The songs' features, recoded (analysis/songs/recoding.py), chosen, and on one scale. */
  const recode = ([tempo, energy, loudness, valence, danceability], least) => {
    const swing = loudness - 20 * Math.log10(Math.max(energy, least.energy));
    const rate = 2 * danceability - tempo / least.tempo;
    return [
      Math.log2(tempo), Math.log2(Math.max(swing, least.swing)), loudness,
      Math.log2(Math.max(valence, least.valence)), Math.log2(Math.max(rate, least.rate)),
    ];
  };
  const standardise = (data, least) => {
    const centred = shifted(data, means(data));
    const spreads = means({ ...centred, x: centred.x.map((value) => value * value) }).map((v) => (Math.sqrt(v) > least ? Math.sqrt(v) : 1));
    return { ...centred, x: centred.x.map((value, i) => value / spreads[i % data.d]) };
  };

  const apart = (data, i, center) => {
    let sum = 0;
    for (let m = 0, at = i * data.d; m < data.d; m++, at++) sum += (data.x[at] - center[m]) ** 2;
    return sum;
  };

  /* Starts: rows drawn evenly, or by the greedy k-means++ (analysis/methods/kmeans/starts.py). */
  const drawn = (random, n, k) => {
    const left = Array.from({ length: n }, (_, i) => i);
    for (let j = 0; j < k; j++) {
      const at = j + Math.floor(random() * (n - j));
      [left[j], left[at]] = [left[at], left[j]];
    }
    return left.slice(0, k);
  };
  const randomRows = (data, k, random) => drawn(random, data.n, k).map((i) => row(data, i));
  const plusPlus = (data, k, random) => {
    const trials = 2 + Math.floor(Math.log(k)), rows = [Math.floor(random() * data.n)];
    let nearest = new Float64Array(data.n).map((_, i) => apart(data, i, row(data, rows[0])));
    while (rows.length < k) {
      const total = nearest.reduce((sum, value) => sum + value, 0);
      const marks = Array.from({ length: trials }, () => random() * total);
      let best = null;
      for (const mark of marks) {
        let at = 0, sum = nearest[0];
        while (sum < mark && at < data.n - 1) sum += nearest[++at];
        const center = row(data, at);
        const closer = nearest.map((value, i) => Math.min(value, apart(data, i, center)));
        const potential = closer.reduce((whole, value) => whole + value, 0);
        if (!best || potential < best.potential) best = { at, closer, potential };
      }
      rows.push(best.at);
      nearest = best.closer;
    }
    return rows.map((i) => row(data, i));
  };

  /* Lloyd's algorithm (analysis/methods/kmeans/steps.py). */
  const assign = (data, centers) => {
    const labels = new Int32Array(data.n);
    for (let i = 0; i < data.n; i++) {
      let least = Infinity;
      for (let j = 0; j < centers.length; j++) {
        const squares = apart(data, i, centers[j]);
        if (squares < least) { least = squares; labels[i] = j; }
      }
    }
    return labels;
  };
  const wcss = (data, centers, labels) => labels.reduce((sum, label, i) => sum + apart(data, i, centers[label]), 0);
  const sizes = (labels, k) => labels.reduce((counts, label) => { counts[label]++; return counts; }, new Int32Array(k));
  const refill = (data, labels, centers) => {
    const empty = [...sizes(labels, centers.length).keys()].filter((j) => !labels.includes(j));
    if (!empty.length) return labels;
    const squares = Array.from(labels, (label, i) => apart(data, i, centers[label]));
    const largest = data.x.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    if (Math.max(...squares) <= ((data.n + 4) * EPSILON * largest) ** 2) return labels;
    const far = [...squares.keys()].sort((a, b) => squares[b] - squares[a]);
    const refilled = labels.slice();
    empty.forEach((j, m) => { refilled[far[m]] = j; });
    return refilled;
  };
  const update = (data, labels, k) => {
    const counts = sizes(labels, k), centers = Array.from({ length: k }, () => new Float64Array(data.d));
    for (let i = 0; i < data.x.length; i++) centers[labels[Math.floor(i / data.d)]][i % data.d] += data.x[i];
    centers.forEach((center, j) => { if (counts[j]) for (let m = 0; m < data.d; m++) center[m] /= counts[j]; });
    const heaviest = counts.indexOf(Math.max(...counts));
    return centers.map((center, j) => (counts[j] ? center : centers[heaviest].slice()));
  };

  /* A run hands out its states: what follows from the last one, until `done`. */
  const kmeans = (data, start) => {
    const mean = means(data), centred = shifted(data, mean);
    const back = (centers) => centers.map((center) => center.map((value, m) => value + mean[m]));
    let centers = start.map((center) => Float64Array.from(center, (value, m) => value - mean[m]));
    let labels = new Int32Array(data.n).fill(-1), changed = data.n, round = 0, step = "update";
    return {
      first: () => ({ round: 0, step: "start", centers: back(centers), labels: assign(centred, centers), value: NaN, done: false }),
      next: () => {
        if (step === "update") {
          const previous = labels;
          labels = assign(centred, centers);
          changed = labels.reduce((sum, label, i) => sum + (label !== previous[i]), 0);
          round++;
          step = "assign";
          return { round, step, centers: back(centers), labels, value: wcss(centred, centers, labels), changed, done: false };
        }
        const before = centers, filled = refill(centred, labels, centers);
        centers = update(centred, filled, centers.length);
        const still = centers.every((center, j) => center.every((value, m) => value === before[j][m]));
        step = "update";
        return { round, step, centers: back(centers), labels: filled, value: wcss(centred, centers, filled), changed, done: !changed && still };
      },
    };
  };

  /* A mixture and EM (analysis/methods/mixture/model.py and steps.py). */
  const cholesky = (matrix) => {
    const d = matrix.length, factor = matrix.map(() => new Float64Array(d));
    for (let a = 0; a < d; a++) {
      for (let b = 0; b <= a; b++) {
        let sum = matrix[a][b];
        for (let m = 0; m < b; m++) sum -= factor[a][m] * factor[b][m];
        if (a > b) factor[a][b] = sum / factor[b][b];
        else if (sum > d * EPSILON * matrix[a][a]) factor[a][a] = Math.sqrt(sum);
        else throw new RangeError("a component has become flat: its covariance is not positive definite");
      }
    }
    return factor;
  };
  const logJoint = (data, mixture) => {
    const k = mixture.weights.length, joint = new Float64Array(data.n * k), z = new Float64Array(data.d);
    for (let j = 0; j < k; j++) {
      const factor = cholesky(mixture.covariances[j]), mean = mixture.means[j];
      let constant = data.d * LOG_2PI;
      for (let m = 0; m < data.d; m++) constant += 2 * Math.log(factor[m][m]);
      const weight = mixture.weights[j] > 0 ? Math.log(mixture.weights[j]) : -1e300;
      for (let i = 0; i < data.n; i++) {
        let squares = 0;
        for (let a = 0; a < data.d; a++) {
          let sum = data.x[i * data.d + a] - mean[a];
          for (let b = 0; b < a; b++) sum -= factor[a][b] * z[b];
          z[a] = sum / factor[a][a];
          squares += z[a] * z[a];
        }
        joint[i * k + j] = weight - 0.5 * (constant + squares);
      }
    }
    return joint;
  };
  /* The E-step, and the log-likelihood, which its denominators give. */
  const eStep = (data, mixture) => {
    const k = mixture.weights.length, shares = logJoint(data, mixture);
    const labels = new Int32Array(data.n);
    let logLikelihood = 0;
    for (let i = 0; i < data.n; i++) {
      const at = i * k;
      let most = -Infinity, sum = 0;
      for (let j = 0; j < k; j++) if (shares[at + j] > most) { most = shares[at + j]; labels[i] = j; }
      for (let j = 0; j < k; j++) sum += Math.exp(shares[at + j] - most);
      const whole = most + Math.log(sum);
      for (let j = 0; j < k; j++) shares[at + j] = Math.exp(shares[at + j] - whole);
      logLikelihood += whole;
    }
    return { shares, labels, logLikelihood };
  };
  const mStep = (data, shares, k, kind, floor) => {
    const { n, d, x } = data, counts = new Float64Array(k);
    shares.forEach((share, i) => { counts[i % k] += share; });
    counts.forEach((count, j) => { counts[j] = Math.max(count, 10 * EPSILON); });
    const total = counts.reduce((sum, count) => sum + count, 0), weights = counts.map((count) => count / total);
    const centers = Array.from({ length: k }, () => new Float64Array(d));
    for (let i = 0; i < n; i++) for (let j = 0; j < k; j++) for (let m = 0; m < d; m++) centers[j][m] += shares[i * k + j] * x[i * d + m];
    centers.forEach((center, j) => { for (let m = 0; m < d; m++) center[m] /= counts[j]; });
    const full = centers.map((center, j) => {
      const matrix = Array.from({ length: d }, () => new Float64Array(d));
      for (let i = 0; i < n; i++) {
        const share = shares[i * k + j];
        for (let a = 0; a < d; a++) {
          const scaled = share * (x[i * d + a] - center[a]);
          for (let b = 0; b <= a; b++) matrix[a][b] += scaled * (x[i * d + b] - center[b]);
        }
      }
      for (let a = 0; a < d; a++) for (let b = 0; b <= a; b++) matrix[b][a] = matrix[a][b] /= counts[j];
      return matrix;
    });
    const covariances = impose(full, weights, kind);
    covariances.forEach((matrix) => matrix.forEach((line, a) => { line[a] += floor; }));
    return { weights, means: centers, covariances };
  };
  const impose = (full, weights, kind) => {
    const entry = { full: null, tied: 0, diag: 0, spherical: 0 };
    if (!(kind in entry)) throw new RangeError("no covariance type: " + kind);
    return full.map((matrix) => matrix.map((line, a) => line.map((value, b) => {
      if (kind === "full") return value;
      if (kind === "tied") return full.reduce((sum, one, j) => sum + weights[j] * one[a][b], 0);
      if (a !== b) return 0;
      return kind === "diag" ? value : matrix.reduce((sum, one, m) => sum + one[m], 0) / matrix.length;
    })));
  };
  /* EM begins with an M-step on the cells around the starting centres. */
  const hardShares = (labels, k) => {
    const shares = new Float64Array(labels.length * k);
    labels.forEach((label, i) => { shares[i * k + label] = 1; });
    return shares;
  };
  const mixture = (data, start, { kind = "full", floor = 1e-6, tol = 1e-3, most = 300 } = {}) => {
    const k = start.length;
    let now = mStep(data, hardShares(assign(data, start), k), k, kind, floor);
    let found = eStep(data, now), last = -Infinity, change = Infinity, round = 0, step = "M", shown = found;
    const state = (more) => ({ round, step, mixture: now, centers: now.means, shares: shown.shares, labels: shown.labels, value: found.logLikelihood, ...more });
    return {
      first: () => state({ step: "start", done: false }),
      next: () => {
        if (step === "M") {
          round++;
          step = "E";
          shown = found;
          change = found.logLikelihood - last;
          last = found.logLikelihood;
          return state({ done: false });
        }
        now = mStep(data, shown.shares, k, kind, floor);
        found = eStep(data, now);
        step = "M";
        return state({ done: Math.abs(change) < tol * data.n || round >= most });
      },
    };
  };

  /* Agreement with groups (analysis/methods/indices/external.py). */
  const crossTable = (groups, labels, rows, columns) => {
    const counts = Array.from({ length: rows }, () => new Array(columns).fill(0));
    labels.forEach((label, i) => { counts[groups[i]][label]++; });
    return counts;
  };
  const pairs = (count) => (count * (count - 1)) / 2;
  const adjustedRand = (counts) => {
    const rows = counts.map((line) => line.reduce((sum, count) => sum + count, 0));
    const columns = counts[0].map((_, j) => counts.reduce((sum, line) => sum + line[j], 0));
    const add = (values) => values.reduce((sum, value) => sum + pairs(value), 0);
    const both = add(counts.flat()), a = add(rows), b = add(columns);
    const expected = (a * b) / pairs(rows.reduce((sum, count) => sum + count, 0));
    const most = (a + b) / 2;
    return most === expected ? 1 : (both - expected) / (most - expected);
  };
  /* Groups and clusters paired so that most rows are in pairs: shortest augmenting paths. */
  const matched = (counts) => {
    const size = Math.max(counts.length, counts[0].length), total = counts.flat().reduce((sum, count) => sum + count, 0);
    const cost = (i, j) => -((counts[i - 1] || [])[j - 1] || 0);
    const u = new Array(size + 1).fill(0), v = new Array(size + 1).fill(0), owner = new Array(size + 1).fill(0);
    for (let i = 1; i <= size; i++) {
      const least = new Array(size + 1).fill(Infinity), from = new Array(size + 1).fill(0), used = new Set();
      let at = 0;
      owner[0] = i;
      do {
        used.add(at);
        let by = Infinity, to = 0;
        for (let j = 1; j <= size; j++) {
          if (used.has(j)) continue;
          const slack = cost(owner[at], j) - u[owner[at]] - v[j];
          if (slack < least[j]) { least[j] = slack; from[j] = at; }
          if (least[j] < by) { by = least[j]; to = j; }
        }
        for (let j = 0; j <= size; j++) {
          if (used.has(j)) { u[owner[j]] += by; v[j] -= by; } else least[j] -= by;
        }
        at = to;
      } while (owner[at]);
      while (at) { owner[at] = owner[from[at]]; at = from[at]; }
    }
    let inPairs = 0;
    for (let j = 1; j <= size; j++) inPairs -= cost(owner[j], j);
    return inPairs / total;
  };
  const agreement = (groups, n_groups, labels, k) => {
    const counts = crossTable(groups, labels, n_groups, k);
    return { ari: adjustedRand(counts), matched: matched(counts) };
  };
  const quantile = (sorted, share) => {
    const at = share * (sorted.length - 1), below = Math.floor(at);
    return sorted[below] + (at - below) * ((sorted[below + 1] ?? sorted[below]) - sorted[below]);
  };
  /* What cells around random rows have: the mean ARI, and the middle share of it. */
  const baseline = (data, groups, n_groups, k, { draws, seed, confidence }) => {
    const random = stream(seed), found = new Float64Array(draws);
    for (let m = 0; m < draws; m++) {
      found[m] = adjustedRand(crossTable(groups, assign(data, randomRows(data, k, random)), n_groups, k));
    }
    found.sort();
    const tail = (1 - confidence) / 2;
    return { mean: found.reduce((sum, value) => sum + value, 0) / draws, low: quantile(found, tail), high: quantile(found, 1 - tail) };
  };

  return { stream, table, row, means, recode, standardise, randomRows, plusPlus, assign, kmeans, mixture, mStep, eStep, agreement, baseline };
})();

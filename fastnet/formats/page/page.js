// What the net answers, and what happens inside it, while somebody draws.
"use strict";

const ROWS = 12; // answers that are listed in the order of the classes; of more, the best few
const BEST = 8;
const TILES = 24; // pictures of weights
const PAUSE = 600; // milliseconds without a change until a screen reader is told the answer

const data = JSON.parse(document.getElementById("net").textContent);
const nets = data.nets.map((stored) => layersOf(stored, data.weights));
const n = data.labels.length;
const unitsOf = data.nets[0].map((_, k) => nets[0][k].biases.length);
const hidden = unitsOf.length - 1; // the number of hidden layers
const atRest = answersOf(nets, new Uint8Array(SIDE * SIDE), data.whole).activations[0];
const dark = matchMedia("(prefers-color-scheme: dark)");
const one = (name, of = document) => of.querySelector(name);
let colours; // of weights and activations: 0 is -1 and the last is 1
let timer = 0;

function made(tag, of, name = "") {
  const element = document.createElement(tag);
  if (name) element.className = name;
  of.append(element);
  return element;
}

function say(text) {
  one("#status").textContent = text;
}

// The answer -----------------------------------------------------------------------------------

const rows = Array.from({ length: n <= ROWS ? n : BEST }, () => {
  const row = made("li", one(".outputs"));
  const label = made("span", row, "label");
  const bar = made("i", made("span", row, "bar"));
  return { row, label, bar, number: made("span", row, "number") };
});

function figure(output) {
  if (!data.probabilities) return output.toFixed(2);
  if (output > 0.9995) return ">99.9%";
  return output < 0.0005 ? "0%" : `${(100 * output).toFixed(1)}%`;
}

// Return the places of the largest numbers, the largest first; of equal ones the first.
function largest(numbers, most) {
  const order = Array.from(numbers, (_, k) => k);
  return order.sort((a, b) => numbers[b] - numbers[a] || a - b).slice(0, most);
}

function showAnswer(outputs, drawn) {
  const [best] = largest(outputs, 1);
  const listed = rows.length === n ? Array.from(rows.keys()) : largest(outputs, BEST);
  rows.forEach(({ row, label, bar, number }, k) => {
    const place = listed[k];
    row.classList.toggle("first", drawn && place === best);
    label.textContent = drawn || n === rows.length ? data.labels[place] : "\u2013";
    bar.style.transform = `scaleX(${drawn ? Math.min(Math.max(outputs[place], 0), 1) : 0})`;
    number.textContent = drawn ? figure(outputs[place]) : "";
  });
  const label = drawn ? data.labels[best] : "?";
  one(".big").classList.toggle("open", !drawn);
  one(".big b").textContent = label;
  one(".big b").style.setProperty("--letters", label.length);
  one(".big span").textContent = drawn ? figure(outputs[best]) : "";
  one(".rest").textContent = n > rows.length ? `The best ${BEST} of ${n} classes.` : "";
}

function spoken(outputs) {
  const [best, next] = largest(outputs, 2);
  const also = next === undefined ? "" : `. Next: ${data.labels[next]}, ${figure(outputs[next])}`;
  return `Answer: ${data.labels[best]}, ${figure(outputs[best])}${also}.`;
}

// Pictures -------------------------------------------------------------------------------------

const LEVELS = 127;

function mix() {
  const style = getComputedStyle(document.documentElement);
  const rgb = (name) => [1, 3, 5].map((k) => parseInt(style.getPropertyValue(name).trim().slice(k, k + 2), 16));
  const [below, ground, above] = ["--below", "--ground", "--above"].map(rgb);
  colours = Uint32Array.from({ length: 2 * LEVELS + 1 }, (_, k) => {
    const share = Math.abs(k - LEVELS) / LEVELS;
    const to = k < LEVELS ? below : above;
    const [r, g, b] = ground.map((c, i) => Math.round(c + share * (to[i] - c)));
    return (255 << 24) | (b << 16) | (g << 8) | r;
  });
}

const colourOf = (share) => colours[Math.round(LEVELS * (1 + Math.min(Math.max(share, -1), 1)))];

// Paint the first pixels of a canvas in colours (uint32 of red, green, blue and opacity).
function paint(canvas, pixels, colour) {
  const context = canvas.getContext("2d");
  const image = context.createImageData(canvas.width, canvas.height);
  const out = new Uint32Array(image.data.buffer);
  for (let k = 0; k < pixels; k++) out[k] = colour(k);
  context.putImageData(image, 0, 0);
}

const grids = unitsOf.slice(0, hidden).map((units, k) => {
  const box = made("div", one(".layers"));
  const text = made("p", box);
  const canvas = made("canvas", box);
  canvas.width = Math.min(units, Math.max(16, Math.ceil(Math.sqrt(8 * units))));
  canvas.height = Math.ceil(units / canvas.width);
  canvas.style.maxWidth = `${1.6 * canvas.width}rem`;
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", `The activations of hidden layer ${k + 1}, a cell for each of ${units} units`);
  return { text, canvas, units, activation: data.nets[0][k].activation };
});

function showLayers(activations, drawn) {
  grids.forEach(({ text, canvas, units, activation }, k) => {
    const a = activations[k];
    const top = a.reduce((most, v) => Math.max(most, Math.abs(v)), 0) || 1;
    const count = activation.includes("relu") && drawn ? `, ${a.filter((v) => v > 0).length} above 0` : "";
    text.textContent = `Hidden layer ${k + 1}: ${units} ${activation} units${count}`;
    paint(canvas, units, (j) => (drawn ? colourOf(a[j] / top) : colours[LEVELS]));
  });
}

// The weights of the first layer ---------------------------------------------------------------

const tiles = Array.from({ length: Math.min(unitsOf[0], hidden ? TILES : n) }, () => {
  const box = made("div", one(".tiles"));
  const canvas = made("canvas", box);
  canvas.width = canvas.height = SIDE;
  return { canvas, text: made("span", box), shown: -1 };
});

one(".tiles").classList.toggle("ten", tiles.length === 10);

// Nearly all weights lie within this scale, of a sample of them.
const scale = (() => {
  const { weights } = nets[0][0];
  const stride = Math.ceil(weights.length / 20000) | 1;
  const sizes = [];
  for (let k = 0; k < weights.length; k += stride) sizes.push(Math.abs(weights[k]));
  sizes.sort((a, b) => a - b);
  return sizes[Math.floor(0.995 * (sizes.length - 1))] || 1;
})();

function showUnits(activations, drawn) {
  const { weights } = nets[0][0];
  const units = unitsOf[0];
  const changes = activations[0].map((v, j) => Math.abs(v - atRest[0][j]));
  const order = hidden && drawn ? largest(changes, tiles.length) : Array.from(tiles.keys());
  if (hidden && drawn) order.sort((a, b) => activations[0][b] - activations[0][a]);
  tiles.forEach((tile, k) => {
    const j = order[k];
    if (tile.shown !== j) paint(tile.canvas, SIDE * SIDE, (i) => colourOf(weights[i * units + j] / scale));
    tile.shown = j;
    tile.text.textContent = hidden ? (drawn ? activations[0][j].toFixed(2) : "\u00a0") : data.labels[j];
  });
  one(".most").textContent = tiles.length === units ? ""
    : drawn ? ` These are the ${tiles.length} of ${units} units that this drawing moves most, with their activations.`
    : ` These are ${tiles.length} of ${units} units.`;
  one(".tiles").setAttribute("aria-label", `${tiles.length} pictures of weights, 28 by 28 pixels each`);
}

// All of it ------------------------------------------------------------------------------------

// Answer what is drawn now, and show it. Return the outputs of the net.
function changed() {
  const pixels = asMnist(inkOf(), PAPER, PAPER);
  const drawn = pixels.some((v) => v);
  const { activations, outputs } = answersOf(nets, pixels, data.whole);
  one(".paper").classList.toggle("inked", drawn);
  showAnswer(outputs, drawn);
  paint(one(".seen canvas"), SIDE * SIDE, (k) => (pixels[k] << 24) >>> 0);
  showLayers(activations[0], drawn);
  showUnits(activations[0], drawn);
  clearTimeout(timer);
  timer = setTimeout(() => {
    if (isDrawing()) return;
    if (drawn) say(spoken(outputs));
    else if (one("#status").textContent) say("The paper is empty.");
  }, PAUSE);
  return outputs;
}

function recolour() {
  mix();
  for (const tile of tiles) tile.shown = -1;
  changed();
}

dark.addEventListener("change", recolour);
recolour();

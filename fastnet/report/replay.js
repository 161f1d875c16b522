// The replay of the learning: a slider over moments, weights as images, and what the net answers.
// Without this script the page shows still pictures and a table.
"use strict";
(() => {
  const LEVELS = 127; // of weights of one sign
  const PACE = 900; // milliseconds that a moment is seen while it plays
  const FADE = 350; // of these, how long one moment becomes the next
  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  const dark = matchMedia("(prefers-color-scheme: dark)");

  const root = document.querySelector(".replay");
  const stage = root.querySelector(".replay-stage");
  const one = (name) => root.querySelector(name);
  const data = JSON.parse(one(".replay-data").textContent);
  const last = data.moments.length - 1;
  const pixels = data.shape.reduce((a, b) => a * b);
  const slider = one("input");
  const tiles = [...root.querySelectorAll(".replay-tiles li")];
  const canvases = [...root.querySelectorAll(".replay-units canvas")];
  let weights, images, palette; // whole numbers of weights and of pixels; the colour of each weight
  let at = 0; // the moment that is seen
  let drawn = 0; // the same, a fraction while one becomes the next
  let timer = 0;
  let frame = 0;

  // The numbers, packed as the changes from moment to moment.
  async function unpack() {
    const bytes = Uint8Array.from(atob(data.packed), (c) => c.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
    const all = new Uint8Array(await new Response(stream).arrayBuffer());
    const size = data.units * pixels;
    const end = size * (last + 1);
    for (let k = size; k < end; k++) all[k] += all[k - size];
    weights = new Int8Array(all.buffer, 0, end);
    images = all.subarray(end);
  }

  // Colours -----------------------------------------------------------------------------------

  const rgb = (hex) => [1, 3, 5].map((k) => parseInt(hex.slice(k, k + 2), 16));
  const packedColour = (r, g, b) => (255 << 24) | (b << 16) | (g << 8) | r;

  function makePalette() {
    const { below, above, ground } = dark.matches ? data.colours.dark : data.colours.light;
    const from = rgb(ground);
    palette = new Uint32Array(2 * LEVELS + 1).map((_, k) => {
      const share = Math.abs(k - LEVELS) / LEVELS;
      const to = rgb(k < LEVELS ? below : above);
      return packedColour(...from.map((c, i) => Math.round(c + share * (to[i] - c))));
    });
    stage.style.setProperty("--replay-below", below);
    stage.style.setProperty("--replay-above", above);
  }

  function paint(canvas, colour) {
    const context = canvas.getContext("2d");
    const image = context.createImageData(canvas.width, canvas.height);
    const out = new Uint32Array(image.data.buffer);
    for (let k = 0; k < out.length; k++) out[k] = colour(k);
    context.putImageData(image, 0, 0);
  }

  // Pictures ----------------------------------------------------------------------------------

  // The weight at a place, between the moments before and after.
  function weightAt(place, moment) {
    const size = data.units * pixels;
    const before = Math.floor(moment);
    const share = moment - before;
    const from = weights[before * size + place];
    return share ? from + share * (weights[(before + 1) * size + place] - from) : from;
  }

  function drawUnits(moment) {
    const coloured = data.shape.length === 3;
    const light = (place) => Math.round((255 * (weightAt(place, moment) / LEVELS + 1)) / 2);
    canvases.forEach((canvas, unit) => {
      const first = unit * pixels;
      paint(canvas, coloured
        ? (k) => packedColour(...[0, 1, 2].map((c) => light(first + 3 * k + c)))
        : (k) => palette[Math.round(weightAt(first + k, moment)) + LEVELS]);
    });
  }

  function drawImages() {
    const coloured = data.shape.length === 3;
    tiles.forEach((tile, n) => paint(tile.querySelector("canvas"), (k) => {
      if (coloured) return packedColour(...images.subarray(n * pixels + 3 * k, n * pixels + 3 * k + 3));
      const grey = images[n * pixels + k];
      return packedColour(grey, grey, grey);
    }));
  }

  // Words -------------------------------------------------------------------------------------

  const count = (n) => n.toLocaleString("en-US");

  function errors(moment) {
    const share = ((100 * moment.wrong) / data.judged).toFixed(1);
    return `${count(moment.wrong)} of ${count(data.judged)} images wrong (${share}%)`;
  }

  function sayMoment() {
    const moment = data.moments[at];
    one(".replay-moment").textContent = moment.name;
    one(".replay-errors").textContent = errors(moment);
    slider.value = at;
    slider.setAttribute("aria-valuetext", `${moment.name}: ${errors(moment)}`);
  }

  function sayTile(tile, n) {
    const answer = data.answers[n][at];
    const wrong = answer !== data.truth[n];
    const sure = data.sure[n][at];
    tile.classList.toggle("wrong", wrong);
    tile.querySelector(".replay-answer").textContent = `${data.labels[answer]} ${wrong ? "✗" : "✓"}`;
    tile.querySelector(".replay-sure i").style.width = `${sure}%`;
    tile.querySelector(".replay-percent").textContent = `${sure}%`;
  }

  function sayPairs() {
    const pairs = data.moments[at].pairs;
    one(".replay-pairs").replaceChildren(...pairs.map(([of, as, times]) => {
      const item = document.createElement("li");
      const number = document.createElement("b");
      number.textContent = count(times);
      item.append(number, ` ${data.labels[of]} taken for ${data.labels[as]}`);
      return item;
    }));
  }

  function moveMark(moment) {
    const mark = one(".replay-mark");
    const before = Math.floor(moment);
    const [from, to] = [before, Math.min(before + 1, last)].map((k) => data.moments[k].wrong);
    const most = Math.max(...data.moments.map((each) => each.wrong), 1);
    mark.style.left = `${(100 * moment) / Math.max(last, 1)}%`;
    mark.style.setProperty("--height", `${100 - (100 * (from + (moment - before) * (to - from))) / most}%`);
  }

  // Moves -------------------------------------------------------------------------------------

  function show(moment) {
    drawn = moment;
    drawUnits(moment);
    moveMark(moment);
  }

  // Go to a moment; the pictures follow, at once where little is to move.
  function go(to) {
    const from = drawn;
    at = Math.min(Math.max(to, 0), last);
    sayMoment();
    tiles.forEach(sayTile);
    sayPairs();
    cancelAnimationFrame(frame);
    if (calm.matches || Math.abs(at - from) > 1) show(at);
    else fade(from, at, performance.now());
  }

  function fade(from, to, began) {
    const share = Math.min((performance.now() - began) / FADE, 1);
    show(share < 1 ? from + share * (to - from) : to);
    if (share < 1) frame = requestAnimationFrame(() => fade(from, to, began));
  }

  function play() {
    if (at === last) go(0);
    stage.dataset.playing = "";
    one(".replay-play span").textContent = "Pause";
    one(".replay-state").setAttribute("aria-live", "off"); // the end is said, not each moment
    timer = setInterval(next, PACE);
  }

  function next() {
    if (at + 1 >= last) pause();
    go(at + 1);
  }

  function pause() {
    clearInterval(timer);
    timer = 0;
    delete stage.dataset.playing;
    one(".replay-play span").textContent = "Play";
    one(".replay-state").setAttribute("aria-live", "polite");
  }

  const toggle = () => (timer ? pause() : play());

  function step(to) {
    pause();
    go(to);
  }

  // Keys work wherever the focus is within the replay; a button and the slider have their own.
  function press(event) {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const moves = { ArrowLeft: at - 1, ArrowRight: at + 1, ArrowDown: at - 1, ArrowUp: at + 1, Home: 0, End: last };
    if (event.key === " " && event.target.tagName !== "BUTTON") toggle();
    else if (event.key in moves) step(moves[event.key]);
    else return;
    event.preventDefault();
  }

  // Name the first and the last moment, and the first epochs that have room between them.
  function nameTicks() {
    const ticks = one(".replay-ticks");
    const room = Math.max(2, Math.floor(ticks.clientWidth / 76));
    const wanted = [0, last, ...data.moments.keys()].filter((k, i, all) => all.indexOf(k) === i);
    const apart = (k, others) => others.every((other) => Math.abs(k - other) >= last / room);
    const chosen = wanted.reduce((found, k) => (apart(k, found) ? [...found, k] : found), []);
    ticks.replaceChildren(...chosen.sort((a, b) => a - b).map((k) => {
      const tick = document.createElement("span");
      tick.textContent = data.moments[k].short;
      tick.style.left = `${(100 * k) / Math.max(last, 1)}%`;
      return tick;
    }));
  }

  function listen() {
    slider.addEventListener("input", () => step(Number(slider.value)));
    one(".replay-play").addEventListener("click", toggle);
    root.querySelectorAll(".replay-step").forEach((button) =>
      button.addEventListener("click", () => step(at + Number(button.dataset.by))));
    stage.addEventListener("keydown", press);
    dark.addEventListener("change", () => { makePalette(); show(drawn); });
    addEventListener("resize", nameTicks);
  }

  async function begin() {
    await unpack();
    makePalette();
    drawImages();
    go(last); // what was learned, while it is hidden, so that nobody hears of it; to play begins anew
    stage.hidden = false;
    root.classList.add("replay-live");
    nameTicks();
    listen();
  }

  if ("DecompressionStream" in window) begin(); // else the still pictures stay
})();

// The sheet of paper: mouse, pen, finger and keys make strokes; `changed` is told of each change.
"use strict";

const PAPER = 280; // pixels of a side, on every screen, so that the same strokes give the same ink
const NIB = 18; // pixels that a stroke is wide
const STEP = 10; // pixels that an arrow key moves the pen; with shift, a quarter

const drawing = document.getElementById("drawing");
const paper = drawing.getContext("2d", { willReadFrequently: true });
const penMark = document.querySelector(".pen");
let strokes = []; // each is a list x, y, x, y, ...; null stands where everything was cleared
let pointer = null; // the id of the mouse, pen or finger that draws
const pen = { x: PAPER / 2, y: PAPER / 2, down: false, moved: false }; // which the keys move
const held = new Set(); // arrow keys
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

// Return the ink of the drawing, from 0 to 255 a pixel: how opaque it is, whatever its colour.
function inkOf() {
  const { data } = paper.getImageData(0, 0, PAPER, PAPER);
  const ink = new Uint8Array(PAPER * PAPER);
  for (let k = 0; k < ink.length; k++) ink[k] = data[4 * k + 3];
  return ink;
}

function draw(stroke, from = 0) {
  paper.lineWidth = NIB;
  paper.lineCap = "round";
  paper.beginPath();
  if (from === 0) {
    paper.arc(stroke[0], stroke[1], NIB / 2, 0, 2 * Math.PI);
    paper.fill();
  }
  for (let k = Math.max(from, 2); k < stroke.length; k += 2) {
    paper.beginPath();
    paper.moveTo(stroke[k - 2], stroke[k - 1]);
    paper.lineTo(stroke[k], stroke[k + 1]);
    paper.stroke();
  }
}

function begin(x, y) {
  strokes.push([x, y]);
  draw(strokes[strokes.length - 1]);
}

function extend(places) {
  const stroke = strokes[strokes.length - 1];
  const from = stroke.length;
  stroke.push(...places);
  draw(stroke, from);
}

function redraw() {
  paper.clearRect(0, 0, PAPER, PAPER);
  strokes.slice(strokes.lastIndexOf(null) + 1).forEach((stroke) => draw(stroke));
}

// Return whether somebody draws a stroke now.
const isDrawing = () => pointer !== null || pen.down;

function stop() {
  pointer = null;
  pen.down = pen.moved = false;
  penMark.classList.remove("down");
}

function clear() {
  stop();
  if (strokes.length && strokes[strokes.length - 1] !== null) strokes.push(null);
  redraw();
  changed();
}

function undo() {
  stop();
  strokes.pop();
  redraw();
  changed();
}

// Mouse, pen and finger ------------------------------------------------------------------------

function placeOf(event) {
  const box = drawing.getBoundingClientRect();
  return [((event.clientX - box.left) * PAPER) / box.width, ((event.clientY - box.top) * PAPER) / box.height];
}

drawing.addEventListener("pointerdown", (event) => {
  if (pointer !== null || event.button !== 0) return;
  stop();
  pointer = event.pointerId;
  drawing.setPointerCapture(pointer);
  penMark.hidden = true;
  begin(...placeOf(event));
  changed();
});

drawing.addEventListener("pointermove", (event) => {
  if (event.pointerId !== pointer) return;
  const all = event.getCoalescedEvents?.() ?? [];
  extend((all.length ? all : [event]).flatMap(placeOf));
  changed();
});

for (const name of ["pointerup", "pointercancel", "lostpointercapture"])
  drawing.addEventListener(name, (event) => {
    if (event.pointerId !== pointer) return;
    stop();
    changed();
  });
drawing.addEventListener("contextmenu", (event) => event.preventDefault());

// Keys -----------------------------------------------------------------------------------------

function showPen() {
  penMark.hidden = false;
  penMark.style.left = `${(100 * pen.x) / PAPER}%`;
  penMark.style.top = `${(100 * pen.y) / PAPER}%`;
  penMark.classList.toggle("down", pen.down);
}

function movePen(step) {
  const within = (v) => Math.min(Math.max(v, 0), PAPER);
  for (const key of held) {
    pen.x = within(pen.x + step * ARROWS[key][0]);
    pen.y = within(pen.y + step * ARROWS[key][1]);
  }
  pen.moved = true;
  if (pen.down) extend([pen.x, pen.y]);
}

function putDown() {
  pen.down = true;
  pen.moved = false;
  begin(pen.x, pen.y);
  say("Pen down");
}

function lift() {
  stop();
  say("Pen up");
}

drawing.addEventListener("keydown", (event) => {
  const arrow = event.key in ARROWS;
  if ((!arrow && event.key !== " ") || event.ctrlKey || event.altKey || event.metaKey) return;
  event.preventDefault();
  if (pointer !== null) return;
  if (arrow) {
    held.add(event.key);
    movePen(event.shiftKey ? STEP / 4 : STEP);
  } else if (!event.repeat) {
    if (pen.down) lift();
    else putDown();
  }
  showPen();
  if (pen.down || !arrow) changed();
});

// The space bar is held while the arrows draw, or pressed once before and once after.
drawing.addEventListener("keyup", (event) => {
  held.delete(event.key);
  if (event.key !== " " || !pen.down || !pen.moved) return;
  lift();
  showPen();
  changed();
});

drawing.addEventListener("focus", () => {
  if (drawing.matches(":focus-visible")) showPen();
});

drawing.addEventListener("blur", () => {
  held.clear();
  penMark.hidden = true;
  if (!pen.down) return;
  stop();
  changed();
});

document.addEventListener("keydown", (event) => {
  const command = event.ctrlKey || event.metaKey;
  if (event.altKey || event.shiftKey) return;
  if (event.key === "Delete" && !command) clear();
  else if (event.key === "Backspace" && !command) undo();
  else if (event.key.toLowerCase() === "z" && command) undo();
  else return;
  event.preventDefault();
});

document.getElementById("undo").addEventListener("click", undo);
document.getElementById("clear").addEventListener("click", clear);

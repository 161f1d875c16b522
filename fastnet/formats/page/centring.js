// A drawing as MNIST's images were made: the twin of fastnet/images/centring.py, byte for byte.
// All numbers are whole and below 2**53, so they are exact.
"use strict";

const SIDE = 28; // pixels of an image
const BOX = 20; // pixels of the longer side of its ink

// Return the image (28 * 28, uint8) of ink (height * width, uint8), in which 0 is paper.
function asMnist(ink, width, height) {
  const image = new Uint8Array(SIDE * SIDE);
  const box = boxOf(ink, width, height);
  if (!box) return image;
  const small = shrunk(box);
  const [rows, columns] = massesOf(small);
  const top = firstPlace(rows);
  const left = firstPlace(columns);
  for (let row = 0; row < small.height; row++)
    for (let column = 0; column < small.width; column++)
      image[(top + row) * SIDE + left + column] = small.values[row * small.width + column];
  return image;
}

// Return the box around all ink; null if there is none.
function boxOf(ink, width, height) {
  let left = width, right = -1, top = height, bottom = -1;
  for (let row = 0, k = 0; row < height; row++)
    for (let column = 0; column < width; column++, k++) {
      if (!ink[k]) continue;
      if (column < left) left = column;
      if (column > right) right = column;
      if (row < top) top = row;
      bottom = row;
    }
  if (right < 0) return null;
  const box = { width: right - left + 1, height: bottom - top + 1 };
  box.values = new Float64Array(box.width * box.height);
  for (let row = 0; row < box.height; row++)
    for (let column = 0; column < box.width; column++)
      box.values[row * box.width + column] = ink[(top + row) * width + left + column];
  return box;
}

// Return a box scaled to 20 pixels on its longer side: means over squares, a half rounded up.
function shrunk(box) {
  const longer = Math.max(box.width, box.height);
  const area = longer * longer;
  const small = summed(summed(box, longer), longer);
  small.values = small.values.map((sum) => Math.floor((2 * sum + area) / (2 * area)));
  return small;
}

// Return sums over the strips of rows that become one row, in 20ths of a row; turned, so that
// rows become columns.
function summed({ values, width, height }, longer) {
  const strips = Math.ceil((BOX * height) / longer);
  const turned = { width: strips, height: width, values: new Float64Array(strips * width) };
  for (let column = 0; column < width; column++) {
    let above = 0, row = 0, before = 0; // the sum of the rows above `row`, and that of the last edge
    for (let strip = 0; strip < strips; strip++) {
      const edge = Math.min((strip + 1) * longer, BOX * height);
      const whole = Math.floor(edge / BOX);
      for (; row < whole; row++) above += values[row * width + column];
      const cut = edge - BOX * whole;
      const sum = BOX * above + (cut ? cut * values[whole * width + column] : 0);
      turned.values[column * strips + strip] = sum - before;
      before = sum;
    }
  }
  return turned;
}

// Return the sums of the values of each row, and of each column.
function massesOf({ values, width, height }) {
  const rows = new Float64Array(height);
  const columns = new Float64Array(width);
  values.forEach((value, k) => {
    rows[Math.floor(k / width)] += value;
    columns[k % width] += value;
  });
  return [rows, columns];
}

// Return where the first of these rows or columns comes to stand in the image, so that the centre
// of mass is in the middle.
function firstPlace(masses) {
  let mass = 0, moment = 0;
  masses.forEach((value, k) => {
    mass += value;
    moment += value * (2 * k + 1);
  });
  const room = SIDE - masses.length;
  if (!mass) return Math.floor(room / 2);
  return Math.min(Math.max(Math.floor((30 * mass - moment) / (2 * mass)), 0), room);
}

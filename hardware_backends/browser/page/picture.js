// A picture, and what models of vision are given of it. pictures.py is the same in numpy, step by step.

import { noise } from "./sound.js";

// Frames x height x width x RGBA: red runs to the right, green down, blue is noise; a frame moves on by 16 px.
export function shot({ frames, width, height, seed }) {
  const made = new Uint8ClampedArray(frames * height * width * 4).fill(255);
  for (let frame = 0, i = 0; frame < frames; frame++) {
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++, i += 4) {
        made[i] = (x + 16 * frame) & 255;
        made[i + 1] = Math.floor((y * 255) / height);
        made[i + 2] = noise(i / 4, seed) >>> 24;
      }
    }
  }
  return made;
}

// The input that the model is given of it: colours apart from each other.
export function pixels(picture, seen) {
  const { frames, width, height, size, mean, std } = picture;
  const [across, down] = [places(width, size), places(height, size)];
  const made = new Float32Array(frames * 3 * size * size);
  for (let frame = 0, i = 0; frame < frames; frame++) {
    for (let colour = 0; colour < 3; colour++) {
      for (let y = 0; y < size; y++) {
        const above = (frame * height + down.before[y]) * width;
        const below = (frame * height + down.after[y]) * width;
        for (let x = 0; x < size; x++, i++) {
          const [left, right] = [across.before[x], across.after[x]];
          const [up, to] = [down.share[y], across.share[x]];
          const one = seen[(above + left) * 4 + colour] * (1 - up) + seen[(below + left) * 4 + colour] * up;
          const two = seen[(above + right) * 4 + colour] * (1 - up) + seen[(below + right) * 4 + colour] * up;
          made[i] = ((one * (1 - to) + two * to) / 255 - mean[colour]) / std[colour];
        }
      }
    }
  }
  return made;
}

// Of one axis at its new size: the two nearest centres of pixels, and the share of the second.
function places(length, size) {
  const [before, after, share] = [new Int32Array(size), new Int32Array(size), new Float64Array(size)];
  for (let i = 0; i < size; i++) {
    const place = Math.min(Math.max(((i + 0.5) * length) / size - 0.5, 0), length - 1);
    before[i] = Math.floor(place);
    after[i] = Math.min(before[i] + 1, length - 1);
    share[i] = place - before[i];
  }
  return { before, after, share };
}

// What a page does around a model, by the task that processing.py tells (its asdict, as JSON). Nothing here reads a clock,
// a page or a device, nothing is kept between calls: the caller times `preprocess` and `postprocess` as they are.

import { answer } from "./answers.js";
import { pixels, shot } from "./picture.js";
import { features, recording } from "./sound.js";

// The recording (Int16Array) or the pictures (Uint8ClampedArray, RGBA) that a task begins with. What a microphone or a
// camera gives is made here: make it before, and leave it out of what is timed.
export function source(task) {
  if (!task.before) throw new Error("this task has nothing before the model: what makes its inputs is not known");
  return task.before.kind === "picture" ? shot(task.before) : recording(task.before);
}

// One input of the model, for one sample, of its source: {name, data: Float32Array, dims}.
export function preprocess(task, given = source(task)) {
  const { name, dims, kind } = task.before;
  const data = kind === "picture" ? pixels(task.before, given) : features(task.before, given);
  return { name, data, dims };
}

// What is made of the model's outputs, {name: {data, dims}}: one entry per sample of the batch, of what JSON knows.
export function postprocess(task, outputs) {
  if (!task.after) throw new Error("this task has nothing after the model: what its outputs are for is not known");
  return answer(task.after, outputs);
}

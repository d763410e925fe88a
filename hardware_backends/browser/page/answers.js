// What is made of a model's outputs, {name: {data, dims}}. answers.py is the same in numpy, step by step.

const WORDS = "text_embeds";
const MAKERS = { classes, transcript, token, similarity, boxes, embedding };

// One entry per sample of the batch.
export function answer(wanted, outputs) {
  return MAKERS[wanted.kind](wanted, outputs);
}

function classes({ top }, outputs) {
  return rows(only(outputs)).map((row) => {
    const scores = softmax(row);
    const order = Array.from(scores.keys()).sort((one, other) => scores[other] - scores[one] || one - other);
    return order.slice(0, top).map((label) => ({ label, score: scores[label] }));
  });
}

function transcript({ blank }, outputs) {
  return samples(only(outputs)).map((steps) => {
    const labels = rows(steps).map(likeliest);
    return labels.filter((label, i) => label !== blank && label !== labels[i - 1]);
  });
}

function token(_, outputs) {
  return samples(only(outputs)).map((steps) => likeliest(rows(steps).at(-1)));
}

// For each picture, video or sound the cosine with each of the words.
function similarity(_, outputs) {
  const words = rows(outputs[WORDS]).map(unit);
  const others = rows(outputs[Object.keys(outputs).find((name) => name !== WORDS)]).map(unit);
  return others.map((one) => words.map((word) => one.reduce((sum, value, i) => sum + value * word[i], 0)));
}

// The last class is that of nothing there.
function boxes({ threshold, width, height }, outputs) {
  const places = samples(outputs.pred_boxes).map(rows);
  return samples(outputs.logits).map((queries, sample) =>
    rows(queries).flatMap((row, query) => {
      const scores = softmax(row).subarray(0, -1);
      const label = likeliest(scores);
      if (scores[label] <= threshold) return [];
      const [x, y, w, h] = places[sample][query];
      const box = [(x - w / 2) * width, (y - h / 2) * height, (x + w / 2) * width, (y + h / 2) * height];
      return [{ label, score: scores[label], box }];
    }),
  );
}

function embedding(_, outputs) {
  return samples(only(outputs)).map((steps) => {
    const all = rows(steps);
    const mean = new Float64Array(all[0].length);
    for (const row of all) row.forEach((value, i) => (mean[i] += value));
    return Array.from(mean, (sum) => sum / all.length);
  });
}

// The output of a model that has one, else its logits.
function only(outputs) {
  return outputs.logits ?? Object.values(outputs)[0];
}

// A tensor per entry of the first dimension.
function samples({ data, dims: [count, ...dims] }) {
  const size = data.length / count;
  return Array.from({ length: count }, (_, i) => ({ data: data.subarray(i * size, (i + 1) * size), dims }));
}

// The numbers of the last dimension, by all others.
function rows({ data, dims }) {
  const size = dims.at(-1);
  return Array.from({ length: data.length / size }, (_, i) => data.subarray(i * size, (i + 1) * size));
}

function likeliest(row) {
  let best = 0;
  for (let i = 1; i < row.length; i++) if (row[i] > row[best]) best = i;
  return best;
}

function softmax(row) {
  const largest = row.reduce((one, other) => Math.max(one, other), -Infinity);
  const raised = Float64Array.from(row, (value) => Math.exp(value - largest));
  const sum = raised.reduce((one, other) => one + other, 0);
  return raised.map((value) => value / sum);
}

function unit(row) {
  const length = Math.sqrt(row.reduce((sum, value) => sum + value * value, 0));
  return Float64Array.from(row, (value) => value / length);
}

// One model in ONNX Runtime Web, in this page: load, run, measure, and what is known of where it ran.
// Times are milliseconds of performance.now(); every wait is bounded by whoever calls.
import { counts, compiling } from '/page/counters.js';
import * as processing from '/page/processing.js';

const now = () => performance.now();
const state = {};

// The runtime keeps the console's functions that it finds when it is loaded; heard: what it says while somebody listens.
let heard = null;
for (const name of ['log', 'info', 'debug', 'warn', 'error']) {
  const speak = console[name].bind(console);
  console[name] = (...said) => (heard ? heard.push(said.join(' ')) : speak(...said));
}

// Imports the runtime, fetches the model and makes a session; the inputs lie ready afterwards.
export async function load(order) {
  const times = {}, timed = async (name, work) => { const start = now(); const made = await work(); times[name] = now() - start; return made; };
  const ort = await timed('import', () => import('/ort/' + order.bundle));
  ort.env.wasm.wasmPaths = '/ort/';
  const cores = navigator.hardwareConcurrency;
  ort.env.wasm.numThreads = order.threads === 'all' ? cores : order.threads ?? Math.min(4, Math.ceil(cores / 2));
  ort.env.logLevel = 'error';
  const files = await timed('fetch', () => Promise.all(order.files.map(async file => ({ path: file.path, data: await bytes(file.url) }))));
  const [model, ...externalData] = files;
  const options = { executionProviders: [order.provider], externalData, ...order.options };
  const session = await timed('create', () => ort.InferenceSession.create(model.data, options));
  Object.assign(state, { ort, order, options, model: model.data, session });
  state.feeds = Object.fromEntries(await Promise.all(order.inputs.filter(one => session.inputNames.includes(one.name)).map(feed)));
  if (order.precompile) await timed('precompile', async () => dispose(await once()));  // shaders are compiled by the first run
  return { times, version: ort.env.versions.web ?? ort.env.versions.common, threads: ort.env.wasm.numThreads,
    isolated: self.crossOriginIsolated, timer_us: timerStep() };
}

// The first run after loading, cold; its outputs, as they lie in memory, and what the devices were given to do meanwhile.
export async function first() {
  const before = { ...counts }, start = now();
  const outputs = await once();
  const ms = now() - start;
  state.outputs = Object.fromEntries(await Promise.all(Object.entries(outputs).map(async ([name, one]) => [name, { data: await one.getData(), dims: one.dims, type: one.type }])));
  dispose(outputs);
  const told = {};
  for (const [name, one] of Object.entries(state.outputs)) told[name] = { type: one.type, dims: [...one.dims], data: base64(one.data) };
  return { ms, outputs: told, counts: since(before), compile_ms: compiling.ms };
}

// Runs for so many seconds: what the processes of the browser use meanwhile is read outside.
export async function busy(seconds) {
  const start = now();
  let runs = 0;
  for (; now() - start < seconds * 1000; runs++) dispose(await once());
  return { ms: now() - start, runs };
}

// Warms up, then times run after run. settle: the compiler of WebAssembly replaces code while it runs, so the warm-up goes
// on until that is over.
export async function measure({ min_rounds, max_time, warmup, settle }) {
  const warmed = warmup > 0 ? await (settle ? settled(warmup * 1000) : warm(warmup * 1000)) : 0;
  const before = { ...counts }, samples = [], deadline = now() + max_time * 1000;
  for (;;) {
    const start = now();
    const outputs = await once();
    const stop = now();
    samples.push(stop - start);
    dispose(outputs);
    if (stop >= deadline && samples.length >= min_rounds) break;
  }
  return { samples, warmed, counts: since(before) };
}

// How many nodes run on which provider, as the runtime's own log says of a second session of the same options.
export async function placements() {
  const lines = heard = [];
  try {
    const session = await state.ort.InferenceSession.create(state.model, { ...state.options, logSeverityLevel: 0 });
    await session.release();
  } finally { heard = null; }
  const found = {};
  for (const line of lines) {
    const told = /placed on \[(\w+)\]\. Number of nodes: (\d+)/.exec(line);
    if (told) found[told[1]] = (found[told[1]] ?? 0) + Number(told[2]);
  }
  return found;
}

// What comes before and after the model, each for a while by itself: the median of its times, and what was made before.
export async function around(task) {
  const made = {};
  if (task.before) {
    const given = processing.source(task);
    const { ms, last } = repeated(() => processing.preprocess(task, given));
    Object.assign(made, { before_ms: ms, input: base64(last.data), dims: last.dims });
  }
  if (task.after) made.after_ms = repeated(() => processing.postprocess(task, state.outputs)).ms;
  return made;
}

// Three times at least, and for a tenth of a second: the median, or of what is too short for the clock, the mean.
function repeated(work) {
  const times = [], begun = now();
  let last;
  do {
    const start = now();
    last = work();
    times.push(now() - start);
  } while (times.length < 3 || now() - begun < 100);
  const ms = middle(times), mean = times.reduce((sum, one) => sum + one, 0) / times.length;
  return { ms: ms < 0.1 ? mean : ms, last };
}

// How long a model's parts take to load, one after another or all at once.
export async function loading({ urls, together }) {
  const make = async url => state.ort.InferenceSession.create(await bytes(url), state.options);
  const start = now(), made = together ? await Promise.all(urls.map(make)) : [];
  if (!together) for (const url of urls) made.push(await make(url));
  const ms = now() - start;
  for (const one of made) await one.release();
  return ms;
}

export async function release() { await state.session?.release(); }

export const loaded = state;

async function once() {
  const outputs = await state.session.run(state.feeds);
  for (const name in outputs) await outputs[name].getData();  // of a device: waited for, and brought here
  return outputs;
}

function since(before) { return Object.fromEntries(Object.keys(counts).map(name => [name, counts[name] - before[name]])); }

function dispose(outputs) { for (const name in outputs) outputs[name].dispose(); }

// Until two blocks of five runs have medians within 2 %, or the time is over.
async function warm(limit) {
  const deadline = now() + limit;
  let earlier = null, count = 0;
  for (;;) {
    const block = [];
    for (let run = 0; run < 5; run++) {
      const start = now();
      dispose(await once());
      block.push(now() - start);
      count++;
      if (now() >= deadline) return count;
    }
    const median = middle(block);
    if (earlier !== null && Math.abs(median - earlier) <= 0.02 * earlier) return count;
    earlier = median;
  }
}

// For a second at least, and until two windows of 150 ms have medians within 3 % of the smallest so far; five seconds at most.
async function settled(limit) {
  const start = now(), least = Math.max(limit, 1000), most = Math.max(limit, 5000);
  let earlier = Infinity, smallest = Infinity, count = 0;
  for (;;) {
    const window = [], begun = now();
    do {
      const before = now();
      dispose(await once());
      window.push(now() - before);
      count++;
    } while (now() - begun < 150);
    const median = middle(window), elapsed = now() - start;
    smallest = Math.min(smallest, median);
    const stable = [median, earlier].every(one => one <= 1.03 * smallest);
    if ((elapsed >= least && stable) || elapsed >= most) return count;
    earlier = median;
  }
}

function middle(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1];
}

async function bytes(url) {
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`${url}: HTTP ${answer.status}`);
  return new Uint8Array(await answer.arrayBuffer());
}

async function feed({ name, dtype, dims, url }) {
  const kinds = { float32: Float32Array, float64: Float64Array, int64: BigInt64Array, int32: Int32Array, uint8: Uint8Array, bool: Uint8Array };
  return [name, new state.ort.Tensor(dtype, new kinds[dtype]((await bytes(url)).buffer), dims)];
}

function base64(data) {
  const all = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  let text = '';
  for (let start = 0; start < all.length; start += 32768) text += String.fromCharCode(...all.subarray(start, start + 32768));
  return btoa(text);
}

// The smallest step of the clock that shows, in microseconds.
function timerStep() {
  let least = Infinity;
  for (let tries = 0; tries < 20; tries++) {
    const start = now();
    let later = now();
    while (later === start) later = now();
    least = Math.min(least, later - start);
  }
  return least * 1000;
}

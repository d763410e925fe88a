// A recording, and what models of sound are given of it. sounds.py is the same in numpy, step by step.

import { transform } from "./fourier.js";

const TONES = [[120, 0.30], [240, 0.22], [360, 0.15], [700, 0.12], [1130, 0.08], [2450, 0.05]]; // Hz and loudness
const NOISE = 0.04; // loudness
const SYLLABLES = 4; // Hz
const CROSSINGS = 16; // zeros of the low-pass filter on each side
const ROLLOFF = 0.95; // its edge, of half the lower rate
const FLOOR = 1e-10;

// Tones and noise that swell and fade like syllables: a number per sample.
export function recording(sound) {
  const made = new Int16Array(Math.round(sound.seconds * sound.recorded));
  for (let i = 0; i < made.length; i++) {
    const time = i / sound.recorded;
    let heard = 0;
    for (const [hertz, loud] of TONES) heard += loud * Math.sin(2 * Math.PI * hertz * time);
    const hiss = NOISE * (noise(i, sound.seed) / 2 ** 31 - 1);
    const swell = 0.55 - 0.45 * Math.cos(2 * Math.PI * SYLLABLES * time);
    made[i] = Math.floor((heard * swell + hiss) * 32767 + 0.5);
  }
  return made;
}

// A seeded number of 32 bits, a hash of its place: the same wherever integers are.
export function noise(place, seed) {
  let bits = (Math.imul(place + 1, 0x9e3779b9) + seed) | 0;
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return (bits ^ (bits >>> 16)) >>> 0;
}

// The input that the model is given of a recording.
export function features(sound, recorded) {
  const heard = resample(new Float64Array(recorded).map((one) => one / 32768), sound.recorded, sound.rate);
  if (sound.kind === "whisper") return whisper(heard, sound.mel, sound.rate, sound.dims.at(-1));
  if (sound.kind === "clap") return clap(heard, sound.mel, sound.rate, sound.dims.at(-2));
  return Float32Array.from(filled(standard(heard), sound.dims.at(-1)));
}

// The same sound at another rate, Hz: a sinc under a Hann window, one set of taps for each place between samples.
export function resample(heard, rate, wanted) {
  if (rate === wanted) return heard;
  const shared = divisor(rate, wanted);
  const [up, down] = [wanted / shared, rate / shared];
  const { taps, reach, width } = lowPass(up, down);
  const padded = new Float64Array(heard.length + 2 * reach + 1);
  padded.set(heard, reach);
  const made = new Float64Array(Math.ceil((heard.length * up) / down));
  for (let i = 0; i < made.length; i++) {
    const place = i * down;
    const start = Math.floor(place / up);
    const first = (place % up) * width;
    let sum = 0;
    for (let tap = 0; tap < width; tap++) sum += taps[first + tap] * padded[start + tap];
    made[i] = sum;
  }
  return made;
}

function lowPass(up, down) {
  const edge = Math.min(1, up / down) * ROLLOFF;
  const reach = Math.ceil(CROSSINGS / edge);
  const width = 2 * reach + 2;
  const taps = new Float64Array(up * width);
  for (let phase = 0; phase < up; phase++) {
    let sum = 0;
    for (let tap = 0; tap < width; tap++) {
      const away = (tap - reach - phase / up) * edge;
      const window = Math.abs(away) < CROSSINGS ? 0.5 + 0.5 * Math.cos((Math.PI * away) / CROSSINGS) : 0;
      const sinc = away === 0 ? 1 : Math.sin(Math.PI * away) / (Math.PI * away);
      sum += taps[phase * width + tap] = sinc * window;
    }
    for (let tap = 0; tap < width; tap++) taps[phase * width + tap] /= sum;
  }
  return { taps, reach, width };
}

// Bands x frames; a short sound is filled up with silence, 80 dB below the loudest nothing is told apart.
function whisper(heard, mel, rate, frames) {
  const made = new Float32Array(mel.bands * frames);
  let loudest = -Infinity;
  spectrogram(filled(heard, frames * mel.hop), mel, rate, frames, (frame, band, power) => {
    const level = Math.log10(Math.max(FLOOR, power));
    made[band * frames + frame] = level;
    if (level > loudest) loudest = level;
  });
  return made.map((level) => (Math.max(level, loudest - 8) + 4) / 4);
}

// Frames x bands, in dB; a short sound is repeated as often as the whole of it fits, then filled up with silence.
function clap(heard, mel, rate, frames) {
  const wanted = Math.floor(frames / 100) * 100 * mel.hop; // whole seconds: the frame at the very end is one more
  const times = Math.max(1, Math.floor(wanted / heard.length));
  const repeated = new Float64Array(heard.length * times);
  for (let i = 0; i < times; i++) repeated.set(heard, i * heard.length);
  const made = new Float32Array(frames * mel.bands);
  spectrogram(filled(repeated, wanted), mel, rate, frames, (frame, band, power) => {
    made[frame * mel.bands + band] = 10 * Math.log10(Math.max(FLOOR, power));
  });
  return made;
}

// Tells `take` the power of each band in each frame: frames lie around their sample, the sound mirrored at its ends. Two
// frames go through one transform, as the real and the imaginary part of its input.
function spectrogram(heard, mel, rate, frames, take) {
  const { window: size, hop } = mel;
  const half = size / 2;
  const hann = Float64Array.from({ length: size }, (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / size));
  const sound = mirrored(heard, half);
  const filters = melFilters(mel, rate);
  const run = transform(size);
  const input = { re: new Float64Array(size), im: new Float64Array(size) };
  const powers = [new Float64Array(half + 1), new Float64Array(half + 1)];
  for (let frame = 0; frame < frames; frame += 2) {
    const [one, two] = [frame * hop, (frame + 1) * hop];
    for (let i = 0; i < size; i++) {
      input.re[i] = sound[one + i] * hann[i];
      input.im[i] = frame + 1 < frames ? sound[two + i] * hann[i] : 0;
    }
    const { re, im } = run(input);
    for (let bin = 0; bin <= half; bin++) {
      const other = (size - bin) % size;
      powers[0][bin] = ((re[bin] + re[other]) ** 2 + (im[bin] - im[other]) ** 2) / 4;
      powers[1][bin] = ((im[bin] + im[other]) ** 2 + (re[other] - re[bin]) ** 2) / 4;
    }
    for (let twin = 0; twin < 2 && frame + twin < frames; twin++) {
      filters.forEach(({ first, shares }, band) => {
        let power = 0;
        for (let i = 0; i < shares.length; i++) power += shares[i] * powers[twin][first + i];
        take(frame + twin, band, power);
      });
    }
  }
}

// By band: triangles of equal area on Slaney's scale, from the first bin of the spectrum that counts.
function melFilters(mel, rate) {
  const [low, high] = [mels(mel.low), mels(mel.high)];
  const edges = Array.from({ length: mel.bands + 2 }, (_, i) => hertz(low + (i * (high - low)) / (mel.bands + 1)));
  const step = rate / mel.window;
  return Array.from({ length: mel.bands }, (_, band) => {
    const [from, mid, to] = edges.slice(band, band + 3);
    const first = Math.max(0, Math.ceil(from / step));
    const last = Math.min(mel.window / 2, Math.floor(to / step));
    const shares = Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => {
      const bin = (first + i) * step;
      return (Math.max(0, Math.min((bin - from) / (mid - from), (to - bin) / (to - mid))) * 2) / (to - from);
    });
    return { first, shares: Float64Array.from(shares) };
  });
}

const mels = (hertz) => (hertz < 1000 ? (3 * hertz) / 200 : 15 + (Math.log(hertz / 1000) * 27) / Math.log(6.4));
const hertz = (mels) => (mels < 15 ? (200 * mels) / 3 : 1000 * Math.exp((Math.log(6.4) / 27) * (mels - 15)));
const divisor = (a, b) => (b ? divisor(b, a % b) : a);

function standard(heard) {
  const mean = heard.reduce((sum, one) => sum + one, 0) / heard.length;
  const variance = heard.reduce((sum, one) => sum + (one - mean) ** 2, 0) / heard.length;
  return heard.map((one) => (one - mean) / Math.sqrt(variance + 1e-7));
}

// The first so many samples, silence where there are fewer.
function filled(heard, count) {
  const made = new Float64Array(count);
  made.set(heard.subarray(0, count));
  return made;
}

// With `edge` more samples at each end, those of the sound itself run backwards.
function mirrored(heard, edge) {
  const made = new Float64Array(heard.length + 2 * edge);
  made.set(heard, edge);
  for (let i = 1; i <= edge; i++) {
    made[edge - i] = heard[i];
    made[edge + heard.length - 1 + i] = heard[heard.length - 1 - i];
  }
  return made;
}

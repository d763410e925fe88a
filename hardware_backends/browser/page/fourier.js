// The discrete Fourier transform of any size, in as many passes as the size has prime factors (4 counts as one).

// A function of {re, im} (which it overwrites) to {re, im}, for inputs of this size.
export function transform(size) {
  const passes = plan(size);
  const spare = { re: new Float64Array(size), im: new Float64Array(size) };
  return (input) => passes.reduce(([from, to], pass) => (apply(pass, from, to, size), [to, from]), [input, spare])[0];
}

// After a pass `done` outputs of each of size / done transforms are there. A pass joins `radix` of these at a time, with
// one turned weight for each pair of what it takes and what it gives.
function plan(size) {
  let done = 1;
  return factors(size).map((radix) => {
    const [re, im] = [new Float64Array(done * radix * radix), new Float64Array(done * radix * radix)];
    for (let out = 0; out < done * radix; out++) {
      for (let part = 0; part < radix; part++) {
        const turn = (-2 * Math.PI * ((part * out) % (done * radix))) / (done * radix);
        re[out * radix + part] = Math.cos(turn);
        im[out * radix + part] = Math.sin(turn);
      }
    }
    const pass = { radix, done, re, im };
    done *= radix;
    return pass;
  });
}

function apply({ radix, done, re, im }, from, to, size) {
  const left = size / (done * radix);
  const [realFrom, imagFrom, realTo, imagTo] = [from.re, from.im, to.re, to.im];
  for (let out = 0; out < done * radix; out++) {
    const seat = out % done;
    for (let group = 0; group < left; group++) {
      let x = 0;
      let y = 0;
      for (let part = 0, at = seat + done * group, turn = out * radix; part < radix; part++, at += done * left, turn++) {
        x += re[turn] * realFrom[at] - im[turn] * imagFrom[at];
        y += re[turn] * imagFrom[at] + im[turn] * realFrom[at];
      }
      realTo[out + done * radix * group] = x;
      imagTo[out + done * radix * group] = y;
    }
  }
}

function factors(size) {
  const found = [];
  for (; size % 4 === 0; size /= 4) found.push(4);
  for (let radix = 2; size > 1; radix++) {
    for (; size % radix === 0; size /= radix) found.push(radix);
  }
  return found;
}

// What this page can use, in the browser's own words: WebAssembly's features, WebGPU's adapter, WebNN's contexts.
// requestAdapter() stays pending for ever with some drivers, so every wait here ends.
const SECONDS = 5;
const LIMITS = ['maxBufferSize', 'maxStorageBufferBindingSize', 'maxComputeWorkgroupStorageSize', 'maxComputeInvocationsPerWorkgroup',
  'maxComputeWorkgroupSizeX', 'maxStorageBuffersPerShaderStage'];
// (module (func (result v128) i32.const 0 i8x16.splat i8x16.popcnt))
const SIMD = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98, 11]);

export async function probe() {
  return {
    secure: isSecureContext, isolated: self.crossOriginIsolated, cores: navigator.hardwareConcurrency,
    wasm: globalThis.WebAssembly ? features() : null,
    gpu: navigator.gpu ? await adapter() : null,
    ml: navigator.ml ? await contexts() : null,
  };
}

function features() {
  return { simd: WebAssembly.validate(SIMD), threads: typeof SharedArrayBuffer !== 'undefined', jspi: 'Suspending' in WebAssembly };
}

async function adapter() {
  try {
    const found = await bounded(navigator.gpu.requestAdapter({ powerPreference: 'high-performance' }));
    if (found === null) return { adapter: null };
    const { vendor, architecture, device, description } = found.info;
    return { adapter: { vendor, architecture, device, description, is_fallback: found.info.isFallbackAdapter ?? null },
      features: [...found.features].sort(), limits: Object.fromEntries(LIMITS.map(name => [name, found.limits[name]])) };
  } catch (error) { return { error: String(error) }; }
}

async function contexts() {
  const found = {};
  for (const deviceType of ['cpu', 'gpu', 'npu']) {
    try {
      const context = await bounded(navigator.ml.createContext({ deviceType }));
      const limits = context.opSupportLimits?.() ?? {};
      found[deviceType] = { accelerated: context.accelerated ?? null, operators: Object.keys(limits).length,
        layout: limits.preferredInputLayout ?? null, types: limits.input?.dataTypes ?? null };
      context.destroy?.();
    } catch (error) { found[deviceType] = { error: String(error) }; }
  }
  return found;
}

function bounded(promise) {
  const late = new Promise((_, no) => setTimeout(() => no(new Error(`no answer within ${SECONDS} s`)), SECONDS * 1000));
  return Promise.race([promise, late]);
}

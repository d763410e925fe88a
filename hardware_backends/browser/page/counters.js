// What the devices of this page are given to do: counted at the doors of WebGPU and WebNN, and how long shaders compile.
export const counts = { gpu_submits: 0, gpu_dispatches: 0, ml_dispatches: 0, ml_builds: 0, pipelines: 0 };
export const compiling = { ms: 0 };
let open = 0, since = 0;

function around(owner, method, wrapped) {
  const original = globalThis[owner]?.prototype[method];
  if (original) globalThis[owner].prototype[method] = function (...given) { return wrapped.call(this, original, given); };
}

function counted(owner, method, name) {
  around(owner, method, function (original, given) { counts[name]++; return original.apply(this, given); });
}

// The time in which at least one pipeline was being compiled: they overlap.
function begin() { if (open++ === 0) since = performance.now(); }
function end() { if (--open === 0) compiling.ms += performance.now() - since; }

counted('GPUQueue', 'submit', 'gpu_submits');
counted('GPUComputePassEncoder', 'dispatchWorkgroups', 'gpu_dispatches');
counted('GPUComputePassEncoder', 'dispatchWorkgroupsIndirect', 'gpu_dispatches');
counted('MLContext', 'dispatch', 'ml_dispatches');
counted('MLGraphBuilder', 'build', 'ml_builds');
around('GPUDevice', 'createComputePipeline', function (original, given) {
  counts.pipelines++;
  begin();
  try { return original.apply(this, given); } finally { end(); }
});
around('GPUDevice', 'createComputePipelineAsync', async function (original, given) {
  counts.pipelines++;
  begin();
  try { return await original.apply(this, given); } finally { end(); }
});

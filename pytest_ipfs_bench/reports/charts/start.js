const spec = JSON.parse(document.getElementById("spec").textContent);
// ast: Vega's expressions are interpreted, not compiled, so that the page forbids scripts made of text.
vegaEmbed("#chart", spec, { ast: true, renderer: "svg", actions: { export: true, source: false, compiled: false, editor: false } });

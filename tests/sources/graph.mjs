// Cycles of a graph, and words for them.

/**
 * @typedef {{ from: string, to: string }} Edge a node and another that it needs
 * @typedef {Edge & { file: string, line: number }} PlacedEdge an edge, and the line that makes it
 */

/** @param {Edge[]} edges */
function successors(edges) {
  const found = new Map();
  for (const { from, to } of edges) {
    if (!found.has(from)) found.set(from, new Set());
    if (from !== to) found.get(from).add(to);
  }
  return found;
}

/** Returns the shortest path between two nodes, both included; nothing if there is none. */
function path(next, from, to) {
  const before = new Map([[from, undefined]]);
  for (const node of before.keys()) {
    if (node === to) break;
    for (const other of next.get(node) ?? []) if (!before.has(other)) before.set(other, node);
  }
  if (!before.has(to)) return undefined;
  const nodes = [];
  for (let node = to; node !== undefined; node = before.get(node)) nodes.unshift(node);
  return nodes;
}

/** Returns a cycle that starts with the first of its nodes in the order of the alphabet. */
function rotated(nodes) {
  const start = nodes.indexOf([...nodes].sort()[0]);
  return [...nodes.slice(start), ...nodes.slice(0, start)];
}

/**
 * Returns, for each edge that is part of a cycle, the shortest cycle through it. No cycle comes twice.
 *
 * @param {Edge[]} edges
 * @returns {string[][]} the nodes of each cycle, shortest cycles first
 */
export function cyclesOf(edges) {
  const next = successors(edges);
  const found = new Map();
  for (const [from, others] of next) {
    for (const to of others) {
      const cycle = path(next, to, from);
      if (cycle) found.set(rotated(cycle).join(), rotated(cycle));
    }
  }
  return [...found.values()].sort((a, b) => a.length - b.length);
}

/**
 * Returns a text for each cycle: its path, and the lines that make it.
 *
 * @param {PlacedEdge[]} edges
 * @param {Map<string, string>} files the text of each file by its path
 */
export function described(edges, files) {
  return cyclesOf(edges).map((nodes) => {
    const steps = nodes.map((from, at) => [from, nodes[(at + 1) % nodes.length]]);
    const lines = steps.flatMap(([from, to]) => [
      `  ${from} needs ${to}:`,
      ...edges
        .filter((edge) => edge.from === from && edge.to === to)
        .map(({ file, line }) => `    ${file}:${line}: ${files.get(file).split('\n')[line - 1].trim()}`),
    ]);
    return [[...nodes, nodes[0]].join(' → '), ...lines].join('\n');
  });
}

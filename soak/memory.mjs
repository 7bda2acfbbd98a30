// The memory of a process over time, and whether it stays flat.
import { residentMebibytes } from '../testing/process.mjs';
import { median } from '../testing/statistics.mjs';

const EVERY_MS = 1000;
/** The share of the samples that count as warming up: code is compiled, pools and caches fill. */
const WARM_UP = 0.2;
/** Fewer samples allow no judgement. */
const ENOUGH = 100;
/** How much more the last third may use than the first: this many MiB, or this share of it. */
const ALLOWED_MEBIBYTES = 64;
const ALLOWED_SHARE = 0.25;

/** Samples a process until told to stop: `{ samples, stop() }`, in seconds and MiB. */
export function watchMemory(pid) {
  const started = performance.now();
  const samples = [];
  const sample = () =>
    samples.push({ seconds: (performance.now() - started) / 1000, mebibytes: residentMebibytes(pid) });
  sample();
  const timer = setInterval(sample, EVERY_MS);
  return { samples, stop: () => clearInterval(timer) };
}

/**
 * Returns the medians of the first and the last third after warming up, the maximum, and the slope of a line
 * through all samples, in MiB.
 */
export function judgeMemory(samples) {
  const settled = samples.slice(Math.floor(samples.length * WARM_UP));
  const third = Math.max(1, Math.floor(settled.length / 3));
  const middle = (part) => median(part.map(({ mebibytes }) => mebibytes));
  const [first, last] = [middle(settled.slice(0, third)), middle(settled.slice(-third))];
  const allowed = Math.max(ALLOWED_MEBIBYTES, first * ALLOWED_SHARE);
  return {
    enough: samples.length >= ENOUGH,
    first,
    last,
    most: Math.max(...samples.map(({ mebibytes }) => mebibytes)),
    perMinute: 60 * slope(settled),
    allowed,
    flat: last - first <= allowed,
  };
}

/** Returns the slope by least squares, per second. */
function slope(samples) {
  const mean = (name) => samples.reduce((sum, sample) => sum + sample[name], 0) / samples.length;
  const [seconds, mebibytes] = [mean('seconds'), mean('mebibytes')];
  const sum = (term) => samples.reduce((total, sample) => total + term(sample), 0);
  return sum((s) => (s.seconds - seconds) * (s.mebibytes - mebibytes)) / sum((s) => (s.seconds - seconds) ** 2);
}

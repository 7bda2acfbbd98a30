// The processes of the machine.
import { execFileSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';

/** Returns all processes that `pid` has started, directly or indirectly: `{ pid, command }`. */
export function descendants(pid) {
  const all = running();
  const family = [];
  for (let generation = all.filter(({ parent }) => parent === pid); generation.length > 0;) {
    family.push(...generation);
    generation = all.filter(({ parent }) => generation.some((one) => one.pid === parent));
  }
  return family;
}

/** Returns those of `processes` that still run after a while. */
export async function survivors(processes, patienceMs = 5_000) {
  for (const deadline = Date.now() + patienceMs; ; await sleep(100)) {
    const now = running();
    const left = processes.filter(({ pid, command }) => now.some((one) => one.pid === pid && one.command === command));
    if (left.length === 0 || Date.now() > deadline) return left;
  }
}

/** Lists processes, without those that have ended and only wait to be collected. */
function running() {
  const lines = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,stat=,command='], { encoding: 'utf8' }).trim().split('\n');
  return lines
    .map((line) => line.match(/^ *(\d+) +(\d+) +(\S+) +(.*)$/))
    .filter((match) => match && !match[3].startsWith('Z'))
    .map(([, pid, parent, , command]) => ({ pid: Number(pid), parent: Number(parent), command }));
}

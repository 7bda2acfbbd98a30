// @ts-check
// What the operating system tells about a process.
import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';

/**
 * Returns the processor time that all threads of a process have used, in microseconds.
 *
 * @param {number} pid
 */
export function cpuMicros(pid) {
  if (process.platform !== 'linux') return parseTime(ps(pid, 'time'));
  try {
    // The unit is a nanosecond, while /proc/<pid>/stat counts hundredths of a second.
    const threads = readdirSync(`/proc/${pid}/task`);
    return (
      threads.reduce(
        (sum, thread) => sum + Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'latin1').split(' ')[0]),
        0,
      ) / 1000
    );
  } catch {
    const fields = readFileSync(`/proc/${pid}/stat`, 'latin1').replace(/^.*\)/s, '').trim().split(' ');
    return (Number(fields[11]) + Number(fields[12])) * 10_000;
  }
}

/**
 * Returns the resident memory of a process, in MiB.
 *
 * @param {number} pid
 */
export function residentMebibytes(pid) {
  if (process.platform !== 'linux') return Number(ps(pid, 'rss')) / 1024;
  const [, kibibytes] = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1')) ?? [];
  return Number(kibibytes) / 1024;
}

/** @param {number} pid @param {string} field */
const ps = (pid, field) => execFileSync('ps', ['-o', `${field}=`, '-p', String(pid)], { encoding: 'utf8' }).trim();

/**
 * Parses a time as ps writes it: `[days-][hours:]minutes:seconds`.
 *
 * @param {string} text
 */
function parseTime(text) {
  const [rest, days = '0'] = text.split('-').reverse();
  return (Number(days) * 86_400 + rest.split(':').reduce((sum, part) => sum * 60 + Number(part), 0)) * 1e6;
}
